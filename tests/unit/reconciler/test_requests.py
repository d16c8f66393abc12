"""Which requests in the API server's audit log are ours: an action's id stands on the object, for everybody to use again."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.actions import Succeeded
from domain.audit import RequestWitnessed
from domain.facts import Fact, actions_stream
from domain.objects import Kind, ObjectRef
from domain.record import EventMetadata, Recorded, Who
from reconciler.requests import RecentActions
from tests.unit.observe.test_observe_requests import asked
from tests.unit.one_deployment import KEY, MINUTE, NOON, WORKLOAD, create, decided

SECOND = timedelta(seconds=1)
SERVICE = ObjectRef(Kind.SERVICE.value, KEY.namespace, KEY.object_name)


def acted() -> RecentActions:
    """Action a1 was decided at noon, and had its outcome a minute later."""
    acts = RecentActions()
    done = Succeeded("a1", WORKLOAD, "created", wrote=True)
    facts: list[tuple[Fact, timedelta]] = [(decided(create()), timedelta()), (done, MINUTE), (done, 9 * MINUTE)]
    for position, (fact, after) in enumerate(facts, 1):
        about = EventMetadata(f"f{position}", Who("engine", "engine"), KEY.subject)
        acts.take(Recorded(position, actions_stream(KEY.subject), position, NOON + after, fact, about))
    return acts


def write(after: timedelta = SECOND, **more: object) -> RequestWitnessed:
    return replace(asked("patch", at=NOON + after), **more)  # type: ignore[arg-type]  # fields by their names


@pytest.mark.parametrize(
    ("request_", "ours"),
    [
        (write(), True),
        (write(-30 * SECOND), True),
        (write(-31 * SECOND), False),
        (write(3 * MINUTE), True),
        (write(3 * MINUTE + SECOND), False),
        (write(audit_id="a2"), False),
        (write(ref=SERVICE), False),
        (write(acting_as="ann"), False),
    ],
    ids=["in its time", "just before", "too early", "shortly after", "too late", "another id", "another object", "as another"],
)
def test_ours_is_what_has_an_actions_id_on_its_object_in_its_time(request_: RequestWitnessed, *, ours: bool) -> None:
    assert acted().ours(request_) is ours


def test_of_several_that_succeeded_the_first_is_ours_and_one_that_did_not_uses_nothing_up() -> None:
    acts = acted()

    assert [acts.ours(write(code=409)), acts.ours(write()), acts.ours(write())] == [True, True, False]
