"""How a version went: healthy, failed with reasons, recovered, or all of a deleted incarnation gone."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from domain.actions import Finding, IncarnationEnded, VersionFailed, VersionHealthy, VersionRecovered
from domain.deployment import Deployment, Version
from domain.objects import SHARED, Kind
from domain.world import World
from reconciler.policy import Policy


def findings(deployment: Deployment, now: datetime, deadline: datetime | None) -> Iterator[Finding]:
    """Say what has become of the wanted version, or of the incarnation that goes, once each."""
    if deployment.removing:
        if _all_gone(deployment):
            yield IncarnationEnded(deployment.deleted)
        return
    version = deployment.wanted
    if version is None:
        return
    if healthy(deployment, version):
        if version.verdict == "":
            yield VersionHealthy(version.number)
        elif version.verdict == "failed" and not version.recovered:
            yield VersionRecovered(version.number)
    elif version.verdict == "" and (unfilled := fill_failures(deployment, version)):
        yield VersionFailed(version.number, unfilled)
    elif version.verdict == "" and (taken := metrics_taken(deployment)):
        yield VersionFailed(version.number, (taken,))
    elif deadline is not None and deadline <= now:
        yield VersionFailed(version.number, reasons(deployment))


def fill_failures(deployment: Deployment, version: Version) -> tuple[str, ...]:
    """Say in their tools' own words which integrations of a version could not be filled since it was submitted."""
    return tuple(
        f"integration {fill.integration} could not be filled: {filling.words}"
        for fill, filling in deployment.filling(version)
        if filling is not None and filling.stage == "failed" and filling.at >= version.submitted_at
    )


def metrics_taken(deployment: Deployment) -> str:
    """Say who answers the cluster's metrics API in our place; empty where nobody does. It will not pass by being waited for."""
    trouble = deployment.trouble
    taken = trouble is not None and trouble.code == "NotOurs" and trouble.ref.kind == Kind.API_SERVICE.value
    return trouble.message if trouble is not None and taken else ""


def _all_gone(deployment: Deployment) -> bool:
    objects = any(ref.kind not in SHARED for ref in deployment.objects)
    return not objects and not any(r.incarnation <= deployment.deleted for r in deployment.replicas.values())


def healthy(deployment: Deployment, version: Version) -> bool:
    """Tell whether the whole of a version was applied and all its wanted replicas are there, new and ready, and no other."""
    known, progress = deployment.workload, deployment.progress
    if known is None or progress is None or not deployment.applied(version):
        return False
    caught_up = progress.uid == known.uid and progress.generation >= known.generation
    order = version.order
    return caught_up and progress.complete and order.replicas <= progress.wanted <= max(order.ceiling, order.replicas)


def deadline_of(deployment: Deployment, world: World, policy: Policy) -> datetime | None:
    """Give the time at which the wanted version fails, unless it makes progress before; None until it begins, and once judged."""
    version = deployment.wanted
    if version is None or version.verdict != "" or deployment.removing or not deployment.begun(version):
        return None
    if any(filling is not None and filling.stage == "filling" for _, filling in deployment.filling(version)):
        return None  # content comes in: a rollout has not begun
    since = deployment.progressed_at or version.submitted_at
    deadline = since + timedelta(seconds=version.order.deadline)
    # Who has just come must first see what went on while nobody looked.
    return max(deadline, world.led_at + timedelta(seconds=policy.look_first)) if world.led_at else deadline


def reasons(deployment: Deployment) -> tuple[str, ...]:
    """Say why a rollout stands still, in the words of its newest replicas and of the API server."""
    version = deployment.wanted
    template = version.order.template if version else ""
    said = [replica.words for replica in deployment.current_replicas() if replica.template == template and not replica.ready]
    waiting = deployment.filling(version) if version else ()
    said += [
        f"integration {fill.integration} was not filled: {(filling and filling.words) or 'nothing was heard of it'}"
        for fill, filling in waiting
    ]
    said += [f"{ref} is being deleted and not gone yet" for ref, known in deployment.objects.items() if known.leaving]
    if deployment.refused_replicas:
        said.append(deployment.refused_replicas)
    if deployment.trouble:
        said.append(f"{deployment.trouble.ref}: {deployment.trouble.code}: {deployment.trouble.message}")
    return tuple(dict.fromkeys(word for word in said if word)) or ("it made no progress, and nothing said why",)
