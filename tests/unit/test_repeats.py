"""What repeats is told at first each time, then only when doubled; what a message says, whatever its numbers."""

import pytest

from domain.repeats import LONGEST, NEVER, RepeatCount, count_told, gist, last_words


@pytest.mark.parametrize(
    ("told", "count", "worth"),
    [
        (NEVER, 0, False),
        (NEVER, 1, True),
        (RepeatCount(4, 2), 4, False),
        (RepeatCount(4, 2), 5, True),
        (RepeatCount(4, 2), 3, True),
        (RepeatCount(4, 3), 7, False),
        (RepeatCount(4, 3), 8, True),
        (RepeatCount(4, 3), 3, False),
    ],
)
def test_a_count_is_worth_a_fact_while_facts_are_few_and_later_when_it_has_doubled(
    told: RepeatCount, count: int, worth: bool
) -> None:
    assert told.worth(count, each=3) == worth


def test_since_the_last_fact_there_were_as_many_as_came_to_it_or_as_there_are_since_counting_began_anew() -> None:
    assert [RepeatCount(4, 1).since(count) for count in (9, 5, 4, 3)] == [5, 1, 4, 3]


def test_each_fact_about_an_event_is_counted_and_the_newest_events_are_remembered() -> None:
    told = count_told(count_told({}, "a", 1), "a", 4)
    assert dict(told) == {"a": RepeatCount(4, 2)}

    for number in range(63):
        told = count_told(told, f"e{number}", 1)
    assert next(iter(told)) == "a"
    assert len(told) == 64
    told = count_told(told, "a", 5)
    assert (list(told)[-1], told["a"], len(told)) == ("a", RepeatCount(5, 3), 64)
    told = count_told(told, "e5", 2)
    assert (next(iter(told)), list(told)[-1], len(told)) == ("e0", "e5", 64)
    told = count_told(told, "new", 1)
    assert (next(iter(told)), list(told)[-1], len(told)) == ("e1", "new", 64)


def test_a_message_says_the_same_whatever_its_numbers_ends_and_order() -> None:
    assert gist("no such volume: pvc-1a2, on node7. No") == "No no on such volume"
    assert gist("volume no such; no , ..") == "no such volume"
    assert gist("") == gist("7 8,") == ""


def test_of_a_message_that_is_too_long_the_end_is_kept() -> None:
    fits = "x" * LONGEST
    assert last_words(fits) == fits
    assert last_words(f"a{fits[:-1]}b") == f"…{fits[:-2]}b"
    assert len(last_words("y" * 9999)) == LONGEST
