"""All kinds, by theme."""

from tests.history.kinds import around, faults, hands, nodes, objects, orders, places, pods, replicas, scaling
from tests.history.truth import Kind

ALL: tuple[Kind, ...] = (
    *orders.KINDS,
    *replicas.KINDS,
    *pods.KINDS,
    *hands.KINDS,
    *objects.KINDS,
    *around.KINDS,
    *places.KINDS,
    *scaling.KINDS,
    *nodes.KINDS,
    *faults.KINDS,
)
