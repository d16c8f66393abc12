"""Observing: which facts a glance at the cluster makes. What says nothing new makes none.

Pure: the same fold and the same glance give the same news. What was told is known from the fold alone, so a glance that is
seen again (a re-list, a restart, a change of leader) is silent.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import assert_never

from domain.cluster import ImitationSeen, ObservationGap, RewindFound
from domain.deployment import Deployment
from domain.facts import Fact, cluster_stream, replica_stream, seen_stream
from domain.filling import FillFact
from domain.marks import Genuine
from domain.objects import Kind, Mark
from domain.observe_events import event_news, refusal
from domain.observe_fills import fill_event_news, fill_pod_news, job_news, unaccounted
from domain.observe_objects import Settled, adopted, late, mark_news, missing, object_news, rollout_news, writer_of_labels
from domain.observe_replicas import replica_news
from domain.observe_scaling import scaling_news, unexplained
from domain.ownership import (
    Fleet,
    event_overtook_pod,
    home_of_object,
    home_of_pod,
    home_of_replica,
    home_of_workload_event,
    is_ours,
    stands_in,
)
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

_IMITATIONS = 200
"""So many imitations are told in all,"""
_IMITATIONS_OF_A_NAMESPACE = 10
"""and so many of one namespace: whoever makes pods by the thousand must not fill the ledger with them."""


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
    genuine: Genuine
    world: World
    cluster: str
    head: int


def observe(  # noqa: PLR0913 (what a glance is judged against is not one thing to those who call)
    fleet: Fleet, glance: Glance, settled: Settled, *, genuine: Genuine, world: World, cluster: str, head: int
) -> tuple[News, ...]:
    """Give the facts that a glance makes, in order. `head` is the newest position of the ledger."""
    ground = _Ground(fleet, settled, genuine, world, cluster, head)
    return tuple(news for sighting in glance.sightings for news in _observe(ground, glance, sighting))


def premature(fleet: Fleet, glance: Glance) -> bool:
    """Tell whether a glance is an Event about a pod of ours that was not seen yet: worth another look a little later.

    Kinds are watched apart, so an Event can overtake the pod that it is about. A pod that is gone already looks the same:
    whoever keeps such glances gives them up after some seconds. So do a scaling and the Event that gives its reason, and
    a fill's job and its pods.
    """
    return any(
        unaccounted(fleet, sighting)
        or _half_a_scaling(fleet, sighting)
        or (isinstance(sighting, EventSeen) and event_overtook_pod(fleet, sighting))
        for sighting in glance.sightings
    )


def _half_a_scaling(fleet: Fleet, seen: Sighting) -> bool:
    if not isinstance(seen, AutoscalerSeen | EventSeen):
        return False
    ref, uid = (seen.ref, seen.uid) if isinstance(seen, AutoscalerSeen) else (seen.about, seen.about_uid)
    home = home_of_object(fleet, ref, "")
    return home is not None and is_ours(home, ref, uid) and unexplained(home.scaling, seen)


def _observe(ground: _Ground, glance: Glance, sighting: Sighting) -> Iterator[News]:  # noqa: C901, PLR0911 (one line a sighting)
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
        case Place(kind):
            return _foreign(ground) if kind == Kind.POD.value else iter(())
        case ReplicaSetSeen():
            return iter(())
        case _:
            assert_never(sighting)


def _pod(ground: _Ground, seen: PodSeen) -> Iterator[News]:
    home = home_of_pod(ground.fleet, seen, ground.genuine)
    if home is None:
        if not seen.deleting:  # of one that is going, the owner may be gone before
            why = "its owner is no Deployment of this ledger"
            yield from _imitation(ground, ImitationSeen(seen.ref, seen.uid, seen.deployment, why, seen.manager))
    elif seen.uid in home.replicas and not stands_in(home, seen.ref.namespace):
        yield News(replica_stream(seen.uid), home.key.subject, ReplicaGone("foreign"))
    else:
        for fact in replica_news(home.replicas.get(seen.uid), seen):
            yield News(replica_stream(seen.uid), home.key.subject, fact)


def _event(ground: _Ground, seen: EventSeen) -> Iterator[News]:
    if (filling := fill_event_news(ground.fleet, seen)) is not None:
        yield _seen(*filling)
    match seen.about.kind:
        case Kind.POD.value:
            home = home_of_replica(ground.fleet, seen.about, seen.about_uid)
            if home is not None:
                for fact in event_news(home.replicas[seen.about_uid], seen):
                    yield News(replica_stream(seen.about_uid), home.key.subject, fact)
        case Kind.REPLICA_SET.value | Kind.DEPLOYMENT.value:
            home = home_of_workload_event(ground.fleet, seen, ground.genuine)
            if home and (refused := refusal(home.refusals.get(seen.uid, NEVER), seen)):
                yield _seen(home, refused)
        case _:
            return


def _object(ground: _Ground, seen: ObjectSeen) -> Iterator[News]:
    home = home_of_object(ground.fleet, seen.ref, seen.deployment)
    # An object that was relabelled may be another ledger's: its mark says nothing of ours.
    ours = ground.world.ledger in {"", seen.mark.ledger}
    proven = ours and ground.genuine(seen.ref, seen.mark, seen.proof)
    if ours:
        yield from _marked(ground, home, seen, proven=proven)
    if home is not None:
        if not (late(home, seen) or adopted(home, seen, proven=proven)):
            yield from _imitation(ground, _imitating(seen, "its name is a deployment's, but this ledger did not write it"))
        for fact in object_news(home, seen, ground.settled, proven=proven):
            yield _seen(home, fact)
    elif ours and not proven:
        yield from _imitation(ground, _imitating(seen, "no deployment of this ledger has such an object"))


def _marked(ground: _Ground, home: Deployment | None, seen: ObjectSeen, *, proven: bool) -> Iterator[News]:
    """Tell what an object's mark says of this ledger: that an older copy was put back, or that the mark is not to be believed.

    Only what proves itself speaks for the whole ledger; anything else for the one deployment whose object it stands on.
    """
    world = ground.world
    # Each write was decided on record first. The ledger's head tells less: on a copy it soon moves past what was lost.
    known = Mark(timeline=world.timeline, position=home.decided_at if home else ground.head)
    if proven and seen.mark.newer_than(known):
        if world.rewind is None:
            found = RewindFound(seen.mark.timeline, seen.mark.position, ground.head, str(seen.ref))
            yield News(cluster_stream(ground.cluster), "", found)
    elif home is not None and is_ours(home, seen.ref, seen.uid):
        doubt = mark_news(home, seen, known)
        if doubt is not None:
            yield _seen(home, doubt)


def _imitating(seen: ObjectSeen, why: str) -> ImitationSeen:
    return ImitationSeen(seen.ref, seen.uid, seen.deployment, why, writer_of_labels(seen.managers))


def _imitation(ground: _Ground, found: ImitationSeen) -> Iterator[News]:
    """Tell once of what carries our labels and is not ours; of many alike in one namespace, of the first ones."""
    told = ground.world.imitations
    beside = [one for one in told if one.ref.namespace == found.ref.namespace]
    alike = any(one.uid == found.uid or (one.ref.kind, one.claims) == (found.ref.kind, found.claims) for one in beside)
    if not alike and len(beside) < _IMITATIONS_OF_A_NAMESPACE and len(told) < _IMITATIONS:
        yield News(cluster_stream(ground.cluster), "", found)


def _rollout(ground: _Ground, seen: RolloutSeen) -> Iterator[News]:
    home = home_of_object(ground.fleet, seen.ref, seen.deployment)
    progress = rollout_news(home, seen) if home and is_ours(home, seen.ref, seen.uid) else None
    if home is not None and progress is not None:
        yield _seen(home, progress)


def _fill(ground: _Ground, seen: JobSeen | FillPodSeen) -> Iterator[News]:
    home = home_of_object(ground.fleet, seen.ref if isinstance(seen, JobSeen) else seen.job, seen.deployment)
    if home is not None:
        fact = job_news(home, seen) if isinstance(seen, JobSeen) else fill_pod_news(home, seen)
        if fact is not None:
            yield _seen(home, fact)
    elif isinstance(seen, FillPodSeen) and not seen.pod.deleting:
        why = "its owner is no job of this ledger"
        yield from _imitation(ground, ImitationSeen(seen.pod.ref, seen.pod.uid, seen.deployment, why, seen.pod.manager))


def _autoscaler(ground: _Ground, glance: Glance, seen: AutoscalerSeen) -> Iterator[News]:
    home = home_of_object(ground.fleet, seen.ref, seen.deployment)
    if home is not None and is_ours(home, seen.ref, seen.uid):
        for fact in scaling_news(home.scaling, seen, glance.at):
            yield _seen(home, fact)


def _gone(ground: _Ground, seen: GoneSeen) -> Iterator[News]:
    if seen.ref.kind == Kind.POD.value:
        home = home_of_replica(ground.fleet, seen.ref, seen.uid, seen.deployment)
        if home is not None:
            yield News(replica_stream(seen.uid), home.key.subject, ReplicaGone("seen"))
        return
    home = home_of_object(ground.fleet, seen.ref, seen.deployment)
    if home is not None and is_ours(home, seen.ref, seen.uid):
        yield _seen(home, ObjectVanished(seen.ref, seen.uid, "seen"))


def _foreign(ground: _Ground) -> Iterator[News]:
    """Let go of what an engine of before took for replicas by their labels: pods of other namespaces."""
    for home in ground.fleet.values():
        for replica in home.replicas.values():
            if not stands_in(home, replica.namespace):
                yield News(replica_stream(replica.uid), home.key.subject, ReplicaGone("foreign"))


def _relisted(ground: _Ground, glance: Glance, seen: Relisted) -> Iterator[News]:
    gap = ObservationGap(seen.kind, seen.last_contact, glance.at, seen.missed)
    if seen.missed and ground.world.gaps.get(seen.kind) != gap:
        yield News(cluster_stream(ground.cluster), "", gap)
    if seen.kind == Kind.POD.value:
        yield from _foreign(ground)
        for home in ground.fleet.values():
            there = {uid for uid, replica in home.replicas.items() if stands_in(home, replica.namespace)}
            for uid in there - seen.uids:
                yield News(replica_stream(uid), home.key.subject, ReplicaGone("missed"))
        return
    for home in ground.fleet.values():
        for fact in missing(home, seen.kind, seen.uids, seen.resource_version):
            yield _seen(home, fact)


def _seen(home: Deployment, fact: SeenFact | ScalingFact | FillFact) -> News:
    return News(seen_stream(home.key.subject), home.key.subject, fact)
