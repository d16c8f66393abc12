"""What a cluster says goes into the log, but never a value that it repeats from our manifest."""

from base64 import b64encode

from domain.actions import Create, Failed
from domain.cluster_ports import Guard
from domain.errors import Rejected, Rejection
from domain.names import Key
from domain.objects import Json, Kind, Live, Manifest, Mark
from reconciler.perform import Task, perform
from tests.signing import SIGNER
from tests.simulation.weather import StormyCluster
from tests.simulation.world import World

WEB = Key("shop", "web")
VALUE = "hunter2-is-not-a-good-one"


class Talkative(StormyCluster):
    """Has an admission webhook that repeats whole objects when it says no."""

    def apply(self, manifest: Manifest, *, audit: str, guard: Guard | None = None, dry_run: bool = False) -> Live:
        if dry_run:
            return super().apply(manifest, audit=audit, guard=guard, dry_run=True)
        raise Rejected(Rejection(403, "Forbidden", f"policy denied the request: {manifest.body} {'!' * 5000}"))


class TalkativeWorld(World):
    cluster_class = Talkative


def words(kind: Kind, content: dict[str, Json]) -> str:
    metadata: Json = {"name": "web", "namespace": WEB.namespace}
    manifest = Manifest.of({"apiVersion": "v1", "kind": kind.value, "metadata": metadata, **content})
    task = Task(Create("a1", manifest.ref, "digest", ""), Mark("mine", "a1", 0, 1), manifest, SIGNER)
    outcome = perform(task, TalkativeWorld("talkative").cluster).outcome
    assert isinstance(outcome, Failed)
    return outcome.message


def test_a_literal_value_that_a_webhook_repeats_is_masked_and_its_words_are_kept() -> None:
    env: Json = [{"name": "PASSWORD", "value": VALUE}, {"name": "PORT", "value": "80"}]
    message = words(Kind.DEPLOYMENT, {"spec": {"template": {"spec": {"containers": [{"name": "app", "env": env}]}}}})
    assert VALUE not in message
    assert message.startswith("policy denied the request")
    assert len(message) < 3000


def test_a_secrets_value_that_a_webhook_repeats_is_masked() -> None:
    encoded = b64encode(VALUE.encode()).decode()
    assert encoded not in words(Kind.SECRET, {"type": "Opaque", "data": {"value": encoded}})
