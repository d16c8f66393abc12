"""Copies: a Secret that stands in for one in another namespace, since a pod reads only those of its own.

Its manifest holds no data, only where that comes from; whoever applies it takes the data over from there, at that moment. So no
value ever passes through the ledger.
"""

from collections.abc import Mapping
from typing import Any, cast

from domain.errors import Rejected, Rejection
from domain.masks import Masks
from domain.names import LABEL
from domain.objects import Kind, Manifest, ObjectRef, canonical
from domain.private_values import of_manifest

COPY_OF = f"{LABEL}/copy-of"
"""The annotation that names a copy's source, as `namespace/name`."""


def source_of(manifest: Manifest) -> ObjectRef | None:
    """Give the Secret whose data a manifest is to be filled with; None for one that is whole."""
    if manifest.ref.kind != Kind.SECRET.value:
        return None
    metadata = manifest.content["metadata"]
    namespace, slash, name = _texts(metadata, "annotations").get(COPY_OF, "").partition("/")
    return ObjectRef(Kind.SECRET.value, namespace, name) if slash else None


def filled(manifest: Manifest, source: Mapping[str, Any] | None) -> Manifest:
    """Take data and type over from the source's JSON (None: it is not there). Raises Rejected: none, or another ledger's."""
    content = manifest.content
    metadata = content["metadata"]
    annotations = _texts(metadata, "annotations")
    what, place = annotations.get(f"{LABEL}/name", manifest.ref.name), annotations[COPY_OF]
    if source is None:
        cure = "store it again, then submit the deployment anew"
        raise Rejected(Rejection(422, "SourceMissing", f"{what}: its value is no longer in the cluster ({place}); {cure}"))
    ledger = f"{LABEL}/ledger"
    if _texts(source["metadata"], "labels").get(ledger) != _texts(metadata, "labels").get(ledger):
        raise Rejected(Rejection(403, "NotOurs", f"{what}: the Secret {place} does not belong to this ledger: not copied"))
    taken = {name: source[name] for name in ("data", "type") if name in source}
    return Manifest(manifest.ref, canonical({**content, **taken}))


def hidden(refusal: Rejected, manifest: Manifest) -> Rejected:
    """Give a refusal without the values of the Secret that it is about, in whichever form it repeats them."""
    message = Masks.of(of_manifest(manifest)).hide(refusal.rejection.message)
    return Rejected(Rejection(refusal.rejection.status, refusal.rejection.reason, message))


def _texts(tree: Mapping[str, Any], name: str) -> Mapping[str, str]:
    return cast("Mapping[str, str]", tree.get(name) or {})
