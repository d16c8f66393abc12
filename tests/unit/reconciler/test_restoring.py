"""The second way to put right: when others' additions are taken over before an apply."""

from datetime import timedelta

import pytest

from domain.actions import Action, Failed, Succeeded, Taken, TakeOver, Unknown, Update
from domain.objects import ObjectRef
from domain.seen import Change, Drifted
from domain.world import World
from projections.sentences.actions import tell
from reconciler.plan import plan
from reconciler.policy import RULES, Policy, Rules
from tests.unit.one_deployment import WORKLOAD, Log, create, decided, ensure, submitted

STRAY = Change("spec.template.spec.containers[name=app].env[name=STRAY].value", "absent", "masked", "kubectl-edit")
IMAGE = Change("spec.template.spec.containers[name=app].image", "web:1", "web:2", "kubectl-edit")
COUNTED = Change("spec.replicas", 2, 5, "kubectl")


def applied() -> Log:
    return Log().takes(submitted(1)).does(ensure(), effect="found").does(create(), effect="created")


def drifts(*changes: Change) -> Log:
    return applied().takes(Drifted(WORKLOAD, "u1", "101", changes))


def planned(log: Log, later: timedelta = timedelta(), rules: Rules = RULES) -> tuple[Action, ...]:
    return plan(log.deployment, World(), ledger="ledger", now=log.now + later, policy=Policy(), rules=rules).actions


def verbs(log: Log, rules: Rules = RULES) -> list[str]:
    return [action.verb for action in planned(log, timedelta(days=1), rules)]


def take_over(identity: str = "t1") -> TakeOver:
    return TakeOver(identity, WORKLOAD, "b1", "u1", (STRAY.path,), "an apply would leave it")


def test_an_addition_is_taken_over_before_it_is_put_right() -> None:
    over, update = planned(drifts(IMAGE, STRAY))

    assert isinstance(over, TakeOver)
    assert (over.ref, over.uid, over.body, over.paths) == (WORKLOAD, "u1", "b1", (IMAGE.path, STRAY.path))
    assert over.because == "an apply would leave it to kubectl-edit"
    assert isinstance(update, Update)
    assert over.id != update.id


@pytest.mark.parametrize("change", [IMAGE, COUNTED])
def test_what_is_ours_and_was_changed_an_apply_puts_right_alone(change: Change) -> None:
    assert verbs(drifts(change)) == ["update"]


def test_another_protocol_of_a_port_is_another_port() -> None:
    assert verbs(drifts(Change("spec.ports[port=80].protocol", "TCP", "UDP", "kubectl"))) == ["take-over", "update"]


def test_the_next_version_does_not_wait_for_the_correction() -> None:
    log = drifts(STRAY).takes(submitted(2, body="b2"))

    over, update = planned(log)

    assert isinstance(over, TakeOver)
    assert (over.body, update.because) == ("b2", "version 2")


def test_where_an_apply_is_refused_what_others_added_is_taken_over_although_no_drift_is_known() -> None:
    """The answer to our write was lost and a hand was faster: there is nothing to judge drift by."""
    log = applied().takes(submitted(2, body="b2"))
    update = Update("x1", WORKLOAD, "b2", "u1", "version 2")
    log.takes(decided(update), Failed("x1", WORKLOAD, "Invalid", "Duplicate value"))

    over, again = planned(log, timedelta(minutes=1))

    assert isinstance(over, TakeOver)
    assert (over.paths, over.because, again.verb) == ((), "it was refused: what others added may be why", "update")


def test_rules_of_before_decide_as_they_did() -> None:
    assert verbs(drifts(STRAY), Rules.of("1")) == ["update"]
    assert verbs(drifts(STRAY), Rules.of("2")) == ["take-over", "update"]


def test_a_take_over_puts_nothing_right_yet_and_counts_as_no_correction() -> None:
    log = drifts(STRAY).does(take_over(), resource_version="102", effect="taken over")

    assert log.known.changes == (STRAY,)
    assert log.known.corrections == ()
    assert log.known.resource_version == "102"
    assert (log.known.body, log.known.settled, log.known.action) == ("b1", "s1", "a1")
    assert verbs(log) == ["take-over", "update"]


def test_the_same_hand_is_corrected_as_often_as_by_an_apply_alone() -> None:
    log = applied()
    for number in range(Policy().corrections):
        log.takes(Drifted(WORKLOAD, "u1", f"{200 + number}", (STRAY,)))
        update = Update(f"c{number}", WORKLOAD, "b1", "u1", "drift")
        log.does(take_over(f"t{number}"), effect="taken over").does(update)
    log.takes(Drifted(WORKLOAD, "u1", "300", (STRAY,)))

    assert planned(log) == ()


@pytest.mark.parametrize("outcome", [Failed("t1", WORKLOAD, "Contested", "x"), Unknown("t1", WORKLOAD, "x")])
def test_after_one_that_did_not_succeed_it_is_looked_again(outcome: Failed | Unknown) -> None:
    log = drifts(STRAY).takes(decided(take_over()), outcome)

    assert verbs(log) == ["take-over", "update"]


def test_it_is_told_what_was_taken_from_whom_and_why() -> None:
    service = ObjectRef("Service", "shop", "web")
    taken = (Taken("spec.ports[port=81]", "kubectl-edit"), Taken("spec.externalIPs", "kubectl-patch"))

    told = tell(Succeeded("t1", service, "taken over", wrote=True, taken=taken))

    assert told.text == (
        "Service web: an apply could not remove it: spec.ports[port=81] taken over from kubectl-edit; "
        "spec.externalIPs taken over from kubectl-patch, for the next write to remove"
    )
