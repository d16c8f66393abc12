"""What a library finds in settings, machine types and stored facts is told in our words."""

import re
from pathlib import Path

import pytest

from adapters.machines.catalogue import load_catalogue
from adapters.settings import Settings, read_settings
from domain.errors import Refused, Unfit
from domain.models import ModelSet, sourced
from domain.spec import Model, Resources, Spec

PYDANTIC = re.compile(r"[Ii]nput should|[Ff]ield required|[Ee]xtra inputs|unable to|should have at|should match|[Vv]alue error")
NUMBERS = [name for name, field in Settings.model_fields.items() if field.annotation is int or field.annotation is float]


@pytest.mark.parametrize("field", [*NUMBERS, "in_cluster", "output"])
@pytest.mark.parametrize("value", ["x", "-1", "1e99", "nan", "1.5.2", "yes please", "[]"])
def test_a_setting_that_is_not_right_is_told_in_our_words_with_what_it_is(field: str, value: str) -> None:
    with pytest.raises(Unfit) as refused:
        read_settings({f"RECKON_{field.upper()}": value})
    assert not PYDANTIC.search(refused.value.message)
    assert "does not belong here" not in refused.value.message
    assert refused.value.hint == f"RECKON_{field.upper()} is {Settings.model_fields[field].description}"


def test_the_control_a_setting_that_is_right_is_taken() -> None:
    assert read_settings({"RECKON_LEASE_SECONDS": "7", "RECKON_OUTPUT": "wide"}).lease_seconds == 7


CATALOGUES = {
    "machines: {}": "machines: it must not be empty",
    "machines: {C4: {cpu: x, memory: 1Gi}}": "machines.C4.cpu: ",
    "machines: {C4: {memory: 1Gi}}": "machines.C4.cpu: it is required",
    "machines: {C4: {cpu: 1, memory: 1Gi, size: 3}}": "machines.C4.size: there is no such field",
    "machines: {C4: {cpu: 1, memory: 1Gi, gpus: 99}}": "machines.C4.gpus: it must be at most 64",
    "machines: {C4: {cpu: 1, memory: 1Gi, gpus: many}}": "machines.C4.gpus: a whole number belongs here",
    "machines: [C4]": "machines: a mapping belongs here",
    "machines: {'a b': {cpu: 1, memory: 1Gi}}": "it does not have the right form",
    "machines: {C4: {cpu: 1, memory: 1Gi, tolerations: [{key: a, operator: Is}]}}": "accepted: Exists, Equal",
    "[]": "a mapping belongs here",
}


@pytest.mark.parametrize("text", CATALOGUES)
def test_a_catalogue_that_is_wrong_is_told_in_our_words(text: str, tmp_path: Path) -> None:
    file = tmp_path / "machines.yaml"
    file.write_text(text)
    with pytest.raises(Unfit) as refused:
        load_catalogue(file)
    assert CATALOGUES[text] in refused.value.message
    assert not PYDANTIC.search(refused.value.message)
    assert refused.value.hint


@pytest.mark.parametrize(
    ("there", "hint"),
    [
        ([], "add it: reckon model add llama --url URL"),
        (["other"], "add it: reckon model add llama --url URL; there are: other (reckon model list)"),
        (["llama2"], "did you mean llama2? Else add it: reckon model add llama --url URL; there are: llama2 (reckon model list)"),
    ],
)
def test_a_model_that_is_not_there_is_told_with_the_command_that_adds_it(there: list[str], hint: str) -> None:
    spec = Spec("web", "web:1", Resources("C4"), integrations=(Model("m", "/opt/models", "llama"),))
    with pytest.raises(Refused) as refused:
        sourced(spec, {name: ModelSet(name, "https://host/x") for name in there})
    assert refused.value.hint == hint
