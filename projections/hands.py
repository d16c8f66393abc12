"""Whose hand it was: the requests of others that the API server's audit log told, held against what was seen to have happened.

What is seen of an object names a field manager at best, which anybody may choose; the audit log names the user. A request is
the one behind a sight for certain where the object's resourceVersion says so, or where only one user can have been it; else
all that it may have been are named, and none is chosen.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from typing import Literal

from domain.audit import RequestWitnessed
from domain.bounds import EARLIEST, LATEST
from domain.facts import Fact
from domain.names import SOMEBODY_ELSES
from domain.objects import Kind, ObjectRef
from domain.record import Recorded
from domain.scaling import ScaledByHand
from domain.seen import Change, Drifted
from domain.shared_seen import NamespaceLeaving, SecretVanished
from projections.fresh import news
from projections.told.requests import asker, tool
from projections.wording import listed

Surety = Literal["recorded", "one of several", "not known"]

_WRITES = frozenset({"create", "update", "patch"})
_DELETES = frozenset({"delete", "deletecollection"})
_TRACES: Mapping[str, frozenset[str]] = {
    "Drifted": _WRITES,
    "UnmanagedSeen": _WRITES,
    "DriftEnded": _WRITES,
    "ScaledByHand": _WRITES,
    "MarkDoubted": _WRITES,
    "ImitationSeen": _WRITES,
    "ReplicaChanged": _WRITES,
    "ReplicaDisowned": _WRITES,
    "SecretChanged": _WRITES,
    "NamespaceChanged": _WRITES,
    "NodeCordoned": _WRITES,
    "NodeUncordoned": _WRITES,
    "TakenUp": _WRITES,
    "ObjectLeaving": _DELETES,
    "ObjectVanished": _DELETES,
    "ReplicaLeaving": _DELETES,
    "ReplicaGone": _DELETES,
    "SecretVanished": _DELETES,
    "NamespaceLeaving": _DELETES,
    "NodeGone": _DELETES,
    "LetGo": _WRITES | _DELETES,
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
class Hand:
    """Who did it, as far as the audit log says: the requests that may have been it, the likeliest first."""

    surety: Surety = "not known"
    requests: tuple[RequestWitnessed, ...] = ()

    @property
    def users(self) -> tuple[str, ...]:
        """Name whom the requests came from, each once."""
        return tuple(dict.fromkeys(map(asker, self.requests)))

    def __str__(self) -> str:
        """Say it: `alice (by kubectl)`, `one of alice and bob`; empty where it is not known."""
        match self.surety:
            case "recorded":
                program, person = tool(self.requests[0]), asker(self.requests[0])
                return f"{person} (by {program})" if program and not self.requests[0].user.startswith("system:") else person
            case "one of several":
                return f"perhaps {self.users[0]}" if len(self.users) == 1 else f"one of {listed(self.users)}"
            case _:
                return ""


UNKNOWN = Hand()


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


def shows_a_hand(fact: Fact) -> bool:
    """Tell whether another's request may stand behind a fact of this kind."""
    return type(fact).__name__ in _TRACES


def dates(fact: Fact) -> bool:
    """Tell whether what a fact tells was done when it was asked for: a deletion may wait long for its end."""
    return isinstance(fact, SecretVanished) or _TRACES.get(type(fact).__name__) == _WRITES


def hand(
    recorded: Recorded[Fact],
    requests: Iterable[RequestWitnessed],
    pod: str = "",
    before: Iterable[Recorded[Fact]] = (),
) -> Hand:
    """Say who stands behind a fact. `pod` names the replica that it is about: `namespace/name`, or its name alone.

    A fact may tell of changes that several made, one after the other: one is named only who made each of them. `before` are
    those before it that tell of hands at the same object, newest first (`follows`): what they show was done earlier.
    """
    requests = tuple(requests)
    found = _hand(recorded, requests, pod)
    if not found.requests or (found.surety == "recorded" and any(_times(recorded.fact))):
        return found
    return _hand(recorded, _after(requests, before, pod), pod)


def _after(requests: Sequence[RequestWitnessed], before: Iterable[Recorded[Fact]], pod: str) -> Sequence[RequestWitnessed]:
    """Leave out what was done before the newest fact whose hand is known."""
    for one in before:
        if _TRACES[type(one.fact).__name__] == _DELETES:  # another object had the name then
            return [request for request in requests if request.at > _seen(one)]
        earlier = _hand(one, requests, pod)
        if earlier.requests:
            first = min(earlier.requests, key=lambda request: request.at)
            kept = [request for request in requests if (request.answered_at or request.at) > first.at]
            ended = first.answered_at or first.at
            alone = earlier.surety == "recorded" or all(one is first or one.at > ended for one in earlier.requests)
            return [request for request in kept if request is not first] if alone else kept
    return requests


def follows(recorded: Recorded[Fact], stream: Iterable[Recorded[Fact]], pod: str = "") -> Iterator[Recorded[Fact]]:
    """Find those facts of its stream, given newest first, that tell of others' hands at the same object before it did.

    What one sight tells in several facts may all be of one write. Of a deletion: those of objects that had its name before.
    """
    ref, seen, verbs = _ref(recorded, pod), _seen(recorded), _TRACES.get(type(recorded.fact).__name__)
    if ref is None or (ref.kind == Kind.POD.value and verbs == _DELETES) or isinstance(recorded.fact, NamespaceLeaving):
        return
    for one in islice((one for one in stream if one.position < recorded.position), NEAR):
        alike = _TRACES.get(type(one.fact).__name__) == verbs and _ref(one, pod) == ref and _seen(one) < seen
        if alike and (verbs != _DELETES or not _is_same(one.fact, recorded.fact)):
            yield one


def _is_same(one: Fact, other: Fact) -> bool:
    """Tell whether two facts are about one incarnation of an object."""
    uid = _text(one, "uid")
    return bool(uid) and uid == _text(other, "uid")


def _seen(recorded: Recorded[Fact]) -> datetime:
    return recorded.circumstances.observed_at or recorded.recorded_at


def _hand(recorded: Recorded[Fact], requests: Sequence[RequestWitnessed], pod: str) -> Hand:
    trace = trace_of(recorded, pod)
    if trace is None:
        return UNKNOWN
    moments = _moments(recorded.fact)
    if len(moments) <= 1:
        return hand_behind(trace, requests)
    return _together([hand_behind(_at_moment(trace, *moment), requests) for moment in moments])


def _moments(fact: Fact) -> dict[tuple[str, datetime | None], None]:
    """Give the managers and times of what is new in a fact, each once."""
    return dict.fromkeys((_manager(change), getattr(change, "at", None)) for change in news(fact))


def _at_moment(trace: Trace, manager: str, at: datetime | None) -> Trace:
    since, until = _window(at, trace.stood, trace.seen)
    return replace(trace, since=since, until=until, managers=frozenset({manager}) - _NOBODY, resource_version="")


def _together(found: Sequence[Hand]) -> Hand:
    requests = tuple(dict.fromkeys(request for one in found for request in one.requests))
    if not requests:
        return UNKNOWN
    sure = len({(one.user, one.acting_as) for one in requests}) == 1 and all(one.surety == "recorded" for one in found)
    return Hand("recorded" if sure else "one of several", requests)


def wrote(ref: ObjectRef, change: Change, resource_version: str, requests: Iterable[RequestWitnessed]) -> Hand:
    """Say who stands behind a field that is not as we left it, on an object last seen at a resourceVersion."""
    at: datetime | None = getattr(change, "at", None)
    if at is None:  # without a time, only the resourceVersion can tell
        requests = [one for one in requests if resource_version and one.resource_version == resource_version]
    # Whether it was seen as it happened is not known here: any write under that name since may have been it.
    since, until = (at - _EVER, at + _WHOLE) if at else (EARLIEST, LATEST)
    managers = frozenset({_manager(change)}) - _NOBODY
    return hand_behind(Trace(ref, _WRITES, since, until, until, since, resource_version, managers=managers), requests)


def hand_behind(trace: Trace, requests: Iterable[RequestWitnessed]) -> Hand:
    """Say who left a trace."""
    fitting = [request for request in requests if request.succeeded and _fits(request, trace)]
    # Who wrote under another manager's name wrote other fields.
    chosen = [one for one in fitting if not trace.managers or trace.managers & {one.manager, tool(one)}]
    direct = [one for one in chosen if _direct(one, trace)]
    if not chosen:
        return UNKNOWN
    if direct and trace.verbs == _DELETES:
        direct = direct[:1]  # whoever deletes again what is being deleted changes nothing
    sure = trace.sure and len({(one.user, one.acting_as) for one in direct}) == 1
    return Hand("recorded" if sure else "one of several", tuple(reversed(direct or chosen)))


def _fits(request: RequestWitnessed, trace: Trace) -> bool:
    if not (request.verb in trace.verbs or _evicts(request, trace)):
        return False
    if trace.uid and request.uid and trace.uid != request.uid:
        return False
    at = request.ref
    if at.kind != trace.ref.kind or at.namespace != (trace.ref.namespace or at.namespace):
        return False
    if trace.ref.name and at.name not in {trace.ref.name, ""}:
        return False
    known = (trace.uid and trace.uid == request.uid and trace.verbs == _DELETES) or (
        trace.resource_version and trace.resource_version == request.resource_version
    )
    return bool(known) or (trace.since <= (request.answered_at or request.at) and request.at <= trace.until)


def _direct(request: RequestWitnessed, trace: Trace) -> bool:
    return request.ref.name == (trace.ref.name or request.ref.name)


def _evicts(request: RequestWitnessed, trace: Trace) -> bool:
    return request.subresource == "eviction" and trace.verbs == _DELETES


def trace_of(recorded: Recorded[Fact], pod: str = "") -> Trace | None:
    """Say which request may stand behind a fact; None where none can."""
    fact = recorded.fact
    verbs = _TRACES.get(type(fact).__name__)
    ref = _ref(recorded, pod)
    if verbs is None or ref is None or _text(fact, "how") == "corrected":  # that was us
        return None
    since, until, sure = _when(recorded, ref, verbs)
    seen = _seen(recorded)
    return Trace(
        ref,
        verbs,
        since,
        until,
        seen,
        _stood(fact, seen),
        resource_version=_text(fact, "resource_version") if verbs == _WRITES else "",
        uid=_text(fact, "uid"),
        managers=frozenset() if verbs == _DELETES else _managers(fact),
        sure=sure,
    )


def _when(recorded: Recorded[Fact], ref: ObjectRef, verbs: frozenset[str]) -> tuple[datetime, datetime, bool]:
    seen = _seen(recorded)
    known = [at for at in _times(recorded.fact) if at <= seen + _SLACK]
    if ref.kind == Kind.POD.value and verbs == _DELETES:
        return seen - _EVER, seen + _SLACK, True  # its name is never given again
    if verbs == _WRITES:
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


def _times(fact: Fact) -> Iterator[datetime]:
    for holder in (fact, *news(fact)):
        at = getattr(holder, "at", None)
        if isinstance(at, datetime):
            yield at


def _managers(fact: Fact) -> frozenset[str]:
    """Give under whose names it was written; none where that is not known of all of it: a field that is gone has no manager."""
    names = {_manager(change) for change in news(fact)} or {_manager(fact)}
    return frozenset() if names & _NOBODY else frozenset(names)
