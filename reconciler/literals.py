"""Literals: a deployment's own values, which nobody is shown, read from its kept renderings."""

from collections import OrderedDict
from collections.abc import Sequence

from domain.deployment import Deployment
from domain.masks import Masks
from domain.names import Key
from domain.objects import Kind, Manifest
from domain.orders import Submitted
from domain.ports import Ledger
from domain.private_values import of_manifest

KEPT = 1000
VERSIONS = 20
"""Values of so many of a deployment's newest versions are looked for."""
_TELLING = frozenset({Kind.DEPLOYMENT.value, Kind.JOB.value})


class Literals:
    """Knows the literals of deployments by their kept renderings, read once."""

    def __init__(self, ledger: Ledger) -> None:
        """Begin with none."""
        self._ledger = ledger
        self._kept: OrderedDict[tuple[str, ...], Masks] = OrderedDict()

    def of(self, deployment: Deployment) -> Masks:
        """Give what is to be hidden of a deployment."""
        return self.of_orders(deployment.key, [version.order for version in deployment.versions[-VERSIONS:]])

    def of_orders(self, key: Key, orders: Sequence[Submitted]) -> Masks:
        """Give what is to be hidden of a deployment with these versions; of very many, the newest count."""
        bodies = {r.body: r.ref for order in orders[-VERSIONS:] for r in order.objects if r.ref.kind in _TELLING}
        digests = tuple(bodies)
        if digests not in self._kept:
            found = ((ref, self._ledger.document(digest)) for digest, ref in bodies.items())
            values = [value for ref, body in found if body for value in of_manifest(Manifest(ref, body.decode()))]
            # Its names stand in every sentence about it, and are no secret.
            self._kept[digests] = Masks.of(set(values) - {key.name, key.project})
        self._kept.move_to_end(digests)
        if len(self._kept) > KEPT:
            self._kept.popitem(last=False)
        return self._kept[digests]
