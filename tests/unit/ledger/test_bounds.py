"""What may be written can be read back, always: judged by one definition, whoever hands it in, on every ledger."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from adapters.ledger.codec import Codec, Encoded, stamped, written
from adapters.ledger.ledger import open_ledger
from adapters.ledger.names import NAMES
from domain.bounds import LARGEST_INTEGER, LONGEST_ID, LONGEST_NAME, LONGEST_TEXT, SizeBudget, checker, flaw_in, flaw_in_note
from domain.errors import DeadreckonError, Unfit, Unrecordable
from domain.facts import Fact
from domain.measuring import DurationMeasured, Share
from domain.observations import WatchEvent
from domain.orders import Held, SubmissionRefused
from domain.project import SecretSet
from domain.record import Append, Document, EventMetadata, Recorded, UncommittedFact
from domain.replica import ProbeAnswer, ProbesAnswered, ReplicaScheduled, ReplicaWarned
from domain.seen import Change, Drifted
from tests.anything import NOON, TEXTS, anything
from tests.at_night import at_night
from tests.contracts.ledgers import KINDS, note
from tests.memory_ledger import MemoryLedger
from tests.unit.ledger.samples import ALICE, lines, sample

_ids = count(1)


class TrustfulCodec(Codec):
    """The codec of before: it wrote whatever could be turned into JSON. The control."""

    def encode(self, note: UncommittedFact[Fact]) -> Encoded:
        return Encoded(NAMES[type(note.fact)], written(note))


def there_and_back(codec: Codec, noted: UncommittedFact[Fact]) -> Recorded[Fact] | None:
    """Give what is read back; None when it was refused by an error of our own."""
    try:
        encoded = codec.encode(noted)
    except Unrecordable:
        return None
    return Codec().decode(1, "stream", 1, encoded.name, stamped(encoded.state, NOON))


def notes_of(cls: type[Any]) -> st.SearchStrategy[UncommittedFact[Fact]]:
    return st.builds(UncommittedFact, anything(cls), anything(EventMetadata))


@settings(max_examples=at_night(40), deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("cls", sorted(NAMES, key=str))
def test_anything_handed_in_is_refused_or_read_back_as_it_was(cls: type[Fact], data: st.DataObject) -> None:
    noted = data.draw(notes_of(cls))

    back = there_and_back(Codec(), noted)

    if back is not None:
        assert (back.fact, back.metadata) == (noted.fact, noted.metadata)
        assert type(back.fact) is cls


NAN = float("nan")
MEASURED = DurationMeasured(0.5, 1, 1.0, (Share("p", 1, 0.5, NOON, 1, 0.5),), NOON)
WRONG: dict[str, tuple[Fact, str]] = {
    "no number": (replace(MEASURED, value=NAN), "value is nan"),
    "no number deep inside": (
        replace(MEASURED, shares=(replace(MEASURED.shares[0], seconds=NAN),)),
        r"shares\[0\]\.seconds is nan",
    ),
    "endless": (ProbesAnswered((ProbeAnswer("liveness", NOON, 200, float("inf")),)), r"answers\[0\]\.seconds is inf"),
    "far too large": (replace(MEASURED, window=1e300), "window is 1e[+]300, beyond"),
    "an integer of 400 digits": (ReplicaWarned("a", "b", 10**400, "e", 1), "times does not fit 64 bits"),
    "one more than 64 bits": (ReplicaWarned("a", "b", LARGEST_INTEGER + 1, "e", 1), "times does not fit 64 bits"),
    "half of a pair": (ReplicaScheduled("\ud800"), "node has a character at 0 that cannot be kept: half of a pair"),
    "NUL": (ReplicaScheduled("a\0"), "node has a character at 1 that cannot be kept: NUL"),
    "a text without end": (ReplicaScheduled("x" * (LONGEST_TEXT + 1)), "node is too long"),
    "texts without end": (
        SubmissionRefused(("x" * 60_000,) * 50, (), ""),
        r"codes\[39\] is 60,000 characters long, and all texts",
    ),
    "items without end": (SubmissionRefused(("",) * 60_000, (), ""), r"codes\[4\d+\] is one too many"),
    "a word that is none": (replace(sample(SecretSet), scheme=cast("Any", bool(1))), "scheme is bool .* none of 1, 2"),
    "a time before 1970": (Held(datetime(1969, 12, 31, tzinfo=UTC)), "until is .* before 1970"),
    "a time after 2199": (Held(datetime(2200, 1, 1, tzinfo=UTC)), "until is .* after 2199"),
    "the end of time": (Held(datetime.max.replace(tzinfo=UTC)), "until is .* after 2199"),
    "a time without a zone": (Held(datetime(2026, 1, 1)), "until is .* without a zone"),  # noqa: DTZ001 (what is refused)
    "a scalar that is none": (
        Drifted(sample(Drifted).ref, "u", "1", (Change("p", 1, NAN, "m"),)),
        r"changes\[0\]\.now is nan",
    ),
}


@pytest.mark.parametrize(("fact", "said"), WRONG.values(), ids=WRONG)
def test_it_is_said_which_field_is_wrong_and_why(fact: Fact, said: str) -> None:
    with pytest.raises(Unrecordable, match=said) as refused:
        Codec().encode(UncommittedFact(fact, ALICE))
    assert type(fact).__name__ in refused.value.message
    assert len(refused.value.message) < 700


WRONG_CIRCUMSTANCES: dict[str, tuple[dict[str, Any], str]] = {
    "who": ({"who": replace(ALICE.who, name="\udcff")}, "who.name has a character"),
    "as": ({"who": replace(ALICE.who, acting_as="\0")}, "who.acting_as has a character"),
    "reason": ({"reason": "caf\udce9"}, "reason has a character at 3"),
    "a reason without end": ({"reason": "x" * 100_000}, "reason is too long"),
    "ticket": ({"ticket": "\0"}, "ticket has a character"),
    "subject": ({"subject": "s/" + "é" * LONGEST_NAME}, "subject is too long for a name"),
    "id": ({"id": "x" * (LONGEST_ID + 1)}, "id is too long for a name"),
    "origin": ({"origin": (("git", "\ud800"),)}, r"origin\[0\]\[1\] has a character"),
    "time": ({"observed_at": datetime(9999, 1, 1, tzinfo=UTC)}, "observed_at is .* after 2199"),
}


@pytest.mark.parametrize(("wrong", "said"), WRONG_CIRCUMSTANCES.values(), ids=WRONG_CIRCUMSTANCES)
def test_what_stands_beside_a_fact_is_held_to_the_same(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(Unrecordable, match=said):
        Codec().encode(UncommittedFact(ReplicaScheduled("n"), replace(ALICE, **wrong)))


def test_the_codec_of_before_is_caught() -> None:
    """The control: what it wrote of NaN cannot be read, and the property would say so."""
    with pytest.raises(Unfit, match="not a sound scaling"):
        there_and_back(TrustfulCodec(), UncommittedFact(replace(MEASURED, value=NAN), ALICE))


def test_every_fact_ever_written_may_be_written_again() -> None:
    for name, state in lines().items():
        recorded = Codec().decode(1, "stream", 1, name, state)
        assert flaw_in_note(UncommittedFact(recorded.fact, recorded.metadata)) is None, name


def test_a_type_without_a_bound_is_found_when_it_is_added() -> None:
    for cls in NAMES:
        assert flaw_in(sample(cls)) is None
    assert flaw_in(WatchEvent((), NOON, "Pod", "1")) is None
    with pytest.raises(TypeError, match=r"domain/bounds\.py knows no bound"):
        checker(dict[str, object] | set[int])


def test_a_value_takes_room_only_once() -> None:
    room = SizeBudget()
    assert checker(SubmissionRefused)(SubmissionRefused(("ab", "c"), ("1:1",), "d"), room) is None
    assert (SizeBudget().characters - room.characters, SizeBudget().values - room.values) == (7, 3)


@pytest.fixture(scope="module", params=[kind for kind in KINDS if kind.id != "memory"])
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MemoryLedger, Any]]:
    with request.param(tmp_path_factory.mktemp("ledger")) as opener:
        yield MemoryLedger(), opener()


@settings(max_examples=at_night(60), deadline=None, phases=[Phase.reuse, Phase.generate])
@given(data=st.data())
def test_every_ledger_takes_and_refuses_the_same_and_gives_it_back_alike(
    pair: tuple[MemoryLedger, Any], data: st.DataObject
) -> None:
    memory, stored = pair
    cls = data.draw(st.sampled_from(sorted(NAMES, key=str)))
    noted = data.draw(notes_of(cls))
    identity = cast("object", noted.metadata.id)
    if isinstance(identity, str) and (identity in {"", "web", "node-1", "Ready ✓"} or memory.find(identity) is not None):
        noted = replace(noted, metadata=replace(noted.metadata, id=f"id-{next(_ids)}"))
    stream = data.draw(anything(str).filter(lambda name: isinstance(name, str) and name))
    expected = sum(1 for _ in memory.read(stream))
    watch_positions = data.draw(st.dictionaries(TEXTS, anything(str), max_size=1))

    told = [_append(ledger, stream, expected, noted, watch_positions) for ledger in (memory, stored)]

    assert told[0] == told[1]
    if not told[0]:
        there = [[(one.stream, one.version, one.fact, one.metadata) for one in ledger.read(stream)] for ledger in pair]
        assert there[0] == there[1]
    assert memory.head() == stored.head()
    assert memory.watch_positions() == stored.watch_positions()


def _append(ledger: Any, stream: str, expected: int, noted: UncommittedFact[Fact], watch_positions: dict[str, str]) -> str:  # noqa: ANN401 (either)
    try:
        ledger.append([Append(stream, expected, (noted,))], watch_positions=watch_positions)
    except DeadreckonError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("kind", KINDS)
def test_streams_places_leases_and_documents_have_bounds_on_every_ledger(kind: Any, tmp_path: Path) -> None:  # noqa: ANN401 (pytest's)
    with kind(tmp_path) as opener:
        ledger = opener()
        for stream in ("a\0b", "\ud800", "x" * (LONGEST_NAME + 1)):
            with pytest.raises(Unrecordable, match="stream's name"):
                ledger.append([Append(stream, 0, (note(),))])
        for watch_positions in ({"Pod": "\0"}, {"Pod\0": "1"}, {"Pod": "9" * 5_000}):
            with pytest.raises(Unrecordable, match="watch"):
                ledger.append([], watch_positions=watch_positions)
        for holder, seconds in (("a\0", 1.0), ("\ud800", 1.0), ("x" * 5_000, 1.0), ("e", NAN), ("e", float("inf")), ("e", 1e300)):
            with pytest.raises(Unrecordable, match="a lease cannot be recorded"):
                ledger.lead(holder, seconds)
        with pytest.raises(Unrecordable, match="20,001 facts"):
            ledger.append([Append("s", 0, (note(),) * 20_001)])
        body = b"x" * (64 * 1024 * 1024 + 1)
        with pytest.raises(Unrecordable, match="67,108,865 bytes"):
            ledger.append([], documents=[Document(ledger.digest(body), body)])
        assert (ledger.head(), ledger.leader(), dict(ledger.watch_positions())) == (0, None, {})


def test_of_many_appends_the_unfit_one_alone_is_refused(tmp_path: Path) -> None:
    with closing(open_ledger(str(tmp_path / "ledger.db"))) as ledger:
        ledger.append([Append("replica/a", 0, (note(ReplicaScheduled("n")),))])
        with pytest.raises(Unrecordable):
            ledger.append([Append("replica/a", 1, (note(ReplicaScheduled("\ud800")),))])
        ledger.append([Append("replica/a", 1, (note(ReplicaScheduled("m")),))])
        assert [one.fact for one in ledger.tail(0)] == [ReplicaScheduled("n"), ReplicaScheduled("m")]
