"""A preview: what an order would change, before anyone gives it."""

from dataclasses import dataclass

from adapters.desk.submission import Offer
from domain.deployment import Deployment, Version
from domain.objects import SHARED, ObjectRef
from domain.seen import Change
from domain.spec import Spec
from projections.scaling import running


@dataclass(frozen=True, slots=True)
class Preview:
    """What would change: the specs before and after, the objects, and whether replicas are replaced."""

    offer: Offer
    before: Version | None
    before_spec: Spec | None
    created: tuple[ObjectRef, ...]
    updated: tuple[ObjectRef, ...]
    removed: tuple[ObjectRef, ...]
    restarts: bool
    drift: tuple[tuple[ObjectRef, tuple[Change, ...]], ...] = ()
    """What others have changed on the cluster, and a submission would put right."""
    running: int = 0
    """How many replicas its autoscaler has made; 0 where it has none."""

    @property
    def changes(self) -> bool:
        """Tell whether anything on the cluster would change."""
        return bool(self.created or self.updated or self.removed or self.drift)


def preview(deployment: Deployment, before_spec: Spec | None, offer: Offer) -> Preview:
    """Compare an offer with what stands."""
    before = deployment.wanted
    old = {rendered.ref: rendered.body for rendered in before.order.objects} if before else {}
    new = {rendered.ref: rendered.body for rendered in offer.work.prepared.objects}
    return Preview(
        offer=offer,
        before=before,
        before_spec=before_spec,
        created=tuple(ref for ref in new if ref not in old and _missing(deployment, ref)),
        updated=tuple(ref for ref, body in new.items() if ref in old and old[ref] != body),
        removed=tuple(ref for ref in old if ref not in new and ref.kind not in SHARED),
        restarts=before is not None and before.order.enabled and before.order.template != offer.work.prepared.template,
        drift=tuple((ref, known.changes) for ref, known in deployment.objects.items() if known.changes and ref in new),
        running=running(deployment) if before and before.order.ceiling else 0,
    )


def _missing(deployment: Deployment, ref: ObjectRef) -> bool:
    return ref.kind not in SHARED or ref not in deployment.objects
