"""What hands added to what is promised as a whole is gone in the end, whoever came to own it."""

from collections.abc import Iterator

from domain.names import OUR_MANAGERS, Key
from domain.objects import ORDER, SHARED, Kind, Manifest, ObjectRef, flatten
from domain.orders import Rendered
from domain.server_defaults import is_default
from domain.unmanaged_rules import verdict
from reconciler.content import standing
from reconciler.policy import Policy
from tests.simulation.world import World

_ONLY_MADE = frozenset({*SHARED, Kind.JOB.value, Kind.CLAIM.value})
"""Kinds that are never put right."""


def restored(world: World, key: Key) -> Iterator[str]:
    """What was drifted by a foreign addition stands as declared, unless a hand did it as often as one is put right.

    To have given up is no excuse by itself: an engine whose writes change nothing gives up too.
    """
    deployment = world.people.deployment(key)
    for _, rendered in standing(deployment):
        known = deployment.objects.get(rendered.ref)
        if known is None or rendered.ref.kind in _ONLY_MADE:
            continue
        excused = known.tolerated if _foreign_writes(world, rendered.ref) >= Policy().corrections else frozenset[str]()
        for path in _added(world, rendered):
            if path not in excused:
                yield f"{rendered.ref}: {path} was added, and no version declares it"


def _foreign_writes(world: World, ref: ObjectRef) -> int:
    """Count by the audit log, not by what the ledger makes of it."""
    return sum(line.ref == ref and line.manager not in OUR_MANAGERS and line.code < 300 for line in world.cluster.audit)


def _added(world: World, rendered: Rendered) -> Iterator[str]:
    body, live = world.ledger.document(rendered.body), world.cluster.read(rendered.ref)
    if body is None or live is None:
        return
    ours = flatten(Manifest(rendered.ref, body.decode()).content)
    for path, value in live.fields.items():
        if path in ours or path.endswith(ORDER) or is_default(rendered.ref.kind, path, value):
            continue
        if verdict(rendered.ref.kind, path, ours) == "drift":
            yield path
