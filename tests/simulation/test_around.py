"""What befalls nodes, namespaces and Secrets on a simulated cluster becomes facts, once each, and decides nothing."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from adapters.engine.secrets_in_use import SecretsInUse
from domain.errors import Rejected, Rejection
from domain.facts import Fact
from domain.names import Key
from domain.nodes_seen import NodeCordoned, NodeGone, NodeReady, NodeUncordoned, NodeUnready
from domain.objects import Kind, ObjectRef
from domain.observations import SecretLooked
from domain.seen import Change
from domain.shared_seen import NamespaceChanged, NamespaceGone, NamespaceLeaving, SecretChanged, SecretVanished
from reconciler.recording import Inputs
from tests.simulation.test_shared_secrets import Sharing
from tests.simulation.world import World

WEB = Key("shop", "web")
ENFORCE = "pod-security.kubernetes.io/enforce"


def running(world: World) -> World:
    world.people.submit(WEB)
    world.run(30)
    assert world.people.deployment(WEB).versions[-1].verdict == "healthy"
    return world


def told(world: World, *kinds: type[Fact]) -> list[Fact]:
    return [r.fact for r in world.ledger.tail(0, 100_000) if isinstance(r.fact, kinds)]


def node_of_ours(world: World) -> str:
    return next(replica.node for replica in world.people.deployment(WEB).replicas.values())


def decisions(world: World) -> int:
    return sum(type(r.fact).__name__ == "Decided" for r in world.ledger.tail(0, 100_000))


def test_a_node_is_told_from_cordon_to_its_end_and_nothing_is_decided_for_it() -> None:
    world = running(World("nodes"))
    node, before = node_of_ours(world), decisions(world)
    deeds: tuple[Callable[[], None], ...] = (
        lambda: world.cluster.interventions.cordon(node, "kubectl-drain"),
        lambda: world.cluster.interventions.uncordon(node),
        lambda: world.cluster.interventions.silence(node),
        lambda: world.cluster.interventions.wake(node),
        lambda: world.cluster.interventions.remove_node(node),
    )
    for deed in deeds:
        deed()
        world.run(5)

    kinds = (NodeCordoned, NodeUncordoned, NodeUnready, NodeReady, NodeGone)
    found = told(world, *kinds)
    assert [type(fact) for fact in found] == list(kinds)
    assert isinstance(found[0], NodeCordoned)
    assert (found[0].manager, found[0].node) == ("kubectl-drain", node)
    assert decisions(world) == before


def test_no_replica_is_put_on_a_cordoned_node() -> None:
    world = running(World("cordoned"))
    for node in world.cluster.nodes(counted=False):
        world.cluster.interventions.cordon(node.name)
    world.cluster.interventions.delete_pod(world.cluster.interventions.pods()[0])
    world.run(60)

    assert any("were unschedulable" in r.unschedulable for r in world.people.deployment(WEB).replicas.values())
    assert all(node.cordoned for node in world.cluster.nodes())


def test_a_restarted_engine_tells_none_of_it_again() -> None:
    world = running(World("again"))
    world.cluster.interventions.cordon(node_of_ours(world))
    world.run(5)
    world.processes[0].die(world.clock() + timedelta(seconds=20))
    world.run(60)

    assert len(told(world, NodeCordoned)) == 1


def test_nodes_that_hold_nothing_of_ours_are_never_told_however_many_there_are() -> None:
    world = running(World("many"))
    ours = {replica.node for replica in world.people.deployment(WEB).replicas.values()}
    for node in world.cluster.nodes(counted=False):
        if node.name not in ours:
            world.cluster.interventions.cordon(node.name)
            world.cluster.interventions.silence(node.name)
    world.run(5)

    assert told(world, NodeCordoned, NodeUnready) == []


def test_a_namespaces_level_changed_by_hand_is_told_with_who_and_back_again() -> None:
    world = running(World("level"))
    space = ObjectRef(Kind.NAMESPACE.value, "", WEB.namespace)
    world.cluster.interventions.edit(space, {"metadata": {"labels": {ENFORCE: "privileged"}}}, "kubectl-label")
    world.run(5)
    world.cluster.interventions.edit(space, {"metadata": {"labels": {ENFORCE: "baseline"}}}, "kubectl-label")
    world.run(5)

    changed, back = told(world, NamespaceChanged)
    assert isinstance(changed, NamespaceChanged)
    (change,) = changed.changes
    assert isinstance(change, Change)
    assert (change.was, change.now, change.manager) == ("baseline", "privileged", "kubectl-label")
    assert change.at is not None
    assert isinstance(back, NamespaceChanged)
    assert back.changes == ()
    assert [(one.was, one.now, one.manager) for one in back.gone] == [("privileged", "baseline", "kubectl-label")]


def test_a_namespace_that_is_deleted_is_told_before_and_after_it_is_gone() -> None:
    world = running(World("deleted"))
    world.cluster.interventions.delete(ObjectRef(Kind.NAMESPACE.value, "", WEB.namespace))
    world.run(120)

    assert [type(fact) for fact in told(world, NamespaceLeaving, NamespaceGone)][:2] == [NamespaceLeaving, NamespaceGone]
    assert world.people.deployment(WEB).workload is not None, "it is made anew, as ever"


@dataclass
class Watched:
    """A deployment with a secret, and the look at Secrets in use, one step a second."""

    world: World
    secrets: SecretsInUse = field(init=False)
    asked: list[ObjectRef] = field(default_factory=list[ObjectRef])
    forbidden: bool = False

    def __post_init__(self) -> None:
        recording = self.world.processes[0].loop.recording
        self.secrets = SecretsInUse(recording.tail, self._look, clock=self.world.clock, wake=lambda: None)
        recording.inputs = Inputs(looked=self.secrets.take)

    def _look(self, ref: ObjectRef, project: str) -> SecretLooked:
        self.asked.append(ref)
        if self.forbidden:
            raise Rejected(Rejection(403, "Forbidden", "not for you"))
        return self.world.cluster.secret_metadata(ref, project)

    def passes(self, seconds: int) -> "Watched":
        for _ in range(seconds):
            self.secrets.look()
            self.world.run(1)
        return self

    @property
    def secret(self) -> ObjectRef:
        order = self.world.people.deployment(WEB).versions[-1].order
        return next(one.ref for one in order.objects if one.ref.kind == Kind.SECRET.value)

    @property
    def told(self) -> list[Fact]:
        return told(self.world, SecretChanged, SecretVanished)


def test_a_secret_in_use_is_looked_at_once_a_minute_and_our_own_hands_are_no_news() -> None:
    watched = Watched(running(Sharing("calm"))).passes(121)

    assert watched.asked == [watched.secret] * 3
    assert watched.told == []


def test_a_secret_that_others_edit_or_delete_is_told_once_each_and_never_its_value() -> None:
    watched = Watched(running(Sharing("hands"))).passes(2)
    value = b64encode(b"a stranger's value").decode()
    watched.world.cluster.interventions.edit(watched.secret, {"metadata": {"labels": {"x": "y"}}}, "kubectl-label")
    watched.passes(130)
    watched.world.cluster.interventions.delete(watched.secret)
    watched.passes(130)
    metadata = {"name": watched.secret.name, "namespace": watched.secret.namespace}
    watched.world.cluster.interventions.create(
        {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": {"value": value}}
    )
    watched.passes(130)

    assert [type(fact) for fact in watched.told] == [SecretChanged, SecretVanished, SecretChanged]
    first, _, last = watched.told
    assert isinstance(first, SecretChanged)
    assert (first.manager, first.fields) == ("kubectl-label", ("metadata.labels.x",))
    assert isinstance(last, SecretChanged)
    assert last.manager == "kubectl-create"
    assert value not in repr(watched.world.ledger.tail(0, 100_000))


def test_where_we_may_not_look_we_ask_again_only_after_ten_minutes() -> None:
    watched = Watched(running(Sharing("closed")), forbidden=True).passes(590)
    assert len(watched.asked) == 1
    watched.forbidden = False
    watched.passes(30)
    assert len(watched.asked) == 2
    assert watched.told == []


def test_an_engine_that_does_not_lead_looks_at_nothing() -> None:
    world = running(Sharing("stand-by"))
    watched = Watched(world)
    world.processes[0].loop.step_down()

    watched.secrets.look()

    assert watched.asked == []


def test_where_nothing_is_in_use_nothing_is_asked() -> None:
    assert Watched(running(World("none"))).passes(70).asked == []


def test_a_secret_that_a_pod_says_is_missing_is_looked_at_at_once() -> None:
    watched = Watched(running(Sharing("missing"))).passes(2)
    before = len(watched.asked)
    watched.world.cluster.interventions.delete(watched.secret)
    watched.world.cluster.interventions.delete_pod(watched.world.cluster.interventions.pods(WEB.namespace)[0])
    began = watched.world.clock()
    while len(watched.asked) == before and watched.world.clock() - began < timedelta(seconds=55):
        watched.passes(1)

    assert watched.world.clock() - began < timedelta(seconds=40)
