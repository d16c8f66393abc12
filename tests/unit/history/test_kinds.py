"""The list of kinds: as long as it must be, each with a name of its own, and a part of it quick enough for every push."""

from collections import Counter

from tests.history.kinds import ALL
from tests.history.run import chosen

LEAST = 120
QUICK = 40
"""So many kinds happen in three minutes at most."""


def test_there_are_at_least_as_many_kinds_as_the_issue_wants_and_each_has_a_name_of_its_own() -> None:
    names = Counter(kind.name for kind in ALL)
    assert len(names) >= LEAST
    assert not [name for name, times in names.items() if times > 1]


def test_the_part_of_every_push_is_small_and_disturbs_nothing() -> None:
    fast = chosen(ALL, (), fast=True)
    assert 10 <= len(fast) <= QUICK
    assert not [kind.name for kind in fast if kind.alone or kind.needs]


def test_kinds_are_chosen_by_a_part_of_their_name_or_by_their_theme() -> None:
    assert [kind.name for kind in chosen(ALL, ["foreign: image"], fast=False)] == ["foreign: image"]
    theme = ALL[0].theme
    assert {kind.theme for kind in chosen(ALL, [theme], fast=False)} >= {theme}
    assert chosen(ALL, ["nothing is called this"], fast=False) == []


def test_what_disturbs_all_else_happens_alone() -> None:
    """An engine, an API server or a node that is away would make others' kinds miss for a reason that is not theirs."""
    assert {kind.theme for kind in ALL if kind.alone} >= {"nodes", "faults"}
    assert all(kind.alone for kind in ALL if kind.theme in {"nodes", "faults"})
