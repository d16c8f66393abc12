"""Observing: which facts a glance at the cluster makes. What says nothing new makes none.

Pure: the same fold and the same glance give the same news. What was told is known from the fold alone, so a glance that is
seen again (a re-list, a restart, a change of leader) is silent.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Literal, assert_never

from domain.cluster import ApiServerUnheard, ImitationSeen, ObservationGap, RewindFound
from domain.deployment import Deployment
from domain.facts import Fact, cluster_stream, replica_stream, seen_stream
from domain.filling import FillFact
from domain.marks import Genuine
from domain.nodes_seen import NodeFact, NodeGone
from domain.objects import Kind, Mark, ObjectRef
from domain.observe_around import holds_ours, lost_label, namespace_news, node_news, nodes_of_ours, secret_news, subject_of
from domain.observe_departures import last_look, removal
from domain.observe_events import event_news, refusal
from domain.observe_fills import fill_event_news, fill_pod_news, job_news, unaccounted
from domain.observe_objects import (
    Settled,
    adopted,
    late,
    mark_news,
    missing,
    object_news,
    rollout_news,
    vanished,
    writer_of_labels,
)
from domain.observe_pods import made_of
from domain.observe_replica_sets import scaled
from domain.observe_replicas import replica_news
from domain.observe_scaling import scaling_news, unexplained
from domain.ownership import (
    Fleet,
    event_overtook_pod,
    home_of_object,
    home_of_pod,
    home_of_replica,
    home_of_replica_set,
    home_of_workload_event,
    is_ours,
    stands_in,
)
from domain.replica import ReplicaGone
from domain.scaling import ScalingFact
from domain.seen import ObjectVanished, SeenFact, Settlement
from domain.shared_seen import NamespaceGone, SharedFact
from domain.sightings import (
    AutoscalerSeen,
    EventSeen,
    FillPodSeen,
    Glance,
    GoneSeen,
    JobSeen,
    NamespaceSeen,
    NodeSeen,
    ObjectSeen,
    Place,
    PodSeen,
    Relisted,
    ReplicaSetSeen,
    RolloutSeen,
    SecretLooked,
    Sighting,
    SliceSeen,
    TakerSeen,
    Unheard,
)
from domain.surroundings import WELL
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


def _observe(ground: _Ground, glance: Glance, sighting: Sighting) -> Iterator[News]:  # noqa: C901, PLR0911, PLR0912 (one line a sighting)
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
        case NodeSeen():
            return _node(ground, sighting)
        case NamespaceSeen():
            return _namespace(ground, sighting)
        case SecretLooked():
            news = secret_news(ground.world.around.secrets.get(sighting.ref), sighting)
            return iter((_around(ground, sighting.project, news),) if news else ())
        case Unheard(since, until, why):
            # An outage that was told, and is seen again, is no other one.
            known = ground.world.around.unheard_until
            told = known is not None and since <= known
            return iter(() if told else (_around(ground, "", ApiServerUnheard(since, until, why)),))
        case ReplicaSetSeen():
            return _replica_set(ground, sighting)
        case SliceSeen() | TakerSeen():
            return iter(())  # what is seen of who is served is judged apart (`reconciler.serving`)
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
        settlement = _settlement(ground, home)
        made = partial(made_of, home, settlement)
        for fact in replica_news(home.replicas.get(seen.uid), seen, made):
            yield News(replica_stream(seen.uid), home.key.subject, fact)


def _settlement(ground: _Ground, home: Deployment) -> Settlement | None:
    """Give what the API server made of our Deployment, as we wrote it last."""
    workload = next((known for ref, known in home.objects.items() if ref.kind == Kind.DEPLOYMENT.value), None)
    return ground.settled(workload.settled) if workload else None


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
            if home and (refused := refusal(home.refusals.get(seen.uid, NEVER), seen, home.refused_replicas)):
                yield _seen(home, refused)
            if home and (removed := removal(home, seen)):
                yield News(replica_stream(removed[0]), home.key.subject, removed[1])
        case _:
            return


def _replica_set(ground: _Ground, seen: ReplicaSetSeen) -> Iterator[News]:
    home = home_of_replica_set(ground.fleet, seen, ground.genuine)
    if home is not None and (news := scaled(home, seen)):
        yield _seen(home, news)


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
        doubt = mark_news(home, seen, known, proven=proven)
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
            told = last_look(home.replicas[seen.uid], seen.pod) if seen.pod else ()
            for fact in (*told, ReplicaGone("seen")):
                yield News(replica_stream(seen.uid), home.key.subject, fact)
    elif seen.ref.kind == Kind.NODE.value:
        yield from _nodes_gone(ground, (seen.ref.name,), "seen")
    elif seen.ref.kind == Kind.NAMESPACE.value:
        yield from _namespace_gone(ground, seen.ref, seen.uid, "seen")
    else:
        yield from _object_gone(ground, seen)


def _object_gone(ground: _Ground, seen: GoneSeen) -> Iterator[News]:
    home = home_of_object(ground.fleet, seen.ref, seen.deployment)
    if home is not None and is_ours(home, seen.ref, seen.uid):
        known = home.objects.get(seen.ref)
        asked = known is not None and known.removing  # then nobody else is to be named
        yield _seen(home, vanished(seen) if not asked else ObjectVanished(seen.ref, seen.uid, "seen"))


def _node(ground: _Ground, seen: NodeSeen) -> Iterator[News]:
    """Tell of a node that holds a replica of ours, or of which was told: of the others, thousands perhaps, nothing."""
    told = ground.world.around.node(seen.name)
    news = tuple(node_news(told, seen))
    if news and (told != WELL or holds_ours(ground.fleet, seen.name)):
        yield from (_around(ground, "", fact) for fact in news)


def _nodes_gone(ground: _Ground, names: Iterable[str], how: Literal["seen", "missed"]) -> Iterator[News]:
    for name in names:
        told = ground.world.around.node(name)
        if not told.gone and (told != WELL or holds_ours(ground.fleet, name)):
            yield _around(ground, "", NodeGone(name, how))


def _namespace(ground: _Ground, seen: NamespaceSeen) -> Iterator[News]:
    world, told = ground.world, ground.world.around.namespace(seen.ref)
    subject = subject_of(ground.fleet, world.ledger, seen.ref.name, seen.project)
    if subject is not None:
        level = world.levels.get(subject, "baseline") if subject else "restricted"
        for fact in namespace_news(told, seen, ledger=world.ledger, level=level):
            yield _around(ground, subject, fact)


def _namespace_gone(ground: _Ground, ref: ObjectRef, uid: str, how: Literal["seen", "missed"]) -> Iterator[News]:
    subject = subject_of(ground.fleet, ground.world.ledger, ref.name)
    if subject is not None and ground.world.around.namespace(ref).gone != uid:
        yield _around(ground, subject, NamespaceGone(ref, uid, how))


def _namespaces_missing(ground: _Ground, listed: frozenset[str]) -> Iterator[News]:
    """Tell which namespaces we know, by their uids, are not in a list of all that carry our label."""
    known: dict[ObjectRef, list[str]] = {}
    for home in ground.fleet.values():
        for ref, one in home.objects.items():
            if ref.kind == Kind.NAMESPACE.value and one.uid:
                known.setdefault(ref, []).append(one.uid)
    for ref, uids in known.items():
        if listed.isdisjoint(uids) and not lost_label(ground.world.around.namespace(ref)):
            yield from _namespace_gone(ground, ref, uids[-1], "missed")


def _around(ground: _Ground, subject: str, fact: NodeFact | SharedFact | ApiServerUnheard) -> News:
    return News(cluster_stream(ground.cluster), subject, fact)


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
    if seen.kind == Kind.NODE.value:
        ours = {*ground.world.around.nodes, *nodes_of_ours(ground.fleet)}
        yield from _nodes_gone(ground, sorted(ours - seen.names), "missed")
        return
    if seen.kind == Kind.NAMESPACE.value:
        yield from _namespaces_missing(ground, seen.uids)
        return
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
