"""What a sight of a node, a namespace or a Secret in use says that was not known.

Only what differs from what was told is looked at any closer, so that a cluster of thousands of nodes costs next to nothing.
"""

from collections.abc import Iterable, Iterator, Mapping

from domain.masks import NOTHING_KNOWN
from domain.names import FIRST, LABEL, MANAGER, WHOLE, slug
from domain.nodes_seen import NodeCame, NodeCordoned, NodeFact, NodeReady, NodeUncordoned, NodeUnready
from domain.objects import Scalar
from domain.observations import Condition, Manager, NamespaceSeen, NodeSeen, SecretLooked
from domain.ownership import Fleet
from domain.project import shared_namespace
from domain.repeats import gist
from domain.seen import ABSENT, Change
from domain.shared_seen import (
    NamespaceChanged,
    NamespaceCondition,
    NamespaceLeaving,
    SecretChanged,
    SecretVanished,
    SharedFact,
)
from domain.surroundings import WELL, NamespaceTold, NodeTold, SecretTold

_LABELS, _ANNOTATIONS = "metadata.labels", "metadata.annotations"
_LEDGER = f"{_LABELS}.{LABEL}/ledger"
_SECURITY = f"{_LABELS}.pod-security.kubernetes.io/"
_ENFORCED = f"{_SECURITY}enforce"
_NO_OPINION = (
    f"{_LABELS}.{LABEL}/",
    f"{_LABELS}.kubernetes.io/metadata.name",
    f"{_ANNOTATIONS}.kubectl.kubernetes.io/last-applied",
)
"""Marks of other decisions of ours, what the API server itself writes, and kubectl's own copy of all the rest."""
_MOST = 50
_LONGEST = 300


def node_news(told: NodeTold, seen: NodeSeen) -> Iterator[NodeFact]:
    """Tell how a node is otherwise than was told."""
    if told.gone:
        yield NodeCame(seen.name)
        told = WELL
    if seen.cordoned and not told.cordoned:
        by = seen.cordoned_by
        yield NodeCordoned(seen.name, by.name if by else "unknown", by.at if by else None)
    elif told.cordoned and not seen.cordoned:
        yield NodeUncordoned(seen.name, "unknown")
    times = seen.unsteady.times if seen.unsteady else 1
    if not seen.ready and (told.ready or told.reason != seen.reason):
        yield NodeUnready(seen.name, seen.reason, NOTHING_KNOWN.hide(seen.message), seen.since, times)
    elif seen.ready and not told.ready:
        yield NodeReady(seen.name, seen.since, times)


def holds_ours(fleet: Fleet, node: str) -> bool:
    """Tell whether a replica of ours is on a node."""
    return any(replica.node == node for home in fleet.values() for replica in home.replicas.values())


def nodes_of_ours(fleet: Fleet) -> frozenset[str]:
    """Name the nodes that replicas of ours are on."""
    return frozenset(replica.node for home in fleet.values() for replica in home.replicas.values() if replica.node)


def subject_of(fleet: Fleet, ledger: str, namespace: str, project: str = "") -> str | None:
    """Name the project whose namespace this is: empty for the one that all share; None where it is none of ours.

    It is a project's when a deployment of that project stands in it. `project` is what it claims, where it claims anything.
    """
    if ledger and namespace in {shared_namespace(ledger, scheme) for scheme in (FIRST, WHOLE)}:
        return ""
    homes = (home for home in fleet.values() if home.versions and home.names.namespace == namespace)
    return next((home.key.project for home in homes if project in {"", home.key.project}), None)


def namespace_news(told: NamespaceTold, seen: NamespaceSeen, *, ledger: str, level: str) -> Iterator[SharedFact]:
    """Tell how a namespace is otherwise than was told. `level` is the Pod Security Standard that it was ordered to enforce."""
    if seen.deleting:
        hindrances = tuple(_hindrance(one) for one in seen.conditions if one.holds)
        leaving = NamespaceLeaving(seen.ref, seen.writers, seen.deleted_at, hindrances, seen.finalizers)
        if told.leaving is None or _waits_for(told.leaving) != _waits_for(leaving):
            yield leaving
        return
    changes = tuple(_changes(seen, _ordered(seen, ledger, level)))
    if _meaning(changes) != _meaning(told.changes):
        known, here = _meaning(told.changes), {one.path for one in changes}
        before = tuple(one.path for one in changes if _meaning((one,)) <= known)
        gone = tuple(_again(one, seen) for one in told.changes if one.path not in here and _is_as_before(one, seen))
        yield NamespaceChanged(seen.ref, changes, before, gone)


def secret_news(told: SecretTold | None, seen: SecretLooked) -> SecretChanged | SecretVanished | None:
    """Tell that others wrote a Secret in use, or that it is not there; what was told so is not told again."""
    if not seen.resource_version:
        return SecretVanished(seen.ref) if told is None or not told.vanished else None
    newest = max(seen.writers, key=_time, default=None)
    if newest is None:
        return SecretChanged(seen.ref, seen.resource_version, MANAGER) if told and told.vanished else None
    if told and (told.manager, told.at) == (newest.name, newest.at) and not told.vanished:
        return None
    paths = sorted({one.path for one in seen.writers if (one.name, one.at) == (newest.name, newest.at)})
    return SecretChanged(seen.ref, seen.resource_version, newest.name, newest.at, tuple(paths[:_MOST]))


def _time(manager: Manager) -> float:
    return manager.at.timestamp() if manager.at else 0.0


def _hindrance(one: Condition) -> NamespaceCondition:
    return NamespaceCondition(one.type, one.reason, NOTHING_KNOWN.hide(one.message))


def _waits_for(leaving: NamespaceLeaving) -> object:
    return frozenset((one.type, one.reason, gist(one.message)) for one in leaving.conditions), leaving.finalizers


def lost_label(told: NamespaceTold) -> bool:
    """Tell whether a namespace lost the label by which it is listed: that it is missing from a list says nothing then."""
    return any(change.path == _LEDGER for change in told.changes)


def _ordered(seen: NamespaceSeen, ledger: str, level: str) -> Mapping[str, Scalar]:
    """Give what we wrote on a namespace and others may change."""
    ours: dict[str, Scalar] = {_LEDGER: ledger, _ENFORCED: level}
    if seen.project:
        ours[f"{_LABELS}.{LABEL}/project"] = slug(seen.project, 63)
    return ours


def _changes(seen: NamespaceSeen, ours: Mapping[str, Scalar]) -> Iterator[Change]:
    for path, was in ours.items():
        now, hand = seen.fields.get(path, ABSENT), _hand(path, seen.managers)
        # What we ourselves wrote, and is not on record yet, has no foreign hand.
        if now != was and (hand is not None or now == ABSENT):
            yield _change(path, was, now, hand)
    foreign = sorted(path for path in seen.fields if path not in ours and not path.startswith(_NO_OPINION))
    added = [(path, hand) for path in foreign if (hand := _hand(path, seen.managers))]
    for path, hand in added[:_MOST]:
        yield _change(path, ABSENT, seen.fields[path], hand)


def _hand(path: str, managers: Iterable[Manager]) -> Manager | None:
    return max((one for one in managers if one.path == path), key=_time, default=None)


def _change(path: str, was: Scalar, now: Scalar, hand: Manager | None) -> Change:
    shown = _cut(NOTHING_KNOWN.hide(now)) if isinstance(now, str) else now
    return Change(_cut(path), was, shown, hand.name if hand else "unknown", hand.at if hand else None)


def _is_as_before(told: Change, seen: NamespaceSeen) -> bool:
    """Tell whether a field is what it was: else others' changes were too many to tell it, or we ordered something else."""
    return seen.fields.get(told.path, ABSENT) == told.was


def _again(told: Change, seen: NamespaceSeen) -> Change:
    """Tell that a field is as it was before others changed it."""
    return _change(told.path, told.now, told.was, _hand(told.path, seen.managers))


def _cut(said: str) -> str:
    return said if len(said) <= _LONGEST else f"{said[: _LONGEST - 1]}…"


def _meaning(changes: Iterable[Change]) -> frozenset[tuple[str, Scalar]]:
    """Give what of changes is worth telling: of labels and annotations that are nothing to us, only that they are there."""
    return frozenset((one.path, one.now if _is_promised(one.path) else "") for one in changes)


def _is_promised(path: str) -> bool:
    return path.startswith((_SECURITY, f"{_LABELS}.{LABEL}/"))
