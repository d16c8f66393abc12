"""Attribution: the requests of others that the API server's audit log told, held against what was seen to have happened.

What is seen of an object names a field manager at best, which anybody may choose; the audit log names the user. A request is
the one behind a sight for certain where the object's resourceVersion says so, or where only one user can have been it; else
all that it may have been are named, and none is chosen.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.audit import RequestWitnessed
from domain.facts import Fact
from domain.objects import ObjectRef
from domain.record import Recorded
from domain.seen import Change
from projections.sentences.requests import asker, tool
from projections.traces import DELETES, VERBS, Trace, at_moment, moments, seen_at, times, trace_of, trace_of_change
from projections.wording import listed

Surety = Literal["recorded", "one of several", "not known"]


@dataclass(frozen=True, slots=True)
class Attribution:
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


UNKNOWN = Attribution()


def attribution(
    recorded: Recorded[Fact],
    requests: Iterable[RequestWitnessed],
    pod: str = "",
    before: Iterable[Recorded[Fact]] = (),
) -> Attribution:
    """Say who stands behind a fact. `pod` names the replica that it is about: `namespace/name`, or its name alone.

    A fact may tell of changes that several made, one after the other: one is named only who made each of them. `before` are
    those before it that tell of hands at the same object, newest first (`follows`): what they show was done earlier.
    """
    requests = tuple(requests)
    found = _hand(recorded, requests, pod)
    if not found.requests or (found.surety == "recorded" and any(times(recorded.fact))):
        return found
    return _hand(recorded, _after(requests, before, pod), pod)


def _after(requests: Sequence[RequestWitnessed], before: Iterable[Recorded[Fact]], pod: str) -> Sequence[RequestWitnessed]:
    """Leave out what was done before the newest fact whose hand is known."""
    for one in before:
        if VERBS[type(one.fact).__name__] == DELETES:  # another object had the name then
            return [request for request in requests if request.at > seen_at(one)]
        earlier = _hand(one, requests, pod)
        if earlier.requests:
            first = min(earlier.requests, key=lambda request: request.at)
            kept = [request for request in requests if (request.answered_at or request.at) > first.at]
            ended = first.answered_at or first.at
            alone = earlier.surety == "recorded" or all(one is first or one.at > ended for one in earlier.requests)
            return [request for request in kept if request is not first] if alone else kept
    return requests


def _hand(recorded: Recorded[Fact], requests: Sequence[RequestWitnessed], pod: str) -> Attribution:
    trace = trace_of(recorded, pod)
    if trace is None:
        return UNKNOWN
    several = moments(recorded.fact)
    if len(several) <= 1:
        return attribution_of(trace, requests)
    return _together([attribution_of(at_moment(trace, *moment), requests) for moment in several])


def _together(found: Sequence[Attribution]) -> Attribution:
    requests = tuple(dict.fromkeys(request for one in found for request in one.requests))
    if not requests:
        return UNKNOWN
    sure = len({(one.user, one.acting_as) for one in requests}) == 1 and all(one.surety == "recorded" for one in found)
    return Attribution("recorded" if sure else "one of several", requests)


def wrote(ref: ObjectRef, change: Change, resource_version: str, requests: Iterable[RequestWitnessed]) -> Attribution:
    """Say who stands behind a field that is not as we left it, on an object last seen at a resourceVersion."""
    at: datetime | None = getattr(change, "at", None)
    if at is None:  # without a time, only the resourceVersion can tell
        requests = [one for one in requests if resource_version and one.resource_version == resource_version]
    return attribution_of(trace_of_change(ref, change, at, resource_version), requests)


def attribution_of(trace: Trace, requests: Iterable[RequestWitnessed]) -> Attribution:
    """Say who left a trace."""
    fitting = [request for request in requests if request.succeeded and _fits(request, trace)]
    # Who wrote under another manager's name wrote other fields.
    chosen = [one for one in fitting if not trace.managers or trace.managers & {one.manager, tool(one)}]
    direct = [one for one in chosen if _direct(one, trace)]
    if not chosen:
        return UNKNOWN
    if direct and trace.verbs == DELETES:
        direct = direct[:1]  # whoever deletes again what is being deleted changes nothing
    sure = trace.sure and len({(one.user, one.acting_as) for one in direct}) == 1
    return Attribution("recorded" if sure else "one of several", tuple(reversed(direct or chosen)))


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
    known = (trace.uid and trace.uid == request.uid and trace.verbs == DELETES) or (
        trace.resource_version and trace.resource_version == request.resource_version
    )
    return bool(known) or (trace.since <= (request.answered_at or request.at) and request.at <= trace.until)


def _direct(request: RequestWitnessed, trace: Trace) -> bool:
    return request.ref.name == (trace.ref.name or request.ref.name)


def _evicts(request: RequestWitnessed, trace: Trace) -> bool:
    return request.subresource == "eviction" and trace.verbs == DELETES
