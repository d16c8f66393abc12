"""The plan: what is to be done now about one deployment, from the folded facts alone.

Level, not edge: the question is never what just happened. Asking twice gives the same answer, and a deployment that is as
it should be gets an empty plan and a time to look again, or none.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import NAMESPACE_URL, uuid5

from domain.actions import (
    Action,
    Create,
    Ensure,
    Finding,
    GaveUpCorrecting,
    IncarnationEnded,
    Remove,
    Update,
    VersionFailed,
    VersionHealthy,
    VersionRecovered,
)
from domain.deployment import Correction, Deployment, Known, Version
from domain.objects import Kind
from domain.orders import Rendered
from domain.seen import Change
from domain.world import World
from reconciler.policy import Policy


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do and what was found out. `wake_at`: look again then, whatever happens in between; None: only on news."""

    actions: tuple[Action, ...] = ()
    findings: tuple[Finding, ...] = ()
    wake_at: datetime | None = None

    def __bool__(self) -> bool:
        """Tell whether there is anything to record."""
        return bool(self.actions or self.findings)


@dataclass(frozen=True, slots=True)
class _Step:
    """An action without its identity, which depends only on its place in the deployment's history."""

    action: Action
    not_before: datetime | None = None


def plan(deployment: Deployment, world: World, *, ledger: str, now: datetime, policy: Policy) -> Plan:
    """Say what to do about a deployment now. Actions without an outcome come first: they are resolved before anything new."""
    if deployment.pending:
        return Plan()
    wake_at = _deadline(deployment, world, policy)
    findings = tuple(_findings(deployment, now, wake_at))
    if world.rewind is not None:
        return Plan()
    hold = deployment.hold if deployment.hold and deployment.hold.holds(now) else world.held(deployment.key.project, now)
    if hold is not None or (world.lead is not None and world.lead.observing):
        return Plan((), findings, _earliest(wake_at, hold.until if hold else None))
    due = _retry_at(deployment, policy)
    if due is not None and now < due:
        return Plan((), findings, _earliest(wake_at, due))
    steps = tuple(_removal(deployment) if deployment.removing else _convergence(deployment, policy, now))
    gave_up = () if deployment.removing else tuple(_given_up(deployment, policy, now))
    ready = [step.action for step in steps if step.not_before is None or step.not_before <= now]
    later = [step.not_before for step in steps if step.not_before is not None and step.not_before > now]
    lineage = f"{ledger}.{world.timeline}" if world.timeline else ledger
    actions = tuple(_identified(action, deployment, lineage, deployment.decided + index) for index, action in enumerate(ready, 1))
    return Plan(actions, (*findings, *gave_up), _earliest(wake_at, *later))


def _identified(action: Action, deployment: Deployment, lineage: str, ordinal: int) -> Action:
    """Give an action its id: the same history gives the same id, in this ledger and timeline and in no other.

    An older copy of a ledger counts its actions anew; what the lost ones left on the cluster must not be taken for its own.
    """
    identity = uuid5(NAMESPACE_URL, f"deadreckon:{lineage}/{deployment.key.subject}#{ordinal}")
    return replace(action, id=str(identity), retry_of=deployment.unsure.get(action.ref, ""))


def _earliest(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time is not None), default=None)


_PASSING = frozenset({"Unreachable", "Unknown", "Contested", "Terminating"})
"""Troubles that end by themselves, and at any moment."""


def _retry_at(deployment: Deployment, policy: Policy) -> datetime | None:
    trouble = deployment.trouble
    if trouble is None:
        return None
    wait = min(policy.retry_first * 2 ** min(trouble.times - 1, 20), policy.retry_longest)
    if trouble.times > policy.refused_often and trouble.code not in _PASSING:
        # Each try is some facts: a refusal that lasts for months must not fill the ledger. A new order is tried at once.
        wait = min(wait * 2 ** min(trouble.times - policy.refused_often, 20), policy.refused_longest)
    return trouble.at + timedelta(seconds=wait)


# --- converging


def _convergence(deployment: Deployment, policy: Policy, now: datetime) -> Iterator[_Step]:
    version = deployment.wanted
    rendered = version.order.objects if version else ()
    if version is not None:
        for one in rendered:
            yield from _object_step(deployment, version, one, policy=policy, now=now)
    wanted = {one.ref for one in rendered}
    # A request of ours that arrived late may have made an object after all was gone.
    because = f"not part of version {version.number}" if version else f"incarnation {deployment.deleted} was deleted"
    for ref, known in deployment.objects.items():
        if ref not in wanted and ref.kind != Kind.NAMESPACE.value and not known.leaving:
            yield _Step(Remove("", ref, known.uid, because))


def _object_step(
    deployment: Deployment, version: Version, rendered: Rendered, *, policy: Policy, now: datetime
) -> Iterator[_Step]:
    known = deployment.objects.get(rendered.ref)
    ref, body = rendered.ref, rendered.body
    if known is None:
        made = Ensure if ref.kind == Kind.NAMESPACE.value else Create
        yield _Step(made("", ref, body, f"version {version.number} needs it"))
    elif ref.kind == Kind.NAMESPACE.value or known.leaving:
        return  # a namespace is shared; an object that is leaving is waited for
    elif known.unfit:
        yield _Step(Remove("", ref, known.uid, f"it cannot become what version {version.number} needs: it is made anew"))
    elif known.body != body:
        yield _Step(Update("", ref, body, known.uid, f"version {version.number}"))
    elif ref in deployment.unsure:
        # A request for another body may have arrived after it was given up: only a write of ours settles what stands.
        yield _Step(Update("", ref, body, known.uid, "what became of the last request is unknown"))
    else:
        yield from _correction(known, body, policy, now)


def _correction(known: Known, body: str, policy: Policy, now: datetime) -> Iterator[_Step]:
    changes = [change for change in known.changes if change.path not in known.tolerated]
    open_changes = [change for change in changes if _patience_left(known, change, policy, now)]
    if not open_changes:
        return
    due = min(_correct_at(known, change, policy, now) for change in open_changes)
    told = ", ".join(sorted({f"{change.path} by {change.manager}" for change in open_changes}))
    yield _Step(Update("", known.ref, body, known.uid, f"drift: {told}"), due)


def _remembered(known: Known, change: Change, policy: Policy, now: datetime) -> Correction | None:
    for correction in known.corrections:
        if (correction.path, correction.manager) == (change.path, change.manager):
            forgotten = correction.at + timedelta(seconds=policy.correction_memory) <= now
            return None if forgotten else correction
    return None


def _correct_at(known: Known, change: Change, policy: Policy, now: datetime) -> datetime:
    before = _remembered(known, change, policy, now)
    if before is None:
        return now
    return before.at + timedelta(seconds=policy.correct_first * 2 ** (before.times - 1))


def _patience_left(known: Known, change: Change, policy: Policy, now: datetime) -> bool:
    before = _remembered(known, change, policy, now)
    return before is None or before.times < policy.corrections


def _given_up(deployment: Deployment, policy: Policy, now: datetime) -> Iterator[Finding]:
    for known in deployment.objects.values():
        for change in known.changes:
            if change.path not in known.tolerated and not _patience_left(known, change, policy, now):
                yield GaveUpCorrecting(known.ref, change.path, policy.corrections)


# --- removing


def _removal(deployment: Deployment) -> Iterator[_Step]:
    for ref, known in deployment.objects.items():
        if ref.kind != Kind.NAMESPACE.value and not known.leaving:
            yield _Step(Remove("", ref, known.uid, f"incarnation {deployment.deleted} was deleted"))


# --- finding out how it went


def _findings(deployment: Deployment, now: datetime, deadline: datetime | None) -> Iterator[Finding]:
    if deployment.removing:
        if _all_gone(deployment):
            yield IncarnationEnded(deployment.deleted)
        return
    version = deployment.wanted
    if version is None:
        return
    if _healthy(deployment, version):
        if version.verdict == "":
            yield VersionHealthy(version.number)
        elif version.verdict == "failed" and not version.recovered:
            yield VersionRecovered(version.number)
    elif deadline is not None and deadline <= now:
        yield VersionFailed(version.number, reasons(deployment))


def _all_gone(deployment: Deployment) -> bool:
    objects = any(ref.kind != Kind.NAMESPACE.value for ref in deployment.objects)
    return not objects and not any(r.incarnation <= deployment.deleted for r in deployment.replicas.values())


def _healthy(deployment: Deployment, version: Version) -> bool:
    known, progress = deployment.workload, deployment.progress
    if known is None or progress is None or not deployment.applied(version):
        return False
    caught_up = progress.uid == known.uid and progress.generation >= known.generation
    return caught_up and progress.complete and progress.wanted == version.order.replicas


def _deadline(deployment: Deployment, world: World, policy: Policy) -> datetime | None:
    """Give the time at which the wanted version fails, unless it makes progress before; None until it begins, and once judged."""
    version = deployment.wanted
    if version is None or version.verdict != "" or deployment.removing or not deployment.begun(version):
        return None
    since = deployment.progressed_at or version.submitted_at
    deadline = since + timedelta(seconds=version.order.deadline)
    # Who has just come must first see what went on while nobody looked.
    return max(deadline, world.led_at + timedelta(seconds=policy.look_first)) if world.led_at else deadline


def reasons(deployment: Deployment) -> tuple[str, ...]:
    """Say why a rollout stands still, in the words of its newest replicas and of the API server."""
    version = deployment.wanted
    template = version.order.template if version else ""
    said = [replica.words for replica in deployment.current_replicas() if replica.template == template and not replica.ready]
    said += [f"{ref} is being deleted and not gone yet" for ref, known in deployment.objects.items() if known.leaving]
    if deployment.refused_replicas:
        said.append(deployment.refused_replicas)
    if deployment.trouble:
        said.append(f"{deployment.trouble.ref}: {deployment.trouble.code}: {deployment.trouble.message}")
    return tuple(dict.fromkeys(word for word in said if word)) or ("it made no progress, and nothing said why",)
