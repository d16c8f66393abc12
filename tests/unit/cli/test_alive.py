"""Who waits learns that nobody acts, once, and not while a stand-by may still take over."""

import itertools

import pytest

from adapters.cli.reading.alive import Alive
from adapters.cli.session import Choices, Session
from tests.unit.cli.typed import Reckon


def test_who_waits_is_told_once_when_no_engine_is_alive(reckon: Reckon, capsys: pytest.CaptureFixture[str]) -> None:
    seconds = itertools.count(0, 5)
    with Session.begin(reckon.doors, Choices()) as session:
        alive = Alive(session, lambda: float(next(seconds)))
        alive.look()
        alive.look()
        assert capsys.readouterr().err == ""
        for _ in range(5):
            alive.look()
    assert capsys.readouterr().err.count("no engine is alive") == 1


def test_nothing_is_said_while_one_leads(reckon: Reckon, capsys: pytest.CaptureFixture[str]) -> None:
    seconds = itertools.count(0, 5)
    with Session.begin(reckon.with_an_engine().doors, Choices()) as session:
        alive = Alive(session, lambda: float(next(seconds)))
        for _ in range(10):
            alive.look()
    assert capsys.readouterr().err == ""
