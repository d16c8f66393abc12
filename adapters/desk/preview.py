"""A preview: what an order would change, before anyone gives it."""

from dataclasses import dataclass

from adapters.desk.preparing import RenderedSubmission
from domain.deployment import Deployment, Version
from domain.objects import SHARED, Kind, ObjectRef
from domain.orders import Fill
from domain.seen import Change
from domain.spec import Spec
from projections.pinned_names import BodyOf, Side, resolved
from projections.scaling import running
from projections.spec_diff import Difference, differences

_OF_THEMSELVES = SHARED | {Kind.JOB.value}


@dataclass(frozen=True, slots=True)
class Preview:
    """What would change: the specs before and after, the objects, and whether replicas are replaced."""

    offer: RenderedSubmission
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

    to_fill: tuple[str, ...] = ()
    """The integrations whose content has to come first."""

    beneath: tuple[Difference, ...] = ()
    """What differs beneath the two specs (`projections.pinned_names`)."""

    @property
    def changes(self) -> bool:
        """Tell whether anything on the cluster would change."""
        return bool(self.created or self.updated or self.removed or self.drift)


def preview(deployment: Deployment, before_spec: Spec | None, offer: RenderedSubmission, body_of: BodyOf) -> Preview:
    """Compare an offer with what stands; `body_of` gives the manifests of what stands, where they are kept."""
    before = deployment.wanted
    old = {rendered.ref: rendered.body for rendered in before.order.objects} if before else {}
    new = {rendered.ref: rendered.body for rendered in offer.prepared.objects}
    fills = offer.prepared.fills
    to_fill = tuple(fill for fill in fills if offer.prepared.replicas and not _full(deployment, fill))
    # A job is there only while it works, and a claim stays also while nothing runs.
    passing = {fill.job for fill in fills if fill not in to_fill}
    standing = {fill.claim for fill in fills if fill.claim in deployment.objects}
    return Preview(
        offer=offer,
        before=before,
        before_spec=before_spec,
        created=tuple(ref for ref in new if ref not in old and _missing(deployment, ref) and ref not in passing | standing),
        updated=tuple(
            ref for ref, body in new.items() if ref in old and old[ref] != body and ref.kind not in {Kind.JOB.value, *SHARED}
        ),
        removed=tuple(ref for ref in old if ref not in new and ref.kind not in _OF_THEMSELVES and ref not in standing),
        to_fill=tuple(fill.integration for fill in to_fill),
        restarts=before is not None and before.order.enabled and before.order.template != offer.prepared.template,
        drift=tuple((ref, known.changes) for ref, known in deployment.objects.items() if known.changes and ref in new),
        running=running(deployment) if before and before.order.ceiling else 0,
        beneath=_beneath(deployment, before_spec, offer, body_of),
    )


def _beneath(
    deployment: Deployment, before_spec: Spec | None, offer: RenderedSubmission, body_of: BodyOf
) -> tuple[Difference, ...]:
    before, prepared = deployment.wanted, offer.prepared
    if before is None:
        return ()
    digests = {one.ref: one.body for one in prepared.objects}
    new = {digests[manifest.ref]: manifest.body.encode() for manifest in offer.manifests}
    asked = differences(before_spec, offer.spec) if before_spec else None
    sides = Side.of(deployment, before.order, body_of), Side.of(deployment, prepared, new.get)
    return resolved(*sides, asked)


def _full(deployment: Deployment, fill: Fill) -> bool:
    filling = deployment.fills.get(fill.claim.name)
    return filling is not None and filling.stage == "done"


def _missing(deployment: Deployment, ref: ObjectRef) -> bool:
    return ref.kind not in SHARED or ref not in deployment.objects
