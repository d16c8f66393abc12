"""Logs of all replicas together, and a doctor who names the cure, on the simulated cluster."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.cli.reading.following import Appearing, Printed, together
from domain.deployment_fold import fold
from domain.errors import Unreachable
from domain.names import Key
from domain.nodes import Node, NodeCapacity
from domain.objects import ObjectRef
from domain.replica import Replica
from tests.unit.cli_reading.conftest import Desk


class Printing:
    """A cluster whose pods have printed something."""

    description, simulated = "a cluster on paper", True
    uid = "6f1c0f8e-1d1f-4b5e-9a52-0c7b3c1a9d10"

    def __init__(self, *, answers: bool = True) -> None:
        self.answers = answers
        self.asked: list[tuple[bool, bool, int | None, int | None]] = []

    def identity(self) -> str:
        if not self.answers:
            raise Unreachable("no route to host")
        return self.uid

    def nodes(self, *, counted: bool = True) -> tuple[Node, ...]:  # noqa: ARG002 (the port's name)
        room = NodeCapacity(4000, 8192, 110)
        return (Node("one", room, room),)

    def logs(self, pod: ObjectRef, *, follow: bool, previous: bool, since: int | None, tail: int | None) -> Iterator[str]:
        self.asked.append((follow, previous, since, tail))
        yield f"hello from {pod.name}"
        yield "\x1b[31mred\x1b[0m \x1b[2J"


@pytest.fixture
def running(desk: Desk) -> Desk:
    desk.cluster = Printing()  # type: ignore[assignment]  # only what these commands ask for
    desk.tell(desk.story().bound().submitted(replicas=2).applied().ready().healthy())
    return desk


def test_the_lines_of_all_replicas_come_each_with_its_name(running: Desk) -> None:
    lines = running.reckon("logs", "shop").stdout.splitlines()

    assert len(lines) == 4
    assert all("\x1b" not in line for line in lines)
    assert {line.split()[0] for line in lines} == {line.split()[-1].rpartition("-")[2] for line in lines if "hello" in line}


def test_following_ends_when_all_have_ended_and_begins_with_a_few_lines(running: Desk) -> None:
    shown = [json.loads(line) for line in running.reckon("logs", "shop", "--follow", "-o", "jsonl").stdout.splitlines()]

    assert len({line["replica"] for line in shown}) == 2
    assert isinstance(running.cluster, Printing)
    assert set(running.cluster.asked) == {(True, False, None, 10)}


def test_since_and_tail_are_asked_of_the_cluster(running: Desk) -> None:
    running.reckon("logs", "shop", "--since", "10m", "--tail", "5")

    assert isinstance(running.cluster, Printing)
    assert running.cluster.asked[0] == (False, False, 600, 5)


def test_where_nothing_restarted_there_is_nothing_before(running: Desk) -> None:
    refused = running.reckon("logs", "shop", "--previous")

    assert refused.exit_code == 4
    assert "no replica of 'shop' has restarted" in refused.output


def test_a_container_that_begins_later_is_followed_too(running: Desk) -> None:
    ledger = running.open()
    there = fold(Key("default", "shop"), ledger.about("default/shop")).current_replicas()
    assert len(there) == 2
    appearing = Appearing(ledger, Key("default", "shop"), lambda _: True, there[:1])
    told = list(together([Line(there[0])], appearing, Line))
    ledger.close()

    assert told == [(replica.pod, "hello") for replica in there]


class Line:
    """A container that prints one line and ends."""

    def __init__(self, replica: Replica) -> None:
        self.pod = replica.pod

    def lines(self) -> Iterator[Printed]:
        yield self.pod, "hello"


def test_a_replica_that_is_not_there_is_told_with_those_that_are(running: Desk) -> None:
    refused = running.reckon("logs", "shop", "--replica", "zzzzz")

    assert refused.exit_code == 4
    assert "there are: " in refused.output


def test_a_doctor_names_the_cure_and_exits_by_what_is_wrong(running: Desk) -> None:
    shown = running.reckon("doctor", "-o", "json")
    found = {one["about"]: one for one in json.loads(shown.stdout)}

    assert shown.exit_code == 1
    assert (found["engine"]["ok"], found["engine"]["cure"]) == (False, "reckon engine")
    assert {about for about, one in found.items() if one["ok"]} >= {"ledger", "catalogue", "binding", "views", "cluster"}


def test_with_an_engine_alive_all_is_well(running: Desk) -> None:
    ledger = running.open()
    assert ledger.lead("laptop-4711", 60.0)
    ledger.close()

    shown = running.reckon("doctor")

    assert shown.exit_code == 0
    assert "not ok" not in shown.stdout
    assert "ok      nodes      1 node, which can hold 1 of 2 machine types: C4" in shown.stdout


def test_a_cluster_that_does_not_answer_is_one_line_among_others(running: Desk) -> None:
    running.cluster = Printing(answers=False)  # type: ignore[assignment]  # as above

    shown = running.reckon("doctor")

    assert "not ok  cluster    no route to host" in shown.stdout
    assert "-       orphans    not looked at: see cluster" in shown.stdout


def test_a_ledger_that_cannot_be_opened_is_told_and_nothing_asked_of_it(desk: Desk, tmp_path: Path) -> None:
    desk.path = tmp_path / "ledger.txt"
    desk.path.write_text("this is no database, it only looks like a file of some length " * 100)

    shown = desk.reckon("doctor")

    assert shown.exit_code == 1
    assert shown.stdout.startswith("not ok  ledger")
