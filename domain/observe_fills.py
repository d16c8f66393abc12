"""What a sight of a fill says that was not known: its job, the pods of its tries, the Events about what it waits for.

The tool's own account stands in the pod, whether it succeeded at all in the job; the two are watched apart, and either may
come first.
"""

import json
import re
from collections.abc import Mapping
from typing import Any, TypeGuard, cast

from domain.deployment import Deployment
from domain.filling import FINAL, FillDone, FillFact, FillFailed, Filling, FillProgressed, FillStarted
from domain.objects import Kind, ObjectRef
from domain.observations import EventSeen, Exit, FillPodSeen, JobSeen, PodSeen, Running, Waiting
from domain.observe_replicas import UNREMARKABLE
from domain.orders import Fill
from domain.ownership import Fleet, home_of_object, is_ours
from domain.repeats import gist, last_words

_KINDS_OF_TROUBLE = 10
"""So many different reasons of waiting are told of one fill."""
_IDENTITY = re.compile(r"[!-~]{1,200}")
"""A commit, a digest: what it is that a claim holds."""
_MOST = 2**53
_LIVING = "fill-"
_COVERED = frozenset({"FailedScheduling", "BackOff", "Failed", "BackoffLimitExceeded", "PodFailurePolicy", "DeadlineExceeded"})
"""Warnings that the status of the pod or the job says better."""
_TOLD = frozenset({"FailedBinding"})
"""What is no warning, and yet keeps a fill from beginning: a claim that no class of storage is there for."""


def job_news(home: Deployment, seen: JobSeen) -> FillFact | None:
    """Tell how a fill ended, as far as its pods have not told it already."""
    told = _told(home, seen.ref, seen.uid)
    if told is None:
        return None
    fill, filling = told
    name = fill.claim.name
    if seen.complete:
        return FillDone(fill.integration, name, fill.identity, -1, 0, 0.0)
    if seen.failed:
        said = filling.words if filling and filling.failed else ""
        # That there were too many tries says less than what the last of them said.
        words = said if said and seen.failed.startswith("BackoffLimit") else "; ".join(filter(None, (seen.failed, said)))
        return FillFailed(fill.integration, name, last_words(words))
    return None


def _told(home: Deployment, job: ObjectRef, uid: str) -> tuple[Fill, Filling | None] | None:
    """Give a fill that is under way, and what is known of it; None for one that is over, or a job that is not the one we made."""
    fill, known = home.fill_at(job), home.objects.get(job)
    if fill is None or known is None or known.uid != uid or known.unfit or fill.claim not in home.objects:
        return None
    filling = home.fills.get(fill.claim.name)
    return None if filling and filling.stage in {"done", "failed"} else (fill, filling)


def fill_pod_news(home: Deployment, seen: FillPodSeen) -> FillFact | None:
    """Tell how far a try is."""
    told = _told(home, seen.job, seen.job_uid)
    pod = seen.pod
    if told is None or (told[1] and pod.ref.name in told[1].failed):
        return None
    fill, filling = told
    state = pod.container.state if pod.container else None
    if isinstance(state, Exit):
        return _ended(fill, pod, state)
    if pod.phase == "Failed":
        return _stumbled(fill, pod, f"{pod.status_reason or 'the pod failed'}: {pod.status_message}")
    if isinstance(state, Running):
        runs = filling is not None and (filling.stage, filling.pod) == ("filling", pod.ref.name)
        return None if runs or pod.deleting else FillStarted(fill.integration, fill.claim.name, pod.ref.name)
    words = _hindrance(pod, state)
    return _waiting(fill, filling, pod.ref.name, words) if words else None


def _ended(fill: Fill, pod: PodSeen, state: Exit) -> FillFact:
    if state.code == 0:
        return _done(fill, state)
    words = last_words(state.message.strip() or f"{state.reason or 'Error'} (exit code {state.code})")
    return FillFailed(fill.integration, fill.claim.name, words) if state.code == FINAL else _stumbled(fill, pod, words)


def _stumbled(fill: Fill, pod: PodSeen, words: str) -> FillFact:
    return FillProgressed(fill.integration, fill.claim.name, pod.ref.name, "retrying", last_words(words))


def _done(fill: Fill, state: Exit) -> FillDone:
    account = _account(state.message)
    lasted = (state.finished_at - state.started_at).total_seconds() if state.finished_at and state.started_at else 0.0
    identity = account.get("identity")
    size, files, seconds = (account.get(name) for name in ("bytes", "files", "seconds"))
    return FillDone(
        fill.integration,
        fill.claim.name,
        identity if isinstance(identity, str) and _IDENTITY.fullmatch(identity) else fill.identity,
        size if _count(size) else -1,
        files if _count(files) else 0,
        float(seconds) if isinstance(seconds, int | float) and 0 <= seconds <= _MOST else lasted,
    )


def _count(value: object) -> TypeGuard[int]:
    return type(value) is int and 0 <= value <= _MOST  # JSON's `true` is no number


def _account(message: str) -> Mapping[str, Any]:
    """Read the tool's own account; whoever runs beside it may have written another, so each value is looked at."""
    try:
        account: object = json.loads(message)
    except (ValueError, RecursionError):
        return {}
    return cast("Mapping[str, Any]", account) if isinstance(account, dict) else {}


def _hindrance(pod: PodSeen, state: Waiting | None) -> str:
    if state and state.reason not in UNREMARKABLE:
        return f"{state.reason}: {state.message}" if state.message else state.reason
    # Every claim is unbound for a moment; where it stays so, its own Events say why.
    return "" if pod.node or "unbound" in pod.unschedulable else pod.unschedulable


def _waiting(fill: Fill, filling: Filling | None, pod: str, words: str) -> FillProgressed | None:
    said = filling.said if filling else ()
    if gist(words) in said or len(said) >= _KINDS_OF_TROUBLE:
        return None
    return FillProgressed(fill.integration, fill.claim.name, pod, "waiting", last_words(words))


def fill_event_news(fleet: Fleet, seen: EventSeen) -> tuple[Deployment, FillFact] | None:
    """Tell what an Event says of what a fill waits for: a claim without storage, a job whose pods are refused, a volume."""
    name = seen.about.name
    told = seen.reason in _TOLD or (seen.type == "Warning" and seen.reason not in _COVERED)
    if not name.startswith(_LIVING) or not told:
        return None
    of_pod = seen.about.kind == Kind.POD.value
    place = ObjectRef(Kind.JOB.value, seen.about.namespace, name.rpartition("-")[0]) if of_pod else seen.about
    home = home_of_object(fleet, place, "")
    fill = home.fill_at(place) if home and (of_pod or is_ours(home, place, seen.about_uid)) else None
    filling = home.fills.get(fill.claim.name) if home and fill else None
    if home is None or fill is None or fill.claim not in home.objects or (filling and filling.stage != "waiting"):
        return None
    fact = _waiting(fill, filling, name if of_pod else "", f"{seen.reason}: {seen.message}")
    return (home, fact) if fact else None


def unaccounted(fleet: Fleet, seen: object) -> bool:
    """Tell whether the other half of this observation is still to come: the job of a pod, or what a job's pod has to say."""
    if isinstance(seen, FillPodSeen):
        home = home_of_object(fleet, seen.job, seen.deployment)
        fill = home.fill_at(seen.job) if home and seen.job not in home.objects and not seen.pod.deleting else None
        filling = home.fills.get(fill.claim.name) if home and fill else None
        return fill is not None and not (filling and filling.stage in {"done", "failed"})
    if isinstance(seen, JobSeen) and (seen.complete or seen.failed):
        home = home_of_object(fleet, seen.ref, seen.deployment)
        told = _told(home, seen.ref, seen.uid) if home else None
        return told is not None and (seen.complete or told[1] is None or not told[1].failed)
    return False
