"""Status: one row a deployment, which says in one word how it is, and what stands in the way."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.deployment import Deployment, Hold, Version
from domain.replica import Replica
from domain.seen import MarkDoubted
from projections.scaling import running
from projections.told.objects import doubt
from projections.wording import count, last_words, one_line, short_replica

Phase = Literal[
    "unknown",
    "submitted",
    "filling",
    "rolling out",
    "blocked",
    "healthy",
    "degraded",
    "contested",
    "failed",
    "stopping",
    "stopped",
    "deleting",
    "gone",
]
"""submitted: recorded, nothing done yet. filling: the content of its integrations comes in.
blocked: the cluster says no, or a mark on an object is doubted. degraded: was healthy, replicas are missing now.
contested: someone else keeps changing what is ours, and we gave up."""

SETTLED: frozenset[Phase] = frozenset({"healthy", "failed", "stopped", "gone"})


@dataclass(frozen=True, slots=True)
class Row:
    """How a deployment is. `ready` counts ready replicas of all versions, `fresh` those of the wanted one."""

    project: str
    name: str
    phase: Phase
    version: int = 0
    image: str = ""
    digest: str = ""
    machine_type: str = ""
    wanted: int = 0
    ready: int = 0
    fresh: int = 0
    replicas: int = 0
    restarts: int = 0
    drifted: int = 0
    recovered: bool = False
    submitted_at: datetime | None = None
    trouble: tuple[str, ...] = ()
    hold: Hold | None = None
    fills: int = 0
    """How many integrations are filled before it runs, and of these"""
    filled: int = 0
    doubted: bool = False
    """A mark on one of its objects is doubted: it is left alone."""

    @property
    def present(self) -> bool:
        """Tell whether it is there: everything but what is gone or was never accepted."""
        return self.phase not in {"gone", "unknown"}

    def words(self, now: datetime, *, held: Hold | None = None) -> str:
        """Say the phase as a person would; `held` is a hold of its project or of all."""
        hold = self.hold if self.hold and self.hold.holds(now) else held
        word = f"rolling out, {self.fresh} of {self.wanted}" if self.phase == "rolling out" else str(self.phase)
        word = f"filling, {self.filled} of {self.fills}" if self.phase == "filling" else word
        word = f"{word} (recovered)" if self.recovered and self.phase == "healthy" else word
        return f"{word}, held" if hold else word


def row(deployment: Deployment) -> Row:
    """Give the row that a deployment's fold makes; never raises, whatever the history."""
    version = deployment.newest
    if version is None:
        return Row(deployment.key.project, deployment.key.name, "unknown", hold=deployment.hold)
    order = version.order
    fills = len(deployment.fills_needed(version)) if deployment.wanted else 0
    there = present_replicas(deployment)
    wanted = running(deployment)
    return Row(
        project=deployment.key.project,
        name=deployment.key.name,
        phase=phase(deployment),
        version=version.number,
        image=order.image,
        digest=order.digest,
        machine_type=order.machine_type,
        wanted=wanted,
        ready=sum(r.ready for r in there),
        fresh=fresh(deployment, version),
        replicas=len(there),
        restarts=sum(r.restarts for r in there),
        drifted=sum(1 for known in deployment.objects.values() if known.changes),
        recovered=version.recovered,
        submitted_at=version.submitted_at,
        trouble=troubles(deployment),
        hold=deployment.hold,
        fills=fills,
        filled=fills - len(deployment.filling(version)) if fills else 0,
        doubted=bool(deployment.doubted),
    )


def phase(deployment: Deployment) -> Phase:  # noqa: PLR0911 (one line a phase)
    """Give the one word."""
    if deployment.newest is None:
        return "unknown"
    if deployment.removing:
        return "deleting"
    version = deployment.wanted
    if version is None:
        return "gone"
    if deployment.doubted:
        return "blocked"
    if not version.order.enabled or version.order.replicas == 0:
        return _stopped(deployment, version)
    if version.verdict == "failed" and not version.recovered:
        return "failed"
    if not version.verdict:
        return _on_the_way(deployment, version)
    if _contested(deployment):
        return "contested"
    return "healthy" if fresh(deployment, version) >= version.order.replicas else "degraded"


def _stopped(deployment: Deployment, version: Version) -> Phase:
    if deployment.applied(version) and not present_replicas(deployment):
        return "stopped"
    early = _on_the_way(deployment, version)
    return "stopping" if early == "rolling out" else early


def _on_the_way(deployment: Deployment, version: Version) -> Phase:
    if deployment.applied(version):
        return "rolling out"
    if deployment.trouble or deployment.unsure:
        return "blocked"
    if deployment.filling(version) and any(fill.claim in deployment.objects for fill in version.order.fills):
        return "filling"
    begun = any(pending.action for pending in deployment.pending.values())
    bodies = {rendered.body for rendered in version.order.objects}
    written = any(known.body in bodies for known in deployment.objects.values())
    return "rolling out" if begun or written else "submitted"


def _contested(deployment: Deployment) -> bool:
    return any(change.path in known.tolerated for known in deployment.objects.values() for change in known.changes)


def present_replicas(deployment: Deployment) -> tuple[Replica, ...]:
    """Give the replicas that are there and not on their way out, oldest first."""
    return tuple(r for r in deployment.current_replicas() if not r.leaving)


def fresh(deployment: Deployment, version: Version) -> int:
    """Count the ready replicas that were made from a version's template."""
    return sum(
        r.ready
        for r in present_replicas(deployment)
        if r.template == version.order.template and r.incarnation == version.order.incarnation
    )


def troubles(deployment: Deployment) -> tuple[str, ...]:
    """Say what stands in the way, the nearest cause first; empty when nothing does."""
    version = deployment.wanted
    unsound = [f"held: {one_line(why, 400)}" for why in deployment.unsound.values()]
    told = [*unsound, *map(_doubt, deployment.doubted), *_actions(deployment), *_fills(deployment, version)]
    told += _replicas(deployment)
    if version and version.verdict == "failed" and not version.recovered:
        told.extend(last_words(why) for why in version.why if not any(last_words(why) in other for other in told))
    return tuple(dict.fromkeys(told))


def _doubt(found: MarkDoubted) -> str:
    return f"{doubt(found)} (reckon resume NAME --accept-rewind)"


def _actions(deployment: Deployment) -> list[str]:
    told: list[str] = []
    trouble = deployment.trouble
    if trouble:
        times = f" ({trouble.times} times)" if trouble.times > 1 else ""
        told.append(one_line(f"{trouble.ref}: {trouble.code}: {trouble.message}", 400) + times)
    told.extend(f"{ref}: whether our last write arrived is not known yet" for ref in deployment.unsure)
    if deployment.refused_replicas:
        told.append(one_line(f"the cluster makes no replica: {deployment.refused_replicas}", 400))
    return told


def _fills(deployment: Deployment, version: Version | None) -> list[str]:
    """Say what fills wait for; how one failed is in the verdict."""
    return [
        f"integration {fill.integration} {'is tried again' if filling.failed else 'waits'}: {last_words(filling.words)}"
        for fill, filling in (deployment.filling(version) if version else ())
        if filling is not None and filling.stage == "waiting" and filling.words
    ]


def _replicas(deployment: Deployment) -> list[str]:
    """Say each trouble of replicas once, and whose it is."""
    whose: dict[str, list[str]] = {}
    for replica in present_replicas(deployment):
        if not replica.ready and replica.words:
            whose.setdefault(last_words(replica.words), []).append(short_replica(replica.pod))
    return [
        f"replica {names[0]}: {words}" if len(names) == 1 else f"{count(len(names), 'replica')}: {words}"
        for words, names in whose.items()
    ]
