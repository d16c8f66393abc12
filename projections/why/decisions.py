"""What a decision rests on, by its own words, and what an outcome is of."""

import re
from collections.abc import Sequence
from datetime import datetime

from domain.actions import (
    Action,
    Decided,
    Finding,
    GaveUpCorrecting,
    IncarnationEnded,
    Outcome,
    Succeeded,
    Unknown,
    VersionFailed,
    VersionHealthy,
    VersionRecovered,
)
from domain.facts import Fact
from domain.filling import FillDone, FillFailed
from domain.orders import DeletionOrdered, Held, Resumed, Submitted, ValuesRevealed
from domain.pod_facts import ReplicaDisowned, ReplicaEnded, ReplicaLeaving
from domain.record import Recorded
from domain.replica import BecameReady, BecameUnready, ProbeFailed, ReplicaGone, ReplicaUnschedulable, ReplicaWaiting, Restarted
from domain.seen import Drifted, DriftEnded, ObjectVanished, ReplicasRefused
from projections.why.links import NOTHING, Links, beside, follows, recorded
from projections.why.past import Past, last

EVIDENCE = (Restarted, ReplicaWaiting, ReplicaUnschedulable, ReplicasRefused, ProbeFailed, FillFailed)
_VERSION = re.compile(r"(?<!not part of )version (\d{1,9})")
_DELETED = re.compile(r"incarnation (\d{1,9}) was deleted")
_UNSURE, _FILLED = "what became of the last request is unknown", "its claim is filled"
"""How the grounds of these actions begin (`reconciler/convergence.py`, `reconciler/content.py`)."""
_SHOWN = 5
"""So many of the replicas that a verdict rests on are told one by one."""
_NO_LONGER = (BecameUnready, Restarted, ReplicaLeaving, ReplicaEnded, ReplicaDisowned, ReplicaGone)
"""After these a replica is not a ready one of its version."""
_PERSONAL = (Submitted, DeletionOrdered, Held, Resumed, ValuesRevealed)


def of_outcome(here: Recorded[Fact], past: Past) -> Links:
    """Give the decision that an outcome is of."""
    fact = here.fact
    assert isinstance(fact, Outcome)
    return recorded(_decision(here, fact, past))


def _decision(here: Recorded[Fact], fact: Outcome, past: Past) -> Recorded[Fact] | None:
    named = past.by_id.get(here.metadata.cause)
    if named is not None and named.position < here.position and isinstance(named.fact, Decided):
        return named
    return last(past.before(here), lambda f: isinstance(f, Decided) and any(action.id == fact.action for action in f.actions))


def of_decision(here: Recorded[Fact], led_to: Recorded[Fact] | None, past: Past, *, standing: bool = False) -> Links:
    """Give what a decision rests on; `led_to`: what came of it, where one comes from there.

    `standing`: it is asked what a verdict of health rests on as it stands now, not when it was given.
    """
    fact = here.fact
    assert isinstance(fact, Decided)
    before = past.before(here)
    known = past.facts if standing else before
    led = _led(fact, led_to)
    found = [link for finding in (() if led else fact.findings) for link in _of_finding(finding, before, known)]
    found += [link for action in ((led,) if led else fact.actions) for link in _of_action(action, before)]
    once = {link.recorded.position: link for link in reversed(found)}
    return tuple(reversed(once.values())) or _after(fact, here, past)


def _after(decided: Decided, here: Recorded[Fact], past: Past) -> Links:
    """Give the fact that a decision was taken after: it need not have been for it, least of all where it did something."""
    cause = past.by_id.get(here.metadata.cause)
    if cause is None or cause.position >= here.position:
        return NOTHING
    if decided.actions or decided.findings or isinstance(cause.fact, _PERSONAL):
        return beside([cause], "it was decided right after it")
    return recorded(cause)


def _led(decided: Decided, led_to: Recorded[Fact] | None) -> Action | None:
    """Give the action of a decision that something came of."""
    outcome = led_to.fact if led_to is not None and isinstance(led_to.fact, Outcome) else None
    return next((action for action in decided.actions if outcome is not None and action.id == outcome.action), None)


def _of_action(action: Action, before: Sequence[Recorded[Fact]]) -> Links:  # noqa: PLR0911 (one line a ground)
    """Give what an action's own ground names: a version, a drift, a deletion, a request whose answer was lost."""
    if action.retry_of or action.because.startswith(_UNSURE):
        return recorded(
            last(before, lambda f: isinstance(f, Unknown) and f.ref == action.ref), "whether it was done is not known"
        )
    if action.because.startswith(_FILLED):
        return recorded(last(before, lambda f: isinstance(f, FillDone) and f.claim == action.ref.name), "its work is done")
    if action.because.startswith("drift"):
        return recorded(last(before, lambda f: isinstance(f, Drifted) and f.ref == action.ref), "it puts right what was changed")
    if missing := _missing(action, before):
        return follows(missing, "it makes anew what was gone")
    if named := _DELETED.search(action.because):
        number = int(named[1])
        order = last(before, lambda f: isinstance(f, DeletionOrdered) and f.incarnation == number)
        return recorded(order, "the deletion was ordered")
    if named := _VERSION.search(action.because):
        return recorded(submission(before, int(named[1])), f"version {named[1]} wants it so")
    if action.because.startswith("not part of version"):
        number = int(action.because.rpartition(" ")[2]) if action.because.rpartition(" ")[2].isdecimal() else 0
        return recorded(submission(before, number), f"version {number} does without it")
    return NOTHING


def _missing(action: Action, before: Sequence[Recorded[Fact]]) -> Recorded[Fact] | None:
    """Find that an object which had been made was gone, where that is what it is made anew for."""
    if action.verb not in {"create", "ensure"}:
        return None
    newest = last(before, lambda f: isinstance(f, ObjectVanished | Succeeded | DriftEnded) and f.ref == action.ref)
    ordered = last(before, lambda f: isinstance(f, DeletionOrdered | Submitted))
    if newest is None or not isinstance(newest.fact, ObjectVanished):
        return None
    return None if ordered is not None and ordered.position > newest.position else newest


def submission(before: Sequence[Recorded[Fact]], number: int) -> Recorded[Fact] | None:
    """Find the order that made a version."""
    return last(before, lambda f: isinstance(f, Submitted) and f.number == number)


def order_behind(write: Recorded[Fact], past: Past) -> Submitted | None:
    """Give the version that one of our writes was made for; None where that is not known."""
    before = past.before(write)
    decision = _decision(write, write.fact, past) if isinstance(write.fact, Succeeded) else None
    action = _led(decision.fact, write) if decision and isinstance(decision.fact, Decided) else None
    named = _VERSION.search(action.because) if action else None
    order = submission(before, int(named[1])) if named else last(before, lambda f: isinstance(f, Submitted))
    return order.fact if order and isinstance(order.fact, Submitted) else None


def decided_at(write: Recorded[Fact], past: Past) -> datetime:
    """Say from when on a write may have had its effect: when it was decided."""
    decision = _decision(write, write.fact, past) if isinstance(write.fact, Succeeded) else None
    return decision.recorded_at if decision else write.recorded_at


def _of_finding(finding: Finding, before: Sequence[Recorded[Fact]], known: Sequence[Recorded[Fact]]) -> Links:
    match finding:
        case VersionFailed(number, why):
            return _failure(number, why, before)
        case VersionHealthy(number) | VersionRecovered(number):
            return _health(number, before, known)
        case GaveUpCorrecting(ref):
            return recorded(last(before, lambda f: isinstance(f, Drifted) and f.ref == ref), "it was changed again and again")
        case IncarnationEnded(incarnation):
            order = last(before, lambda f: isinstance(f, DeletionOrdered) and f.incarnation == incarnation)
            return recorded(order, "the deletion was ordered")


def _failure(number: int, why: tuple[str, ...], before: Sequence[Recorded[Fact]]) -> Links:
    """Find what a verdict of failure names in its words; else what was seen since the version was submitted, beside."""
    order = submission(before, number)
    since = [one for one in before if order is None or one.position > order.position]
    signs = [one for one in since if isinstance(one.fact, EVIDENCE)]
    for sign in reversed(signs):
        if any(_says(sign.fact, words) for words in why):
            return recorded(_gravest(sign, since), "the verdict names it")
    return recorded(order, "nothing came of it") if not signs else (*follows(order, "it did not come up"), *beside(signs[-1:]))


def _gravest(sign: Recorded[Fact], since: Sequence[Recorded[Fact]]) -> Recorded[Fact]:
    """Begin with what a replica waits for now, where that is what its restart led to."""
    own = [one for one in since if one.stream == sign.stream and one.position > sign.position]
    return next((one for one in reversed(own) if isinstance(one.fact, ReplicaWaiting)), sign)


def _says(fact: Fact, words: str) -> bool:
    """Tell whether a verdict's words have what a fact says: its message, or the exit code that stands for one."""
    said = str(getattr(fact, "message", "")) or str(getattr(fact, "words", "")) or str(getattr(fact, "reason", ""))
    said = said.strip()
    if isinstance(fact, Restarted) and not fact.message:
        said = f"exit code {fact.exit_code}"
    return bool(said) and said[-80:] in words


def _health(number: int, before: Sequence[Recorded[Fact]], known: Sequence[Recorded[Fact]]) -> Links:
    """Give the version that was judged, and the replicas of it that are ready, by all that is `known`."""
    order = submission(before, number)
    if order is None or not isinstance(order.fact, Submitted):
        return NOTHING
    ready: dict[str, Recorded[Fact]] = {}
    template = order.fact.template
    ours = {one.stream for one in known if getattr(one.fact, "template", None) == template and one.stream.startswith("replica/")}
    for one in known:
        if isinstance(one.fact, BecameReady) and one.stream in ours:
            ready[one.stream] = one
        elif isinstance(one.fact, _NO_LONGER):
            ready.pop(one.stream, None)
    newest = sorted(ready.values(), key=lambda one: -one.position)
    ground = "this replica is ready" if len(newest) <= _SHOWN else f"this replica is ready, one of {len(newest)}"
    rests = tuple(link for one in newest[:_SHOWN] for link in follows(one, ground))
    return (*recorded(order, f"it is the verdict on version {number}"), *rests)
