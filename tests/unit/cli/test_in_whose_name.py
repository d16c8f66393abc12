"""`--as NAME`: in whose name an account acted is a field of what it ordered, and stands wherever a person is shown."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from adapters.cli.doors import Doors
from adapters.ledger.ledger import StoredLedger, open_ledger
from domain.record import Who
from tests.unit.cli.test_repair import WHERE, lay
from tests.unit.cli.typed import HEALTH, NOON, Reckon

DORA = "dora of the night watch"
ANN = ("--as", DORA)
ACCOUNT = "ci-runner"
BOTH = f"{ACCOUNT} (as {DORA})"


@dataclass
class AtNoon(Reckon):
    """All that happens, happens at noon, so that what is asked for at noon has it."""

    def open(self) -> StoredLedger:
        return open_ledger(self.place, build="test", clock=lambda: NOON)

    @property
    def doors(self) -> Doors:
        def ledger(_: object) -> StoredLedger:
            return self.open()

        return replace(super().doors, ledger=ledger)


@pytest.fixture
def reckon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reckon:
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("LOGNAME", ACCOUNT)
    return AtNoon(tmp_path)


def newest(reckon: Reckon) -> Who:
    ledger = reckon.open()
    who = [recorded.metadata.who for recorded in ledger.tail(0)][-1]
    ledger.close()
    return who


def lines(reckon: Reckon, *about: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = reckon.data("events", *about)
    return found


def flat(text: str) -> str:
    return " ".join(text.split())


ORDERS: dict[str, tuple[str, ...]] = {
    "a submission": ("submit", "FILE", "--detach"),
    "a refused submission": ("submit", "BAD"),
    "a new count": ("scale", "model server", "3", "--detach"),
    "one changed field": ("submit", "--name", "model server", "--image", "registry.example/team/model-server:2", "--detach"),
    "a rollback": ("rollback", "model server", "1", "--yes", "--detach"),
    "a stop": ("stop", "model server", "--yes", "--detach"),
    "a start": ("start", "model server", "--detach"),
    "a deletion": ("delete", "model server", "--yes"),
    "a hold": ("hold", "model server", "--reason", "r"),
    "a hold of the project": ("hold", "--reason", "r"),
    "a hold of everything": ("hold", "--all", "--reason", "r"),
    "a resumption": ("resume", "model server"),
    "shown values": ("diff", "model server", "1", "2", "--reveal"),
    "a secret": ("secret", "set", "token"),
    "a removed secret": ("secret", "rm", "old", "--yes"),
    "a registry": ("registry", "add", "hub", "--server", "registry.example", "--username", "u"),
    "a removed registry": ("registry", "rm", "was", "--yes"),
    "a model": ("model", "add", "m", "--url", "https://git.example/m"),
    "a removed model": ("model", "rm", "gone", "--yes"),
    "a project's pods": ("project", "set", "default", "--pod-security", "restricted", "--yes"),
    "the platform": ("platform", "set", "storage-size=5Gi"),
}


NEEDED: dict[str, tuple[str, ...]] = {
    "a start": ("stop", "model server", "--yes", "--detach"),
    "a resumption": ("hold", "model server", "--reason", "r"),
    "a removed secret": ("secret", "set", "old"),
    "a removed registry": ("registry", "add", "was", "--server", "registry.example", "--username", "u"),
    "a removed model": ("model", "add", "gone", "--url", "https://git.example/m"),
}


def prepared(reckon: Reckon, order: str) -> Reckon:
    """Let there be what an order needs."""
    reckon("submit", reckon.file(), "--detach")
    reckon("scale", "model server", "4", "--detach")
    if order in NEEDED:
        reckon(*NEEDED[order], stdin="x\n")
    return reckon


@pytest.mark.parametrize("order", ORDERS)
def test_in_whose_name_an_order_was_given_is_a_field_of_its_fact_and_of_its_line(reckon: Reckon, order: str) -> None:
    prepared(reckon, order)
    files = {"BAD": reckon.file("name: [\n", "bad.yaml"), "FILE": reckon.file(HEALTH.replace("replicas: 2", "replicas: 5"))}
    before = len(lines(reckon, "--last", "0"))
    typed = [files.get(word, word) for word in ORDERS[order]]

    reckon(*typed, *ANN, stdin="x\n")

    told = lines(reckon, "--last", "0")[before:]
    assert told, "nothing was recorded"
    assert newest(reckon) == Who(ACCOUNT, "claimed", DORA)
    assert {(line["who"], line["acting_as"]) for line in told} == {(ACCOUNT, DORA)}
    assert told[-1]["text"].startswith(f"{BOTH} ")


def test_orders_in_ones_own_name_have_none_beside_them(reckon: Reckon) -> None:
    reckon("submit", reckon.file(), "--detach")
    (line,) = lines(reckon)
    (entry,) = reckon.data("history", "model server")
    assert [(one["who"], one["acting_as"]) for one in (line, entry)] == [(ACCOUNT, "")] * 2
    assert "(as" not in reckon("history", "model server").stdout


def test_a_history_shows_whose_version_it_is_and_by_which_account_at_any_width(reckon: Reckon) -> None:
    reckon("submit", reckon.file(), "--detach", *ANN)
    (entry,) = reckon.data("history", "model server")
    assert (entry["who"], entry["acting_as"], entry["surety"]) == (ACCOUNT, DORA, "claimed")
    assert BOTH in reckon("history", "model server").stdout
    for width in (60, 80, 120):
        shown = reckon.at(width, "history", "model server").stdout
        assert {*BOTH.split()} <= {*shown.split()}, shown
        assert all(len(line) <= width for line in shown.splitlines())


def test_a_version_and_a_hold_are_shown_in_the_name_they_were_ordered_in(reckon: Reckon) -> None:
    reckon.with_an_engine()
    reckon("submit", reckon.file(), "--detach", *ANN)
    reckon("hold", "model server", "--reason", "r", *ANN)
    shown = flat(reckon("get", "model server").stdout)
    assert f"version 1, by {BOTH}" in shown
    assert f"on hold until it is resumed, by {BOTH}" in shown
    found = reckon.data("get", "model server")
    assert [(one["who"], one["acting_as"]) for one in (found["submission"], found["hold"])] == [(ACCOUNT, DORA)] * 2
    assert f"version 1, by {BOTH}" in flat(reckon("get", "model server", "--version", "1").stdout)
    assert reckon.data("list")[0]["hold"]["acting_as"] == DORA
    assert f"held by {BOTH}" in flat(reckon("scale", "model server", "3").stderr)


def test_a_held_project_is_shown_in_the_name_it_was_held_in(reckon: Reckon) -> None:
    reckon.with_an_engine()
    reckon("submit", reckon.file(), "--detach")
    reckon("hold", "--reason", "r", *ANN)
    assert reckon.data("list")[0]["hold"]["acting_as"] == DORA
    assert f"held as a whole by {BOTH}" in flat(reckon("scale", "model server", "3").stderr)
    reckon("hold", "--all", "--reason", "r", *ANN)
    assert f"still held as a whole, by {BOTH}" in flat(reckon("resume").stderr)


def test_secrets_and_registries_are_listed_with_the_name_they_were_set_in(reckon: Reckon) -> None:
    reckon("secret", "set", "token", *ANN, stdin="x\n")
    reckon("secret", "set", "token", "--scope", "team", *ANN, stdin="x\n")
    reckon("registry", "add", "hub", "--server", "registry.example", "--username", "u", *ANN, stdin="x\n")
    for kind, many in (("secret", 2), ("registry", 1)):
        assert [(one["set_by"], one["acting_as"]) for one in reckon.data(kind, "list")] == [(ACCOUNT, DORA)] * many
        assert f"by {BOTH}" in flat(reckon(kind, "list").stdout)


def test_why_ends_with_the_person_and_the_account(reckon: Reckon) -> None:
    reckon("submit", reckon.file(), "--detach", *ANN)
    assert reckon.data("why", "model server")["end"] == f"{BOTH} ordered it (claimed, not proved)"


def test_an_auditor_is_told_names_and_accounts_apart(reckon: Reckon) -> None:
    reckon("submit", reckon.file(), "--detach", *ANN)
    reckon("scale", "model server", "3", "--detach", "--as", "bob")
    reckon("scale", "model server", "4", "--detach")
    found = reckon.data("audit", "actors", "model server")
    assert [(one["name"], one["acting_as"], one["times"]) for one in found] == [(ACCOUNT, name, 1) for name in (DORA, "bob", "")]
    assert BOTH in reckon("audit", "actors", "model server").stdout
    assert reckon("audit", "actors", "model server", "-o", "name").stdout.split() == [ACCOUNT]


def test_an_auditor_is_told_in_whose_name_a_secret_came_into_use(reckon: Reckon) -> None:
    reckon("secret", "set", "token", stdin="x\n")
    text = HEALTH + "env: [{name: TOKEN, value: secret:token}]\n"
    reckon("submit", reckon.file(text), "--detach", *ANN)
    (use,) = reckon.data("audit", "secret", "token")
    assert (use["who"], use["acting_as"]) == (ACCOUNT, DORA)
    assert {*BOTH.split()} <= {*reckon("audit", "secret", "token").stdout.split()}


def test_a_repair_is_recorded_in_the_name_it_was_done_in(reckon: Reckon) -> None:
    reckon.bound()
    reckon("submit", reckon.file(), "--detach")
    lay(reckon, *WHERE, subject="default/model server")
    done = reckon("repair", "--yes", "--reason", "r", *ANN)
    assert done.exit_code == 0, done.stderr
    assert newest(reckon) == Who(ACCOUNT, "claimed", DORA)
    assert lines(reckon)[-1]["acting_as"] == DORA


@pytest.mark.parametrize("blank", ["", "  ", "\t"])
def test_a_blank_name_is_refused_since_it_names_nobody(reckon: Reckon, blank: str) -> None:
    refused = reckon("submit", reckon.file(), "--detach", "--as", blank)
    assert (refused.exit_code, "--as names nobody" in refused.stderr) == (3, True)
    ledger = reckon.open()
    assert ledger.head() == 0
    ledger.close()


def test_a_name_cannot_pass_for_an_account(reckon: Reckon) -> None:
    reckon("submit", reckon.file(), "--detach", "--as", "ann) ordered\nit (as bob\x1b[31m")
    shown = reckon("history", "model server").stdout
    assert "\x1b" not in shown
    (entry,) = reckon.data("history", "model server")
    assert entry["who"] == ACCOUNT
