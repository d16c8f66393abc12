"""Copies: a Secret that stands in for one in another namespace, since a pod reads only those of its own.

Its manifest holds no data, only where that comes from; whoever applies it takes the data over from there, at that moment. So no
value ever passes through the ledger.
"""

from domain.names import LABEL
from domain.objects import Kind, Manifest, ObjectRef

COPY_OF = f"{LABEL}/copy-of"
"""The annotation that names a copy's source, as `namespace/name`."""


def source_of(manifest: Manifest) -> ObjectRef | None:
    """Give the Secret whose data a manifest is to be filled with; None for one that is whole."""
    if manifest.ref.kind != Kind.SECRET.value:
        return None
    annotations = manifest.content["metadata"].get("annotations") or {}
    namespace, slash, name = str(annotations.get(COPY_OF, "")).partition("/")
    return ObjectRef(Kind.SECRET.value, namespace, name) if slash else None
