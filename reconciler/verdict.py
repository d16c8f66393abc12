"""How a version went: healthy, failed with reasons, recovered, or all of a deleted incarnation gone."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from domain.actions import Finding, IncarnationEnded, VersionFailed, VersionHealthy, VersionRecovered
from domain.deployment import Deployment, Version
from domain.objects import SHARED, Kind
from domain.serving import unserved
from domain.troubles import Trouble
from domain.world import World
from reconciler.policy import RULES, Policy, Rules


def findings(deployment: Deployment, now: datetime, deadline: datetime | None, rules: Rules = RULES) -> Iterator[Finding]:
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
    elif version.verdict == "" and (taken := metrics_taken(deployment, version, rules)):
        yield VersionFailed(version.number, (taken,))
    elif deadline is not None and deadline <= now:
        yield VersionFailed(version.number, reasons(deployment, rules))


def fill_failures(deployment: Deployment, version: Version) -> tuple[str, ...]:
    """Say in their tools' own words which integrations of a version could not be filled since it was submitted."""
    return tuple(
        f"integration {fill.integration} could not be filled: {filling.words}"
        for fill, filling in deployment.filling(version)
        if filling is not None and filling.stage == "failed" and filling.at >= version.submitted_at
    )


def metrics_taken(deployment: Deployment, version: Version, rules: Rules = RULES) -> str:
    """Say who answers the cluster's metrics API in our place; empty where nobody does, or where the version does not ask there.

    It will not pass by being waited for.
    """
    if rules.apart and not version.timed:
        return ""  # while its content comes in, what serves is looked after: that one may have asked
    taken = (one for one in _troubles(deployment, rules) if one.code == "NotOurs" and one.ref.kind == Kind.API_SERVICE.value)
    return next((one.message for one in taken), "")


def _troubles(deployment: Deployment, rules: Rules) -> tuple[Trouble, ...]:
    """Give what is in trouble: by the rules of before, the newest alone."""
    if rules.apart:
        return tuple(deployment.troubles.values())
    return (deployment.trouble,) if deployment.trouble else ()


def _all_gone(deployment: Deployment) -> bool:
    objects = any(ref.kind not in SHARED for ref in deployment.objects)
    return not objects and not any(r.incarnation <= deployment.deleted for r in deployment.replicas.values())


def healthy(deployment: Deployment, version: Version) -> bool:
    """Tell whether the whole of a version was applied, and all its wanted replicas are there, new, ready, and no other.

    Where endpoints are known, its Services send requests to them; to none where none is wanted. Of a ledger of before nothing
    is known: it is judged as it was.
    """
    known, progress = deployment.workload, deployment.progress
    if known is None or progress is None or not deployment.applied(version) or (progress.wanted and unserved(deployment)):
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


def reasons(deployment: Deployment, rules: Rules = RULES) -> tuple[str, ...]:
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
    said += [
        f"{one.ref} sends requests to {one.ready} of {one.total} ready replicas" for one in unserved(deployment) if one.total
    ]
    said += [f"{one.ref}: {one.code}: {one.message}" for one in _troubles(deployment, rules)]
    return tuple(dict.fromkeys(word for word in said if word)) or ("it made no progress, and nothing said why",)
