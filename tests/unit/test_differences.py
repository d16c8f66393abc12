"""What a failing test says of two values of ours: where they differ, and nothing of what is alike."""

from dataclasses import replace

import pytest

from domain.names import Key
from tests.differences import LONGEST, MOST, brief, compared, differences
from tests.stories import story

WELL = story().submitted(replicas=2).applied().ready().healthy().deployment
WORSE = replace(WELL, versions=(replace(WELL.versions[0], verdict="failed"),), decided=9)


def test_two_deployments_differ_in_the_fields_that_are_named() -> None:
    assert list(differences(WELL, WORSE)) == ["versions[0].verdict: 'healthy' is not 'failed'", "decided: 4 is not 9"]


def test_what_is_equal_differs_in_nothing() -> None:
    assert list(differences(WELL, replace(WELL))) == []


@pytest.mark.parametrize(
    ("one", "other", "said"),
    [
        ({"a": 1}, {}, "[a]: 1 is not nothing"),
        ((1, 2), (1, 2, 3), "[2]: nothing is not 3"),
        ((1,), [1], "it: (1,) is not [1]"),
        (None, Key("p", "web"), "it: None is not Key(project='p', name='web')"),
    ],
)
def test_what_is_missing_or_of_another_kind_is_said(one: object, other: object, said: str) -> None:
    assert list(differences(one, other)) == [said]


def test_of_long_texts_the_place_is_shown_where_they_differ() -> None:
    (said,) = differences("x" * 5000 + "one" + "y" * 5000, "x" * 5000 + "two" + "y" * 5000)

    assert "xone" in said
    assert "xtwo" in said
    assert len(said) < 3 * LONGEST


def test_a_failed_comparison_is_told_in_few_lines_and_a_plain_one_is_left_to_pytest() -> None:
    told = compared([WELL.key] * 99, [WORSE] * 99)

    assert told is not None
    assert len(told) == MOST + 2
    assert compared([1, 2], [1, 3]) is None


def test_of_what_led_to_an_assertion_the_first_step_is_told_and_a_long_line_is_cut() -> None:
    explained = ["assert 6 == 5", f" +  where 6 = running({'x' * 999})", " +    where x = deeper()", " +    and   y = deeper()"]

    told = brief("\n".join(explained)).split("\n")

    assert told[0] == explained[0]
    assert told[1][:20] == explained[1][:20]
    assert len(told[1]) <= 2 * LONGEST + 1
    assert len(told) == 2
