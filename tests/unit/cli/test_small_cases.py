"""Small inputs that people had and that went wrong: what `check`, `plan` and `submit` say of each, and that they say the same."""

from pathlib import Path
from typing import NamedTuple

import pytest

from tests.unit.cli.typed import Reckon

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples"


class Case(NamedTuple):
    """A file, what is typed with it, and what comes: `code` of check, and words that each command says."""

    text: str
    code: int
    said: str
    options: tuple[str, ...] = ()


CASES = {
    "an action's placeholder": Case(
        "name: act\nimage: :image\nport: 8000\nresources: {instanceType: C4}\n",
        0,
        "write `machineType: C4`",
        ("--image", "registry.example/a:1"),
    ),
    "autoscaling that is only off": Case(
        "name: y39\nimage: registry.example/a:1\n"
        "resources:\n  machineType: C4\n  ports: [8000]\n  autoscaling: {enabled: false}\n",
        0,
        "y39",
    ),
    "capitals in an image": Case(
        "name: y41\nimage: registry.example/Team/App:1\nresources: {machineType: C4}\n", 3, "write registry.example/team/app:1"
    ),
    "models as a mapping": Case(
        "name: y38\nimage: registry.example/a:1\nresources: {machineType: C4, ports: [8000]}\n"
        "models:\n  id: mo1\n  path: /opt/models/x/\n",
        0,
        "write `integrations: [{type: model, name: …, id: …}]`",
    ),
    "no name": Case(
        "enabled: true\nimage: registry.example/a:1\nresources: {machineType: C4, ports: [8000]}\n", 3, "give it with --name NAME"
    ),
    "a name beside": Case(
        "enabled: true\nimage: registry.example/a:1\nresources: {machineType: C4, ports: [8000]}\n", 0, "web", ("--name", "web")
    ),
    "an octal number": Case(
        "name: y03\nimage: registry.example/a:1\nresources: {machineType: C4, ports: [8000], replicas: 010}\n",
        3,
        "write 10, or 8",
    ),
}


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_each_is_right_or_told_with_its_cure_by_every_command(reckon: Reckon, case: Case) -> None:
    file = reckon.with_an_engine().file(case.text)
    reckon("model", "add", "mo1", "--url", "https://git.example/models/gpt")

    checked, planned = reckon("check", file, *case.options), reckon("plan", file, *case.options)
    submitted = reckon("submit", file, *case.options, "--detach")

    assert (checked.exit_code, planned.exit_code, submitted.exit_code) == (case.code, case.code or 1, case.code)
    assert all(case.said in result.output for result in (checked, planned, submitted))


@pytest.mark.parametrize("value", [b"a\0b", b"\xff"])
def test_a_value_that_no_variable_can_hold_is_warned_of_when_it_is_set_and_refused_when_it_is_named(
    reckon: Reckon, value: bytes
) -> None:
    file = reckon.with_an_engine().file(
        "name: bin\nimage: registry.example/a:1\nresources: {machineType: C3}\nenv: [{name: A, value: secret:BIN}]\n"
    )

    assert "no variable can hold it" in reckon("secret", "set", "BIN", stdin=value).stderr
    for command in ("plan", "submit"):
        result = reckon(command, file)
        assert (result.exit_code, "base64 -w0 FILE | reckon secret set BIN" in result.stderr) == (3, True)
    assert reckon("secret", "set", "BIN", stdin=b"text\n").stderr.count("no variable") == 0
    assert reckon("submit", file, "--detach").exit_code == 0


@pytest.mark.parametrize("path", sorted(EXAMPLES.iterdir()), ids=lambda path: path.name)
def test_every_example_is_planned_and_submitted_or_told_what_it_lacks(reckon: Reckon, path: Path) -> None:
    reckon.with_an_engine()
    named = ("--name", "old") if path.name.startswith("old") else ()
    for command in ("plan", "submit"):
        result = reckon(command, str(path), *named, *(("--detach",) if command == "submit" else ()))
        lacking = any(word in result.stderr for word in ("has no secret", "there is no registry", "has no model"))
        assert (result.exit_code == 3) is lacking, result.output
        assert result.exit_code in ({0, 3} if command == "submit" else {0, 1, 3}), result.output
