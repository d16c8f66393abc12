"""What earlier builds left behind: it is read, replayed to the same decisions, and taken over without touching a replica.

A change of code that would have decided the past differently is seen here the same day. `make.py` freezes another one.
"""

import dataclasses
import lzma
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.ledger.ledger import open_ledger
from domain.actions import Decided
from domain.cluster import TookLead
from domain.deployment import Deployment
from domain.facts import Fact
from domain.names import MANAGER
from domain.ports import Ledger
from domain.record import Recorded
from domain.world import World
from reconciler.plan import Plan, plan
from reconciler.policy import Policy, Rules
from reconciler.replay import replay
from tests.frozen.kept import CLUSTER, LEDGER, KeptWorld

FROZEN = sorted(folder for folder in Path(__file__).parent.iterdir() if (folder / f"{LEDGER}.xz").exists())
EACH = pytest.mark.parametrize("frozen", FROZEN, ids=lambda folder: folder.name)


def thawed(frozen: Path, into: Path) -> Path:
    """Lay copies out where they may change."""
    for file in (LEDGER, CLUSTER):
        (into / file).write_bytes(lzma.decompress((frozen / f"{file}.xz").read_bytes()))
    return into


@pytest.fixture
def ledger(frozen: Path, tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(str(thawed(frozen, tmp_path) / LEDGER))
    yield opened
    opened.close()


@pytest.fixture
def world(frozen: Path, tmp_path: Path) -> Iterator[KeptWorld]:
    folder = thawed(frozen, tmp_path)
    opened = open_ledger(str(folder / LEDGER))
    newest = opened.tail(opened.head() - 1)[0].recorded_at
    opened.close()
    began = KeptWorld(folder, newest + timedelta(days=30))
    yield began
    began.close()


def everything(ledger: Ledger) -> tuple[Recorded[Fact], ...]:
    return ledger.tail(0, 1_000_000)


def test_there_is_something_frozen() -> None:
    assert FROZEN


@EACH
def test_every_fact_is_still_read(ledger: Ledger) -> None:
    assert len(everything(ledger)) == ledger.head() > 200


@EACH
def test_every_decision_comes_out_as_it_was_made(ledger: Ledger) -> None:
    facts = everything(ledger)
    findings: set[str] = set()
    for subject in (subject for subject in ledger.subjects() if "/" in subject):
        about = [r for r in facts if r.metadata.subject in {subject, subject.partition("/")[0], ""}]
        verdict = replay(subject, about, ledger=ledger.identity, document=ledger.document)
        assert verdict.difference is None, f"{subject}: {verdict.difference}"
        assert verdict.decisions > 0
        findings |= {f.finding for r in about if isinstance(r.fact, Decided) for f in r.fact.findings}
    assert findings >= {"healthy", "failed", "gave-up", "ended"}


@EACH
def test_rules_that_would_have_decided_otherwise_are_found(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """A control: the same plan, but for drift that it never gives up correcting."""

    def stubborn(deployment: Deployment, world: World, *, ledger: str, now: datetime, policy: Policy, rules: Rules) -> Plan:
        impatient = dataclasses.replace(policy, corrections=1000)
        return plan(deployment, world, ledger=ledger, now=now, policy=impatient, rules=rules)

    monkeypatch.setattr("reconciler.replay.plan", stubborn)
    subject = next(r.metadata.subject for r in everything(ledger) if isinstance(r.fact, Decided) and _gave_up(r.fact))
    about = [r for r in everything(ledger) if r.metadata.subject in {subject, subject.partition("/")[0], ""}]

    difference = replay(subject, about, ledger=ledger.identity, document=ledger.document).difference

    assert difference is not None
    assert difference.recorded is not None
    assert _gave_up(difference.recorded)


@EACH
def test_it_is_taken_over_without_touching_one_replica_or_writing_one_object(world: KeptWorld) -> None:
    pods, written, head = _pods(world), _written(world), world.ledger.head()

    world.run(600)

    assert _written(world) == written
    assert _pods(world) == pods
    assert len(pods) > 10
    told = [recorded.fact for recorded in world.ledger.tail(head, 1000)]
    assert [fact for fact in told if isinstance(fact, TookLead)], "the engine has led"
    assert [fact for fact in told if isinstance(fact, Decided)] == []


@EACH
def test_it_is_then_led_on_as_if_nothing_had_been(world: KeptWorld) -> None:
    world.run(60)
    steady, lost = world.cluster.interventions.pods()[:2]
    assert steady != lost
    workload = next(iter(world.processes[0].loop.tail.memory.fleet.values())).workload
    assert workload is not None

    world.cluster.interventions.scale(workload.ref, 9)
    world.run(120)

    standing = world.cluster.store.get(workload.ref.kind, workload.ref.namespace, workload.ref.name)
    assert standing is not None
    assert standing["spec"]["replicas"] != 9


def _gave_up(decided: Decided) -> bool:
    return any(finding.finding == "gave-up" for finding in decided.findings)


def _written(world: KeptWorld) -> list[Any]:
    return [line for line in world.cluster.audit if line.manager == MANAGER and not line.dry_run]


def _pods(world: KeptWorld) -> dict[str, Any]:
    """Give each replica's own containers and how often they were started."""
    pods = world.cluster.store.of_kind("Pod")
    return {
        pod["metadata"]["uid"]: [(one.get("containerID"), one["restartCount"]) for one in pod["status"]["containerStatuses"]]
        for pod in pods
    }
