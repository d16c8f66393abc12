"""What imitates our objects and replicas: told once, never believed, and never a trouble for anybody else."""

from dataclasses import replace

import pytest

from domain.cluster import ImitationSeen
from domain.objects import Mark, ObjectRef
from domain.observations import Bookmark, EventSeen, Manager, Owner, Relisted
from domain.replica import BecameReady, ReplicaCreated, ReplicaFact, ReplicaGone
from domain.seen import Drifted, MarkCleared, MarkDoubted
from tests.unit.observe.bridge import (
    KEY,
    MARK,
    NAME,
    NOON,
    OWNER,
    POD,
    PROOF,
    REPLICA_SET,
    WORKLOAD,
    Bridge,
    event,
    running,
    workload,
)

ELSEWHERE = "someone-elses"
FORGED = Mark("ledger", "A9", 0, 99_999_999)


def kept() -> Bridge:
    bridge = Bridge()
    bridge.applied()
    return bridge


def in_namespace(ref: ObjectRef, namespace: str = ELSEWHERE) -> ObjectRef:
    return replace(ref, namespace=namespace)


# --- pods


@pytest.mark.parametrize(
    ("namespace", "owner"),
    [
        (ELSEWHERE, OWNER),
        (ELSEWHERE, replace(OWNER, ref=in_namespace(WORKLOAD))),
        (ELSEWHERE, None),
        (KEY.namespace, None),
        (KEY.namespace, Owner(WORKLOAD, "u2", MARK, "copied from elsewhere")),
        (KEY.namespace, Owner(replace(WORKLOAD, name="mine"), "u1", MARK, PROOF)),
        (KEY.namespace, Owner(replace(WORKLOAD, kind="StatefulSet"), "u1", MARK, PROOF)),
    ],
)
def test_a_pod_with_our_labels_is_a_replica_only_where_our_deployment_owns_it(namespace: str, owner: Owner | None) -> None:
    bridge = kept()
    pod = replace(running(), ref=in_namespace(POD, namespace), owner=owner, manager="kubectl-run")

    (told,) = bridge.sees(pod)

    assert told == ImitationSeen(pod.ref, "p1", NAME, "its owner is no Deployment of this ledger", "kubectl-run")
    assert bridge.deployment.replicas == {}
    assert bridge.sees(pod) == []


def test_a_pod_is_owned_by_the_deployment_that_the_ledger_knows_also_without_a_proof() -> None:
    legacy = Owner(WORKLOAD, "u1", MARK, "")

    assert ReplicaCreated in {type(fact) for fact in kept().sees(replace(running(), owner=legacy))}


def test_a_replica_that_lost_its_owner_is_still_followed() -> None:
    bridge = kept()
    bridge.sees(replace(running(), ready=False, ready_since=None))

    assert bridge.sees(replace(running(), owner=None)) == [BecameReady(NOON)]


def test_another_namespaces_pod_with_a_replicas_uid_is_not_that_replica() -> None:
    bridge = kept()
    bridge.sees(running())

    told = bridge.sees(replace(running(), ref=in_namespace(POD), ready=False, ready_since=None))

    assert not [fact for fact in told if isinstance(fact, ReplicaFact)]
    assert bridge.deployment.replicas["p1"].ready


@pytest.mark.parametrize("sight", [Bookmark("Pod", "900"), Relisted("Pod", "900", frozenset({"p9"}))])
def test_what_an_engine_of_before_took_for_a_replica_by_its_labels_is_let_go(sight: Bookmark | Relisted) -> None:
    bridge = kept()
    bridge.records("replica/p9", KEY.subject, ReplicaCreated("evil-1", ELSEWHERE, 1, "t1", NOON))

    assert bridge.sees(sight) == [ReplicaGone("foreign")]
    assert bridge.deployment.replicas == {}


def test_a_crowd_of_imitating_pods_makes_a_handful_of_facts() -> None:
    bridge = kept()
    crowd = [replace(running(), uid=f"x{n}", deployment=f"{NAME}{n}", ref=in_namespace(POD, "crowd")) for n in range(500)]

    told = [fact for pod in crowd for fact in bridge.sees(pod)]

    assert len(told) == 10
    assert len(bridge.world.imitations) == 10


def test_imitations_in_many_namespaces_make_no_flood_either() -> None:
    bridge = kept()
    crowd = [replace(running(), uid=f"x{n}", ref=in_namespace(POD, f"crowd-{n}")) for n in range(500)]

    assert len([fact for pod in crowd for fact in bridge.sees(pod)]) == 200


# --- Events


def an_event(about: ObjectRef, uid: str, owner: Owner | None = None) -> EventSeen:
    return event("FailedCreate", "Readiness probe failed: x", about=about, about_uid=uid, container="", owner=owner)


@pytest.mark.parametrize(
    "forged",
    [
        an_event(in_namespace(POD), "p1"),
        an_event(POD, "p2"),
        an_event(in_namespace(REPLICA_SET), "rs1", replace(OWNER, ref=in_namespace(WORKLOAD), proof="")),
        an_event(REPLICA_SET, "rs1"),
        an_event(in_namespace(REPLICA_SET), "rs1", OWNER),
        an_event(in_namespace(WORKLOAD), "u1", OWNER),
        an_event(WORKLOAD, "u2", Owner(WORKLOAD, "u2", MARK, "")),
    ],
)
def test_an_event_that_is_not_about_our_own_object_tells_nothing(forged: EventSeen) -> None:
    bridge = kept()
    bridge.sees(running())

    assert bridge.sees(forged) == []


# --- marks


def test_a_mark_of_the_future_on_an_object_that_nobody_ordered_stops_nobody() -> None:
    bridge = kept()
    service = ObjectRef("Service", ELSEWHERE, "anything")

    told = bridge.sees(workload(ref=service, uid="s1", deployment=NAME, mark=FORGED))

    assert [type(fact) for fact in told] == [ImitationSeen]
    assert bridge.world.rewind is None
    assert bridge.deployment.doubted == ()


def test_a_mark_of_the_future_without_its_proof_stops_the_one_deployment_it_stands_on() -> None:
    bridge, hands = kept(), Manager("metadata.labels.deadreckon.dev/position", "kubectl-label", NOON)
    forged = replace(workload(mark=FORGED), managers=(hands,))

    (news,) = bridge.looks(forged)
    assert (news.stream, news.subject) == ("seen/shop/web", "shop/web")
    assert bridge.sees(forged) == [MarkDoubted(WORKLOAD, "u1", 0, 99_999_999, ahead=True, manager="kubectl-label", at=NOON)]
    assert bridge.sees(forged) == []
    assert bridge.world.rewind is None
    assert len(bridge.deployment.doubted) == 1

    assert bridge.sees(workload()) == [MarkCleared(WORKLOAD, "u1")]
    assert not bridge.deployment.doubted


def test_a_mark_that_cannot_be_read_is_told_and_stops_nothing() -> None:
    bridge = kept()

    (told,) = bridge.sees(workload(mark=Mark("ledger", "A1", 0, -1)))

    assert told == MarkDoubted(WORKLOAD, "u1", 0, -1, ahead=False, manager="unknown")
    assert bridge.deployment.doubted == ()


def test_an_object_under_our_name_that_this_ledger_did_not_write_is_not_met() -> None:
    bridge = Bridge()

    (told,) = bridge.sees(workload(uid="u7"))

    assert isinstance(told, ImitationSeen)
    assert bridge.deployment.objects == {}


def test_a_copy_of_our_object_under_another_name_is_no_object_of_ours() -> None:
    bridge = kept()
    copy = ObjectRef(WORKLOAD.kind, WORKLOAD.namespace, "my-copy")

    told = bridge.sees(workload({"spec.replicas": 9}, ref=copy, uid="c1"))

    assert [type(fact) for fact in told] == [ImitationSeen]
    assert not [fact for fact in told if isinstance(fact, Drifted)]
