"""Status: one row a deployment, which says in one word how it is, and what stands in the way."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from domain.deployment import Deployment, Version
from domain.hold import ActiveHold
from domain.names import LABEL, MANAGER, slug
from domain.serving import is_served, unserved
from projections.current_replicas import fresh, present_replicas
from projections.scaling import running
from projections.troubles import troubles
from projections.who import whose
from projections.wording import one_line

Phase = Literal[
    "unknown",
    "submitted",
    "filling",
    "rolling out",
    "blocked",
    "healthy",
    "degraded",
    "unserved",
    "drifted",
    "contested",
    "failed",
    "stopping",
    "stopped",
    "deleting",
    "gone",
]
"""submitted: recorded, nothing done yet. filling: the content of its integrations comes in.
blocked: the cluster says no, or a mark on an object is doubted.
degraded: was healthy, replicas are missing now, or some that are ready get no requests.
unserved: replicas are ready, and a Service of its own has no endpoints for them.
drifted: what stands is not what was declared: a field, or a whole object.
contested: someone else keeps changing what is ours, and we gave up."""

SETTLED: frozenset[Phase] = frozenset({"healthy", "failed", "stopped", "gone"})


@dataclass(frozen=True, slots=True)
class StatusRow:
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
    hold: ActiveHold | None = None
    fills: int = 0
    """How many integrations are filled before it runs, and of these"""
    filled: int = 0
    served: bool | None = None
    """Whether its Services send requests to all ready replicas; None: it has none, or that is not known."""
    waiting: bool = False
    """What was ordered last does not stand on the cluster yet: where it is held, that is why."""
    doubted: bool = False
    """A mark on one of its objects is doubted: it is left alone."""
    labels: Mapping[str, str] = field(default_factory=dict[str, str])
    """Those by which `kubectl` finds its objects; none where it was rendered to none."""

    @property
    def present(self) -> bool:
        """Tell whether it is there: everything but what is gone or was never accepted."""
        return self.phase not in {"gone", "unknown"}

    @property
    def progress(self) -> str:
        """Say how many of its wanted replicas are ready (`1 of 2`); where more run than are wanted, how many (`3 too many`)."""
        more = self.fresh - self.wanted
        return f"{more} too many" if more > 0 else f"{self.fresh} of {self.wanted}"

    def kept_back(self, now: datetime, *, held: ActiveHold | None = None) -> str:
        """Say what a hold keeps back, and whose it is; empty where nothing waits for it. `held` as of `words`."""
        hold = self.hold if self.hold and self.hold.holds(now) else held
        if hold is None or not self.waiting:
            return ""
        reason = f" ({one_line(hold.reason)})" if hold.reason else ""
        return f"{self.ordered} waits while it is held by {one_line(whose(hold), 130)}{reason}"

    @property
    def ordered(self) -> str:
        """Name what was ordered last."""
        return "its deletion" if self.phase == "deleting" else f"version {self.version}"

    def words(self, now: datetime, *, held: ActiveHold | None = None) -> str:
        """Say the phase as a person would; `held` is a hold of its project or of all."""
        hold = self.hold if self.hold and self.hold.holds(now) else held
        word = f"rolling out, {self.progress}" if self.phase == "rolling out" else str(self.phase)
        word = f"filling, {self.filled} of {self.fills}" if self.phase == "filling" else word
        word = f"{word} (recovered)" if self.recovered and self.phase == "healthy" else word
        return f"{word}, held" if hold else word


def row(deployment: Deployment) -> StatusRow:
    """Give the row that a deployment's fold makes; never raises, whatever the history."""
    version = deployment.newest
    if version is None:
        return StatusRow(deployment.key.project, deployment.key.name, "unknown", hold=deployment.hold)
    order = version.order
    fills = len(deployment.fills_needed(version)) if deployment.wanted else 0
    there = present_replicas(deployment)
    wanted = running(deployment)
    return StatusRow(
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
        served=is_served(deployment),
        waiting=deployment.removing or (deployment.wanted is not None and not deployment.applied(version)),
        doubted=bool(deployment.doubted),
        labels=_labels(deployment, version),
    )


def _labels(deployment: Deployment, version: Version) -> dict[str, str]:
    names = version.order.names
    if names is None:
        return {}
    return {
        "app.kubernetes.io/managed-by": MANAGER,
        f"{LABEL}/project": slug(deployment.key.project, 63),
        f"{LABEL}/deployment": names.workload,
        f"{LABEL}/incarnation": str(version.order.incarnation),
    }


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
    if not version.runs:
        return _stopped(deployment, version)
    if version.verdict == "failed" and not version.recovered:
        return "failed"
    if not version.verdict:
        return _on_the_way(deployment, version)
    return _judged(deployment, version)


def _judged(deployment: Deployment, version: Version) -> Phase:
    """Give the word for a version that went well: what was promised is looked at again, the gravest lack first."""
    short, there = unserved(deployment), fresh(deployment, version)
    if there and any(not one.ready for one in short):
        return "unserved"
    if _contested(deployment):
        return "contested"
    if there < version.order.replicas or short:
        return "degraded"
    if _stuck(deployment):
        return "blocked"
    return "healthy" if _as_declared(deployment, version) else "drifted"


def _stuck(deployment: Deployment) -> bool:
    """Tell whether the cluster refuses what we do; what passes by itself has some tries."""
    return any(one.code not in _PASSING or one.times > _TRIES for one in deployment.troubles.values())


_PASSING = frozenset({"Unreachable", "Unknown", "Contested", "Terminating"})
_TRIES = 3


def _as_declared(deployment: Deployment, version: Version) -> bool:
    """Tell whether all its objects are there as they were written, and none is on its way out."""
    whole = deployment.applied(version) or bool(deployment.unsure)
    return whole and not any(known.changes or known.leaving for known in deployment.objects.values())


def _stopped(deployment: Deployment, version: Version) -> Phase:
    if deployment.applied(version) and not present_replicas(deployment):
        return "stopped"
    early = _on_the_way(deployment, version)
    return "stopping" if early == "rolling out" else early


def _on_the_way(deployment: Deployment, version: Version) -> Phase:
    if deployment.applied(version):
        return "rolling out"
    if deployment.troubles or deployment.unsure:
        return "blocked"
    if deployment.filling(version) and any(fill.claim in deployment.objects for fill in version.order.fills):
        return "filling"
    begun = any(pending.action for pending in deployment.pending.values())
    bodies = {rendered.body for rendered in version.order.objects}
    written = any(known.body in bodies for known in deployment.objects.values())
    return "rolling out" if begun or written else "submitted"


def _contested(deployment: Deployment) -> bool:
    return any(change.path in known.tolerated for known in deployment.objects.values() for change in known.changes)
