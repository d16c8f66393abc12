"""Decisions and outcomes, told: what was decided, why, and what the cluster made of it."""

from typing import assert_never

from domain.actions import (
    Action,
    ActionFact,
    Create,
    Decided,
    Ensure,
    Failed,
    Finding,
    GaveUpCorrecting,
    HandOver,
    IncarnationEnded,
    NotAttempted,
    Remove,
    Succeeded,
    Taken,
    TakeOver,
    Unknown,
    Update,
    VersionFailed,
    VersionHealthy,
    VersionRecovered,
)
from domain.objects import ObjectRef
from projections.sentences.sentence import Sentence, Severity
from projections.wording import count, last_words, listed, one_line

EFFECTS = {
    "created": "created {ref}",
    "updated": "updated {ref}",
    "deleted": "told the cluster to delete {ref}",
    "found": "{ref} was as it should be",
    "absent": "{ref} was gone already",
}
GRAVEST: tuple[Severity, ...] = ("bad", "warning", "good", "info")
CODES = {
    "NotOurs": "{ref} is not ours: left alone",
    "AlreadyThere": "{ref} stands there already: read back, decided again",
    "Gone": "{ref} is gone: decided again",
    "Replaced": "{ref} was replaced by another of the same name: decided again",
    "Superseded": "{ref} was written by a newer decision: this one stood back",
    "Contested": "{ref} changed while it was written: to be tried again",
}


def tell(fact: ActionFact) -> Sentence:
    """Say what was decided or done."""
    match fact:
        case Decided():
            return _decided(fact)
        case Succeeded(_, ref, taken=taken) if taken:
            return Sentence("action", "info", _taken(ref, taken))
        case Succeeded(_, ref, effect):
            return Sentence("action", "info", EFFECTS.get(effect, "done with {ref}").format(ref=ref))
        case Failed(_, ref, code, message):
            said = CODES[code].format(ref=ref) if code in CODES else f"the cluster refused {ref}: {code}"
            return Sentence("action", "warning" if code in CODES else "bad", _with(said, message))
        case Unknown(_, ref, message):
            return Sentence("action", "bad", _with(f"whether {ref} was written is unknown", message))
        case NotAttempted(_, ref, message):
            return Sentence("action", "warning", _with(f"{ref} was not attempted", message))
        case _:
            assert_never(fact)


def _taken(ref: ObjectRef, taken: tuple[Taken, ...]) -> str:
    """Say what was taken from whom, and why that way."""
    by_hand: dict[str, list[str]] = {}
    for one in taken:
        by_hand.setdefault(one.manager, []).append(one.path)
    told = "; ".join(f"{listed(paths)} taken over from {manager}" for manager, paths in by_hand.items())
    return one_line(f"{ref}: an apply could not remove it: {told}, for the next write to remove")


def _decided(decided: Decided) -> Sentence:
    if not decided.actions and not decided.findings:
        return Sentence("decision", "info", "decided that nothing is to be done")
    told = [finding(found) for found in decided.findings]
    graves: list[Severity] = ["info", *(grave for grave, _ in told)]
    gravest = min(graves, key=GRAVEST.index)
    parts = [text for _, text in told]
    if decided.actions:
        parts.append(f"decided to {intent(decided.actions)}")
    return Sentence("decision", gravest, "; ".join(parts))


def finding(found: Finding) -> tuple[Severity, str]:
    """Say what a decision found out, and how grave it is."""
    match found:
        case VersionHealthy(number):
            return "good", f"version {number} is healthy"
        case VersionFailed(number, why):
            words = listed([last_words(word) for word in why])
            return "bad", f"version {number} failed" + (f": {words}" if words else "")
        case VersionRecovered(number):
            return "good", f"version {number} recovered: all its replicas are ready after all"
        case GaveUpCorrecting(ref, path, corrections):
            times = count(corrections, "correction")
            return "bad", f"gave up on {path} of {ref} after {times}: someone else keeps changing it"
        case IncarnationEnded():
            return "info", "everything of it is gone; its name is free, its history stays"
        case _:
            assert_never(found)


def intent(actions: tuple[Action, ...]) -> str:
    """Say what is to be done and because of what, each ground once."""
    grounds: dict[str, dict[str, list[str]]] = {}
    for action in actions:
        grounds.setdefault(one_line(action.because), {}).setdefault(_verb(action), []).append(str(action.ref))
    return "; ".join(
        listed([f"{verb} {listed(refs)}" for verb, refs in verbs.items()]) + (f" ({because})" if because else "")
        for because, verbs in grounds.items()
    )


def _verb(action: Action) -> str:
    again = " again" if action.retry_of else ""
    match action:
        case Create():
            return "create" + again
        case Ensure():
            return "see to" + again
        case Update():
            return "update" + again
        case HandOver(replicas=replicas):
            return f"hand {count(replicas, 'replica')} over{again} to the autoscaler of"
        case TakeOver():
            return f"take over{again} what others added to"
        case Remove():
            return "delete" + again
        case _:
            assert_never(action)


def _with(said: str, message: str) -> str:
    plain = one_line(message)
    return f"{said}: {plain}" if plain else said
