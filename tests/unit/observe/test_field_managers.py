"""Whose hand it was: the one that wrote that change, and never a wrong name."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.field_managers import FieldOwners, changer
from domain.objects import Fields
from domain.observations import Manager, ObjectSeen, Writer
from domain.seen import AppliedState
from tests.unit.observe.bridge import ALL, ENV, IMAGE, NOON, OURS, workload

MINUTE = timedelta(minutes=1)
LATER, LATEST = NOON + MINUTE, NOON + 2 * MINUTE
SETTLED = AppliedState(OURS, ALL, whole=True, at=NOON)
GONE: Fields = {path: value for path, value in ALL.items() if path != ENV}


def who(path: str, seen: ObjectSeen, applied_state: AppliedState = SETTLED) -> tuple[str, object]:
    hand = changer(path, seen, applied_state, FieldOwners(seen.managers))
    return hand.name, hand.at


def test_whoever_owns_a_field_changed_it_at_the_time_of_its_entry() -> None:
    seen = workload({**ALL, IMAGE: "web:9"}, Manager(IMAGE, "kubectl-edit", LATER))
    assert who(IMAGE, seen) == ("kubectl-edit", LATER)


def test_of_two_in_one_second_nobody_is_named() -> None:
    seen = workload({**ALL, IMAGE: "web:9"}, Manager(IMAGE, "alice", LATER), Manager(IMAGE, "bob", LATER))
    assert who(IMAGE, seen) == ("unknown", None)


def test_a_label_is_no_parent_of_another_whose_name_begins_like_it() -> None:
    path = "metadata.labels.app.kubernetes.io/name"
    seen = workload({**ALL, path: "x"}, Manager("metadata.labels.app", "innocent", LATER))
    assert who(path, seen) == ("unknown", None)


def test_whoever_owns_a_mapping_as_such_did_not_take_a_field_out_of_it() -> None:
    seen = workload(GONE, Manager(ENV.rpartition(".")[0], "innocent", LATER, whole=False))
    assert who(ENV, seen) == ("unknown", None)


def test_whoever_owns_a_whole_list_changed_what_is_in_it() -> None:
    path = "spec.template.spec.tolerations[0].key"
    seen = workload({**ALL, path: "x"}, Manager("spec.template.spec.tolerations", "kubectl-edit", LATER))
    assert who(path, seen) == ("kubectl-edit", LATER)


# --- what is gone has no owner


def test_the_only_one_that_wrote_since_we_did_took_away_what_is_gone() -> None:
    assert who(ENV, workload(GONE, writers=(Writer("kubectl-edit", LATER),))) == ("kubectl-edit", LATER)


@pytest.mark.parametrize(
    "writers",
    [
        (),
        (Writer("kubectl-edit", NOON - MINUTE),),
        (Writer("kubectl-edit", NOON),),
        (Writer("kubectl-edit", None),),
        (Writer("kubectl-edit", LATER), Writer("kubectl-patch", LATEST)),
    ],
)
def test_where_none_or_several_could_have_taken_it_away_nobody_is_named(writers: tuple[Writer, ...]) -> None:
    assert who(ENV, workload(GONE, writers=writers)) == ("unknown", None)


def test_whose_writing_is_explained_by_another_change_is_not_named_for_what_is_gone() -> None:
    """Who only takes a field away owns nothing, and has no entry: it may have been that one."""
    seen = workload({**GONE, IMAGE: "web:9"}, Manager(IMAGE, "innocent", LATER), writers=(Writer("innocent", LATER),))
    assert who(ENV, seen) == ("unknown", None)


def test_before_it_was_noted_when_we_wrote_nobody_is_named_for_what_is_gone() -> None:
    seen = workload(GONE, writers=(Writer("kubectl-edit", LATER),))
    assert who(ENV, seen, replace(SETTLED, at=None)) == ("unknown", None)


# --- under our own name


def test_an_apply_under_our_own_managers_name_is_somebody_elses() -> None:
    assert who(IMAGE, workload({**ALL, IMAGE: "web:9"}, own_at=LATER)) == ("deadreckon (somebody else's)", LATER)
    assert who(ENV, workload(GONE, own_at=LATER)) == ("deadreckon (somebody else's)", LATER)


def test_our_own_write_is_nobody_elses() -> None:
    """The control: the entry is as old as our write."""
    assert who(IMAGE, workload({**ALL, IMAGE: "web:9"}, own_at=NOON)) == ("unknown", None)
