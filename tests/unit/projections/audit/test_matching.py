"""The match of a ledger with an audit log: each way in which the two can differ is found, and named."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.actions import Decided, Failed, Succeeded, Unknown
from domain.audit import RequestWitnessed
from domain.facts import Fact, actions_stream, audited_stream, orders_stream, seen_stream
from domain.objects import Kind, ObjectRef
from domain.orders import Submitted
from domain.record import EventMetadata, Recorded, Who
from domain.seen import Change, Drifted
from projections.audit.matching import Cover, Match, match
from tests.unit.one_deployment import KEY, MINUTE, NOON, WORKLOAD, create, decided, submitted, update

OURS = "deadreckon/0.9"
SERVICE = ObjectRef(Kind.SERVICE.value, KEY.namespace, KEY.object_name)


def recorded(*facts: Fact) -> list[Recorded[Fact]]:
    about = EventMetadata("f", Who("engine", "engine"), KEY.subject)
    return [Recorded(n, _stream(fact), n, NOON + n * MINUTE, fact, about) for n, fact in enumerate(facts, 1)]


def _stream(fact: Fact) -> str:
    match fact:
        case Submitted():
            return orders_stream(KEY.subject)
        case RequestWitnessed():
            return audited_stream(KEY.subject)
        case Drifted():
            return seen_stream(KEY.subject)
        case _:
            return actions_stream(KEY.subject)


def written(audit: str = "a1", ref: ObjectRef = WORKLOAD, **more: object) -> RequestWitnessed:
    at = NOON + 2.5 * MINUTE
    request = RequestWitnessed(audit, "patch", ref, "", "u1", "", "engine-account", "deadreckon", OURS, 200, "", at)
    return replace(request, **more)  # type: ignore[arg-type]  # fields by their names


def by_alice(audit: str = "x1", **more: object) -> RequestWitnessed:
    alice = {"user": "alice", "user_agent": "kubectl/v1.33.1", "manager": "kubectl-edit", "at": NOON + 5 * MINUTE}
    return replace(written(audit), **{**alice, **more})  # type: ignore[arg-type]  # fields by their names


DONE = Succeeded("a1", WORKLOAD, "created", wrote=True, uid="u1", resource_version="7", generation=1, settled="s")
LEDGER = (submitted(1), decided(create()), DONE)


def held(*entries: RequestWitnessed, ledger: tuple[Fact, ...] = LEDGER, cover: Cover | None = None) -> Match:
    return match(recorded(*ledger), entries, cover=lambda: cover or Cover())


def test_two_sides_that_agree_are_whole() -> None:
    found = held(written())
    assert found.whole
    assert (found.matched, found.told, found.beyond) == (1, 0, 0)


def test_a_claim_that_the_audit_log_does_not_show_is_named() -> None:
    [claim] = held().unproved
    assert claim.action.id == "a1"
    assert not held(written(code=409)).agrees


def test_a_write_of_ours_that_no_action_stands_for_is_named() -> None:
    assert [entry.audit_id for entry in held(written(), written("a7")).unrecorded] == ["a7"]
    assert held(written(), written("a7", code=403)).whole
    assert held(written(), written("a7", ref=replace(WORKLOAD, namespace="elsewhere"))).whole


def test_an_action_that_failed_and_was_done_is_named() -> None:
    failed = Failed("a1", WORKLOAD, "Contested", "it changed")
    assert [claim.action.id for claim in held(written(), ledger=(submitted(1), decided(create()), failed)).denied] == ["a1"]
    unsure = Unknown("a1", WORKLOAD, "no answer")
    assert held(written(), ledger=(submitted(1), decided(create()), unsure)).whole


def test_an_id_that_was_used_twice_is_named() -> None:
    assert held(written(), written()).repeated == ("a1",)


def test_an_id_of_ours_on_another_object_is_another_hand() -> None:
    stolen = by_alice("a1", ref=SERVICE)
    found = held(written(), stolen)
    assert (found.repeated, [entry.user for entry in found.untold]) == ((), ["alice"])


def test_an_action_without_an_outcome_or_with_two_is_named() -> None:
    assert held(ledger=(submitted(1), decided(create()))).outcomes == ("a1",)
    assert held(written(), ledger=(*LEDGER, DONE)).outcomes == ("a1",)


def test_a_foreign_write_without_a_fact_is_named_and_one_with_a_fact_is_not() -> None:
    drift = Drifted(WORKLOAD, "u1", "9", (Change("spec.replicas", 2, 5, "kubectl-edit"),))
    seen_as_drift = (submitted(1), decided(create()), DONE, Decided(7, NOON, "1", "p"), drift)

    assert [entry.audit_id for entry in held(written(), by_alice()).untold] == ["x1"]
    assert held(written(), by_alice(), ledger=(*LEDGER, by_alice())).told == 1
    assert held(written(), by_alice(), ledger=seen_as_drift).whole
    assert not held(written(), by_alice(ref=SERVICE), ledger=seen_as_drift).whole


@pytest.mark.parametrize(
    "other",
    [
        by_alice(code=403),
        by_alice(subresource="status"),
        by_alice(user="system:node:n1"),
        by_alice(ref=ObjectRef("configmaps", KEY.namespace, "x")),
        by_alice(ref=replace(WORKLOAD, namespace="elsewhere")),
    ],
)
def test_what_no_fact_is_made_of_is_not_missed(other: RequestWitnessed) -> None:
    assert held(written(), other).whole


@pytest.mark.parametrize(
    ("cover", "judged"),
    [
        (Cover(), True),
        (Cover(NOON, NOON + 9 * MINUTE), True),
        (Cover(NOON + 2.5 * MINUTE, None), False),
        (Cover(NOON, NOON + 2.5 * MINUTE), False),
    ],
)
def test_what_the_log_does_not_cover_is_not_judged_and_said_so(cover: Cover, *, judged: bool) -> None:
    found = held(cover=cover)
    assert (len(found.unproved), found.beyond) == ((1, 0) if judged else (0, 1))


def test_it_takes_a_long_log_in_its_stride() -> None:
    many = [written("a1"), *(by_alice(str(n), at=NOON + timedelta(hours=n)) for n in range(1, 2001))]
    assert len(held(*many, ledger=(*LEDGER, decided(update()))).untold) == 2000


def test_writes_that_were_only_counted_stand_in_the_fact_that_has_their_number() -> None:
    fight = [by_alice(str(n), at=NOON + (5 + n) * MINUTE) for n in range(4)]
    counted = replace(fight[3], count=3)
    ledger = (*LEDGER, fight[0], counted)
    assert held(written(), *fight, ledger=ledger).whole
    assert len(held(written(), *fight, ledger=(*LEDGER, fight[0], fight[3])).untold) == 2
