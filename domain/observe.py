"""Observing: which facts a glance at the cluster makes. What says nothing new makes none.

Pure: the same fold and the same glance give the same news. What was told is known from the fold alone, so a glance that is
seen again (a re-list, a restart, a change of leader) is silent.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import assert_never

from domain.cluster import ObservationGap, RewindFound
from domain.deployment import Deployment
from domain.facts import Fact, cluster_stream, replica_stream, seen_stream
from domain.filling import FillFact
from domain.objects import Kind, Mark
from domain.observe_events import event_news, refusal
from domain.observe_fills import fill_event_news, fill_pod_news, home_of, job_news, unaccounted
from domain.observe_objects import Settled, missing, object_news, rollout_news
from domain.observe_replicas import replica_news
from domain.observe_scaling import scaling_news, unexplained
from domain.replica import ReplicaGone
from domain.scaling import ScalingFact
from domain.seen import ObjectVanished, SeenFact
from domain.sightings import (
    AutoscalerSeen,
    EventSeen,
    FillPodSeen,
    Glance,
    GoneSeen,
    JobSeen,
    ObjectSeen,
    Place,
    PodSeen,
    Relisted,
    ReplicaSetSeen,
    RolloutSeen,
    Sighting,
)
from domain.told import NEVER
from domain.world import World

Fleet = Mapping[str, Deployment]
"""All deployments, by the name of their objects (`Key.object_name`)."""


@dataclass(frozen=True, slots=True)
class News:
    """A fact about to be recorded: in which stream, and about which deployment (empty: the whole cluster)."""

    stream: str
    subject: str
    fact: Fact


@dataclass(frozen=True, slots=True)
class _Ground:
    """What a glance is judged against."""

    fleet: Fleet
    settled: Settled
    world: World
    cluster: str
    head: int


def observe(  # noqa: PLR0913 (what a glance is judged against is not one thing to those who call)
    fleet: Fleet, glance: Glance, settled: Settled, *, world: World, cluster: str, head: int
) -> tuple[News, ...]:
    """Give the facts that a glance makes, in order. `head` is the newest position of the ledger."""
    ground = _Ground(fleet, settled, world, cluster, head)
    return tuple(news for sighting in glance.sightings for news in _observe(ground, glance, sighting))


def premature(fleet: Fleet, glance: Glance) -> bool:
    """Tell whether a glance is an Event about a pod of ours that was not seen yet: worth another look a little later.

    Kinds are watched apart, so an Event can overtake the pod that it is about. A pod that is gone already looks the same:
    whoever keeps such glances gives them up after some seconds. So do a scaling and the Event that gives its reason, and
    a fill's job and its pods.
    """
    if any(unaccounted(fleet, sighting) for sighting in glance.sightings):
        return True
    return any(_half_a_scaling(fleet, sighting) for sighting in glance.sightings) or any(
        isinstance(sighting, EventSeen)
        and sighting.about.kind == Kind.POD.value
        and (home := _home_of_pod(fleet, sighting.about.name)) is not None
        and sighting.about_uid not in home.replicas
        for sighting in glance.sightings
    )


def _half_a_scaling(fleet: Fleet, seen: Sighting) -> bool:
    name = seen.ref.name if isinstance(seen, AutoscalerSeen) else seen.about.name if isinstance(seen, EventSeen) else ""
    home = fleet.get(name)
    return home is not None and unexplained(home.scaling, seen)


def _observe(ground: _Ground, glance: Glance, sighting: Sighting) -> Iterator[News]:  # noqa: PLR0911 (one line a sighting)
    match sighting:
        case PodSeen():
            return _pod(ground, sighting)
        case EventSeen():
            return _event(ground, sighting)
        case ObjectSeen():
            return _object(ground, sighting)
        case RolloutSeen():
            return _rollout(ground, sighting)
        case AutoscalerSeen():
            return _autoscaler(ground, glance, sighting)
        case JobSeen() | FillPodSeen():
            return _fill(ground, sighting)
        case GoneSeen():
            return _gone(ground, sighting)
        case Relisted():
            return _relisted(ground, glance, sighting)
        case ReplicaSetSeen() | Place():
            return iter(())
        case _:
            assert_never(sighting)


def _pod(ground: _Ground, seen: PodSeen) -> Iterator[News]:
    home = ground.fleet.get(seen.deployment) or _home_of_pod(ground.fleet, seen.ref.name)
    if home is not None:
        for fact in replica_news(home.replicas.get(seen.uid), seen):
            yield News(replica_stream(seen.uid), home.key.subject, fact)


def _home_of_pod(fleet: Fleet, pod: str) -> Deployment | None:
    """Find a pod's deployment by its name: `<objects' name>-<template hash>-<5 letters>`, the last hyphen lost in a long one."""
    workload, _, _ = pod.rpartition("-")
    return fleet.get(workload.rpartition("-")[0]) or fleet.get(workload)


def _event(ground: _Ground, seen: EventSeen) -> Iterator[News]:
    name = seen.about.name
    if (filling := fill_event_news(ground.fleet, seen)) is not None:
        yield _seen(*filling)
    match seen.about.kind:
        case Kind.POD.value:
            home = _home_of_pod(ground.fleet, name)
            replica = home.replicas.get(seen.about_uid) if home else None
            if home and replica and (fact := event_news(replica, seen)):
                yield News(replica_stream(replica.uid), home.key.subject, fact)
        case Kind.REPLICA_SET.value | Kind.DEPLOYMENT.value:
            workload = name.rpartition("-")[0] if seen.about.kind == Kind.REPLICA_SET.value else name
            home = ground.fleet.get(workload)
            if home and (refused := refusal(home.refusals.get(seen.uid, NEVER), seen)):
                yield _seen(home, refused)
        case _:
            return


def _home(ground: _Ground, seen: ObjectSeen | RolloutSeen | AutoscalerSeen | GoneSeen) -> Deployment | None:
    if seen.ref.kind in {Kind.CLAIM.value, Kind.JOB.value}:
        return home_of(ground.fleet, seen.ref, seen.deployment)
    # By name first: a label can be changed by others, a name cannot.
    return ground.fleet.get(seen.ref.name) or ground.fleet.get(seen.deployment)


def _object(ground: _Ground, seen: ObjectSeen) -> Iterator[News]:
    world, home = ground.world, _home(ground, seen)
    ours = world.ledger in {"", seen.mark.ledger}  # an object that was relabelled may be another ledger's
    # Each write was decided on record first. The ledger's head tells less: on a copy it soon moves past what was lost.
    known = Mark(timeline=world.timeline, position=home.decided_at if home else ground.head)
    if ours and world.rewind is None and seen.mark.newer_than(known):
        found = RewindFound(seen.mark.timeline, seen.mark.position, ground.head, str(seen.ref))
        yield News(cluster_stream(ground.cluster), "", found)
    if home is not None:
        for fact in object_news(home, seen, ground.settled):
            yield _seen(home, fact)


def _rollout(ground: _Ground, seen: RolloutSeen) -> Iterator[News]:
    home = _home(ground, seen)
    progress = rollout_news(home, seen) if home else None
    if home is not None and progress is not None:
        yield _seen(home, progress)


def _fill(ground: _Ground, seen: JobSeen | FillPodSeen) -> Iterator[News]:
    home = home_of(ground.fleet, seen.ref if isinstance(seen, JobSeen) else seen.job, seen.deployment)
    if home is not None:
        fact = job_news(home, seen) if isinstance(seen, JobSeen) else fill_pod_news(home, seen)
        if fact is not None:
            yield _seen(home, fact)


def _autoscaler(ground: _Ground, glance: Glance, seen: AutoscalerSeen) -> Iterator[News]:
    home = _home(ground, seen)
    if home is not None:
        for fact in scaling_news(home.scaling, seen, glance.at):
            yield _seen(home, fact)


def _gone(ground: _Ground, seen: GoneSeen) -> Iterator[News]:
    if seen.ref.kind == Kind.POD.value:
        home = ground.fleet.get(seen.deployment) or _home_of_pod(ground.fleet, seen.ref.name)
        if home is not None and seen.uid in home.replicas:
            yield News(replica_stream(seen.uid), home.key.subject, ReplicaGone("seen"))
        return
    home = _home(ground, seen)
    known = home.objects.get(seen.ref) if home else None
    if home is not None and known is not None and known.uid == seen.uid:
        yield _seen(home, ObjectVanished(seen.ref, seen.uid, "seen"))


def _relisted(ground: _Ground, glance: Glance, seen: Relisted) -> Iterator[News]:
    gap = ObservationGap(seen.kind, seen.last_contact, glance.at, seen.missed)
    if seen.missed and ground.world.gaps.get(seen.kind) != gap:
        yield News(cluster_stream(ground.cluster), "", gap)
    if seen.kind == Kind.POD.value:
        for home in ground.fleet.values():
            for uid in home.replicas.keys() - seen.uids:
                yield News(replica_stream(uid), home.key.subject, ReplicaGone("missed"))
        return
    for home in ground.fleet.values():
        for fact in missing(home, seen.kind, seen.uids, seen.resource_version):
            yield _seen(home, fact)


def _seen(home: Deployment, fact: SeenFact | ScalingFact | FillFact) -> News:
    return News(seen_stream(home.key.subject), home.key.subject, fact)
