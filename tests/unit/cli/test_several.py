"""Several orders at once: each line says which it is about, none is passed over, and Ctrl-C leaves no line twice."""

import os
import signal
import threading
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager

import pytest
from typer.testing import Result

from tests.unit.cli.typed import HEALTH, Reckon

WEB, API = HEALTH.replace("model server", "web"), HEALTH.replace("model server", "api")


@contextmanager
def interrupted(after: float) -> Generator[None]:
    """Press Ctrl-C after so many seconds."""
    pressed = threading.Timer(after, os.kill, (os.getpid(), signal.SIGINT))
    pressed.start()
    try:
        yield
    finally:
        pressed.cancel()


def both(reckon: Reckon) -> tuple[str, str]:
    return reckon.file(WEB, "web.yaml"), reckon.file(API, "api.yaml")


def said(result: Result) -> list[str]:
    return [line for line in result.output.splitlines() if line and not line.startswith("hint: ")]


def test_every_line_names_the_deployment(reckon: Reckon) -> None:
    result = reckon.with_an_engine()("submit", *both(reckon), "--timeout", "0.1s")

    assert result.exit_code == 5
    assert len(said(result)) > 4
    assert [line for line in said(result) if "web" not in line and "api" not in line] == []
    for name in ("web", "api"):
        assert f"{name} version 1: submitted, 0 of 2 ready" in result.stdout


def test_the_remarks_name_it_too(reckon: Reckon) -> None:
    result = reckon("submit", *both(reckon))

    assert result.exit_code == 5
    assert "web, api: no engine is alive" in result.stderr, "what holds for both is said once"
    assert result.stderr.count("no engine is alive") == 1


def test_one_that_is_held_hides_no_other(reckon: Reckon) -> None:
    assert reckon("submit", *both(reckon)).exit_code == 5
    assert reckon.with_an_engine()("hold", "web", "--reason", "on call looks").exit_code == 0

    for files in (both(reckon), both(reckon)[::-1]):
        result = reckon("submit", *files, "--timeout", "0.1s")
        assert result.exit_code == 5
        assert "web: held by" in result.stderr, "whichever comes first"
        assert "api version" in result.stderr, "the other is watched"
        assert "out of time: web" not in result.stderr


def test_what_was_recorded_before_a_refused_one_is_said(reckon: Reckon) -> None:
    result = reckon("submit", reckon.file(WEB, "web.yaml"), reckon.file(API.replace("C4", "none-such"), "api.yaml"))

    assert result.exit_code == 3
    assert "web version 1 recorded" in result.stdout
    assert "web: version 1 stays submitted" in result.stderr
    assert (reckon("get", "web").exit_code, reckon("get", "api").exit_code) == (0, 4)


@pytest.mark.parametrize("count", [1, 2])
def test_ctrl_c_leaves_no_line_twice(reckon: Reckon, count: int) -> None:
    with interrupted(after=2):
        result = reckon.with_an_engine()("submit", *both(reckon)[:count])

    assert result.exit_code == 130
    assert "version 1 of 'web' stays submitted" in result.stderr
    assert [line for line, times in Counter(said(result)).items() if times > 1] == []


def test_ctrl_c_while_it_is_deleted_says_once_that_the_deletion_stays(reckon: Reckon) -> None:
    reckon("submit", reckon.file(WEB))
    with interrupted(after=2):
        result = reckon.with_an_engine()("delete", "web", "--yes")

    assert result.exit_code == 130
    assert result.stderr.count("the deletion of 'web' stays submitted") == 1
