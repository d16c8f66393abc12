"""Which requests of others are told, about whom, and how often."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.audit import KINDS, Requests, RequestWitnessed
from domain.deployment import Deployment
from domain.objects import Kind, ObjectRef
from domain.observe_requests import ManagedScope, Tally, routine, subject_of, worth
from domain.replica import ReplicaCreated, ReplicaScheduled
from tests.unit.one_deployment import KEY, MINUTE, NOON, WORKLOAD, Log

LATER = NOON + timedelta(hours=1)
POD = ObjectRef(Kind.POD.value, KEY.namespace, f"{KEY.object_name}-5d9f-x1x1x")
SET = ObjectRef(Kind.REPLICA_SET.value, KEY.namespace, f"{KEY.object_name}-5d9f")
SYSTEM = "system:serviceaccount:kube-system:"


def here(kind: str, name: str = "other", namespace: str = KEY.namespace) -> ObjectRef:
    return ObjectRef(kind, namespace, name)


def asked(verb: str = "delete", ref: ObjectRef = WORKLOAD, **more: object) -> RequestWitnessed:
    request = RequestWitnessed("a1", verb, ref, "", "", "", "alice", "", "kubectl/v1.33.1", 200, "", LATER)
    return replace(request, **more)  # type: ignore[arg-type]  # fields by their names


def deployment() -> Deployment:
    created = ReplicaCreated(POD.name, KEY.namespace, 1, "t1", NOON)
    return Log().stands().takes(created, ReplicaScheduled("n1"), uid="p1").deployment


@pytest.fixture
def scope() -> ManagedScope:
    return ManagedScope.of({KEY.object_name: deployment()}, frozenset({"reckon-shared-x"}))


@pytest.mark.parametrize(
    ("ref", "subject"),
    [
        (WORKLOAD, KEY.subject),
        (POD, KEY.subject),
        (replace(POD, name=f"{KEY.object_name}-5d9f-gone1"), KEY.subject),
        (SET, KEY.subject),
        (replace(WORKLOAD, namespace="elsewhere"), None),
        (replace(POD, namespace="elsewhere"), None),
        (here("Pod", "stranger-5d9f-x1x1x"), None),
        (here("Deployment"), None),
        (here("configmaps"), None),
        (here("Secret"), KEY.project),
        (here("Secret", namespace="elsewhere"), None),
        (here("Secret", namespace="reckon-shared-x"), ""),
        (here("Service"), KEY.project),
        (here("HorizontalPodAutoscaler"), KEY.project),
        (here("LimitRange"), KEY.project),
        (ObjectRef("Namespace", "", KEY.namespace), KEY.project),
        (ObjectRef("Namespace", "", "kube-system"), None),
        (ObjectRef("Node", "", "n1"), ""),
        (ObjectRef("Node", "", "n2"), None),
    ],
)
def test_a_request_is_about_whom_its_object_belongs_to(scope: ManagedScope, ref: ObjectRef, subject: str | None) -> None:
    assert subject_of(scope, asked(ref=ref)) == subject


def test_a_whole_collection_of_pods_is_about_the_project(scope: ManagedScope) -> None:
    assert subject_of(scope, asked("deletecollection", here("Pod", ""))) == KEY.project
    assert subject_of(scope, asked("deletecollection", here("configmaps", ""))) is None


def test_what_was_before_a_deployment_is_none_of_it(scope: ManagedScope) -> None:
    assert subject_of(scope, asked(at=NOON - MINUTE)) is None
    assert subject_of(scope, asked(ref=here("Secret"), at=NOON - MINUTE)) is None


@pytest.mark.parametrize(
    ("request_", "told"),
    [
        (asked("update"), True),
        (asked("update", user="system:serviceaccount:argocd:controller"), True),
        (asked("update", user=f"{SYSTEM}deployment-controller"), False),
        (asked("delete", POD, user=f"{SYSTEM}replicaset-controller"), True),
        (asked("delete", POD, user=f"{SYSTEM}taint-eviction-controller"), True),
        (asked("delete", SET, user=f"{SYSTEM}deployment-controller"), False),
        (asked("delete", POD, user="system:node:n1"), False),
        (asked("create", POD, user="system:kube-scheduler", subresource="binding"), False),
        (asked("patch", WORKLOAD, user=f"{SYSTEM}horizontal-pod-autoscaler", subresource="scale"), False),
        (asked("patch", WORKLOAD, user=f"{SYSTEM}x", acting_as="alice"), True),
        (asked("patch", subresource="status"), False),
        (asked("create", POD, subresource="exec", code=101), True),
        (asked("create", POD, subresource="eviction", code=429), True),
        (asked("patch", code=429), False),
        (asked("patch", code=403), True),
        (asked("patch", code=409), False),
        (asked("delete", code=404), False),
    ],
)
def test_people_are_told_and_routine_is_not_but_where_it_takes_something_away(request_: RequestWitnessed, *, told: bool) -> None:
    assert worth(request_) is told


def test_routine_is_by_the_user_that_was_authenticated_not_by_what_one_says() -> None:
    assert not routine(asked(user_agent="kube-controller-manager/v1.33", manager="kube-controller-manager"))


def told_of(requests: list[RequestWitnessed], *, restart_after: int = 0) -> list[RequestWitnessed]:
    fold, tally, told = Requests(), Tally(), list[RequestWitnessed]()
    for number, request in enumerate(requests):
        if restart_after and number == restart_after:
            tally = Tally()
        news = tally.telling("shop/web", request, fold)
        if news is not None:
            fold = fold.taking(news)
            told.append(news)
    return told


@pytest.mark.parametrize("restart_after", [0, 400])
def test_a_flood_of_refusals_is_told_by_doubling_under_whatever_name_it_comes(restart_after: int) -> None:
    flood = [asked(code=403, acting_as=f"u{n}", audit_id=str(n), at=LATER + n * MINUTE) for n in range(1000)]
    told = told_of(flood, restart_after=restart_after)
    assert [one.count for one in told][:5] == [1, 2, 3, 6, 12]
    assert len(told) < 15


def test_a_flood_under_thousands_of_users_is_told_by_doubling_too() -> None:
    told = told_of([asked(code=403, user=f"u{n}", audit_id=str(n)) for n in range(5000)])
    assert KINDS <= len(told) < KINDS + 20


def test_a_fight_over_an_object_is_counted_and_another_hand_is_still_told() -> None:
    fight = [asked("patch", audit_id=str(n), at=LATER + timedelta(seconds=n)) for n in range(3600)]
    told = told_of([*fight, asked("patch", user="bob", audit_id="b", at=LATER + timedelta(hours=1))])
    assert len(told) < 25
    assert sum(one.count for one in told) > 3000
    assert told[-1].user == "bob"


def test_twelve_alike_writes_in_an_hour_are_told_one_by_one_and_then_one_in_ten_minutes() -> None:
    alike = [asked("patch", audit_id=str(n), at=LATER + n * MINUTE) for n in range(24)]
    assert [(one.at - LATER) // MINUTE for one in told_of(alike)] == [*range(12), 21]


def test_each_pod_that_is_deleted_is_told() -> None:
    pods = [asked(ref=replace(POD, name=f"{KEY.object_name}-5d9f-{n:05}"), audit_id=str(n)) for n in range(50)]
    assert len(told_of(pods)) == 50
