"""Waiting for a rollout: it ends when the version is healthy, failed, overtaken or gone, and says which."""

from pathlib import Path

import pytest

from adapters.cli.changing.rollout import picture, watch
from adapters.cli.failures import FAILED, UNREACHABLE
from adapters.cli.session import Choices, Session
from adapters.ledger.ledger import open_ledger
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


def test_a_failed_version_tells_the_replicas_own_words_and_the_way_back(
    reckon: Reckon, told: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    told.submitted().applied().crashing("no such table: carts").failed()
    assert watched(reckon, told, 1) == FAILED
    said = capsys.readouterr().err
    assert "no such table" in said
    assert "reckon rollback shop" in said


def test_an_overtaken_version_says_by_which(reckon: Reckon, told: Story, capsys: pytest.CaptureFixture[str]) -> None:
    assert watched(reckon, told.submitted().submitted(image="shop:2"), 1) == FAILED
    assert "superseded by version 2" in capsys.readouterr().err


def test_a_stopped_deployment_is_done_when_nothing_runs(reckon: Reckon, told: Story) -> None:
    assert watched(reckon, told.submitted(replicas=1).applied().stopped().applied(), 2) == 0


def test_what_is_not_done_in_time_is_out_of_time(reckon: Reckon, told: Story, capsys: pytest.CaptureFixture[str]) -> None:
    assert watched(reckon, told.submitted().applied(), 1) == UNREACHABLE
    assert "stays submitted" in capsys.readouterr().err


def test_a_deletion_is_done_when_all_is_gone(reckon: Reckon, told: Story) -> None:
    assert watched(reckon, told.submitted().applied().ready().healthy().deleted().gone(), 0) == 0


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
