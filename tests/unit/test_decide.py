"""The rules for orders, as sentences and as properties over any list of orders."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.actions import Decided, IncarnationEnded, VersionFailed, VersionHealthy, VersionRecovered
from domain.decide import (
    Command,
    Delete,
    Hold,
    PreparedVersion,
    Refuse,
    Resume,
    Submit,
    decide,
    free_of_collision,
    next_incarnation,
    present,
)
from domain.deployment import Deployment
from domain.deployment_fold import evolve, fold
from domain.errors import NotFound, Refused
from domain.facts import Fact, orders_stream
from domain.last_good_version import soon_crashed, way_back
from domain.names import Key, Names
from domain.objects import ObjectRef
from domain.orders import DeletionOrdered, Fill, Held, Origin, Rendered, Resumed, SubmissionRefused, Submitted
from domain.record import EventMetadata, Recorded, Who
from domain.rollback import digest_to_return_to, rollback_target

KEY = Key("shop", "model server")
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def prepared(body: str = "a", incarnation: int = 1, *, enabled: bool = True) -> PreparedVersion:
    return PreparedVersion(
        incarnation=incarnation,
        source="s",
        spec="n",
        objects=(Rendered(ObjectRef("Deployment", "ns", "web"), body),),
        template=f"t-{body}",
        image="web:1",
        digest="",
        machine_type="C4",
        replicas=2,
        enabled=enabled,
        deadline=600,
    )


def after(*facts: Fact, key: Key = KEY) -> Deployment:
    return fold(key, (recorded(fact, n) for n, fact in enumerate(facts, 1)))


def recorded(fact: Fact, position: int) -> Recorded[Fact]:
    metadata = EventMetadata(f"id-{position}", Who("ann", "claimed"), KEY.subject, reason="why")
    return Recorded(position, orders_stream(KEY.subject), position, NOON, fact, metadata)


def submitted(number: int, body: str = "a", incarnation: int = 1, key: str = "") -> Submitted:
    deployment = Deployment(KEY)
    (fact,) = decide(replace(deployment, ended=0), Submit(replace(prepared(body), incarnation=1), key=key or f"k{number}"))
    assert isinstance(fact, Submitted)
    return replace(fact, number=number, incarnation=incarnation)


def judged(number: int, *, healthy: bool) -> Decided:
    finding = VersionHealthy(number) if healthy else VersionFailed(number, ("no",))
    return Decided(0, NOON, "d", "p", findings=(finding,))


def test_the_first_submission_is_version_1() -> None:
    (fact,) = decide(after(), Submit(prepared(), key="k"))
    assert isinstance(fact, Submitted)
    assert (fact.number, fact.incarnation) == (1, 1)


def test_a_version_is_all_that_was_prepared_under_its_number_and_a_rollback_takes_all_of_it_again() -> None:
    claim, job = ObjectRef("PersistentVolumeClaim", "ns", "data"), ObjectRef("Job", "ns", "fill")
    whole = PreparedVersion(
        incarnation=3,
        source="s",
        spec="n",
        objects=(Rendered(ObjectRef("Deployment", "ns", "web"), "b"),),
        template="t",
        image="web:1",
        digest="sha256:1",
        machine_type="C4",
        replicas=2,
        enabled=True,
        deadline=600,
        secrets=(("token", 2),),
        catalogue="c",
        ceiling=5,
        fills=(Fill("data", claim, job, "i"),),
        endpoint="https://web.example",
        wider_secrets=(("token", "team"),),
        registry=("own", 1),
    )
    order = whole.submitted(7, "k", Origin("set", 6))

    bare = {field.name for field in fields(Submitted) if getattr(order, field.name) == field.default}
    assert bare == set(), "each field has a value here that it has not by default, so that one left out is seen"
    assert (order.number, order.key, order.origin) == (7, "k", Origin("set", 6))
    assert PreparedVersion.again(order) == whole


def test_a_submission_that_changes_nothing_is_a_version_all_the_same() -> None:
    (fact,) = decide(after(submitted(1)), Submit(prepared(), key="other"))
    assert isinstance(fact, Submitted)
    assert fact.number == 2


def test_a_retry_of_the_same_submission_is_no_news() -> None:
    assert decide(after(submitted(1, key="once")), Submit(prepared(), key="once")) == ()
    assert decide(after(submitted(1, key="once"), submitted(2, "b")), Submit(prepared(), key="once")) == ()


@pytest.mark.parametrize("built_on", [0, 1, 3])
def test_building_on_a_version_that_has_moved_is_refused(built_on: int) -> None:
    with pytest.raises(Refused) as refusal:
        decide(after(submitted(1), submitted(2)), Submit(prepared(), key="k", if_version=built_on))
    assert refusal.value.code == "version-moved"


def test_building_on_the_version_that_stands_is_accepted() -> None:
    assert decide(after(submitted(1), submitted(2)), Submit(prepared(), key="k", if_version=2))
    assert decide(after(), Submit(prepared(), key="k", if_version=0))


def test_building_on_a_version_that_was_deleted_is_refused_and_on_none_is_accepted() -> None:
    deleted = after(submitted(1), DeletionOrdered(1))
    with pytest.raises(Refused, match="there is no such deployment now"):
        decide(deleted, Submit(prepared(incarnation=2), key="k", if_version=1))
    assert decide(deleted, Submit(prepared(incarnation=2), key="k", if_version=0))


def test_a_submission_after_a_deletion_begins_a_new_incarnation_and_numbers_go_on() -> None:
    deployment = after(submitted(1), DeletionOrdered(1))
    (fact,) = decide(deployment, Submit(prepared(incarnation=next_incarnation(deployment)), key="k"))
    assert isinstance(fact, Submitted)
    assert (fact.number, fact.incarnation) == (2, 2)


def test_a_rendering_for_another_incarnation_is_refused() -> None:
    with pytest.raises(Refused):
        decide(after(submitted(1), DeletionOrdered(1)), Submit(prepared(incarnation=1), key="k"))


def test_a_refusal_is_put_on_record() -> None:
    assert decide(after(), Refuse(("unknown-field",), ("4:1",), "d")) == (SubmissionRefused(("unknown-field",), ("4:1",), "d"),)


def test_what_never_was_cannot_be_deleted() -> None:
    with pytest.raises(NotFound):
        decide(after(), Delete())


def test_what_is_deleted_cannot_be_deleted_again() -> None:
    going = after(submitted(1), DeletionOrdered(1))
    with pytest.raises(Refused, match="is being deleted"):
        decide(going, Delete())
    gone = after(submitted(1), DeletionOrdered(1), Decided(0, NOON, "d", "p", findings=(IncarnationEnded(1),)))
    with pytest.raises(Refused, match="was deleted"):
        decide(gone, Delete())


DELETED = after(submitted(1), DeletionOrdered(1))
GONE = after(submitted(1), DeletionOrdered(1), Decided(0, NOON, "d", "p", findings=(IncarnationEnded(1),)))
HEALED = after(submitted(1), judged(1, healthy=True), DeletionOrdered(1))
ONE_OF_TWO = Submit(prepared(), key="k", if_version=1)


@pytest.mark.parametrize(
    ("deployment", "order", "said", "hint"),
    [
        (after(), Delete(), "there is no deployment 'model server' in project 'shop'", ""),
        (DELETED, Delete(), "'model server' is being deleted; its last version was 1", "bring it back with a submission"),
        (GONE, Hold("why", NOON), "'model server' was deleted; its last version was 1", "bring it back with a submission"),
        (
            HEALED,
            Delete(),
            "'model server' is being deleted; its last version was 1",
            "bring it back with a submission, or with: reckon rollback 'model server'",
        ),
        (
            after(submitted(1), submitted(2)),
            ONE_OF_TWO,
            "you built on version 1 of 'model server', but version 2 stands now: someone was faster",
            "look at the difference, then order again with the number that stands",
        ),
        (
            DELETED,
            ONE_OF_TWO,
            "you built on version 1 of 'model server', but there is no such deployment now: someone was faster",
            "look at the difference, then order again with the number that stands",
        ),
        (
            DELETED,
            Submit(prepared(), key="k"),
            "'model server' was deleted or made anew in the meantime",
            "look at what stands now, then submit again",
        ),
        (after(submitted(1)), Hold(" ", NOON), "a hold needs a reason: who comes after you must know why", "--reason TEXT"),
        (after(submitted(1)), Hold("why", NOON, NOON), "a hold must end in the future", "--for 30m, say, or leave it out"),
        (after(submitted(1)), Resume(NOON), "model server is not held: there is nothing to resume", ""),
        (
            after(submitted(1), Held(NOON)),
            Resume(NOON),
            "the hold of model server ran out by itself: there is nothing to resume",
            "",
        ),
    ],
)
def test_a_refusal_says_why_and_what_to_do(deployment: Deployment, order: Command, said: str, hint: str) -> None:
    with pytest.raises((Refused, NotFound)) as refused:
        decide(deployment, order)

    assert (refused.value.message, refused.value.hint) == (said, hint)


def test_a_hold_needs_a_reason_and_a_future() -> None:
    with pytest.raises(Refused, match="needs a reason"):
        decide(after(submitted(1)), Hold(" ", NOON))
    with pytest.raises(Refused, match="future"):
        decide(after(submitted(1)), Hold("fixing", NOON, NOON - timedelta(seconds=1)))


def test_a_hold_that_would_end_at_once_is_refused() -> None:
    with pytest.raises(Refused):
        decide(after(submitted(1)), Hold("why", NOON, until=NOON))


def test_a_hold_is_recorded_and_the_same_again_is_no_news() -> None:
    assert decide(after(submitted(1)), Hold("why", NOON)) == (Held(None),)
    held = after(submitted(1), Held(None))
    assert decide(held, Hold("why", NOON)) == ()
    assert decide(held, Hold("another", NOON)) == (Held(None),)


def test_only_what_is_held_can_be_resumed() -> None:
    assert decide(after(submitted(1), Held(None)), Resume(NOON)) == (Resumed(),)
    with pytest.raises(Refused, match="not held"):
        decide(after(submitted(1)), Resume(NOON))
    with pytest.raises(Refused, match="ran out"):
        decide(after(submitted(1), Held(NOON)), Resume(NOON + timedelta(minutes=1)))


def test_a_rollback_goes_to_the_last_healthy_version_that_differs() -> None:
    good_bad = after(submitted(1), judged(1, healthy=True), submitted(2, "b"), judged(2, healthy=False))
    assert rollback_target(good_bad).number == 1
    back = after(
        submitted(1),
        judged(1, healthy=True),
        submitted(2, "b"),
        judged(2, healthy=True),
        submitted(3, "c"),
        judged(3, healthy=False),
        replace(submitted(4, "b"), origin=Origin("rollback", 2)),
        judged(4, healthy=True),
    )
    assert rollback_target(back).number == 1, "version 4 is version 2 again: going back must move"


def test_a_rollback_without_a_healthy_version_says_how_each_went() -> None:
    with pytest.raises(Refused, match="1: failed, 2: not assessed yet"):
        rollback_target(after(submitted(1), judged(1, healthy=False), submitted(2, "b")))


def test_a_rollback_goes_to_none_by_default_that_was_never_healthy_or_wanted_no_replica() -> None:
    crashed = after(submitted(1), judged(1, healthy=True), submitted(2, "b"), submitted(3, "c"))
    assert rollback_target(crashed).number == 1, "version 2 was replaced before it was healthy"
    assert way_back(after(submitted(1), submitted(2, "b"), judged(2, healthy=True))) is None

    empty = replace(submitted(2, "b"), replicas=0)
    resting = after(submitted(1), judged(1, healthy=True), empty, judged(2, healthy=True), submitted(3, "c"))
    assert rollback_target(resting).number == 1, "version 2 was done at once, and showed nothing"


def test_a_rollback_goes_to_a_version_that_recovered_after_its_deadline() -> None:
    late = Decided(0, NOON, "d", "p", findings=(VersionRecovered(2),))
    slow = after(submitted(1), judged(1, healthy=True), submitted(2, "b"), judged(2, healthy=False), late, submitted(3, "c"))
    assert rollback_target(slow).number == 2


@pytest.mark.parametrize(("minutes", "crashed"), [(9, True), (10, False)])
def test_a_crash_soon_after_it_was_healthy_is_one_within_ten_minutes(minutes: int, crashed: bool) -> None:
    (version,) = after(submitted(1)).versions
    at = NOON + timedelta(minutes=minutes)
    assert soon_crashed(after(), replace(version, healthy_at=NOON, crashed_first=at, crashed_at=at)) is crashed


@pytest.mark.parametrize(("minutes", "crashed"), [(9, True), (10, False)])
def test_who_ran_well_for_ten_minutes_after_its_last_crash_until_it_was_replaced_ran_well(minutes: int, crashed: bool) -> None:
    deployment = after(submitted(1), submitted(2))
    at = NOON - timedelta(minutes=minutes)
    version = replace(deployment.versions[0], healthy_at=at, crashed_first=at, crashed_at=at)
    assert soon_crashed(deployment, version) is crashed


def test_what_was_deleted_is_brought_back_by_a_rollback_only_where_something_was_healthy() -> None:
    def hint(*facts: Fact) -> str:
        with pytest.raises(Refused, match="deleted") as refused:
            present(after(*facts, DeletionOrdered(1)))
        return refused.value.hint

    assert hint(submitted(1), judged(1, healthy=True), submitted(2, "b")).endswith("or with: reckon rollback 'model server'")
    assert "rollback" not in hint(submitted(1), judged(1, healthy=False))


def test_a_rollback_to_what_is_not_there_says_what_is() -> None:
    with pytest.raises(NotFound, match="versions 1 to 2"):
        rollback_target(after(submitted(1), submitted(2)), 7)
    with pytest.raises(Refused, match="already"):
        rollback_target(after(submitted(1), submitted(2)), 2)
    with pytest.raises(NotFound):
        rollback_target(after())


def test_a_deleted_deployment_can_come_back_as_its_last_version() -> None:
    assert rollback_target(after(submitted(1), judged(1, healthy=True), DeletionOrdered(1))).number == 1


def test_a_rollback_of_an_unresolved_image_goes_to_what_ran() -> None:
    deployment = replace(after(submitted(1)), ran={"t-a": ("sha256:old", "sha256:new")})
    version = deployment.versions[0]
    assert digest_to_return_to(deployment, version) == "sha256:new"
    resolved = replace(version, order=replace(version.order, digest="sha256:known"))
    assert digest_to_return_to(deployment, resolved) == ""


def test_names_are_case_sensitive_and_never_share_objects() -> None:
    others = [Key("shop", "Web"), Key("shop", "web"), Key("shop", "we b")]
    assert len({key.object_name for key in others}) == 3
    for key in others:
        free_of_collision(key, key.names(), [(other, other.names()) for other in others])


def test_objects_with_one_name_would_be_refused() -> None:
    with pytest.raises(Refused, match="'a' and 'b' of project 'p' would share"):
        free_of_collision(Key("p", "a"), Names("p", "same"), [(Key("p", "b"), Names("p", "same"))])


def test_projects_with_one_namespace_would_be_refused() -> None:
    with pytest.raises(Refused, match="project 'q' has namespace 'same' already"):
        free_of_collision(Key("p", "a"), Names("same", "a"), [(Key("q", "b"), Names("same", "b"))])


orders: st.SearchStrategy[tuple[str, str, str]] = st.one_of(
    st.tuples(st.just("submit"), st.sampled_from("abc"), st.sampled_from("uvwxyz")),
    st.just(("delete", "", "")),
    st.just(("end", "", "")),
    st.just(("hold", "", "")),
    st.just(("resume", "", "")),
)


def command(deployment: Deployment, what: tuple[str, str, str]) -> Command:
    kind, body, key = what
    match kind:
        case "submit":
            return Submit(prepared(body, next_incarnation(deployment)), key=key)
        case "delete":
            return Delete()
        case "hold":
            return Hold("why", NOON)
        case _:
            return Resume(NOON)


@given(st.lists(orders, max_size=30))
def test_any_orders_give_numbers_without_gaps_and_incarnations_that_never_fall(todo: list[tuple[str, str, str]]) -> None:
    deployment = Deployment(KEY)
    for position, what in enumerate(todo, 1):
        facts: tuple[Fact, ...]
        if what[0] == "end":
            facts = (Decided(0, NOON, "d", "p", findings=(IncarnationEnded(deployment.deleted),)),)
        else:
            try:
                facts = decide(deployment, command(deployment, what))
            except Refused:
                facts = ()
        for fact in facts:
            deployment = evolve(deployment, recorded(fact, position))

    numbers = [version.number for version in deployment.versions]
    incarnations = [version.order.incarnation for version in deployment.versions]
    assert numbers == list(range(1, len(numbers) + 1))
    assert incarnations == sorted(incarnations)
    assert len({version.order.key for version in deployment.versions}) == len(numbers), "one version a key"
    assert deployment.wanted is None or deployment.wanted.order.incarnation > deployment.deleted
