"""A refusal that lasts for days does not fill the ledger; who mends it can say so, and is heard at once."""

from domain.actions import Decided
from domain.cluster_ports import Guard
from domain.errors import Rejected, Rejection
from domain.names import Key
from domain.objects import Kind, Live, Manifest
from tests.simulation.weather import StormyCluster
from tests.simulation.world import World

WEB = Key("shop", "web")
DAY = 24 * 3600


class Refusing(StormyCluster):
    """Lets nobody write a Deployment while `refusing`."""

    refusing = True

    def apply(self, manifest: Manifest, *, audit: str, guard: Guard | None = None, dry_run: bool = False) -> Live:
        if self.refusing and manifest.ref.kind == Kind.DEPLOYMENT.value:
            raise Rejected(Rejection(403, "Forbidden", "exceeded quota"))
        return super().apply(manifest, audit=audit, guard=guard, dry_run=dry_run)


class RefusingWorld(World):
    cluster_class = Refusing


def decisions(world: World) -> int:
    return sum(isinstance(recorded.fact, Decided) for recorded in world.ledger.tail(0, 1_000_000))


def test_what_is_refused_for_days_is_tried_each_minute_for_an_hour_and_then_more_rarely() -> None:
    world = RefusingWorld("refused")
    world.people.submit(WEB)
    world.run(3600)
    assert 50 < decisions(world) < 75
    world.run(DAY)
    assert decisions(world) < 200


def test_a_new_order_is_tried_at_once_however_long_it_was_refused_before() -> None:
    world = RefusingWorld("mended")
    world.people.submit(WEB)
    world.run(DAY)
    assert isinstance(world.cluster, Refusing)
    world.cluster.refusing = False
    world.people.submit(WEB, "2")
    world.run(60)
    assert world.people.deployment(WEB).versions[-1].verdict == "healthy"
