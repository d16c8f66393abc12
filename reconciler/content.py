"""Content before replicas: what of a version may stand while its integrations are filled, and what their jobs need."""

from collections.abc import Iterator

from domain.actions import Action, Remove
from domain.deployment import Deployment, Version
from domain.objects import SHARED, Kind, ObjectRef
from domain.orders import Rendered
from domain.tracked_objects import TrackedObject
from reconciler.verdict import healthy

_BEFORE = SHARED | {Kind.CLAIM.value, Kind.JOB.value}


def standing(deployment: Deployment) -> Iterator[tuple[Version, Rendered]]:
    """Give what shall stand now, each with its version.

    All of the wanted version once it has its content. Until then what fills it, and beside that all of the version before
    it that had its own: so what serves is looked after, however long a fill takes, or when it fails.
    """
    wanted, effective = deployment.wanted, deployment.effective
    if wanted is None:
        return
    whole = effective is not None and effective.number == wanted.number
    own = tuple(one for one in wanted.order.objects if whole or one.ref.kind in _BEFORE)
    yield from ((wanted, one) for one in own)
    if effective is not None and not whole:
        refs = {one.ref for one in own}
        yield from ((effective, one) for one in effective.order.objects if one.ref not in refs)


def kept(deployment: Deployment) -> frozenset[ObjectRef]:
    """Give the claims that stay: until the wanted version is healthy, all; then its own, also while it is stopped."""
    version = deployment.wanted
    if version is None:
        return frozenset()
    if healthy(deployment, version):
        return frozenset(fill.claim for fill in version.order.fills)
    return frozenset(ref for ref in deployment.objects if ref.kind == Kind.CLAIM.value)


def job_actions(deployment: Deployment, version: Version, rendered: Rendered) -> tuple[Action, ...] | None:
    """Give what is to be done about a job that fills a claim; None where it is what any object needs.

    It is removed when its work is on record; one that failed stays, for those who look, until another submission tries anew.
    """
    fill, known = deployment.fill_at(rendered.ref), deployment.objects.get(rendered.ref)
    claim = deployment.objects.get(fill.claim) if fill else None
    filling = deployment.fills.get(fill.claim.name) if fill else None
    if filling is not None and filling.stage == "done":
        return _removed(known, "its claim is filled: that is on record, and the job not needed any more")
    if filling is not None and filling.stage == "failed":
        if filling.at >= version.submitted_at:
            return ()
        return _removed(known, f"it failed before version {version.number}: it is tried anew") if known else None
    if known is None:
        return () if claim is not None and claim.leaving else None
    # The same content, rendered a little otherwise: what is under way is not begun anew.
    under_way = known.body not in {"", rendered.body} and not known.unfit
    return () if under_way else None


def _removed(known: TrackedObject | None, because: str) -> tuple[Action, ...]:
    return (Remove("", known.ref, known.uid, because),) if known and not known.leaving else ()
