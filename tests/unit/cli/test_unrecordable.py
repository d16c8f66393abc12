"""What a person types and no ledger can keep is refused with the field's name before anything is written."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.anything import TEXTS
from tests.at_night import at_night
from tests.unit.cli.typed import HEALTH, Reckon

BROKEN = "caf\udce9"
"""What Python makes of an argument that is no UTF-8."""
ORDERS: dict[str, tuple[tuple[str, ...], str]] = {
    "a reason in broken UTF-8": (("hold", "--reason", BROKEN), "--reason: caf\\udce9 is not text"),
    "a ticket in broken UTF-8": (("hold", "--reason", "r", "--ticket", BROKEN), "--ticket: caf\\udce9 is not text"),
    "another's name in broken UTF-8": (("hold", "--reason", "r", "--as", BROKEN), "--as: caf\\udce9 is not text"),
    "a reason without end": (("hold", "--reason", "x" * 70_000), "--reason has 70000 characters; it has at most"),
    "a reason with NUL": (("hold", "--reason", "a\0"), "NUL"),
}


@pytest.mark.parametrize(("typed", "said"), ORDERS.values(), ids=ORDERS)
def test_an_order_that_cannot_be_kept_is_refused_in_words(reckon: Reckon, typed: tuple[str, ...], said: str) -> None:
    before = reckon.open().head()

    refused = reckon(*typed)

    assert refused.exit_code in {2, 3}, (refused.stderr, refused.exception)
    assert said in " ".join(refused.stderr.split())
    assert reckon.open().head() == before
    if refused.exit_code == 3:  # a wrong usage is told before it is known how to answer
        assert json.loads(reckon(*typed, "-o", "json").stderr)["error"]["message"]


@pytest.fixture
def standing(tmp_path: Path) -> Reckon:
    reckon = Reckon(tmp_path).bound()
    assert reckon("submit", reckon.file(HEALTH), "--detach").exit_code == 5
    return reckon


ARGUMENTS = TEXTS.filter(lambda said: not said.startswith("-"))


@settings(
    max_examples=at_night(15),
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(reason=ARGUMENTS, ticket=ARGUMENTS, name=ARGUMENTS, value=ARGUMENTS)
def test_whatever_a_person_hands_in_is_refused_or_kept(standing: Reckon, reason: str, ticket: str, name: str, value: str) -> None:
    signed = ("--reason", reason, "--ticket", ticket)
    file = json.dumps({"apiVersion": "v1", "name": name, "image": "registry.example/a:1", "env": {"A": value}})
    for typed in (
        ("hold", *signed),
        ("resume", *signed),
        ("submit", standing.file(file, "any.json"), "--detach", *signed),
        ("secret", "remove", name, *signed),
        ("registry", "add", name, "--server", value, "--username", ticket, *signed),
        ("platform", "set", f"hosts={value}", *signed),
    ):
        done = standing(*typed, stdin="value\n")
        assert done.exit_code in {0, 1, 2, 3, 4, 5}, (typed, done.stderr, done.exception)
    assert standing("verify").exit_code == 0
