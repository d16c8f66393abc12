"""Scaling as people see it: bounds, figures, the last scaling, its trouble, and why a replica came or went."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache

import pytest

from domain.names import Key
from domain.objects import Kind, ObjectRef
from domain.pod_facts import ReplicaLeaving
from domain.replica import ReplicaCreated
from domain.scaling import Measured, Scaled, ScaledByHand, ScalingTroubled
from projections.scaling import running, scaling
from projections.sentences.scalings import figure, scaled
from projections.status import row
from projections.timeline import TimelineLine, timeline
from projections.wanted_and_seen import picture
from projections.why.chain import chain
from tests.simulation.invariants import history_of
from tests.simulation.world import NOON, World

WEB = Key("shop", "web")
WORKLOAD = ObjectRef(Kind.DEPLOYMENT.value, WEB.namespace, WEB.object_name)
ABOVE = "cpu resource utilization (percentage of request) above target"


@cache
def grown() -> World:
    """A deployment that was submitted, autoscaled between 2 and 5, and has come to have more to do than two can."""
    world = World("grown")
    world.people.submit(WEB, "1", 2)
    world.run(60)
    world.people.autoscale(WEB, 2, 5)
    world.run(60)
    world.cluster.interventions.load(WORKLOAD, 190.0)
    world.run(60)
    return world


@cache
def shrunk() -> World:
    world = World("shrunk")
    world.people.submit(WEB, "1", 2)
    world.run(60)
    world.people.autoscale(WEB, 1, 5)
    world.run(400)
    return world


def lines(world: World, kind: str) -> list[TimelineLine]:
    return [line for line in timeline(history_of(world, WEB)) if line.kind == kind]


def test_the_picture_says_bounds_figures_and_the_last_scaling() -> None:
    deployment = grown().people.deployment(WEB)

    shown = picture(deployment, grown().people.specs[WEB.subject, 2], now=NOON).scaling

    assert shown is not None
    assert shown.words == "autoscaled 2\N{EN DASH}5; cpu 95 % of 50 %"
    assert (shown.floor, shown.ceiling, shown.count) == (2, 5, 4)
    assert shown.scaled == f"scaled from 2 to 4 replicas: cpu 95 % of 50 %; {ABOVE}"
    assert shown.trouble == ""
    assert row(deployment).wanted == 4


def test_before_the_first_scaling_the_targets_stand_there() -> None:
    world = World("young")
    world.people.submit(WEB, "1", 2)
    world.people.autoscale(WEB, 2, 5)
    world.run(60)

    shown = scaling(world.people.deployment(WEB), world.people.specs[WEB.subject, 2])

    assert shown is not None
    assert shown.words == "autoscaled 2\N{EN DASH}5; cpu at 50 %"
    assert shown.scaled == ""


@pytest.mark.parametrize(("count", "shall_run"), [(0, 2), (2, 2), (5, 5), (6, 5)])
def test_what_shall_run_lies_within_the_bounds(count: int, shall_run: int) -> None:
    deployment = grown().people.deployment(WEB)

    assert running(replace(deployment, scaling=replace(deployment.scaling, count=count))) == shall_run


def test_what_is_not_autoscaled_has_no_such_picture() -> None:
    world = World("fixed")
    world.people.submit(WEB, "1", 2)
    world.run(60)

    assert scaling(world.people.deployment(WEB), None) is None


def test_trouble_is_shown_while_it_lasts_and_for_the_autoscaler_that_has_it() -> None:
    world = World("blind")
    world.cluster.interventions.measure_nothing()
    world.people.submit(WEB, "1", 2)
    world.people.autoscale(WEB, 2, 5)
    world.run(60)
    shown = scaling(world.people.deployment(WEB), None)
    assert shown is not None
    assert shown.trouble.startswith("the autoscaler cannot do its work: FailedGetResourceMetric")
    deployment = world.people.deployment(WEB)
    remade = {ref: replace(known, uid=f"another {known.uid}") for ref, known in deployment.objects.items()}
    another = scaling(replace(deployment, objects=remade), None)
    assert another is not None
    assert another.trouble == "", "it was that of the autoscaler before"

    world.cluster.interventions.measure_nothing(blind=False)
    world.run(60)

    shown = scaling(world.people.deployment(WEB), None)
    assert shown is not None
    assert shown.trouble == ""
    assert [line.severity for line in lines(world, "scaling")] == ["warning", "good"]


def test_the_timeline_tells_a_scaling_in_one_sentence() -> None:
    assert [line.text for line in lines(grown(), "scaling")] == [f"scaled from 2 to 4 replicas: cpu 95 % of 50 %; {ABOVE}"]
    decided = [line.text for line in lines(grown(), "decision")]
    assert any("hand 2 replicas over to the autoscaler of Deployment" in text for text in decided), decided


@pytest.mark.parametrize(("world", "kind"), [(grown, ReplicaCreated), (shrunk, ReplicaLeaving)])
def test_why_a_replica_came_or_went_reaches_the_scaling_and_who_wanted_it(world: Callable[[], World], kind: type) -> None:
    facts = history_of(world(), WEB)
    newest = next(r for r in reversed(facts) if isinstance(r.fact, kind))

    found = chain(facts, newest)

    told = [type(link.recorded.fact).__name__ for link in found.links]
    assert told[0] == kind.__name__
    assert told[-4:] == ["Scaled", "Succeeded", "Decided", "Submitted"]
    assert found.root == "person"


def test_a_replica_of_the_first_rollout_was_not_made_by_a_later_scaling() -> None:
    facts = history_of(grown(), WEB)
    first = next(r for r in facts if isinstance(r.fact, ReplicaCreated))

    assert "Scaled" not in [type(link.recorded.fact).__name__ for link in chain(facts, first).links]


def test_hands_at_the_number_are_the_root_of_what_they_did() -> None:
    world = World("by-hand")
    world.people.submit(WEB, "1", 2)
    world.people.autoscale(WEB, 2, 5)
    world.run(60)
    world.cluster.interventions.scale(WORKLOAD, 4)
    world.run(60)
    facts = history_of(world, WEB)
    newest = next(r for r in reversed(facts) if isinstance(r.fact, ReplicaCreated))

    found = chain(facts, newest)

    assert any(isinstance(r.fact, ScaledByHand) for r in facts)
    assert found.root == "cluster"
    assert "kubectl" in found.end


def test_figures_are_said_with_their_units() -> None:
    assert figure(Measured("cpu", 63.0, 50.0)) == "cpu 63 % of 50 %"
    assert figure(Measured("requestDuration", 0.2134, 0.15)) == "requestDuration 0.213 s of 0.15 s"
    assert figure(Measured("memory", None, 50.0)) == "memory unknown of 50 %"
    assert figure(Measured("cpu", 1234.0, None)) == "cpu 1234 %"


def test_scalings_that_were_missed_are_said_to_be() -> None:
    missed = Scaled("h1", 3, 3, "", "", None, None, (), NOON)

    assert scaled(missed) == "was scaled in between, unseen, and stands at 3 replicas again"


def test_the_ceiling_is_no_failure() -> None:
    world = World("full")
    world.people.submit(WEB, "1", 2)
    world.people.autoscale(WEB, 2, 3)
    world.run(60)
    world.cluster.interventions.load(WORKLOAD, 900.0)
    world.run(60)

    shown = scaling(world.people.deployment(WEB), None)

    assert shown is not None
    assert shown.trouble == "it is at its ceiling: the autoscaler would make more replicas"
    assert any(isinstance(r.fact, ScalingTroubled) for r in history_of(world, WEB))
