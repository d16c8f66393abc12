"""One row a deployment: the right word at each turn of its life, and a word for every history there may be."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.deployment import fold
from domain.facts import Fact
from domain.names import Key
from domain.record import Circumstances, Recorded, Who
from projections.status import Row, row
from tests.stories import NOON, Story, story
from tests.unit.projections.test_timeline import FACTS, example

LIVES: dict[str, Story] = {
    "unknown": story().refused(),
    "submitted": story().submitted(),
    "rolling out": story().submitted(replicas=3).applied().ready(1),
    "blocked": story().submitted().rejected(times=3),
    "healthy": story().submitted(replicas=2).applied().ready().healthy(),
    "degraded": story().submitted(replicas=2).applied().ready().healthy().probe_failed(),
    "failed": story().submitted().applied().crashing("no such table: carts").failed(),
    "contested": story().submitted(replicas=3).applied().ready().healthy().drifted().gave_up(),
    "stopping": story().submitted().applied().ready().healthy().stopped().applied(),
    "stopped": story().submitted().applied().ready().healthy().stopped().applied().ready(),
    "deleting": story().submitted().applied().ready().healthy().deleted(),
    "gone": story().submitted().applied().ready().healthy().deleted().gone(),
}


def of(told: Story) -> Row:
    return row(told.deployment)


@pytest.mark.parametrize("phase", LIVES)
def test_each_turn_of_a_life_has_its_word(phase: str) -> None:
    assert of(LIVES[phase]).phase == phase


def test_a_rollout_says_how_far_it_is() -> None:
    assert of(LIVES["rolling out"]).words(NOON) == "rolling out, 1 of 3"


def test_a_new_version_counts_only_its_own_replicas() -> None:
    told = story().submitted(replicas=3).applied().ready().healthy().submitted(image="shop:2").applied().ready(1)

    assert (of(told).fresh, of(told).ready, of(told).wanted) == (1, 4, 3)


def test_a_hold_shows_until_it_runs_out() -> None:
    told = story().submitted().applied().ready().healthy().held(until=NOON + timedelta(hours=1))

    assert of(told).words(NOON) == "healthy, held"
    assert of(told).words(NOON + timedelta(hours=2)) == "healthy"


def test_trouble_is_told_in_the_replicas_own_words_once() -> None:
    told = story().submitted(replicas=3).applied().crashing("no such table: carts", replicas=2)

    (trouble,) = of(told).trouble

    assert trouble == "2 replicas: Error exit code 1: no such table: carts"


def test_a_cluster_that_says_no_is_quoted() -> None:
    (trouble,) = of(LIVES["blocked"]).trouble

    assert "Forbidden: exceeded quota: team-quota (3 times)" in trouble


def test_a_late_success_is_healthy_and_says_that_it_was_late() -> None:
    told = story().submitted().applied().failed("nothing happened").ready().recovered()

    assert of(told).words(NOON) == "healthy (recovered)"


streams = st.sampled_from(["deployment/default/shop", "actions/default/shop", "seen/default/shop", "replica/a", "replica/b"])
facts = st.one_of([example(of) for of in FACTS])


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(streams, facts), max_size=12))
def test_any_history_has_a_row(told: list[tuple[str, Fact]]) -> None:
    circumstances = Circumstances("id", Who("ann", "claimed"), "default/shop")
    history = [Recorded(n, stream, n, NOON, fact, circumstances) for n, (stream, fact) in enumerate(told, 1)]

    shown = row(fold(Key("default", "shop"), history))

    assert shown.words(NOON)
    assert shown.fresh <= shown.ready <= shown.replicas
