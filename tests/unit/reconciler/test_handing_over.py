"""Handing over: when the number of replicas goes to an autoscaler, how many, and that nothing of it is forgotten."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.actions import Action, Create, HandOver, Remove, Succeeded, Unknown, Update
from domain.deployment import Deployment
from domain.names import REPLICAS_MANAGER
from domain.objects import Kind, ObjectRef
from domain.orders import Rendered, Submitted
from domain.scaling import COUNT, Scaled
from domain.seen import Change
from domain.world import World
from reconciler.handing_over import handing_over
from reconciler.plan import plan
from reconciler.policy import Policy
from tests.unit.one_deployment import KEY, NOON, SPACE, WORKLOAD, Log, create, decided, drifted, ensure, progress, submitted

SCALER = ObjectRef(Kind.AUTOSCALER.value, KEY.namespace, KEY.object_name)


def fixed(number: int, replicas: int = 2, *, body: str = "fixed", enabled: bool = True) -> Submitted:
    return replace(submitted(number, body=body, enabled=enabled), replicas=replicas)


def scaled(number: int, least: int = 2, most: int = 5, *, body: str = "scaled") -> Submitted:
    objects = (Rendered(SPACE, "b0"), Rendered(WORKLOAD, body), Rendered(SCALER, "hpa"))
    return replace(submitted(number), replicas=least, ceiling=most, objects=objects)


def planned(deployment: Deployment, later: timedelta = timedelta()) -> tuple[Action, ...]:
    return plan(deployment, World(), ledger="ledger", now=NOON + timedelta(days=1) + later, policy=Policy()).actions


def kinds(actions: tuple[Action, ...]) -> list[tuple[str, str]]:
    return [(action.verb, action.ref.kind) for action in actions]


def stands(order: Submitted, wanted: int) -> Log:
    """A version is there, and so many replicas run."""
    log = Log().takes(order).does(ensure()).does(create(body=order.objects[1].body))
    for one in planned(log.deployment):
        log.does(one)
    return log.takes(replace(progress(), wanted=wanted))


def test_switching_on_hands_over_what_runs_before_it_is_left_out() -> None:
    log = stands(fixed(1, 4), 4).takes(scaled(2))

    actions = planned(log.deployment)

    assert kinds(actions) == [("hand-over", "Deployment"), ("update", "Deployment"), ("create", "HorizontalPodAutoscaler")]
    assert isinstance(actions[0], HandOver)
    assert (actions[0].replicas, actions[0].uid) == (4, "u1")


@pytest.mark.parametrize(("runs", "handed"), [(1, 2), (3, 3), (9, 5)])
def test_what_is_handed_over_lies_within_the_bounds(runs: int, handed: int) -> None:
    [over, *_] = planned(stands(fixed(1, runs), runs).takes(scaled(2)).deployment)

    assert isinstance(over, HandOver)
    assert over.replicas == handed


def test_what_ran_of_the_object_before_is_not_handed_over_to_the_one_made_anew() -> None:
    log = stands(fixed(1, 4), 3)
    log.takes(decided(create("a9", "fixed")), Succeeded("a9", WORKLOAD, "created", True, "u2", "100", 1, "s1"))  # noqa: FBT003 (wrote)

    [over, *_] = planned(log.takes(scaled(2)).deployment)

    assert isinstance(over, HandOver)
    assert (over.uid, over.replicas) == ("u2", 4)


def test_a_creation_is_followed_by_the_floor() -> None:
    log = Log().takes(scaled(1)).does(ensure()).does(create(body="scaled"))

    [over, made] = planned(log.deployment)

    assert isinstance(over, HandOver)
    assert over.replicas == 2
    assert isinstance(made, Create)


def test_a_creation_found_late_does_not_undo_what_the_autoscaler_has_made_since() -> None:
    log = Log().takes(scaled(1)).does(ensure()).does(create(body="scaled")).takes(replace(progress(), wanted=4))

    [over, _] = planned(log.deployment)

    assert isinstance(over, HandOver)
    assert over.replicas == 4


def test_once_it_is_handed_over_another_version_only_updates() -> None:
    log = stands(scaled(1), 3).takes(scaled(2, 1, 9, body="newer"))

    assert kinds(planned(log.deployment)) == [("update", "Deployment")]


def test_switching_off_takes_the_autoscaler_away_first() -> None:
    log = stands(scaled(1), 3).takes(fixed(2, 1))

    actions = planned(log.deployment)

    assert kinds(actions) == [("remove", "HorizontalPodAutoscaler"), ("update", "Deployment")]
    assert isinstance(actions[0], Remove)


def test_a_start_after_a_stop_brings_the_last_number_back() -> None:
    log = stands(scaled(1), 2)
    log.takes(Scaled("u1", 2, 4, "", "cpu", 1.0, 1.0, (), NOON))
    log.takes(fixed(2, enabled=False))
    for one in planned(log.deployment):
        log.does(one)
    log.takes(replace(progress(), wanted=0, replicas=0, updated=0)).takes(scaled(3))

    [over, *_] = planned(log.deployment)

    assert isinstance(over, HandOver)
    assert over.replicas == 4


def test_a_write_of_the_number_that_may_have_arrived_makes_it_ours_again() -> None:
    log = stands(scaled(1), 3).takes(fixed(2, 1))
    off = Update("a9", WORKLOAD, "fixed", "u1", "version 2")
    log.takes(decided(off), Unknown("a9", WORKLOAD, "no answer"))
    log.takes(scaled(3))

    assert kinds(planned(log.deployment)) == [("hand-over", "Deployment"), ("update", "Deployment")]


def test_a_write_without_the_number_that_may_have_arrived_leaves_it_where_it_is() -> None:
    log = stands(scaled(1), 3).takes(scaled(2, body="newer"))
    log.takes(decided(Update("a9", WORKLOAD, "newer", "u1", "version 2")), Unknown("a9", WORKLOAD, "no answer"))

    assert kinds(planned(log.deployment)) == [("update", "Deployment")]


def test_a_hand_over_that_may_not_have_arrived_is_done_again() -> None:
    log = stands(fixed(1, 4), 4).takes(scaled(2))
    log.takes(decided(HandOver("a9", WORKLOAD, "u1", 4, "autoscaled")), Unknown("a9", WORKLOAD, "no answer"))

    actions = planned(log.deployment)

    assert kinds(actions)[:2] == [("hand-over", "Deployment"), ("update", "Deployment")]
    assert actions[0].retry_of == "a9"


def test_what_became_of_another_write_is_not_settled_by_a_hand_over() -> None:
    log = stands(scaled(1), 3).takes(fixed(2, 1))
    log.takes(decided(Update("a9", WORKLOAD, "fixed", "u1", "version 2")), Unknown("a9", WORKLOAD, "no answer"))
    log.takes(scaled(3)).does(HandOver("b1", WORKLOAD, "u1", 3, "autoscaled"))

    assert log.deployment.unsure == {WORKLOAD: "a9"}
    assert kinds(planned(log.deployment)) == [("update", "Deployment")]


def test_none_at_all_is_put_right_by_handing_the_number_over_again() -> None:
    log = stands(scaled(1), 3).takes(drifted(Change(COUNT, 3, 0, "kubectl")), replace(progress(), wanted=0))

    [over] = planned(log.deployment)

    assert isinstance(over, HandOver)
    assert over.replicas == 3
    log.does(over)
    assert planned(log.deployment) == ()
    assert [one.times for one in log.known.corrections] == [1]


def test_other_drift_is_put_right_by_the_manifest_alone() -> None:
    log = stands(scaled(1), 3).takes(drifted(Change("spec.paused", False, True, "kubectl")))  # noqa: FBT003 (values)

    assert kinds(planned(log.deployment)) == [("update", "Deployment")]


def test_nothing_but_the_number_is_applied_by_a_manager_of_its_own() -> None:
    manifest = handing_over(HandOver("a1", WORKLOAD, "u1", 4, "autoscaled"))

    assert manifest.manager == REPLICAS_MANAGER
    assert manifest.ref == WORKLOAD
    assert manifest.content == {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": WORKLOAD.name, "namespace": WORKLOAD.namespace},
        "spec": {"replicas": 4},
    }


def test_a_deployment_that_is_gone_takes_its_number_along() -> None:
    log = stands(scaled(1), 3)

    assert log.deployment.scaling.count == 3
    assert isinstance(log.deployment.objects[WORKLOAD].handed, bool)
    assert log.deployment.autoscaled("scaled")
    assert not log.deployment.autoscaled("unknown")


def test_after_a_hand_over_the_old_manifest_s_number_is_no_drift() -> None:
    log = stands(fixed(1, 4), 4).takes(scaled(2))
    over = planned(log.deployment)[0]
    log.takes(decided(over), Succeeded(over.id, WORKLOAD, "updated", True, "u1", "101", 4))  # noqa: FBT003 (wrote)

    assert log.known.settled == ""
    assert log.known.handed
    assert log.known.body == "fixed"
