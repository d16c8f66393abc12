"""A rehearsal: the cluster is asked what it would answer to an offer, by server-side dry runs that change nothing."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from adapters.desk.preview import Preview
from domain.cluster_ports import Objects
from domain.errors import Contested, Rejected, Unreachable
from domain.masks import Masks
from domain.objects import Kind, Manifest, ObjectRef
from domain.ports import NewId
from domain.private_values import of_manifest


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What the cluster would refuse, in its own words; `remark` says why it could not be asked, or not about all."""

    asked: bool
    refused: tuple[tuple[ObjectRef, str], ...] = ()
    remark: str = ""


def rehearse(cluster: Objects, preview: Preview, new_id: NewId) -> Rehearsal:
    """Ask about each object that would change; one that does not answer is remarked upon, never an error."""
    refused: list[tuple[ObjectRef, str]] = []
    try:
        for manifest in _asked(cluster, preview):
            try:
                cluster.apply(manifest, audit=new_id(), dry_run=True)
            except Rejected as no:
                if _no_right(no):
                    return Rehearsal(asked=False, remark=f"the cluster was not asked, for you may not: {no.rejection.message}")
                refused.append((manifest.ref, Masks.of(of_manifest(manifest)).hide(str(no))))
            except Contested:
                continue  # it is being changed right now: neither a yes nor a no
    except Unreachable as silence:
        return Rehearsal(asked=False, refused=tuple(refused), remark=f"the cluster was not asked: {silence}")
    missing = _namespace(cluster, preview) if preview.changes else ""
    remark = f"namespace {missing} is not there yet: the cluster cannot be asked about what goes into it" if missing else ""
    return Rehearsal(asked=True, refused=tuple(refused), remark=remark)


def _no_right(no: Rejected) -> bool:
    """Tell whether it is the asker that is refused, and not what was asked: an engine may well have the right."""
    return no.rejection.status == 403 and re.search(r"cannot [a-z]+ resource", no.rejection.message) is not None


def _asked(cluster: Objects, preview: Preview) -> Iterator[Manifest]:
    change = {*preview.created, *preview.updated, *(ref for ref, _ in preview.drift)}
    missing = _namespace(cluster, preview) if change else ""
    for manifest in preview.offer.manifests:
        if manifest.ref in change and (not missing or manifest.ref.namespace != missing):
            yield manifest


def _namespace(cluster: Objects, preview: Preview) -> str:
    """Name the namespace where it is not there yet: of what goes into it, the cluster could only say that."""
    spaces = [manifest.ref for manifest in preview.offer.manifests if manifest.ref.kind == Kind.NAMESPACE.value]
    return next((ref.name for ref in spaces if cluster.read(ref) is None), "")
