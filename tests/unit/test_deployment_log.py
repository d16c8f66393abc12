"""An engine's log lines about deployments: bound to what leads from them to the ledger, for people and for programs alike."""

import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from adapters import logs
from adapters.engine.deployment_log import ActionLog
from adapters.engine.engine import Engine
from adapters.engine.worker_pool import ThreadWorkerPool
from domain.actions import Decided, Outcome
from domain.errors import Unreachable
from domain.names import Key
from domain.record import Recorded, Who
from reconciler.leadership import EngineIdentity
from reconciler.memory import Memory
from reconciler.perform import Done
from reconciler.worker_pool import Job
from tests.simulation.world import World
from tests.stories import ENGINE, Story, story

BOUND = {"deployment", "version", "action", "correlation"}
SECRET = "hunter2-in-the-clear"


def logged(told: Story, engine: str = ENGINE.name) -> list[Any]:
    with capture_logs() as lines:
        ActionLog(engine).told(told.history)
    return lines


def of(lines: list[Any], event: str) -> list[Any]:
    return [line for line in lines if line["event"] == event]


# --- what leads to the ledger


def test_every_action_is_a_line_when_it_is_decided_and_a_line_when_its_outcome_is_recorded() -> None:
    told = story().submitted(image="shop:1").applied()
    decided = next(one.fact for one in told.history if isinstance(one.fact, Decided))

    lines = logged(told)

    for event in ("action.decided", "action.succeeded"):
        assert [line["action"] for line in of(lines, event)] == [action.id for action in decided.actions]
        assert [line["object"] for line in of(lines, event)] == [str(action.ref) for action in decided.actions]
    assert len(lines) == 2 * len(decided.actions)


def test_a_line_about_an_action_names_deployment_version_action_and_order_as_the_ledger_does() -> None:
    told = story("shop", "market").submitted(image="shop:1").applied().submitted(image="shop:2").applied()
    at = {one.position: one for one in told.history}

    lines = logged(told)

    assert {line["version"] for line in lines} == {1, 2}
    for line in lines:
        recorded = at[line["position"]]
        order = next(one.fact for one in told.deployment.versions if one.number == line["version"])
        assert line.keys() >= BOUND
        assert line["deployment"] == recorded.metadata.subject == "market/shop"
        assert line["correlation"] == recorded.metadata.correlation == order
        assert line["action"] in acted_on(recorded)


def acted_on(recorded: Recorded[Any]) -> set[str]:
    fact = recorded.fact
    return {action.id for action in fact.actions} if isinstance(fact, Decided) else {fact.action}


def test_an_outcome_is_logged_under_the_order_its_action_was_decided_for_though_another_came_meanwhile() -> None:
    told = story().submitted(image="shop:1").applied()
    outcomes = [one for one in told.history if isinstance(one.fact, Outcome)]
    for outcome in outcomes:
        told.log.history.remove(outcome)
    first = told.newest
    told.submitted(image="shop:2")
    told.log.history += outcomes

    late = of(logged(told), "action.succeeded")

    assert first.number == 1
    assert len(late) == len(outcomes)
    assert {(line["version"], line["correlation"]) for line in late} == {(1, told.deployment.versions[0].fact)}


def test_a_verdict_names_the_version_that_it_is_about() -> None:
    (healthy,) = of(logged(story().submitted(image="shop:1").applied().ready().healthy()), "finding.healthy")
    (failed,) = of(logged(story().submitted(image="shop:1").applied().failed("no such table")), "finding.failed")

    assert (healthy["version"], healthy["log_level"]) == (1, "info")
    assert (failed["version"], failed["log_level"]) == (1, "warning")


# --- what is not said


def test_what_is_seen_is_no_line() -> None:
    """The ledger has it: a line a frame would bury what was done."""
    before = story().submitted(image="shop:1").applied()
    lines = len(logged(before))

    assert len(logged(before.ready().drifted().crashing("no such table: carts"))) == lines


def test_what_another_engine_records_is_not_logged_but_its_action_is_known_by_whoever_resolves_it() -> None:
    told = story().submitted(image="shop:1").applied()
    assert logged(told, "another") == []
    last = told.log.history[-1]
    told.log.history[-1] = replace(last, metadata=replace(last.metadata, who=Who("another", "engine")))

    (line,) = logged(told, "another")

    assert line["event"] == "action.succeeded"
    assert (line["version"], line["correlation"]) == (1, told.deployment.versions[0].fact)


def test_what_the_cluster_said_stands_in_the_ledger_alone() -> None:
    told = story().submitted(image="shop:1").rejected(message=f"quota exceeded by {SECRET}").failed(SECRET)

    lines = logged(told)

    (refused,) = of(lines, "action.failed")
    assert (refused["code"], refused["log_level"]) == ("Forbidden", "warning")
    assert SECRET not in str(lines)


def test_whether_it_happened_is_unknown_is_a_warning_and_so_is_what_was_not_attempted() -> None:
    lines = logged(story().submitted(image="shop:1").unanswered())

    levels = {line["event"]: line["log_level"] for line in lines}
    assert levels == {"action.decided": "info", "action.unknown": "warning", "action.notattempted": "warning"}


# --- for people and for programs


@pytest.fixture
def unconfigured() -> Iterator[None]:
    yield
    structlog.reset_defaults()


@pytest.mark.usefixtures("unconfigured")
def test_a_program_reads_the_bound_keys_as_fields(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    ActionLog(ENGINE.name).told(story().submitted(image="shop:1").applied().history)

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    assert lines
    for line in lines:
        assert BOUND | {"event", "level", "timestamp", "position", "object"} <= line.keys()


def test_a_person_reads_the_bound_keys_in_the_line() -> None:
    for line in logged(story().submitted(image="shop:1").applied()):
        shown = re.sub("\x1b\\[[0-9;]*m", "", logs.line_for_people(None, "info", {**line}))
        for key in BOUND:
            assert f" {key}={line[key]} " in f"{shown} "


# --- an engine at work


def test_each_line_of_an_engine_at_work_leads_to_its_fact() -> None:
    world = World("lines")
    world.people.submit(Key("shop", "web"))
    log = ActionLog("it")
    engine = Engine(
        world.ledger, world.cluster, clock=world.clock, new_id=world.new_id, identity=EngineIdentity("it"), told=log.told
    )
    with capture_logs() as lines:
        engine.loop.step()
        engine.stop()
        engine.run()

    facts = {one.position: one for one in world.ledger.tail(0, 10_000)}
    done = {one.fact.action for one in facts.values() if isinstance(one.fact, Outcome)}
    assert done
    assert {line["action"] for line in of(lines, "action.succeeded")} == done, lines
    for line in lines:
        recorded = facts[line["position"]]
        assert line["action"] in acted_on(recorded)
        assert (line["deployment"], line["version"]) == ("shop/web", 1)
        assert line["correlation"] == recorded.metadata.correlation != ""


def under_way() -> Story:
    """A deployment whose actions have no outcome yet."""
    told = story().submitted(image="shop:1").applied()
    told.log.history[:] = [one for one in told.history if not isinstance(one.fact, Outcome)]
    assert told.deployment.pending
    return told


def worked(told: Story, *jobs: Job) -> list[Any]:
    """What one worker logs, who does these jobs about the deployment one after the other."""
    memory, reported = Memory(), threading.Semaphore(0)
    memory.take(told.history)
    workers = ThreadWorkerPool(1, reported.release, memory)
    with capture_logs() as lines:
        for job in jobs:
            workers.start(told.key.subject, job)
        assert all(reported.acquire(timeout=10) for _ in jobs)
        workers.close()
    assert len(workers.reports()) == len(jobs)
    return lines


def test_a_fault_of_ours_is_logged_with_the_deployment_its_version_its_order_and_the_actions_at_work() -> None:
    told = under_way()

    def fault() -> tuple[Done, ...]:
        raise RuntimeError("a fault")

    (line,) = worked(told, fault)

    assert (line["event"], line["log_level"]) == ("crew.fault", "error")
    assert (line["deployment"], line["version"]) == ("default/shop", 1)
    assert (line["correlation"], line["actions"]) == (told.deployment.versions[0].fact, list(told.deployment.pending))


def test_a_line_that_cannot_be_written_keeps_no_deployment_waiting() -> None:
    told = under_way()

    def away() -> tuple[Done, ...]:
        raise Unreachable("the API server did not answer")

    def full(*_: object) -> dict[str, Any]:
        raise OSError("no space left on device")

    before = structlog.get_config()
    structlog.configure(processors=[full])
    try:
        memory, reported = Memory(), threading.Semaphore(0)
        memory.take(told.history)
        workers = ThreadWorkerPool(1, reported.release, memory)
        workers.start(told.key.subject, away)
        assert reported.acquire(timeout=10)
        workers.close()
    finally:
        structlog.configure(**before)

    [report] = workers.reports()
    assert str(report.error) == "the API server did not answer"


def test_why_nothing_came_of_a_job_is_logged_once_and_not_once_a_try() -> None:
    told = under_way()

    def away() -> tuple[Done, ...]:
        raise Unreachable("the API server did not answer")

    def elsewhere() -> tuple[Done, ...]:
        raise Unreachable("the ledger did not answer")

    lines = worked(told, away, away, elsewhere, tuple, elsewhere)

    said = ["the API server did not answer", "the ledger did not answer", "the ledger did not answer"]
    assert [line["because"] for line in lines] == said
    for line in lines:
        assert (line["event"], line["log_level"], line["deployment"]) == ("crew.put-off", "warning", "default/shop")
        assert (line["version"], line["actions"]) == (1, list(told.deployment.pending))
