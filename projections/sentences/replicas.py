"""A replica's life, told."""

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
from domain.replica import (
    BecameReady,
    BecameUnready,
    ContainerStarted,
    ImagePulled,
    ProbeAnswer,
    ProbeFailed,
    ProbesAnswered,
    ReplicaCreated,
    ReplicaFact,
    ReplicaGone,
    ReplicaKilled,
    ReplicaScheduled,
    ReplicaUnschedulable,
    ReplicaUnsteady,
    ReplicaWaiting,
    ReplicaWarned,
    Restarted,
    StartupPassed,
)
from projections.current_replicas import listens_not_yet
from projections.sentences import departures
from projections.sentences.sentence import Sentence
from projections.wording import count, last_words, listed, one_line, short_image

STARTING_UP = {"ContainerCreating", "PodInitializing"}
FIDELITY = {"exact": "", "counted": "", "combined": ", at least: Kubernetes merged similar events"}


def tell(fact: ReplicaFact) -> Sentence:  # noqa: C901, PLR0911, PLR0912 (one line a fact)
    """Say what befell a replica; its name is not part of the sentence."""
    match fact:
        case ReplicaCreated():
            return Sentence("replica", "info", "was created")
        case ReplicaScheduled(node):
            return Sentence("replica", "info", f"goes to node {node}")
        case ReplicaUnschedulable(message):
            return Sentence("replica", "bad", f"finds no node: {one_line(message)}")
        case ImagePulled(image, digest):
            runs = digest.removeprefix("sha256:")[:12]
            named = "" if image.startswith("sha256:") else short_image(image)  # some runtimes give an id in place of a name
            if not named:
                return Sentence("replica", "info", f"has its image {runs or image[7:19]}")
            known = not runs or runs in named
            return Sentence("replica", "info", f"has its image {named}" + ("" if known else f" ({runs})"))
        case ContainerStarted():
            return Sentence("replica", "info", "runs its container")
        case StartupPassed():
            return Sentence("replica", "info", "has started up")
        case BecameReady():
            return Sentence("replica", "good", "is ready: it takes traffic")
        case BecameUnready(_, reason):
            return Sentence("replica", "warning", _with("is not ready: it takes no traffic", reason))
        case ReplicaWaiting(reason, message):
            if reason in STARTING_UP:
                return Sentence("replica", "info", _with("waits for its container", message))
            return Sentence("replica", "bad", _with(f"cannot run: {reason}", message))
        case Restarted():
            return Sentence("replica", "bad", restarted(fact))
        case ProbeFailed():
            return Sentence("probe", "info" if listens_not_yet(fact) else "warning", failed(fact))
        case ProbesAnswered(answers):
            return answered(answers)
        case ReplicaKilled(message, probe):
            cause = f" after its {probe} probe" if probe else ""
            return Sentence("replica", "warning" if probe else "info", _with(f"has its container ended{cause}", message))
        case ReplicaWarned(reason, message, times):
            return Sentence("replica", "warning", _with(f"Kubernetes warns: {reason}{_times(times)}", message))
        case ReplicaUnsteady():
            return unsteady(fact)
        case ReplicaLeaving() | ReplicaRemoved() | ReplicaEnded():
            return departures.tell(fact)
        case ReplicaDisowned() | ReplicaChanged() | ReplicaAdmitted() | ImagePulling():
            return departures.tell_pod(fact)
        case ReplicaGone(how):
            if how == "foreign":
                return Sentence(
                    "replica", "warning", "was never a replica: the pod stands in another namespace, and imitates our labels"
                )
            return Sentence("replica", "info", "is gone" if how == "seen" else "is gone (when is not known)")
        case _:
            assert_never(fact)


def answered(answers: tuple[ProbeAnswer, ...]) -> Sentence:
    """Say how often each health check was answered with what, and how long that took at most."""
    alike: dict[tuple[str, int], list[float]] = {}
    for answer in answers:
        alike.setdefault((answer.probe, answer.status), []).append(answer.seconds)
    told = [f"{probe} {len(took)} times {status} in at most {max(took):.3f} s" for (probe, status), took in alike.items()]
    well = all(answer.passed for answer in answers)
    return Sentence("probe", "info" if well else "warning", f"answered its health checks: {listed(told, 6)}")


def unsteady(fact: ReplicaUnsteady) -> Sentence:
    """Say how much of it was not told one by one."""
    counted = (
        (fact.changes, "change", "changes"),
        (fact.events, "Kubernetes Event", "Kubernetes Events"),
        (fact.answers, "answer to a health check", "answers to health checks"),
    )
    parts = [count(many, one, several) for many, one, several in counted if many]
    seconds = max(1, round((fact.last_at - fact.first_at).total_seconds()))
    return Sentence(
        "replica", "warning", f"is unsteady: {listed(parts, 3)} in {count(seconds, 'second')} were not told one by one"
    )


_TOLD_TO = frozenset({137, 143})
"""Exit codes of what was told to end: by the kubelet, or by anybody in the container or on its node."""


def restarted(fact: Restarted) -> str:
    """Say that and why a container ended, with its last words."""
    code = "" if fact.exit_code is None else f"exit code {fact.exit_code}"
    signal = f"signal {fact.signal}" if fact.signal else ""
    by_itself = fact.reason if fact.cause in {"unknown", "crashed"} else fact.cause
    how = ", ".join(part for part in (by_itself, code, signal) if part)
    again = f"ended and starts again{_times(fact.times)}" + (f" ({how})" if how else "")
    if fact.cause == "unknown":
        told_to = fact.exit_code in _TOLD_TO or bool(fact.signal)
        again += ", by whom is not known" if told_to else ", a health check or its own end: which is not known"
    return _with(f"{again}, {count(fact.restarts, 'restart')} so far", last_words(fact.message))


def failed(fact: ProbeFailed) -> str:
    """Say how often a probe failed, and how surely that is known."""
    said = f"failed its {fact.probe} probe{_times(fact.times)}{FIDELITY[fact.fidelity]}"
    return _with(f"does not listen yet: {said}" if listens_not_yet(fact) else said, fact.message)


def _times(times: int) -> str:
    return f" {times} times" if times > 1 else ""


def _with(said: str, message: str) -> str:
    plain = one_line(message)
    return f"{said}: {plain}" if plain else said
