"""Stories 8, 9 and 10: engines that die, freeze and meet again, and an API server that goes away."""

import os
import random  # noqa: TID251 (the moments are seeded, and the seed is told)
import time
from collections import Counter

import pytest

from domain.actions import Create, Decided, Succeeded
from domain.cluster import ObservationGap, TookLead
from domain.facts import Fact
from domain.objects import Kind
from domain.record import Recorded
from tests.e2e.audit import must_match
from tests.e2e.house import EngineProcess, House, probe_spec, until
from tests.postgres import fresh_database

pytestmark = pytest.mark.node

KILLS = int(os.environ.get("RECKON_KILLS", "15"))
"""How often the engine is killed; at night more often."""
SEED = 20261122


def test_an_engine_killed_at_random_moments_of_rollouts_does_everything_once(house: House) -> None:
    """Story 8."""
    chance = random.Random(SEED)
    house.settings["RECKON_LEASE_SECONDS"] = "0.5"  # each engine shall lead before it dies
    images = [house.lab.probe_app("1").ref, house.lab.probe_app("2").ref]
    names = ["a", "b"]
    engine = house.engine()
    number = 0
    for kill in range(KILLS):
        if kill % 3 == 0:
            name = names[number % 2]
            number += 1
            spec = probe_spec(name, images[number % 2], replicas=1 + number % 2, healthChecks=None)
            said = house.submit(spec, "--detach", ok=False)
            assert said.exit in {0, 5}, said  # 5: nobody leads at that moment, and it is recorded all the same
        _until_it_leads(engine)
        time.sleep(chance.uniform(0.0, 1.2))
        engine.kill()
        engine = house.engine()

    for name in names:
        house.reckon("wait", name, "--timeout", "240s")

    for name in names:
        deployment = house.deployment(name)
        assert not deployment.pending
        assert deployment.versions[-1].verdict == "healthy"
        live = house.live(Kind.DEPLOYMENT, name)
        assert live["metadata"]["labels"]["deadreckon.dev/action"] == deployment.objects[house.ref(Kind.DEPLOYMENT, name)].action
        assert _created(house.facts(name))["Deployment"] == 1
    leads = [r for r in house.facts() if isinstance(r.fact, TookLead)]
    assert len(leads) > KILLS


def test_of_two_engines_one_leads_and_the_other_takes_over_when_it_is_killed(house: House) -> None:
    """Story 9, a kill. On PostgreSQL."""
    with fresh_database() as url:
        house.ledger_place = url
        first, second = house.engine(), house.engine()
        house.submit(probe_spec("web", house.lab.probe_app("1").ref))
        leader, other = _leader_first(house, first, second)

        leader.kill()
        until(lambda: len(_leads(house)) >= 2)

        house.submit(probe_spec("web", house.lab.probe_app("2").ref))
        assert house.deployment("web").versions[-1].verdict == "healthy"
        assert _created(house.facts("web")) == Counter({"Namespace": 1, "NetworkPolicy": 1, "Service": 1, "Deployment": 1})
        assert other.stop() == 0
        _matches(house)


def test_an_engine_that_was_frozen_and_wakes_does_no_harm(house: House) -> None:
    """Story 9, a freeze. On PostgreSQL."""
    with fresh_database() as url:
        house.ledger_place = url
        first, second = house.engine(), house.engine()
        house.submit(probe_spec("web", house.lab.probe_app("1").ref))
        leader, other = _leader_first(house, first, second)

        house.submit(probe_spec("web", house.lab.probe_app("2").ref), "--detach")
        leader.freeze()
        until(lambda: len(_leads(house)) >= 2)
        house.reckon("wait", "web", "--timeout", "240s")
        leader.thaw()
        time.sleep(4)

        assert len(_leads(house)) == 2
        house.submit(probe_spec("web", house.lab.probe_app("1").ref))
        assert house.deployment("web").versions[-1].verdict == "healthy"
        assert leader.process.poll() is None
        other.stop()
        until(lambda: len(_leads(house)) >= 3)
        _matches(house)


def test_an_api_server_that_is_away_and_forgets_its_history_leaves_a_gap_on_record(house: House) -> None:
    """Story 10."""
    house.engine()
    house.submit(probe_spec("web", house.lab.probe_app("1").ref))
    deployment = f"deployment/{house.ref(Kind.DEPLOYMENT, 'web').name}"

    house.lab.stop_apiserver()
    time.sleep(30)
    house.lab.start_apiserver()
    house.kubectl("scale", deployment, "--replicas=2")
    house.lab.compact()

    gaps = until(lambda: [r.fact for r in house.facts() if isinstance(r.fact, ObservationGap)])
    assert all(gap.why for gap in gaps)
    until(lambda: house.live(Kind.DEPLOYMENT, "web")["spec"]["replicas"] == 1)
    house.submit(probe_spec("web", house.lab.probe_app("2").ref))
    assert house.deployment("web").versions[-1].verdict == "healthy"


def _until_it_leads(engine: EngineProcess) -> None:
    until(lambda: "this engine leads" in engine.said)


def _leads(house: House) -> list[TookLead]:
    return [r.fact for r in house.facts() if isinstance(r.fact, TookLead)]


def _leader_first(house: House, first: EngineProcess, second: EngineProcess) -> tuple[EngineProcess, EngineProcess]:
    [lead] = _leads(house)
    return (first, second) if f"/{first.process.pid}/" in lead.holder else (second, first)


def _created(facts: tuple[Recorded[Fact], ...]) -> Counter[str]:
    created = {r.fact.action for r in facts if isinstance(r.fact, Succeeded) and r.fact.effect == "created" and r.fact.wrote}
    actions = [a for r in facts if isinstance(r.fact, Decided) for a in r.fact.actions]
    kinds = Counter(a.ref.kind for a in actions if a.id in created)
    assert sum(kinds.values()) == len(created)
    assert all(isinstance(a, Create) or a.ref.kind == "Namespace" for a in actions if a.id in created)
    return kinds


def _matches(house: House) -> None:
    """Hold the ledger against the audit log while its database is still there."""
    for engine in house.engines:
        if engine.process.poll() is None:
            engine.stop()
    must_match(house)
    house.matched = True
