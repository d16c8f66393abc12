"""Traces: what a fact shows of a request that may stand behind it: on which object, with which verbs, and between which times.

What is seen of an object names a field manager at best, which anybody may choose, and times in whole seconds: a trace says how
far that can be relied on. Whose request it was is said by `projections.attribution`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice

from domain.bounds import EARLIEST, LATEST
from domain.facts import Fact
from domain.names import SOMEBODY_ELSES
from domain.objects import Kind, ObjectRef
from domain.record import Recorded
from domain.scaling import ScaledByHand
from domain.seen import Change, Drifted
from domain.shared_seen import NamespaceLeaving, SecretVanished
from projections.news_in_fact import news

WRITES = frozenset({"create", "update", "patch"})
DELETES = frozenset({"delete", "deletecollection"})
VERBS: Mapping[str, frozenset[str]] = {
    "Drifted": WRITES,
    "UnmanagedSeen": WRITES,
    "DriftEnded": WRITES,
    "ScaledByHand": WRITES,
    "MarkDoubted": WRITES,
    "ImitationSeen": WRITES,
    "ReplicaChanged": WRITES,
    "ReplicaDisowned": WRITES,
    "SecretChanged": WRITES,
    "NamespaceChanged": WRITES,
    "NodeCordoned": WRITES,
    "NodeUncordoned": WRITES,
    "TakenUp": WRITES,
    "ObjectLeaving": DELETES,
    "ObjectVanished": DELETES,
    "ReplicaLeaving": DELETES,
    "ReplicaGone": DELETES,
    "SecretVanished": DELETES,
    "NamespaceLeaving": DELETES,
    "NodeGone": DELETES,
    "LetGo": WRITES | DELETES,
}
"""Facts that another's request may stand behind, and its verbs."""
_NOBODY = frozenset({"", "unknown"})
_SLACK = timedelta(seconds=2)
"""Times in objects are in whole seconds, and clocks differ."""
_WHOLE = timedelta(microseconds=999_999)
"""managedFields have whole seconds, by the clock of the very API server that wrote the request into its log."""
_LIVE = timedelta(seconds=5)
"""What was seen so soon after its time was seen as it happened: later, the manager may have written something else since."""
_BEFORE = timedelta(minutes=2)
"""So long before it was seen, where the object itself has no time, a deletion may have been ordered."""
_EVER = timedelta(days=1)
"""A deletion may wait for a finalizer, or for a container that does not end; and nobody may have looked."""


NEAR = 20
"""So many facts of its stream before one are looked at for those that it follows."""


@dataclass(frozen=True, slots=True)
class Trace:
    """What a fact shows of a request: where, with which verbs, between which times, and what tells it for certain."""

    ref: ObjectRef
    verbs: frozenset[str]
    since: datetime
    until: datetime
    seen: datetime
    stood: datetime
    """When it was as it should be, as far as that is known: else long ago."""
    resource_version: str = ""
    uid: str = ""
    managers: frozenset[str] = frozenset()
    sure: bool = True
    """False: nobody looked for long before it was found: another may have done it than the one whose request is known."""


def may_be_anothers(fact: Fact) -> bool:
    """Tell whether another's request may stand behind a fact of this kind."""
    return type(fact).__name__ in VERBS


def dates(fact: Fact) -> bool:
    """Tell whether what a fact tells was done when it was asked for: a deletion may wait long for its end."""
    return isinstance(fact, SecretVanished) or VERBS.get(type(fact).__name__) == WRITES


def follows(recorded: Recorded[Fact], stream: Iterable[Recorded[Fact]], pod: str = "") -> Iterator[Recorded[Fact]]:
    """Find those facts of its stream, given newest first, that tell of others' hands at the same object before it did.

    What one sight tells in several facts may all be of one write. Of a deletion: those of objects that had its name before.
    """
    ref, seen, verbs = _ref(recorded, pod), seen_at(recorded), VERBS.get(type(recorded.fact).__name__)
    if ref is None or (ref.kind == Kind.POD.value and verbs == DELETES) or isinstance(recorded.fact, NamespaceLeaving):
        return
    for one in islice((one for one in stream if one.position < recorded.position), NEAR):
        alike = VERBS.get(type(one.fact).__name__) == verbs and _ref(one, pod) == ref and seen_at(one) < seen
        if alike and (verbs != DELETES or not _is_same(one.fact, recorded.fact)):
            yield one


def _is_same(one: Fact, other: Fact) -> bool:
    """Tell whether two facts are about one incarnation of an object."""
    uid = _text(one, "uid")
    return bool(uid) and uid == _text(other, "uid")


def seen_at(recorded: Recorded[Fact]) -> datetime:
    """Say when what a fact tells was seen."""
    return recorded.metadata.observed_at or recorded.recorded_at


def moments(fact: Fact) -> dict[tuple[str, datetime | None], None]:
    """Give the managers and times of what is new in a fact, each once."""
    return dict.fromkeys((_manager(change), getattr(change, "at", None)) for change in news(fact))


def at_moment(trace: Trace, manager: str, at: datetime | None) -> Trace:
    """Give of a trace that several may have left what one manager left at a time."""
    since, until = _window(at, trace.stood, trace.seen)
    return replace(trace, since=since, until=until, managers=frozenset({manager}) - _NOBODY, resource_version="")


def trace_of_change(ref: ObjectRef, change: Change, at: datetime | None, resource_version: str) -> Trace:
    """Say which write may stand behind a field that is not as we left it.

    Whether it was seen as it happened is not known here: any write under that name since may have been it.
    """
    since, until = (at - _EVER, at + _WHOLE) if at else (EARLIEST, LATEST)
    managers = frozenset({_manager(change)}) - _NOBODY
    return Trace(ref, WRITES, since, until, until, since, resource_version, managers=managers)


def trace_of(recorded: Recorded[Fact], pod: str = "") -> Trace | None:
    """Say which request may stand behind a fact; None where none can."""
    fact = recorded.fact
    verbs = VERBS.get(type(fact).__name__)
    ref = _ref(recorded, pod)
    if verbs is None or ref is None or _text(fact, "how") == "corrected":  # that was us
        return None
    since, until, sure = _when(recorded, ref, verbs)
    seen = seen_at(recorded)
    return Trace(
        ref,
        verbs,
        since,
        until,
        seen,
        _stood(fact, seen),
        resource_version=_text(fact, "resource_version") if verbs == WRITES else "",
        uid=_text(fact, "uid"),
        managers=frozenset() if verbs == DELETES else _managers(fact),
        sure=sure,
    )


def _when(recorded: Recorded[Fact], ref: ObjectRef, verbs: frozenset[str]) -> tuple[datetime, datetime, bool]:
    seen = seen_at(recorded)
    known = [at for at in times(recorded.fact) if at <= seen + _SLACK]
    if ref.kind == Kind.POD.value and verbs == DELETES:
        return seen - _EVER, seen + _SLACK, True  # its name is never given again
    if verbs == WRITES:
        windows = [_window(at, _stood(recorded.fact, seen), seen) for at in known or (None,)]
        return min(since for since, _ in windows), max(until for _, until in windows), True
    if known:
        return min(known) - _SLACK, max(known) + _SLACK, True
    if _text(recorded.fact, "how") == "missed":
        return seen - _EVER, seen + _SLACK, False
    return seen - _BEFORE, seen + _SLACK, True


def _window(at: datetime | None, stood: datetime, seen: datetime) -> tuple[datetime, datetime]:
    """Say between which times a write was: in its very second where it was seen as it happened.

    managedFields have the time of their manager's *last* write: what was seen late may have been written by an earlier one.
    """
    if at is None:
        return stood, seen + _SLACK
    return at if seen - at <= _LIVE else stood, at + _WHOLE


def _stood(fact: Fact, seen: datetime) -> datetime:
    """Say since when it may have been written: after our own last write, where the fact knows that."""
    own = fact.since if isinstance(fact, Drifted) else None
    return own or seen - _EVER


def _ref(recorded: Recorded[Fact], pod: str) -> ObjectRef | None:
    fact = recorded.fact
    ref = getattr(fact, "ref", None)
    if isinstance(ref, ObjectRef):
        return ref
    if isinstance(fact, ScaledByHand):  # of the only workload of whom it is about
        return ObjectRef(Kind.DEPLOYMENT.value, "", "")
    if node := _text(fact, "node"):
        return ObjectRef("Node", "", node)
    if pod and recorded.stream.startswith("replica/"):
        namespace, _, name = pod.rpartition("/")
        return ObjectRef(Kind.POD.value, namespace, name)
    return None


def _manager(told: object) -> str:
    """Give the field manager's name as it was sent: one of ours that somebody else took is told as such."""
    return _text(told, "manager").removesuffix(SOMEBODY_ELSES)


def _text(fact: object, name: str) -> str:
    value = getattr(fact, name, "")
    return value if isinstance(value, str) else ""


def times(fact: Fact) -> Iterator[datetime]:
    """Give the times that the object itself has for what a fact tells."""
    for holder in (fact, *news(fact)):
        at = getattr(holder, "at", None)
        if isinstance(at, datetime):
            yield at


def _managers(fact: Fact) -> frozenset[str]:
    """Give under whose names it was written; none where that is not known of all of it: a field that is gone has no manager."""
    names = {_manager(change) for change in news(fact)} or {_manager(fact)}
    return frozenset() if names & _NOBODY else frozenset(names)
