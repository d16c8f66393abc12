"""Observing: which facts a watch event at the cluster makes. What says nothing new makes none.

Pure: the same fold and the same watch event give the same news. What was told is known from the fold alone, so a watch
event that is seen again (a re-list, a restart, a change of leader) is silent.
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
from domain.observations import (
    AutoscalerSeen,
    Bookmark,
    EventSeen,
    FillPodSeen,
    GoneSeen,
    JobSeen,
    NamespaceSeen,
    NodeSeen,
    ObjectSeen,
    Observation,
    PodSeen,
    Relisted,
    ReplicaSetSeen,
    RolloutSeen,
    SecretLooked,
    SliceSeen,
    TakerSeen,
    Unheard,
    WatchEvent,
)
from domain.observe_around import holds_ours, lost_label, namespace_news, node_news, nodes_of_ours, secret_news, subject_of
from domain.observe_departures import last_look, removal
from domain.observe_events import event_news, refusal
from domain.observe_fills import fill_event_news, fill_pod_news, job_news, unaccounted
from domain.observe_objects import (
    AppliedStateLookup,
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
from domain.repeats import NEVER
from domain.replica import ReplicaGone
from domain.scaling import ScalingFact
from domain.seen import AppliedState, ObjectVanished, SeenFact
from domain.shared_seen import NamespaceGone, SharedFact
from domain.surroundings import WELL
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
class _Context:
    """What a watch event is judged against."""

    fleet: Fleet
    settled: AppliedStateLookup
    genuine: Genuine
    world: World
    cluster: str
    head: int


def observe(  # noqa: PLR0913 (what a watch event is judged against is not one thing to those who call)
    fleet: Fleet, watch_event: WatchEvent, settled: AppliedStateLookup, *, genuine: Genuine, world: World, cluster: str, head: int
) -> tuple[News, ...]:
    """Give the facts that a watch event makes, in order. `head` is the newest position of the ledger."""
    context = _Context(fleet, settled, genuine, world, cluster, head)
    return tuple(news for observation in watch_event.observations for news in _observe(context, watch_event, observation))


def premature(fleet: Fleet, watch_event: WatchEvent) -> bool:
    """Tell whether a watch event is an Event about a pod of ours that was not seen yet: worth another look a little later.

    Kinds are watched apart, so an Event can overtake the pod that it is about. A pod that is gone already looks the same:
    whoever keeps such watch events gives them up after some seconds. So do a scaling and the Event that gives its reason, and
    a fill's job and its pods.
    """
    return any(
        unaccounted(fleet, observation)
        or _half_a_scaling(fleet, observation)
        or (isinstance(observation, EventSeen) and event_overtook_pod(fleet, observation))
        for observation in watch_event.observations
    )


def _half_a_scaling(fleet: Fleet, seen: Observation) -> bool:
    if not isinstance(seen, AutoscalerSeen | EventSeen):
        return False
    ref, uid = (seen.ref, seen.uid) if isinstance(seen, AutoscalerSeen) else (seen.about, seen.about_uid)
    home = home_of_object(fleet, ref, "")
    return home is not None and is_ours(home, ref, uid) and unexplained(home.scaling, seen)


def _observe(context: _Context, watch_event: WatchEvent, observation: Observation) -> Iterator[News]:  # noqa: C901, PLR0911, PLR0912 (one line an observation)
    match observation:
        case PodSeen():
            return _pod(context, observation)
        case EventSeen():
            return _event(context, observation)
        case ObjectSeen():
            return _object(context, observation)
        case RolloutSeen():
            return _rollout(context, observation)
        case AutoscalerSeen():
            return _autoscaler(context, watch_event, observation)
        case JobSeen() | FillPodSeen():
            return _fill(context, observation)
        case GoneSeen():
            return _gone(context, observation)
        case Relisted():
            return _relisted(context, watch_event, observation)
        case Bookmark(kind):
            return _foreign(context) if kind == Kind.POD.value else iter(())
        case NodeSeen():
            return _node(context, observation)
        case NamespaceSeen():
            return _namespace(context, observation)
        case SecretLooked():
            news = secret_news(context.world.around.secrets.get(observation.ref), observation)
            return iter((_around(context, observation.project, news),) if news else ())
        case Unheard(since, until, why):
            # An outage that was told, and is seen again, is no other one.
            known = context.world.around.unheard_until
            told = known is not None and since <= known
            return iter(() if told else (_around(context, "", ApiServerUnheard(since, until, why)),))
        case ReplicaSetSeen():
            return _replica_set(context, observation)
        case SliceSeen() | TakerSeen():
            return iter(())  # what is seen of who is served is judged apart (`reconciler.serving`)
        case _:
            assert_never(observation)


def _pod(context: _Context, seen: PodSeen) -> Iterator[News]:
    home = home_of_pod(context.fleet, seen, context.genuine)
    if home is None:
        if not seen.deleting:  # of one that is going, the owner may be gone before
            why = "its owner is no Deployment of this ledger"
            yield from _imitation(context, ImitationSeen(seen.ref, seen.uid, seen.deployment, why, seen.manager))
    elif seen.uid in home.replicas and not stands_in(home, seen.ref.namespace):
        yield News(replica_stream(seen.uid), home.key.subject, ReplicaGone("foreign"))
    else:
        applied_state = _settlement(context, home)
        made = partial(made_of, home, applied_state)
        for fact in replica_news(home.replicas.get(seen.uid), seen, made):
            yield News(replica_stream(seen.uid), home.key.subject, fact)


def _settlement(context: _Context, home: Deployment) -> AppliedState | None:
    """Give what the API server made of our Deployment, as we wrote it last."""
    workload = next((known for ref, known in home.objects.items() if ref.kind == Kind.DEPLOYMENT.value), None)
    return context.settled(workload.settled) if workload else None


def _event(context: _Context, seen: EventSeen) -> Iterator[News]:
    if (filling := fill_event_news(context.fleet, seen)) is not None:
        yield _seen(*filling)
    match seen.about.kind:
        case Kind.POD.value:
            home = home_of_replica(context.fleet, seen.about, seen.about_uid)
            if home is not None:
                for fact in event_news(home.replicas[seen.about_uid], seen):
                    yield News(replica_stream(seen.about_uid), home.key.subject, fact)
        case Kind.REPLICA_SET.value | Kind.DEPLOYMENT.value:
            home = home_of_workload_event(context.fleet, seen, context.genuine)
            if home and (refused := refusal(home.refusals.get(seen.uid, NEVER), seen, home.refused_replicas)):
                yield _seen(home, refused)
            if home and (removed := removal(home, seen)):
                yield News(replica_stream(removed[0]), home.key.subject, removed[1])
        case _:
            return


def _replica_set(context: _Context, seen: ReplicaSetSeen) -> Iterator[News]:
    home = home_of_replica_set(context.fleet, seen, context.genuine)
    if home is not None and (news := scaled(home, seen)):
        yield _seen(home, news)


def _object(context: _Context, seen: ObjectSeen) -> Iterator[News]:
    home = home_of_object(context.fleet, seen.ref, seen.deployment)
    # An object that was relabelled may be another ledger's: its mark says nothing of ours.
    ours = context.world.ledger in {"", seen.mark.ledger}
    proven = ours and context.genuine(seen.ref, seen.mark, seen.proof)
    if ours:
        yield from _marked(context, home, seen, proven=proven)
    if home is not None:
        if not (late(home, seen) or adopted(home, seen, proven=proven)):
            yield from _imitation(context, _imitating(seen, "its name is a deployment's, but this ledger did not write it"))
        for fact in object_news(home, seen, context.settled, proven=proven):
            yield _seen(home, fact)
    elif ours and not proven:
        yield from _imitation(context, _imitating(seen, "no deployment of this ledger has such an object"))


def _marked(context: _Context, home: Deployment | None, seen: ObjectSeen, *, proven: bool) -> Iterator[News]:
    """Tell what an object's mark says of this ledger: that an older copy was put back, or that the mark is not to be believed.

    Only what proves itself speaks for the whole ledger; anything else for the one deployment whose object it stands on.
    """
    world = context.world
    # Each write was decided on record first. The ledger's head tells less: on a copy it soon moves past what was lost.
    known = Mark(timeline=world.timeline, position=home.decided_at if home else context.head)
    if proven and seen.mark.newer_than(known):
        if world.rewind is None:
            found = RewindFound(seen.mark.timeline, seen.mark.position, context.head, str(seen.ref))
            yield News(cluster_stream(context.cluster), "", found)
    elif home is not None and is_ours(home, seen.ref, seen.uid):
        doubt = mark_news(home, seen, known, proven=proven)
        if doubt is not None:
            yield _seen(home, doubt)


def _imitating(seen: ObjectSeen, why: str) -> ImitationSeen:
    return ImitationSeen(seen.ref, seen.uid, seen.deployment, why, writer_of_labels(seen.managers))


def _imitation(context: _Context, found: ImitationSeen) -> Iterator[News]:
    """Tell once of what carries our labels and is not ours; of many alike in one namespace, of the first ones."""
    told = context.world.imitations
    beside = [one for one in told if one.ref.namespace == found.ref.namespace]
    alike = any(one.uid == found.uid or (one.ref.kind, one.claims) == (found.ref.kind, found.claims) for one in beside)
    if not alike and len(beside) < _IMITATIONS_OF_A_NAMESPACE and len(told) < _IMITATIONS:
        yield News(cluster_stream(context.cluster), "", found)


def _rollout(context: _Context, seen: RolloutSeen) -> Iterator[News]:
    home = home_of_object(context.fleet, seen.ref, seen.deployment)
    progress = rollout_news(home, seen) if home and is_ours(home, seen.ref, seen.uid) else None
    if home is not None and progress is not None:
        yield _seen(home, progress)


def _fill(context: _Context, seen: JobSeen | FillPodSeen) -> Iterator[News]:
    home = home_of_object(context.fleet, seen.ref if isinstance(seen, JobSeen) else seen.job, seen.deployment)
    if home is not None:
        fact = job_news(home, seen) if isinstance(seen, JobSeen) else fill_pod_news(home, seen)
        if fact is not None:
            yield _seen(home, fact)
    elif isinstance(seen, FillPodSeen) and not seen.pod.deleting:
        why = "its owner is no job of this ledger"
        yield from _imitation(context, ImitationSeen(seen.pod.ref, seen.pod.uid, seen.deployment, why, seen.pod.manager))


def _autoscaler(context: _Context, watch_event: WatchEvent, seen: AutoscalerSeen) -> Iterator[News]:
    home = home_of_object(context.fleet, seen.ref, seen.deployment)
    if home is not None and is_ours(home, seen.ref, seen.uid):
        for fact in scaling_news(home.scaling, seen, watch_event.at):
            yield _seen(home, fact)


def _gone(context: _Context, seen: GoneSeen) -> Iterator[News]:
    if seen.ref.kind == Kind.POD.value:
        home = home_of_replica(context.fleet, seen.ref, seen.uid, seen.deployment)
        if home is not None:
            told = last_look(home.replicas[seen.uid], seen.pod) if seen.pod else ()
            for fact in (*told, ReplicaGone("seen")):
                yield News(replica_stream(seen.uid), home.key.subject, fact)
    elif seen.ref.kind == Kind.NODE.value:
        yield from _nodes_gone(context, (seen.ref.name,), "seen")
    elif seen.ref.kind == Kind.NAMESPACE.value:
        yield from _namespace_gone(context, seen.ref, seen.uid, "seen")
    else:
        yield from _object_gone(context, seen)


def _object_gone(context: _Context, seen: GoneSeen) -> Iterator[News]:
    home = home_of_object(context.fleet, seen.ref, seen.deployment)
    if home is not None and is_ours(home, seen.ref, seen.uid):
        known = home.objects.get(seen.ref)
        asked = known is not None and known.removing  # then nobody else is to be named
        yield _seen(home, vanished(seen) if not asked else ObjectVanished(seen.ref, seen.uid, "seen"))


def _node(context: _Context, seen: NodeSeen) -> Iterator[News]:
    """Tell of a node that holds a replica of ours, or of which was told: of the others, thousands perhaps, nothing."""
    told = context.world.around.node(seen.name)
    news = tuple(node_news(told, seen))
    if news and (told != WELL or holds_ours(context.fleet, seen.name)):
        yield from (_around(context, "", fact) for fact in news)


def _nodes_gone(context: _Context, names: Iterable[str], how: Literal["seen", "missed"]) -> Iterator[News]:
    for name in names:
        told = context.world.around.node(name)
        if not told.gone and (told != WELL or holds_ours(context.fleet, name)):
            yield _around(context, "", NodeGone(name, how))


def _namespace(context: _Context, seen: NamespaceSeen) -> Iterator[News]:
    world, told = context.world, context.world.around.namespace(seen.ref)
    subject = subject_of(context.fleet, world.ledger, seen.ref.name, seen.project)
    if subject is not None:
        level = world.levels.get(subject, "baseline") if subject else "restricted"
        for fact in namespace_news(told, seen, ledger=world.ledger, level=level):
            yield _around(context, subject, fact)


def _namespace_gone(context: _Context, ref: ObjectRef, uid: str, how: Literal["seen", "missed"]) -> Iterator[News]:
    subject = subject_of(context.fleet, context.world.ledger, ref.name)
    if subject is not None and context.world.around.namespace(ref).gone != uid:
        yield _around(context, subject, NamespaceGone(ref, uid, how))


def _namespaces_missing(context: _Context, listed: frozenset[str]) -> Iterator[News]:
    """Tell which namespaces we know, by their uids, are not in a list of all that carry our label."""
    known: dict[ObjectRef, list[str]] = {}
    for home in context.fleet.values():
        for ref, one in home.objects.items():
            if ref.kind == Kind.NAMESPACE.value and one.uid:
                known.setdefault(ref, []).append(one.uid)
    for ref, uids in known.items():
        if listed.isdisjoint(uids) and not lost_label(context.world.around.namespace(ref)):
            yield from _namespace_gone(context, ref, uids[-1], "missed")


def _around(context: _Context, subject: str, fact: NodeFact | SharedFact | ApiServerUnheard) -> News:
    return News(cluster_stream(context.cluster), subject, fact)


def _foreign(context: _Context) -> Iterator[News]:
    """Let go of what an engine of before took for replicas by their labels: pods of other namespaces."""
    for home in context.fleet.values():
        for replica in home.replicas.values():
            if not stands_in(home, replica.namespace):
                yield News(replica_stream(replica.uid), home.key.subject, ReplicaGone("foreign"))


def _relisted(context: _Context, watch_event: WatchEvent, seen: Relisted) -> Iterator[News]:
    gap = ObservationGap(seen.kind, seen.last_contact, watch_event.at, seen.missed)
    if seen.missed and context.world.gaps.get(seen.kind) != gap:
        yield News(cluster_stream(context.cluster), "", gap)
    if seen.kind == Kind.NODE.value:
        ours = {*context.world.around.nodes, *nodes_of_ours(context.fleet)}
        yield from _nodes_gone(context, sorted(ours - seen.names), "missed")
        return
    if seen.kind == Kind.NAMESPACE.value:
        yield from _namespaces_missing(context, seen.uids)
        return
    if seen.kind == Kind.POD.value:
        yield from _foreign(context)
        for home in context.fleet.values():
            there = {uid for uid, replica in home.replicas.items() if stands_in(home, replica.namespace)}
            for uid in there - seen.uids:
                yield News(replica_stream(uid), home.key.subject, ReplicaGone("missed"))
        return
    for home in context.fleet.values():
        for fact in missing(home, seen.kind, seen.uids, seen.resource_version):
            yield _seen(home, fact)


def _seen(home: Deployment, fact: SeenFact | ScalingFact | FillFact) -> News:
    return News(seen_stream(home.key.subject), home.key.subject, fact)
