"""What others make of a replica's pod, told: why it goes, how it ends, what is changed on it."""

from typing import assert_never

from domain.pod_facts import (
    ImagePulling,
    ReplicaAdmitted,
    ReplicaChanged,
    ReplicaDisowned,
    ReplicaEnded,
    ReplicaLeaving,
    ReplicaRemoved,
)
from domain.seen import Change
from projections.sentences.objects import by, change
from projections.sentences.sentence import Sentence
from projections.wording import last_words, listed, one_line, span

REASONS = {
    "EvictionByEvictionAPI": "it was evicted through the Eviction API",
    "PreemptionByScheduler": "the scheduler makes room for a pod of higher priority",
    "DeletionByTaintManager": "its node has a taint that it does not tolerate",
    "DeletionByPodGC": "its node is gone",
    "TerminationByKubelet": "its node's kubelet ended it",
}
"""Reasons of condition `DisruptionTarget`; one that is not here is told as it is."""
SIGNALS = {130: "SIGINT", 134: "SIGABRT", 137: "SIGKILL", 139: "SIGSEGV", 143: "SIGTERM"}
"""What an exit code above 128 stands for, as runtimes report a signal."""


def tell(fact: ReplicaLeaving | ReplicaRemoved | ReplicaEnded) -> Sentence:
    """Say why a replica goes, and how its container ended."""
    match fact:
        case ReplicaLeaving():
            return Sentence("replica", "warning" if fact.reason else "info", leaving(fact))
        case ReplicaRemoved(by):
            return Sentence("replica", "info", f"was deleted by the ReplicaSet controller: {by} was scaled down")
        case ReplicaEnded(code):
            return Sentence("replica", "warning" if fact.overdue or code not in {0, 143} else "info", ended(fact))
        case _:
            assert_never(fact)


def tell_pod(fact: ReplicaDisowned | ReplicaChanged | ReplicaAdmitted | ImagePulling) -> Sentence:
    """Say what was made of a pod where it stands, and what it waits for."""
    match fact:
        case ReplicaDisowned(changes, manager):
            what = listed([change(one) for one in changes])
            hand = manager if manager not in {"", "unknown"} else "someone"
            return Sentence(
                "replica", "warning", _with(f"was taken out of its ReplicaSet by {hand}: it runs on, uncounted", what)
            )
        case ReplicaChanged(changes):
            return Sentence("replica", "warning", f"was changed where it stands by {by(changes)}: {_changes(changes)}")
        case ReplicaAdmitted(changes):
            hand = by(tuple(one for one in changes if one.manager != "admission"))
            whose = f" ({hand})" if hand != "someone" else ""
            return Sentence("replica", "warning", f"was made other than its template by admission{whose}: {_changes(changes)}")
        case ImagePulling(message, _, seconds):
            took = "pulls its image" if seconds is None else f"has pulled its image, which took {span(seconds)}"
            return Sentence("replica", "info", _with(took, one_line(message)))
        case _:
            assert_never(fact)


def leaving(fact: ReplicaLeaving) -> str:
    """Say that it is terminating, and why where the pod says so."""
    if not fact.reason:
        return "is removed at once, without a grace period" if fact.grace == 0 else "is terminating: it drains"
    said = REASONS.get(fact.reason)
    why = f"{said} ({fact.reason})" if said else fact.reason
    return _with(f"is terminating: {why}", one_line(fact.message))


def ended(fact: ReplicaEnded) -> str:
    """Say how its container ended: by itself, by which signal, or killed when its time had run out."""
    number = f"signal {fact.signal}" if fact.signal else SIGNALS.get(fact.exit_code, "")
    code = f"exit code {fact.exit_code}" + (f" ({number})" if number else "")
    if fact.overdue:
        return _with(f"did not end within its grace period and was killed: {code}", last_words(fact.message))
    reason = f"{fact.reason}, " if fact.reason not in {"", "Error", "Completed"} else ""
    return _with(f"has its container ended for good: {reason}{code}", last_words(fact.message))


def _changes(changes: tuple[Change, ...]) -> str:
    return listed([change(one) for one in changes])


def _with(said: str, more: str) -> str:
    return f"{said}: {more}" if more else said
