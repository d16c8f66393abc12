"""Marks: only the ledger that wrote one can prove it, at its place alone."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.ledger.codec import Codec
from adapters.observations.objects import mark
from domain import world as worlds
from domain.cluster import RewindAccepted
from domain.marks import FARTHEST_POSITION, FARTHEST_TIMELINE, UNREADABLE, Signer
from domain.objects import Mark, ObjectRef
from domain.world import World
from tests.signing import SIGNER
from tests.unit.ledger.samples import lines

REF = ObjectRef("Service", "shop", "web")
MARK = Mark("ledger", "a1", 0, 12)
OTHERS = [
    (replace(REF, namespace="another"), MARK),
    (replace(REF, name="other"), MARK),
    (replace(REF, kind="Deployment"), MARK),
    (REF, replace(MARK, position=13)),
    (REF, replace(MARK, timeline=1)),
    (REF, replace(MARK, action="a2")),
    (REF, replace(MARK, ledger="another")),
]


def test_a_mark_is_genuine_with_its_proof() -> None:
    proof = SIGNER.proof(REF, MARK)

    assert SIGNER.genuine(REF, MARK, proof)
    assert len(proof) == 32


@pytest.mark.parametrize(("ref", "claimed"), OTHERS)
def test_a_proof_fits_no_other_place_and_no_other_mark(ref: ObjectRef, claimed: Mark) -> None:
    assert not SIGNER.genuine(ref, claimed, SIGNER.proof(REF, MARK))


def test_another_ledgers_salt_proves_nothing() -> None:
    assert not Signer(lambda body: "0" * 64 + str(len(body))).genuine(REF, MARK, SIGNER.proof(REF, MARK))


@given(st.text(max_size=40))
def test_no_text_is_a_proof_by_itself(text: str) -> None:
    assert not SIGNER.genuine(REF, MARK, text)


@pytest.mark.parametrize(
    ("label", "read"),
    [
        ("0.12", (0, 12)),
        (f"{FARTHEST_TIMELINE}.{FARTHEST_POSITION}", (FARTHEST_TIMELINE, FARTHEST_POSITION)),
        ("", (0, 0)),
        ("9" * 61, (0, UNREADABLE)),
        ("0." + "9" * 61, (0, UNREADABLE)),
        (f"{FARTHEST_TIMELINE + 1}.1", (0, UNREADABLE)),
        (f"0.{FARTHEST_POSITION + 1}", (0, UNREADABLE)),
        ("-1.5", (0, UNREADABLE)),
        ("0.\u0663", (0, UNREADABLE)),
        ("1e9.2", (0, UNREADABLE)),
    ],
)
def test_numbers_of_a_mark_have_bounds_and_what_is_beyond_them_is_no_mark(label: str, read: tuple[int, int]) -> None:
    found = mark({"metadata": {"labels": {"deadreckon.dev/position": label}}})

    assert (found.timeline, found.position) == read
    assert not Mark("", "", 0, UNREADABLE).newer_than(Mark())


def test_a_ledger_whose_timeline_no_label_can_carry_is_read_and_counts_on_from_its_own() -> None:
    """An engine of before took the count from a label: what it recorded stays, and means the next of our own."""
    name = "ledger.rewind-accepted.v1"
    stored = re.sub(rb'"timeline":\d+', b'"timeline":1' + b"0" * 60, lines()[name])
    recorded = Codec().decode(1, "cluster/c1", 1, name, stored)
    assert isinstance(recorded.fact, RewindAccepted)
    assert recorded.fact.timeline == 10**60

    world = worlds.evolve(World(timeline=2), replace(recorded, metadata=replace(recorded.metadata, subject="")))

    assert world.timeline == 3
