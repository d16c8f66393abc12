"""Apart: what keeps what back, and each object's own back-off."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.actions import Action, Create, Failed, Remove, Update
from domain.objects import Kind, ObjectRef
from domain.orders import Rendered, Resumed
from domain.world import World
from projections.troubles import troubles
from reconciler.convergence import PlannedAction
from reconciler.plan import Plan, plan
from reconciler.policy import RULES, Policy, Rules
from reconciler.trouble_isolation import after_troubles, needs
from tests.unit.one_deployment import KEY, SPACE, WORKLOAD, Log, create, decided, ensure, submitted

SECOND = timedelta(seconds=1)


def ref(kind: Kind, name: str = KEY.object_name) -> ObjectRef:
    return ObjectRef(kind.value, KEY.namespace, name)


SERVICE, POLICY = ref(Kind.SERVICE), ref(Kind.NETWORK_POLICY)


def making(what: ObjectRef) -> Create:
    return Create("", what, "b", "test")


def removing(what: ObjectRef) -> Remove:
    return Remove("", what, "u", "test")


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        (making(SERVICE), making(SPACE)),
        *((making(one), making(ref(Kind.API_SERVICE, "metrics"))) for one in (ref(Kind.AUTOSCALER), SERVICE, WORKLOAD)),
        (making(WORKLOAD), making(ref(Kind.SECRET, "other"))),
        (making(WORKLOAD), making(ref(Kind.CLAIM, "data"))),
        (making(WORKLOAD), making(ref(Kind.JOB, "fill-data"))),
        (making(WORKLOAD), making(POLICY)),
        (making(WORKLOAD), removing(ref(Kind.AUTOSCALER))),
        (making(ref(Kind.JOB, "fill-data")), making(ref(Kind.CLAIM, "data"))),
        (Update("", SERVICE, "b", "u", "test"), making(SERVICE)),
        (removing(ref(Kind.CLAIM, "old")), making(WORKLOAD)),
    ],
)
def test_real_needs_are_kept(later: Action, earlier: Action) -> None:
    assert needs(later, earlier)


@pytest.mark.parametrize(
    ("later", "earlier"),
    [
        (making(WORKLOAD), making(SERVICE)),
        (making(ref(Kind.INGRESS)), making(SERVICE)),
        (making(ref(Kind.DISRUPTION_BUDGET)), making(WORKLOAD)),
        (making(SERVICE), making(POLICY)),
        (removing(ref(Kind.CLAIM, "old")), removing(SERVICE)),
    ],
)
def test_the_rest_needs_nothing_of_each_other(later: Action, earlier: Action) -> None:
    assert not needs(later, earlier)


def wanting(*refs: ObjectRef) -> Log:
    """The namespace and the workload stand; these are wanted before the workload's next version."""
    log = Log().takes(submitted(1)).does(ensure(), effect="found").does(create(), effect="created")
    objects = (Rendered(SPACE, "b0"), *(Rendered(one, "b") for one in refs), Rendered(WORKLOAD, "b2"))
    return log.takes(replace(submitted(2), objects=objects))


def planned(log: Log, later: timedelta = timedelta(), rules: Rules = RULES) -> Plan:
    return plan(log.deployment, World(), ledger="ledger", now=log.now + later, policy=Policy(), rules=rules)


def kinds(made: Plan) -> list[str]:
    return [action.ref.kind for action in made.actions]


def refused(log: Log, what: ObjectRef, times: int = 1) -> Log:
    for number in range(times):
        action = Create(f"r{number}", what, "b", "test")
        log.takes(decided(action), Failed(action.id, what, "Invalid", "no"))
    return log


def test_a_refused_service_does_not_keep_the_workload_back() -> None:
    log = refused(wanting(SERVICE), SERVICE, 9)

    assert "Deployment" in kinds(planned(log))
    assert "Service" not in kinds(planned(log))
    assert kinds(planned(log, timedelta(hours=1)))[-2:] == ["Service", "Deployment"]


def test_the_control_by_the_rules_of_before_it_did() -> None:
    log = refused(wanting(SERVICE), SERVICE, 9)

    assert kinds(planned(log, rules=Rules.of("1"))) == []


def test_a_refused_network_policy_keeps_the_workload_back_and_nothing_else() -> None:
    log = refused(wanting(POLICY, SERVICE), POLICY, 9)

    assert "Deployment" not in kinds(planned(log))
    assert "Service" in kinds(planned(log))


def test_each_object_has_its_own_back_off() -> None:
    log = refused(refused(wanting(POLICY, SERVICE), SERVICE), POLICY, 9)

    assert "Service" in kinds(planned(log, SECOND)), "the other's nine refusals do not count"
    assert "NetworkPolicy" not in kinds(planned(log, SECOND))


def test_who_rests_by_itself_and_for_what_it_needs_rests_until_both_are_over() -> None:
    log = refused(refused(wanting(POLICY), WORKLOAD), POLICY, 9)

    assert kinds(planned(log, timedelta(seconds=59))) == []
    assert set(kinds(planned(log, timedelta(seconds=60)))) == {"NetworkPolicy", "Deployment"}


def test_a_trouble_does_not_bring_forward_what_is_due_later() -> None:
    log = refused(wanting(SERVICE), SERVICE)
    later = PlannedAction(making(SERVICE), log.now + timedelta(hours=1))

    (resting,) = after_troubles([later], log.deployment, Policy(), log.now)
    assert resting == later


def test_where_the_api_server_does_not_answer_everything_rests() -> None:
    log = wanting(SERVICE)
    action = making(SERVICE)
    log.takes(decided(action), Failed(action.id, SERVICE, "Unreachable", "no answer"))

    assert kinds(planned(log)) == []
    assert "Deployment" in kinds(planned(log, SECOND / 2))


def test_each_trouble_is_told_until_it_is_over() -> None:
    log = refused(refused(wanting(POLICY, SERVICE), POLICY, 2), SERVICE)

    assert troubles(log.deployment) == (f"{POLICY}: Invalid: no (2 times)", f"{SERVICE}: Invalid: no")
    log.does(Create("ok", POLICY, "b", "test"), effect="created")
    assert troubles(log.deployment) == (f"{SERVICE}: Invalid: no",)
    assert troubles(log.takes(Resumed()).deployment) == ()
