"""What is stored stays readable for ever, and what is read was checked."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.ledger.codec import Codec, stamped
from adapters.ledger.names import NAMES, UPCASTERS
from domain.actions import Create, Decided, Remove, VersionRecovered
from domain.bounds import LARGEST_FLOAT, LARGEST_INTEGER, LONGEST_ID
from domain.errors import Unfit, Unrecordable
from domain.facts import Fact
from domain.objects import ObjectRef
from domain.record import EventMetadata, Recorded, UncommittedFact
from domain.replica import ReplicaScheduled, Restarted, StartupPassed
from domain.unsound import Unreadable
from tests.at_night import at_night
from tests.unit.ledger.samples import ALICE, NOON, lines, today

MOMENTS = st.datetimes(min_value=datetime(1970, 1, 2), max_value=datetime(2199, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 (hypothesis adds the zone)
st.register_type_strategy(datetime, MOMENTS)
st.register_type_strategy(float, st.floats(-LARGEST_FLOAT, LARGEST_FLOAT))
st.register_type_strategy(int, st.integers(-LARGEST_INTEGER, LARGEST_INTEGER))
st.register_type_strategy(
    str, st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=LONGEST_ID // 4)
)


def there_and_back(note: UncommittedFact[Fact]) -> Recorded[Fact]:
    codec = Codec()
    encoded = codec.encode(note)
    return codec.decode(1, "stream", 1, encoded.name, stamped(encoded.state, NOON))


def members(union: Any) -> set[type]:  # noqa: ANN401 (a union is no class)
    return {cls for member in get_args(union) for cls in (members(member) if get_args(member) else {member})}


def test_every_fact_class_has_a_stored_name_of_its_own() -> None:
    assert members(Fact) == {*NAMES, Unreadable}, "what cannot be read is given by reading, and never written"
    assert len(set(NAMES.values())) == len(NAMES)


def test_every_stored_name_ever_given_has_a_golden_line() -> None:
    missing = (set(NAMES.values()) | set(UPCASTERS)) - set(lines())
    assert not missing, "append what `python -m tests.unit.ledger.samples` prints to golden/facts.jsonl"


@pytest.mark.parametrize("name", sorted(lines()))
def test_a_golden_line_still_reads_as_the_same_fact(name: str) -> None:
    recorded = Codec().decode(1, "stream", 1, name, lines()[name])
    assert recorded.recorded_at == NOON
    assert recorded.metadata == ALICE
    if name in today():
        again = Codec().encode(UncommittedFact(recorded.fact, recorded.metadata))
        assert grown(json.loads(lines()[name]), json.loads(stamped(again.state, NOON)))


def grown(golden: object, today: object) -> bool:
    """Tell whether a state is a golden one with nothing changed: fields that came later may stand beside, with their defaults."""
    if isinstance(golden, dict) and isinstance(today, dict):
        was, now = cast("dict[str, object]", golden), cast("dict[str, object]", today)
        return was.keys() <= now.keys() and all(grown(was[key], now[key]) for key in was)
    if isinstance(golden, list) and isinstance(today, list):
        were, are = cast("list[object]", golden), cast("list[object]", today)
        return len(were) == len(are) and all(map(grown, were, are))
    return golden == today


def test_an_account_of_before_that_says_no_other_name_acted_in_its_own() -> None:
    golden, named = lines()["deployment.submitted.v1"], b',"acting_as":"root"'
    assert named in golden
    recorded = Codec().decode(1, "stream", 1, "deployment.submitted.v1", golden.replace(named, b""))
    assert recorded.metadata.who == replace(ALICE.who, acting_as="")


def test_a_field_that_changed_or_went_is_not_taken_for_growth() -> None:
    """The control of `grown`."""
    assert grown({"a": [{"b": 1}]}, {"a": [{"b": 1, "c": 2}]})
    assert not grown({"a": [{"b": 1}]}, {"a": [{"b": 2}]})
    assert not grown({"a": [{"b": 1}]}, {"a": [{"c": 1}]})
    assert not grown({"a": [1]}, {"a": [1, 2]})


def test_a_golden_line_that_no_longer_fits_is_noticed() -> None:
    """The control: a renamed field must not pass."""
    broken = lines()["replica.scheduled.v1"].replace(b'"node"', b'"machine"')
    with pytest.raises(Unfit, match=r"position 1 .*node"):
        Codec().decode(1, "stream", 1, "replica.scheduled.v1", broken)


@settings(max_examples=at_night(8), deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("cls", sorted(NAMES, key=str))
def test_any_fact_comes_back_as_it_was(cls: type[Fact], data: st.DataObject) -> None:
    note = data.draw(st.builds(UncommittedFact, st.from_type(cls), st.from_type(EventMetadata)))
    recorded = there_and_back(note)
    assert recorded.fact == note.fact
    assert type(recorded.fact) is cls
    assert recorded.metadata == note.metadata


def test_actions_and_findings_of_like_fields_are_told_apart() -> None:
    ref = ObjectRef("Service", "n", "web")
    decided = Decided(1, NOON, "1", "p", (Create("a", ref, "b", "c"), Remove("a", ref, "u", "c")), (VersionRecovered(3),))
    assert there_and_back(UncommittedFact(decided, ALICE)).fact == decided


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        (b'"restarts":"8"', b'"restarts":8'),
        (b'"more":1,"restarts":8', b'"restarts":8'),
        (b'"cause":"boredom"', b'"cause":"startup probe"'),
        (b'"surety":"sworn"', b'"surety":"authenticated"'),
    ],
)
def test_bytes_that_are_not_what_their_name_promises_stop_the_reader(wrong: bytes, right: bytes) -> None:
    golden = lines()["replica.restarted.v1"]
    assert right in golden
    with pytest.raises(Unfit, match=r"position 41 .*replica/a version 3.* is not a sound replica\.restarted\.v1"):
        Codec().decode(41, "replica/a", 3, "replica.restarted.v1", golden.replace(right, wrong))


def test_an_unknown_name_stops_the_reader_and_is_never_skipped() -> None:
    with pytest.raises(Unfit, match=r"position 41 .* replica\.teleported\.v1") as stopped:
        Codec().decode(41, "replica/a", 3, "replica.teleported.v1", b"{}")
    assert "newer build" in stopped.value.hint


def test_a_class_without_a_name_is_not_written() -> None:
    with pytest.raises(TypeError, match="StartupPassed has no stored name"):
        Codec({ReplicaScheduled: "replica.scheduled.v1"}).encode(UncommittedFact(StartupPassed(), ALICE))


def test_a_value_that_its_field_forbids_is_not_written() -> None:
    wrong: Any = "many"
    restarted = Restarted(wrong, 1, 1, 0, "", "", "crashed", None)
    with pytest.raises(Unrecordable, match=r"restarts is str \('many'\) and no whole number"):
        Codec().encode(UncommittedFact(restarted, ALICE))


def test_old_bytes_are_brought_up_to_date_step_by_step() -> None:
    codec = Codec(
        {ReplicaScheduled: "replica.scheduled.v3"},
        {
            "replica.scheduled.v1": ("replica.scheduled.v2", lambda old: {"machine": old["host"]}),
            "replica.scheduled.v2": ("replica.scheduled.v3", lambda old: {"node": old["machine"]}),
        },
    )
    new = lines()["replica.scheduled.v1"]
    old = new.replace(b'"node"', b'"host"')

    assert codec.decode(1, "s", 1, "replica.scheduled.v1", old).fact == ReplicaScheduled("node ✓")
    assert codec.decode(1, "s", 1, "replica.scheduled.v3", new).fact == ReplicaScheduled("node ✓")
