"""The cluster cuts its times to whole seconds: what a busy engine sees late keeps the order in which the watch told it."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.facts import Fact
from domain.pod_facts import ReplicaLeaving
from domain.record import Recorded
from domain.replica import ReplicaCreated, ReplicaGone
from projections.why.chain import chain
from tests.stories import NOON
from tests.unit.projections.why.scene import Scene

SECOND = NOON + timedelta(hours=2)
"""The whole second in which one replica goes and another comes in its place."""


def after(seconds: float) -> datetime:
    return SECOND + timedelta(seconds=seconds)


def seen_at(scene: Scene, place: int, fact: Fact, when: datetime) -> Recorded[Fact]:
    history = scene.told.log.history
    old = history[place]
    history[place] = replace(old, fact=fact, recorded_at=when, metadata=replace(old.metadata, observed_at=when))
    return history[place]


@pytest.mark.parametrize(
    ("leaves", "left_seen", "birth_seen"),
    [
        pytest.param(ReplicaLeaving(SECOND, 0), 0.95, 2.2, id="the birth was seen late"),
        pytest.param(ReplicaLeaving(SECOND, 0), 1.7, 2.2, id="both were seen late"),
        pytest.param(ReplicaGone("seen"), 1.7, 2.2, id="what went has no time of its own and both were seen late"),
        pytest.param(ReplicaGone("seen"), 0.4, 0.6, id="both were seen at once"),
    ],
)
def test_a_replica_that_came_within_the_second_still_came_in_place_of_the_one_before(
    leaves: Fact, left_seen: float, birth_seen: float
) -> None:
    scene = Scene.calm()
    scene.of(0, leaves)
    left = len(scene.told.log.history) - 1
    scene.comes(ready=False)
    [born] = [n for n, one in enumerate(scene.told.log.history) if n > left and isinstance(one.fact, ReplicaCreated)]
    birth = scene.told.log.history[born].fact
    assert isinstance(birth, ReplicaCreated)
    gone = seen_at(scene, left, leaves, after(left_seen))
    came = seen_at(scene, born, replace(birth, created_at=SECOND), after(birth_seen))

    found = chain(scene.told.about, came)

    assert [link.recorded for link in found.links[1:2]] == [gone]
    assert found.links[1].surety == "follows"
