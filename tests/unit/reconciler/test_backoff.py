"""What cannot succeed is tried ever more rarely, whatever else succeeds beside it."""

from domain.actions import Decided
from domain.cluster_ports import Guard
from domain.errors import Rejected, Rejection
from domain.names import LABEL, Key
from domain.objects import Kind, Live, Manifest, ObjectRef
from tests.simulation.weather import StormyCluster
from tests.simulation.world import World

WEB = Key("shop", "web")


class OldCluster(StormyCluster):
    """Serves no disruption budgets, as Kubernetes before 1.21."""

    def apply(self, manifest: Manifest, *, audit: str, guard: Guard | None = None, dry_run: bool = False) -> Live:
        if manifest.ref.kind == Kind.DISRUPTION_BUDGET.value:
            raise Rejected(Rejection(404, "NotFound", "the server could not find the requested resource"))
        return super().apply(manifest, audit=audit, guard=guard, dry_run=dry_run)


class OldWorld(World):
    cluster_class = OldCluster


def test_a_kind_that_the_cluster_does_not_serve_is_asked_for_ever_more_rarely() -> None:
    world = OldWorld("old")
    world.people.submit(WEB)
    world.run(600)
    decisions = [r for r in world.ledger.tail(0, 100_000) if isinstance(r.fact, Decided)]
    assert len(decisions) < 40, "each try is two: after a 404 the namespace is looked at again, at once"
    (troubled,) = world.people.deployment(WEB).troubles
    assert troubled.kind == Kind.DISRUPTION_BUDGET.value


def test_a_trouble_that_others_put_right_is_no_trouble_any_more() -> None:
    world = World("disowned")
    world.people.submit(WEB)
    world.run(60)
    workload = ObjectRef(Kind.DEPLOYMENT.value, WEB.namespace, WEB.object_name)
    world.cluster.interventions.edit(workload, {"metadata": {"labels": {f"{LABEL}/ledger": None}}})
    world.run(60)
    trouble = world.people.deployment(WEB).trouble
    assert trouble is not None
    assert trouble.code == "NotOurs"
    world.cluster.interventions.edit(workload, {"metadata": {"labels": {f"{LABEL}/ledger": world.ledger.identity}}})
    world.run(60)
    assert world.people.deployment(WEB).trouble is None
