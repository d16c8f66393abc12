"""Whose an object is: by its place and uid, never by its labels."""

from dataclasses import replace

import pytest

from domain.deployment import Deployment, Version
from domain.names import Key
from domain.objects import Kind, ObjectRef
from domain.observations import Owner
from domain.orders import Fill
from domain.ownership import (
    event_overtook_pod,
    home_of_object,
    home_of_pod,
    home_of_replica,
    homes_by_name,
    is_ours,
    stands_in,
    writes,
)
from tests.unit.observe.bridge import (
    KEY,
    MARK,
    NAME,
    NOON,
    ORDERED,
    OWNER,
    POD,
    PROOF,
    SERVICE,
    WORKLOAD,
    Bridge,
    event,
    proven,
    running,
)

CLAIM, JOB = ObjectRef("PersistentVolumeClaim", KEY.namespace, "fill-a"), ObjectRef("Job", KEY.namespace, "fill-b")
STRANGE = ObjectRef(Kind.DEPLOYMENT.value, KEY.namespace, "other")
ORDERED_HOME = Deployment(KEY, (ORDERED,))


def filling() -> Deployment:
    return Deployment(KEY, (Version(replace(ORDERED.order, fills=(Fill("data", CLAIM, JOB),)), NOON, "f0"), ORDERED))


def test_a_deployment_writes_what_any_of_its_versions_ordered_what_it_acts_on_and_what_it_has() -> None:
    bridge = Bridge({NAME: Deployment(KEY)})
    assert not writes(bridge.deployment, WORKLOAD)
    bridge.begins(SERVICE)
    assert [writes(bridge.deployment, ref) for ref in (SERVICE, WORKLOAD)] == [True, False]
    bridge.applied(WORKLOAD)
    assert [writes(bridge.deployment, ref) for ref in (WORKLOAD, STRANGE)] == [True, False]

    assert [writes(ORDERED_HOME, ref) for ref in (WORKLOAD, SERVICE, STRANGE, CLAIM)] == [True, True, False, False]
    assert [writes(filling(), ref) for ref in (CLAIM, JOB, STRANGE)] == [True, True, False]


def test_an_object_s_home_is_found_by_its_place_whatever_its_label_says() -> None:
    fleet = {NAME: ORDERED_HOME, "other": Deployment(Key("shop", "other"))}

    assert home_of_object(fleet, WORKLOAD, "other") is ORDERED_HOME
    assert home_of_object(fleet, STRANGE, NAME) is None
    assert home_of_object({"renamed": ORDERED_HOME}, WORKLOAD, "renamed") is ORDERED_HOME, "the label says where to look"
    assert home_of_object({"renamed": ORDERED_HOME}, WORKLOAD, "") is None
    full = filling()
    assert home_of_object({NAME: full}, CLAIM, "") is full, "what is filled is named by what it holds"
    assert home_of_object({NAME: full}, replace(CLAIM, name="filler"), "") is None


def test_what_an_object_may_be_about_by_its_name_alone() -> None:
    other = Deployment(Key("shop", "other"))
    fleet = {NAME: ORDERED_HOME, "other": other}

    assert list(homes_by_name(fleet, WORKLOAD, "")) == [ORDERED_HOME]
    assert list(homes_by_name(fleet, POD, "other")) == [other, ORDERED_HOME]
    assert list(homes_by_name(fleet, WORKLOAD, NAME)) == [ORDERED_HOME], "each once"
    assert list(homes_by_name(fleet, CLAIM, "")) == [ORDERED_HOME], "of a fill's, all that stand in its namespace"
    assert list(homes_by_name(fleet, replace(CLAIM, namespace="x"), "")) == []
    assert list(homes_by_name(fleet, replace(CLAIM, name="anything"), "")) == []


def test_only_the_object_with_the_uid_that_is_known_at_this_place_is_ours() -> None:
    bridge = Bridge()
    bridge.applied(WORKLOAD, uid="u1")

    assert is_ours(bridge.deployment, WORKLOAD, "u1")
    assert not is_ours(bridge.deployment, WORKLOAD, "u2")
    assert not is_ours(bridge.deployment, SERVICE, "u1")


@pytest.mark.parametrize(
    ("owner", "ours"),
    [
        (OWNER, True),
        (replace(OWNER, proof=""), True),
        (Owner(WORKLOAD, "u2", MARK, PROOF), True),
        (Owner(WORKLOAD, "u2", MARK, ""), False),
        (Owner(STRANGE, "u2", MARK, PROOF), False),
        (Owner(replace(WORKLOAD, kind="StatefulSet"), "u1", MARK, PROOF), False),
        (Owner(replace(WORKLOAD, namespace="x"), "u1", MARK, PROOF), False),
        (None, False),
    ],
)
def test_a_pod_is_a_replica_where_our_deployment_object_owns_it(owner: Owner | None, ours: bool) -> None:
    bridge = Bridge()
    bridge.applied(WORKLOAD, uid="u1")

    assert (home_of_pod(bridge.fleet, replace(running(), owner=owner), proven) is bridge.deployment) == ours


def test_a_replica_is_found_by_its_pod_s_name_uid_and_namespace() -> None:
    bridge = Bridge()
    bridge.applied(WORKLOAD, uid="u1")
    bridge.sees(running())

    def found(pod: ObjectRef, uid: str, label: str = "") -> bool:
        return home_of_replica(bridge.fleet, pod, uid, label) is bridge.deployment

    assert found(POD, "p1")
    assert found(replace(POD, name=f"{NAME}x7k2p-abcde"), "p1") is False
    assert found(replace(POD, name=f"{NAME}-abcde"), "p1"), "a long name loses its last hyphen"
    assert found(replace(POD, name="anything"), "p1", NAME)
    assert not found(replace(POD, name="anything"), "p1")
    assert not found(POD, "p2")
    assert not found(replace(POD, namespace="x"), "p1")


def test_a_deployment_stands_where_a_version_of_it_was_ordered_and_anywhere_before() -> None:
    assert stands_in(ORDERED_HOME, KEY.namespace)
    assert not stands_in(ORDERED_HOME, "x")
    assert stands_in(Deployment(KEY), "x")


def test_an_event_overtook_its_pod_where_the_pod_could_be_ours_and_was_not_seen() -> None:
    bridge = Bridge()
    bridge.applied(WORKLOAD, uid="u1")
    about = event("Failed", "no", about=POD, about_uid="p1")

    assert event_overtook_pod(bridge.fleet, about)
    assert not event_overtook_pod(bridge.fleet, replace(about, about=replace(POD, kind="ReplicaSet")))
    assert not event_overtook_pod(bridge.fleet, replace(about, about=replace(POD, namespace="x")))
    assert not event_overtook_pod(bridge.fleet, replace(about, about=replace(POD, name="other-1-2")))
    bridge.sees(running())
    assert not event_overtook_pod(bridge.fleet, about)
    assert event_overtook_pod(bridge.fleet, replace(about, about_uid="p2"))
