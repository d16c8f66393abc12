"""Admission: what the API server made of a write other than we asked, beyond the defaults that are known."""

from collections.abc import Iterator

from domain.field_managers import FieldOwners
from domain.objects import ORDER, SHARED, Live, Manifest, Scalar, flatten
from domain.observations import Manager
from domain.seen import ABSENT
from domain.server_defaults import is_default, same
from domain.unmanaged_rules import verdict

_COMPARED = ("spec.", "metadata.labels.", "metadata.annotations.", "metadata.finalizers[")
_LEFT_OUT = (False, 0, "", None, "{}", "[]")
"""Go leaves out of its JSON what is nothing."""
_MOST = 100


def admitted(manifest: Manifest, answer: Live) -> tuple[tuple[str, Scalar, Scalar], ...]:
    """Give what stands in the answer to a write otherwise than it was asked: a path, what was asked, what stands.

    What others own is theirs, and what the API server fills in of itself is known; the rest is a policy's or a webhook's.
    """
    if answer.ref.kind in SHARED:
        return ()  # what several share is never changed back, so nothing of it is told
    asked = flatten(manifest.content)
    return (*_altered(asked, answer), *_added(asked, answer))[:_MOST]


def _altered(asked: dict[str, Scalar], answer: Live) -> Iterator[tuple[str, Scalar, Scalar]]:
    for path, value in asked.items():
        if path.startswith(_COMPARED):
            stands = answer.fields.get(path, ABSENT)
            left_out = stands == ABSENT and value in _LEFT_OUT
            if not (left_out or same(value, stands)):
                yield path, value, stands


def _added(asked: dict[str, Scalar], answer: Live) -> Iterator[tuple[str, Scalar, Scalar]]:
    kind, foreign = answer.ref.kind, FieldOwners(Manager(path, "", None) for path in answer.foreign)
    for path, stands in answer.fields.items():
        if path in asked or path.endswith(ORDER) or not path.startswith(_COMPARED) or foreign.of(path):
            continue
        if verdict(kind, path, asked) != "filled" and not is_default(kind, path, stands):
            yield path, ABSENT, stands
