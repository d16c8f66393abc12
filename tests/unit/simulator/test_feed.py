"""Whoever follows the simulated cluster ends up knowing what stands, from wherever they began; and a broken watch is caught."""

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.simulator.faults import Fault, FaultRule
from adapters.simulator.feed import SimulatedFeed
from adapters.simulator.store import Frame
from domain.cluster_ports import Guard
from domain.errors import Unreachable
from domain.objects import CLUSTER_WIDE, WATCHED
from domain.observations import Bookmark, ObjectSeen, Relisted, WatchEvent
from domain.views import FOLLOWED
from tests.at_night import at_night
from tests.unit.simulator.stage import WEB, Known, Stage, deployment, known, probe

Deed = Callable[[Stage], object]


def crash_one(stage: Stage) -> None:
    for pod in stage.pods():
        if pod["status"].get("containerStatuses", [{}])[0].get("state", {}).get("running"):
            stage.interventions.crash(stage.interventions.pods()[stage.pods().index(pod)])
            return


def delete_one(stage: Stage) -> None:
    for pod in stage.interventions.pods()[:1]:
        stage.interventions.delete_pod(pod)


def remove_all(stage: Stage) -> None:
    if live := stage.cluster.read(WEB):
        stage.cluster.remove(WEB, guard=Guard(live.uid, live.resource_version), audit="r")


def scale(stage: Stage) -> None:
    if stage.cluster.read(WEB):
        stage.interventions.scale(WEB, 3)


def lose_an_answer(stage: Stage) -> None:
    stage.cluster.faults.add(FaultRule(Fault.REPLY_LOST, verb="apply", calls=(1,)))
    with pytest.raises(Unreachable):
        stage.apply(deployment(image="shop/web:3", container=PROBED))
    stage.cluster.faults.end()


def delay(stage: Stage) -> None:
    stage.cluster.faults.feed_delay = 0.7


PROBED = {"readinessProbe": probe(periodSeconds=2), "livenessProbe": probe(periodSeconds=3)}
DEEDS: list[Deed] = [
    lambda stage: stage.apply(deployment(container=PROBED)),
    lambda stage: stage.apply(deployment(container=PROBED, image="shop/web:2-crash")),
    lambda stage: stage.apply(deployment(container=PROBED, replicas=0)),
    lambda stage: stage.wait(0.05),
    lambda stage: stage.wait(3),
    lambda stage: stage.wait(65),
    crash_one,
    delete_one,
    remove_all,
    scale,
    lose_an_answer,
    delay,
    lambda stage: stage.interventions.forget_history(),
    lambda stage: stage.interventions.cut_feeds(),
]
deeds = st.lists(st.sampled_from(DEEDS), max_size=12)


def standing(stage: Stage) -> Known:
    kinds = (kind.value for kind in WATCHED if kind.value != "Event" and kind not in CLUSTER_WIDE)
    objects = [obj for kind in kinds for obj in stage.cluster.store.of_kind(kind)]
    return {obj["metadata"]["uid"]: (obj["kind"], obj["metadata"]["resourceVersion"]) for obj in objects}


def everything(feed: SimulatedFeed, limit: int = 500) -> list[WatchEvent]:
    taken: list[WatchEvent] = []
    while some := feed.take(limit):
        taken.extend(some)
    return taken


def check_followers(stage: Stage, done: list[Deed]) -> None:
    """One who follows step by step, in small bites, and one who begins anew from each place that the first has stored."""
    feed = stage.cluster.follow("ours", {})
    seen, places, stored = list(everything(feed)), dict[str, str](), list[tuple[dict[str, str], Known]]()
    for deed in done:
        deed(stage)
        seen.extend(everything(feed, limit=3))
        places.update({watch_event.kind: watch_event.resource_version for watch_event in seen if watch_event.resource_version})
        stored.append((dict(places), known(seen)))
    stage.wait(1).cluster.faults.end()
    seen.extend(everything(feed))
    assert known(seen) == standing(stage)
    for since, before in stored:
        assert known(everything(stage.cluster.follow("ours", since)), before) == standing(stage)
    for name in FOLLOWED:
        versions = [int(one.resource_version) for one in seen if one.kind == name and one.resource_version]
        assert versions == sorted(versions)


@settings(max_examples=at_night(60), deadline=None)
@given(deeds)
def test_a_follower_knows_what_stands_from_wherever_they_begin(done: list[Deed]) -> None:
    check_followers(Stage(), done)


def told_without_deletions(_feed: SimulatedFeed, frame: Frame) -> str:
    return "" if frame.type == "DELETED" else frame.type


def test_control_a_watch_that_loses_a_deletion_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SimulatedFeed, "_told_as", told_without_deletions)

    with pytest.raises(AssertionError):
        check_followers(Stage(), [DEEDS[0], DEEDS[4], delete_one, DEEDS[5]])


@settings(max_examples=at_night(40), deadline=None)
@given(deeds)
def test_revisions_strictly_grow_and_each_frame_has_its_own(done: list[Deed]) -> None:
    stage = Stage()
    for deed in done:
        deed(stage)
    revisions = [frame.revision for frame in stage.cluster.store.frames]
    assert all(one < other for one, other in pairwise(revisions))


@settings(max_examples=at_night(20), deadline=None)
@given(deeds)
def test_the_same_seed_and_deeds_give_the_same_frames(done: list[Deed]) -> None:
    one, other = Stage("seed"), Stage("seed")
    for deed in done:
        deed(one)
        deed(other)
    assert one.cluster.store.frames == other.cluster.store.frames


def test_another_seed_gives_other_uids() -> None:
    assert Stage("one").cluster.identity() != Stage("other").cluster.identity()


def test_a_feed_that_was_cut_lists_anew_and_says_why() -> None:
    stage = Stage()
    stage.apply(deployment())
    feed = stage.cluster.follow("ours", {})
    before = known(everything(feed))
    stage.wait(5)
    contact = stage.now
    everything(feed)
    stage.interventions.cut_feeds("410 Expired: tried")
    remove_all(stage)
    stage.wait(10)

    watch_events = everything(feed)

    relisted = [
        observation
        for watch_event in watch_events
        for observation in watch_event.observations
        if isinstance(observation, Relisted)
    ]
    assert {one.kind for one in relisted} == set(FOLLOWED)
    assert {(one.missed, one.last_contact) for one in relisted} == {("410 Expired: tried", contact)}
    assert before
    assert standing(stage) == {uid: version for uid, version in known(watch_events).items() if uid in standing(stage)}


def test_a_place_from_a_lost_future_is_told_as_missed() -> None:
    stage = Stage()
    feed = stage.cluster.follow("ours", {"Pod": "999999"})

    missed = {
        one.kind: one.missed for watch_event in everything(feed) for one in watch_event.observations if isinstance(one, Relisted)
    }

    assert missed["Pod"]
    assert not missed["Service"]


def test_a_delayed_feed_tells_later_but_in_order() -> None:
    stage = Stage()
    feed = stage.cluster.follow("ours", {})
    everything(feed)
    stage.cluster.faults.feed_delay = 5.0
    stage.apply(deployment())

    stage.wait(2)
    assert everything(feed) == []
    stage.wait(4)
    assert everything(feed)

    stage.cluster.faults.end()
    stage.wait(10)
    everything(feed)
    assert known(everything(stage.cluster.follow("ours", {}))) == standing(stage)


def test_a_quiet_watch_tells_its_place_once_a_minute() -> None:
    stage = Stage()
    feed = stage.cluster.follow("ours", {})
    everything(feed)

    stage.wait(61)

    marks = [one for watch_event in everything(feed) for one in watch_event.observations if isinstance(one, Bookmark)]
    assert {mark.kind for mark in marks} == set(FOLLOWED)
    assert {mark.resource_version for mark in marks} == {str(stage.cluster.store.revision)}
    assert everything(feed) == []


def test_an_object_that_loses_our_label_is_not_told_as_gone() -> None:
    stage = Stage()
    stage.apply(deployment(replicas=0))
    feed = stage.cluster.follow("ours", {})
    seen = everything(feed)
    uid = stage.get("Deployment", "web")["metadata"]["uid"]
    assert uid in known(seen)

    stage.interventions.edit(WEB, {"metadata": {"labels": {"deadreckon.dev/ledger": "theirs"}}})

    after = everything(feed)
    assert uid in known([*seen, *after])
    assert [one.mark.ledger for watch_event in after for one in watch_event.observations if isinstance(one, ObjectSeen)] == [
        "theirs"
    ]
    assert stage.cluster.store.ledger_of(stage.get("Deployment", "web")) == "theirs"
