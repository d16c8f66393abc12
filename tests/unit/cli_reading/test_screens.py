"""Each reading command answers its question, for a person within 100 columns and for a program in a stable shape."""

import json
import os
import signal
import threading
from shutil import copyfile
from typing import Any

import pytest
from typer.testing import Result

from adapters.simulator.cluster import SimulatedCluster
from domain.pod_facts import ReplicaLeaving
from domain.seen import ObjectLeaving
from tests.stories import CLUSTER
from tests.unit.cli_reading.conftest import Desk

SHOWING = [
    ["list"],
    ["list", "--all", "-o", "wide"],
    ["get", "shop"],
    ["get", "shop", "--version", "1"],
    ["history", "shop"],
    ["diff", "shop", "1"],
    ["events"],
    ["events", "shop"],
    ["why", "shop"],
    ["audit", "unready", "shop"],
    ["audit", "calls", "shop"],
    ["audit", "actors"],
    ["audit", "actors", "shop"],
    ["audit", "hands", "--since", "2d"],
    ["machine", "list"],
    ["wait", "shop"],
]


class Theirs(SimulatedCluster):
    """The cluster that the story's ledger belongs to."""

    def identity(self) -> str:
        return CLUSTER


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A shop whose second version failed, beside others in all states of mind; written once, since writing is what takes time."""
    desk = Desk(tmp_path_factory.mktemp("told") / "ledger.sqlite")
    told = desk.story().bound().led()
    told.submitted(replicas=3, who="ann", reason="first release").applied().ready().healthy()
    told.later(hours=3).submitted(image="registry.example/team/shop:2", who="bob", reason="new cart", ticket="OPS-12")
    told.applied().crashing("INFO: started\nKeyError: 'CARTS'").later(minutes=10).failed()
    told.beside("web/api").submitted(replicas=2, image="r/api:9").applied().ready().healthy().probe_failed()
    told.beside("old").submitted().applied().ready().healthy().deleted().gone()
    told.beside("night").submitted(replicas=3).applied().ready().healthy().drifted().held("on call is looking at it")
    desk.tell(told.later(minutes=2))
    return desk


@pytest.fixture
def shop(desk: Desk, told: Desk) -> None:
    """That ledger, for this test alone."""
    for file in told.path.parent.glob("ledger.sqlite*"):
        copyfile(file, desk.path.parent / file.name)
    desk.clock.at = told.clock.at
    desk.cluster = Theirs(desk.clock)


def data(result: Result) -> Any:  # noqa: ANN401 (JSON)
    return json.loads(result.stdout)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("command", SHOWING, ids=" ".join)
def test_no_screen_is_wider_than_a_hundred_columns_or_trails_blanks(desk: Desk, command: list[str]) -> None:
    shown = desk.reckon(*command, columns=100)

    assert shown.exit_code in {0, 1}
    assert max(map(len, shown.stdout.splitlines())) <= 100
    assert not [line for line in shown.stdout.splitlines() if line != line.rstrip() and line.endswith("  ")]


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("command", SHOWING, ids=" ".join)
@pytest.mark.parametrize("form", ["json", "jsonl", "yaml", "name"])
def test_every_screen_has_its_data(desk: Desk, command: list[str], form: str) -> None:
    shown = desk.reckon(*[word for word in command if word not in {"-o", "wide"}], "-o", form)

    assert shown.exit_code in {0, 1}
    assert shown.stdout.strip()
    if form == "jsonl":
        assert all(json.loads(line) for line in shown.stdout.splitlines())


def test_what_is_being_deleted_is_terminating_to_people_and_leaving_to_programs(desk: Desk) -> None:
    told = desk.story().bound().led().submitted(replicas=1).applied().ready().healthy()
    workload = told.deployment.workload
    assert workload is not None
    told.replica(ReplicaLeaving(), uid=told.deployment.current_replicas()[0].uid)
    desk.tell(told.saw(ObjectLeaving(workload.ref, workload.uid, ("kubectl-edit",))))

    found, shown = data(desk.reckon("get", "shop", "-o", "json")), desk.reckon("get", "shop").stdout
    assert [one["state"] for one in found["replicas"]] == ["leaving"]
    assert [one["state"] for one in found["objects"] if one["ref"]["kind"] == "Deployment"] == ["leaving"]
    assert (shown.count("terminating"), shown.count("leaving")) == (2, 0)
    assert "is terminating: it drains" in desk.reckon("events", "shop").stdout


@pytest.mark.usefixtures("shop")
def test_a_list_shows_what_is_there_and_with_all_what_is_gone(desk: Desk) -> None:
    there = {row["name"]: row["state"] for row in data(desk.reckon("list", "-o", "json"))}

    assert there == {"night": "drifted, held", "shop": "failed", "web/api": "degraded"}
    assert "old" in desk.reckon("list", "--all", "-o", "name").stdout.split()
    assert "KeyError: 'CARTS'" in desk.reckon("list").stdout
    assert "nothing here is real" in desk.reckon("list").stderr


@pytest.mark.usefixtures("shop")
def test_a_list_of_the_past_shows_the_past(desk: Desk) -> None:
    then = data(desk.reckon("list", "--at", "2026-11-22T12:05Z", "-o", "json"))

    assert [(row["name"], row["phase"], row["version"]) for row in then] == [("shop", "healthy", 1)]


@pytest.mark.usefixtures("shop")
def test_a_portrait_has_what_is_wanted_beside_what_is_seen(desk: Desk) -> None:
    shown = desk.reckon("get", "shop")

    assert "60 s to start: 6 tries, 10 s apart" in shown.stdout
    assert "3 on C4, 3 ready of 4 there (3 of them of an older version)" in shown.stdout
    assert 'by bob 12 min ago (15:00:22) — "new cart" [OPS-12]' in shown.stdout
    assert "on a simulated cluster" in shown.stdout
    assert "replicas 3 -> 5 by kubectl-edit: held" in desk.reckon("get", "night").stdout


@pytest.mark.usefixtures("shop")
def test_a_portrait_can_be_of_the_past_and_says_what_it_understood(desk: Desk) -> None:
    shown = desk.reckon("get", "shop", "--at", "12:05")

    assert "as it was at 2026-11-22 12:05:00 UTC" in shown.stderr
    assert shown.stdout.startswith("shop  healthy")


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("command", "code", "hint"),
    [
        (["get", "shopp"], 4, "did you mean 'shop'?"),
        (["get", "shop", "--version", "9"], 4, "there are versions 1 to 2"),
        (["get", "shop", "--at", "tea time"], 2, "yesterday 14:05"),
        (["get", "shop", "--at", "2020-01-01"], 4, "first facts"),
        (["events", "--kind", "ordr"], 2, "did you mean order?"),
        (["wait", "shop", "--timeout", "soon"], 2, "90s"),
        (["why", "shp"], 4, "did you mean 'shop'?"),
        (["replay"], 2, "--all"),
        (["rebuild", "nope"], 4, "fleet"),
    ],
    ids=str,
)
def test_what_is_not_there_or_not_understood_is_told_with_a_way_out(desk: Desk, command: list[str], code: int, hint: str) -> None:
    refused = desk.reckon(*command)

    assert refused.exit_code == code
    assert hint in " ".join(refused.output.replace("│", " ").split())


@pytest.mark.usefixtures("shop")
def test_waiting_ends_with_the_verdict_or_with_the_time(desk: Desk) -> None:
    assert desk.reckon("wait", "shop").exit_code == 1
    assert desk.reckon("wait", "night").exit_code == 0
    assert desk.reckon("wait", "web/api", "--timeout", "0.1s").exit_code == 5


@pytest.mark.usefixtures("shop")
def test_a_screen_says_when_nobody_keeps_it_up_to_date(desk: Desk) -> None:
    assert "no engine is alive" in desk.reckon("get", "shop").stderr
    assert data(desk.reckon("get", "shop", "-o", "json"))["watched"] is False

    ledger = desk.open()
    assert ledger.lead("laptop-4711", 600.0)
    ledger.close()

    assert "no engine is alive" not in desk.reckon("list").output
    assert data(desk.reckon("get", "shop", "-o", "json"))["watched"] is True


@pytest.mark.usefixtures("shop")
def test_equal_versions_differ_in_nothing(desk: Desk) -> None:
    assert desk.reckon("diff", "shop", "1", "1").exit_code == 0
    assert desk.reckon("diff", "shop", "1", "2").exit_code == 1
    assert data(desk.reckon("diff", "shop", "12:05", "-o", "json"))["before"] == 1


@pytest.mark.usefixtures("shop")
def test_events_can_be_chosen_by_kind_time_and_replica(desk: Desk) -> None:
    orders = [json.loads(line) for line in desk.reckon("events", "--kind", "order", "-o", "jsonl").stdout.splitlines()]
    early = data(desk.reckon("events", "shop", "--until", "12:30", "-o", "json"))
    broken = next(line["replica"] for line in data(desk.reckon("events", "-o", "json")) if line["fact"] == "Restarted")
    of_one = data(desk.reckon("events", "--replica", broken.rpartition("-")[2], "-o", "json"))

    assert {line["kind"] for line in orders} == {"order"}
    assert [line["position"] for line in orders] == sorted(line["position"] for line in orders)
    assert all(line["at"] < "2026-11-22T12:30" for line in early)
    assert {line["replica"] for line in of_one} == {broken}


@pytest.mark.usefixtures("shop")
def test_following_begins_with_the_newest_and_ends_with_ctrl_c_alone(desk: Desk) -> None:
    pressed = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    pressed.start()
    shown = desk.reckon("events", "shop", "--follow", "--tail", "2", "-o", "jsonl")

    assert desk.reckon("events", "shop", "--follow", "--until", "now").exit_code == 2, "what is to come has no end yet"
    assert [json.loads(line)["position"] for line in shown.stdout.splitlines()] == [49, 50]


@pytest.mark.usefixtures("shop")
def test_why_leads_from_a_name_a_replica_or_a_place_to_a_person(desk: Desk) -> None:
    for what in ("shop", "50", "48"):
        assert data(desk.reckon("why", what, "-o", "json"))["end"].startswith("bob ordered it")
    by_id = data(desk.reckon("why", "shop", "-o", "json"))["chain"][0]["id"]
    assert data(desk.reckon("why", by_id, "-o", "json"))["chain"][0]["position"] == 50


def test_values_of_the_environment_are_masked_unless_they_are_asked_for(desk: Desk) -> None:
    from domain.spec import EnvVar, Literal

    told = desk.story().submitted(env=(EnvVar("TOKEN", Literal("hunter2")),))
    desk.tell(told.submitted(env=(EnvVar("TOKEN", Literal("hunter3")),)))

    for command in (["get", "shop"], ["get", "shop", "--version", "1"], ["diff", "shop", "1"], ["history", "shop"], ["events"]):
        for form in ([], ["-o", "json"]):
            assert "hunter" not in desk.reckon(*command, *form).output
    assert "hunter2 -> hunter3" in desk.reckon("diff", "shop", "1", "--reveal", "--reason", "who leaked it?").output
    revealed = data(desk.reckon("events", "shop", "-o", "json"))[-1]
    assert revealed["text"].endswith('had the literal values of versions 1 and 2 shown — "who leaked it?"')
    assert data(desk.reckon("get", "shop", "-o", "json"))["row"]["version"] == 2, "to look changes nothing"


def test_an_empty_ledger_names_the_first_command(desk: Desk) -> None:
    desk.tell(desk.story())

    assert "submit one with reckon submit FILE" in desk.reckon("list").stdout
    assert desk.reckon("events").stdout.strip() == "no facts that fit"


def test_foreign_words_cannot_drive_the_terminal(desk: Desk) -> None:
    desk.tell(desk.story().submitted(reason="\x1b[2J\x1b]0;owned\x07").applied().crashing("\x1b[31mred\x1b[0m\nlast\x1b[2J"))

    for command in (["list"], ["get", "shop"], ["events", "shop"], ["why", "shop"], ["history", "shop"]):
        assert "\x1b" not in desk.reckon(*command).stdout


def test_views_and_the_whole_ledger_give_the_same_list(desk: Desk) -> None:
    told = desk.story().bound().submitted(replicas=2).applied().ready().healthy()
    desk.tell(told.beside("web").submitted().applied())
    before = data(desk.reckon("list", "-o", "json"))
    rebuilt = desk.reckon("rebuild")
    assert (rebuilt.exit_code, "read model fleet: rebuilt from " in rebuilt.stdout) == (0, True)

    assert before == data(desk.reckon("list", "-o", "json")) == data(desk.reckon("list", "--at", "now", "-o", "json"))
