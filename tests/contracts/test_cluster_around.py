"""What a cluster promises to whoever follows its nodes and namespaces, and looks at a Secret's metadata."""

from base64 import b64encode
from collections.abc import Iterator

import pytest

from adapters.cluster.connection import ApiRequest
from adapters.cluster.kubernetes import METADATA_ALONE, KubernetesCluster
from adapters.cluster.paths import object_path
from adapters.simulator.cluster import SimulatedCluster
from domain.objects import Kind, ObjectRef
from domain.observations import GoneSeen, NamespaceSeen, NodeSeen, SecretLooked
from tests.contracts.clusters import CLUSTERS, KUBERNETES, Ground, KubectlInterventions, Lookout
from tests.contracts.nodes import added_node

VALUE = "hunter2-very-private"


@pytest.fixture(params=CLUSTERS)
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    with request.param(request) as ground:
        ground.apply(ground.space())
        yield ground


def cordon(ground: Ground, name: str, *, on: bool = True) -> None:
    if isinstance(ground.cluster, SimulatedCluster):
        (ground.cluster.interventions.cordon if on else ground.cluster.interventions.uncordon)(name)
    else:
        assert isinstance(ground.interventions, KubectlInterventions)
        ground.interventions.kubectl("cordon" if on else "uncordon", name)


def remove_node(ground: Ground, name: str) -> None:
    if isinstance(ground.cluster, SimulatedCluster):
        ground.cluster.interventions.remove_node(name)
    else:
        ground.interventions.delete(ObjectRef("Node", "", name))


def looked(ground: Ground, ref: ObjectRef) -> SecretLooked:
    assert isinstance(ground.cluster, SimulatedCluster | KubernetesCluster)
    return ground.cluster.secret_metadata(ref, "shop")


def secret(ground: Ground) -> ObjectRef:
    ref = ObjectRef(Kind.SECRET.value, ground.namespace, "secret-token-v1")
    data = {"value": b64encode(VALUE.encode()).decode()}
    metadata = {"name": ref.name, "namespace": ref.namespace}
    ground.interventions.create({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": data})
    return ref


def test_a_node_is_seen_when_it_is_cordoned_uncordoned_and_gone_with_who_cordoned_it(ground: Ground) -> None:
    with Lookout(ground).ready() as lookout, added_node(ground, cpu=1, gib=1, gpus=0) as name:
        lookout.until(NodeSeen, lambda seen: seen.name == name and seen.ready and not seen.cordoned)
        cordon(ground, name)
        cordoned = lookout.until(NodeSeen, lambda seen: seen.name == name and seen.cordoned)
        assert cordoned.cordoned_by is not None
        assert cordoned.cordoned_by.name.startswith("kubectl")
        assert cordoned.cordoned_by.at is not None
        before = len(lookout.seen(NodeSeen))
        cordon(ground, name, on=False)
        lookout.ground.soon(lambda: [one for one in lookout.seen(NodeSeen)[before:] if one.name == name and not one.cordoned])
        with Lookout(ground).ready() as another:
            assert name in another.listed()["Node"].names
        remove_node(ground, name)
        lookout.until(GoneSeen, lambda gone: gone.ref == ObjectRef("Node", "", name))


def test_nodes_are_seen_whoever_they_belong_to_and_other_ledgers_namespaces_are_not(ground: Ground) -> None:
    strange = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"{ground.namespace}-strange"}}
    ground.interventions.create(strange)
    with Lookout(ground).ready() as lookout:
        assert [seen.ref.name for seen in lookout.seen(NamespaceSeen)] == [ground.namespace]
        assert lookout.listed()["Namespace"].names == {ground.namespace}
    ground.interventions.delete(ObjectRef("Namespace", "", f"{ground.namespace}-strange"))


def test_a_namespaces_label_is_seen_with_the_hand_that_wrote_it(ground: Ground) -> None:
    place = ObjectRef(Kind.NAMESPACE.value, "", ground.namespace)
    path = "metadata.labels.pod-security.kubernetes.io/enforce"
    with Lookout(ground).ready() as lookout:
        first = lookout.until(NamespaceSeen, lambda seen: seen.ref == place)
        assert first.ledger == ground.ledger
        assert first.managers == ()
        ground.interventions.edit(place, {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}})
        seen = lookout.until(NamespaceSeen, lambda seen: path in seen.fields)

    assert seen.fields[path] == "privileged"
    (hand,) = [one for one in seen.managers if one.path == path]
    assert hand.name.startswith("kubectl")
    assert hand.at is not None


def test_the_deletion_of_a_namespace_is_seen_as_it_begins_and_when_it_is_done(ground: Ground) -> None:
    place = ObjectRef(Kind.NAMESPACE.value, "", ground.namespace)
    ground.apply(ground.service())
    with Lookout(ground).ready() as lookout:
        ground.interventions.delete(place)
        leaving = lookout.until(NamespaceSeen, lambda seen: seen.ref == place and seen.deleting)
        assert leaving.deleted_at is not None
        lookout.until(GoneSeen, lambda gone: gone.ref == place)


def test_a_secrets_metadata_says_who_wrote_what_and_no_value(ground: Ground) -> None:
    ref = secret(ground)
    ground.interventions.edit(ref, {"metadata": {"labels": {"x": "y"}}})
    seen = looked(ground, ref)

    assert seen.uid
    assert seen.resource_version
    assert {"data.value", "metadata.labels.x"} <= {one.path for one in seen.writers}
    assert all(one.name.startswith("kubectl") and one.at for one in seen.writers)
    assert VALUE not in repr(seen)


def test_a_secret_that_is_not_there_is_seen_as_missing(ground: Ground) -> None:
    ref = secret(ground)
    ground.interventions.delete(ref)
    ground.soon(lambda: not looked(ground, ref).resource_version)

    assert looked(ground, ref) == SecretLooked(ref, "shop")


@pytest.mark.parametrize("ground", [KUBERNETES], indirect=True)
def test_the_api_server_itself_leaves_the_values_out(ground: Ground) -> None:
    """No value crosses the wire: neither as it is nor as the API server writes it."""
    ref = secret(ground)
    assert isinstance(ground.cluster, KubernetesCluster)
    answer = ground.cluster.connection.ask(ApiRequest("GET", object_path(ref), accept=METADATA_ALONE))

    assert b"PartialObjectMetadata" in answer.body
    assert VALUE.encode() not in answer.body
    assert b64encode(VALUE.encode()) not in answer.body
    control = ground.cluster.connection.ask(ApiRequest("GET", object_path(ref)))
    assert b64encode(VALUE.encode()) in control.body
