"""Actions that were left without an outcome: found out truthfully, and nothing stays stuck over it."""

from domain.actions import Create, Ensure, Outcome, Succeeded, Unknown
from domain.cluster_ports import Guard
from domain.errors import Rejected, Rejection
from domain.names import Key
from domain.objects import Kind, Live, Manifest, Mark, ObjectRef
from reconciler.desired import namespace
from reconciler.perform import Task, perform, resolve
from tests.signing import SIGNER
from tests.simulation.weather import Climate, Crashed, StormyCluster, StormyLedger
from tests.simulation.world import World

WEB = Key("shop", "web")
API = Key("shop", "api")
WORKLOAD = ObjectRef(Kind.DEPLOYMENT.value, WEB.namespace, WEB.object_name)
SPACE = Manifest.of(namespace(WEB.project, "mine", restricted=False, name=WEB.namespace))


class NoDryRuns(StormyCluster):
    """Has an admission webhook with side effects: dry runs are refused. The engine dies once, right after a write."""

    crash_after = WORKLOAD.kind

    def apply(self, manifest: Manifest, *, audit: str, guard: Guard | None = None, dry_run: bool = False) -> Live:
        if dry_run and self._weather.acting is not None:
            message = 'admission webhook "policy.example.org" does not support dry run'
            raise Rejected(Rejection(400, "BadRequest", message))
        answer = super().apply(manifest, audit=audit, guard=guard, dry_run=dry_run)
        if manifest.ref.kind == self.crash_after:
            self.crash_after = ""
            raise Crashed
        return answer


class WebhookWorld(World):
    cluster_class = NoDryRuns


def test_a_cluster_that_refuses_dry_runs_leaves_no_deployment_stuck_after_a_crash() -> None:
    world = WebhookWorld("webhook", climate=Climate())
    world.people.submit(WEB)
    world.run(120)
    deployment = world.people.deployment(WEB)
    assert not deployment.pending
    assert [version.verdict for version in deployment.versions] == ["healthy"]
    unsettled = [ref.kind for ref, known in deployment.objects.items() if not known.settled]
    assert unsettled == [Kind.NAMESPACE.value]


class ErasedDocuments(StormyLedger):
    """Has had the manifests of some objects erased."""

    erased = ""

    def document(self, digest: str) -> bytes | None:
        body = super().document(digest)
        return None if body and self.erased and self.erased.encode() in body else body


class ErasedWorld(World):
    ledger_class = ErasedDocuments


def test_an_erased_manifest_is_one_deployments_trouble_and_not_the_engines_end() -> None:
    world = ErasedWorld("erased")
    world.people.submit(WEB)
    world.run(60)
    assert isinstance(world.ledger, ErasedDocuments)
    world.ledger.erased = WEB.object_name
    world.cluster.interventions.delete(WORKLOAD)
    world.people.submit(API)
    world.run(60)
    trouble = world.people.deployment(WEB).trouble
    assert trouble is not None
    assert "submit" in trouble.message
    assert [version.verdict for version in world.people.deployment(API).versions] == ["healthy"]


def outcome_of(world: World, task: Task) -> Outcome:
    perform(task, world.cluster)
    return resolve(task, world.cluster).outcome


def test_a_namespace_that_an_action_made_is_claimed_as_written() -> None:
    ensure = Ensure("a1", SPACE.ref, "digest", "version 1 needs it")
    outcome = outcome_of(World("claimed"), Task(ensure, Mark("mine", "a1", 0, 5), SPACE, SIGNER))
    assert isinstance(outcome, Succeeded)
    assert (outcome.effect, outcome.wrote) == ("created", True)


def test_a_namespace_that_another_action_made_is_only_found() -> None:
    world = World("found")
    perform(Task(Ensure("a1", SPACE.ref, "digest", ""), Mark("mine", "a1", 0, 5), SPACE, SIGNER), world.cluster)
    outcome = outcome_of(world, Task(Ensure("a2", SPACE.ref, "digest", ""), Mark("mine", "a2", 0, 6), SPACE, SIGNER))
    assert isinstance(outcome, Succeeded)
    assert (outcome.effect, outcome.wrote) == ("found", False)


def test_a_shared_namespace_made_by_a_later_decision_serves_an_earlier_one_too() -> None:
    world = World("shared")
    perform(Task(Ensure("b1", SPACE.ref, "digest", ""), Mark("mine", "b1", 0, 9), SPACE, SIGNER), world.cluster)
    outcome = perform(Task(Ensure("a1", SPACE.ref, "digest", ""), Mark("mine", "a1", 0, 5), SPACE, SIGNER), world.cluster).outcome
    assert isinstance(outcome, Succeeded)
    assert outcome.effect == "found"


def test_an_action_whose_manifest_was_erased_has_an_unknown_outcome() -> None:
    world = World("erased")
    create = Create("a1", SPACE.ref, "digest", "")
    perform(Task(create, Mark("mine", "a1", 0, 5), SPACE, SIGNER), world.cluster)
    assert isinstance(resolve(Task(create, Mark("mine", "a1", 0, 5), None, SIGNER), world.cluster).outcome, Unknown)
