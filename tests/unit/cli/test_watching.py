"""Waiting for a rollout: it ends when the version is healthy, failed, overtaken or gone, and says which."""

from pathlib import Path

import pytest

from adapters.cli.changing.rollout import beside_ctrl_c, picture, watch
from adapters.cli.failures import FAILED, UNREACHABLE
from adapters.cli.session import Choices, Session
from adapters.ledger.ledger import open_ledger
from domain.replica import BecameUnready
from tests.stories import Story, StoryClock, story, write
from tests.unit.cli.typed import Reckon


def watched(reckon: Reckon, told: Story, number: int, patience: float | None = 0.0) -> int:
    clock = StoryClock()
    ledger = open_ledger(reckon.place, clock=clock)
    write(told, ledger, clock)
    ledger.close()
    with Session.begin(reckon.doors, Choices()) as session:
        return watch(session, told.key, number=number, patience=patience)


@pytest.fixture
def told(tmp_path: Path) -> Story:
    reckon = Reckon(tmp_path)
    ledger = reckon.open()
    digest = ledger.digest
    ledger.close()
    return story("shop", digest=digest)


def test_a_healthy_version_is_done(reckon: Reckon, told: Story, capsys: pytest.CaptureFixture[str]) -> None:
    assert watched(reckon, told.submitted().applied().ready().healthy(), 1) == 0
    assert "version 1 is healthy" in capsys.readouterr().out


def test_a_version_that_was_healthy_and_is_not_any_more_says_both(
    reckon: Reckon, told: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    told.submitted(replicas=2).applied().ready().healthy()
    told.replica(BecameUnready(None, "ContainersNotReady"), uid=told.deployment.current_replicas()[0].uid)

    assert watched(reckon, told, 1) == 0
    assert "version 1 was healthy, and is degraded now" in capsys.readouterr().out


def test_a_failed_version_tells_the_replicas_own_words_and_the_way_back(
    reckon: Reckon, told: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    told.submitted().applied().ready().healthy().later(hours=1)
    told.submitted(image="shop:2").applied().crashing("no such table: carts").failed()
    assert watched(reckon, told, 2) == FAILED
    said = capsys.readouterr().err
    assert "no such table" in said
    assert "reckon rollback shop" in said


def test_a_first_version_that_failed_is_told_no_way_back(reckon: Reckon, told: Story, capsys: pytest.CaptureFixture[str]) -> None:
    told.submitted().applied().crashing("no such table: carts").failed()
    assert watched(reckon, told, 1) == FAILED
    assert "reckon rollback" not in capsys.readouterr().err


def test_an_overtaken_version_says_by_which(reckon: Reckon, told: Story, capsys: pytest.CaptureFixture[str]) -> None:
    assert watched(reckon, told.submitted().submitted(image="shop:2"), 1) == FAILED
    assert "replaced by version 2" in capsys.readouterr().err


def test_a_stopped_deployment_is_done_when_nothing_runs(reckon: Reckon, told: Story) -> None:
    assert watched(reckon, told.submitted(replicas=1).applied().stopped().applied(), 2) == 0


def test_what_is_not_done_in_time_is_out_of_time(reckon: Reckon, told: Story, capsys: pytest.CaptureFixture[str]) -> None:
    assert watched(reckon, told.submitted().applied(), 1) == UNREACHABLE
    assert "stays submitted" in capsys.readouterr().err


def test_a_deletion_is_done_when_all_is_gone(reckon: Reckon, told: Story) -> None:
    assert watched(reckon, told.submitted().applied().ready().healthy().deleted().gone(), 0) == 0


def test_a_picture_leaves_room_for_the_echo_of_ctrl_c(told: Story) -> None:
    """On a full line `^C` would begin the next one: the last picture would be drawn one line lower, and its head stand twice."""
    from rich.console import Console, RenderableType

    told.submitted(replicas=2).applied().crashing("no such table: " + "carts and baskets, " * 9)

    def widest(shown: RenderableType) -> int:
        console = Console(width=60)
        with console.capture() as capture:
            console.print(shown)
        return max(len(line) for line in capture.get().splitlines())

    shown = picture(told.deployment, 1, 3)
    assert widest(beside_ctrl_c(shown, 60)) <= 60 - len("^C^C")
    assert widest(shown) == 60, "the control: it takes the room there is"


def test_the_picture_shows_each_replica_and_its_trouble(told: Story) -> None:
    from rich.console import Console

    told.submitted(replicas=2).applied().crashing("no such table: carts")
    console = Console(width=120, record=True)
    with console.capture() as capture:
        console.print(picture(told.deployment, 1, 3))
    text = capture.get()
    assert "0 of 2 ready" in text
    assert "no such table" in text
    assert "○" in text
