"""Exit codes, the form of errors, the screen's forms, and the settings."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from adapters.cli.app import run
from adapters.cli.failures import failure_of, nearest
from adapters.cli.screen import Screen, plain
from adapters.settings import read_settings
from domain.errors import Conflict, Contested, NotFound, NotLeading, Refused, Rejected, Rejection, Unfit, Unreachable
from domain.objects import ObjectRef
from tests.unit.cli.typed import Reckon


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Refused("x", "y"), 3),
        (Refused("version-moved", "y"), 6),
        (NotFound("x", "y"), 4),
        (Unfit("x"), 3),
        (Conflict("s", 1), 6),
        (Contested("x"), 6),
        (NotLeading("x"), 6),
        (Unreachable("x"), 5),
        (Rejected(Rejection(403, "Forbidden", "no")), 1),
        (KeyboardInterrupt(), 130),
        (ZeroDivisionError("x"), 70),
    ],
)
def test_each_kind_of_failure_has_its_exit_code(error: BaseException, code: int) -> None:
    assert failure_of(error).exit == code


def test_a_fault_of_ours_says_what_to_report() -> None:
    failure = failure_of(ZeroDivisionError("division by zero"))
    assert "ZeroDivisionError" in failure.message
    assert "RECKON_TRACE=1" in failure.hint


def test_the_machines_form_is_one_line_of_json() -> None:
    text = failure_of(Refused("code", "message", "hint")).as_json()
    assert json.loads(text) == {"error": {"code": "code", "message": "message", "hint": "hint"}}


def test_usage_errors_have_the_same_form(reckon: Reckon, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["submit", "--nmae", "x", "-o", "json"], reckon.doors) == 2
    error = json.loads(capsys.readouterr().err)["error"]
    assert error["code"] == "usage"
    assert "--name" in error["message"]
    assert run(["submitt"], reckon.doors) == 2
    assert "Did you mean 'submit'" in capsys.readouterr().err


def test_no_arguments_show_the_help(reckon: Reckon, capsys: pytest.CaptureFixture[str]) -> None:
    assert run([], reckon.doors) in {0, 2}
    assert "submit" in "".join(capsys.readouterr())


def test_the_version_is_said(reckon: Reckon, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["--version"], reckon.doors) == 0
    assert capsys.readouterr().out == "reckon test\n"


def test_the_nearest_name_is_found_and_nothing_far() -> None:
    assert nearest("modle", ["model", "other"]) == "model"
    assert nearest("WEB", ["web"]) == "web"
    assert nearest("zzz", ["web"]) == ""


def test_domain_values_become_plain_data() -> None:
    at = datetime(2026, 11, 22, 12, 0, 1, 500000, tzinfo=UTC)
    assert plain({"at": at, "ref": ObjectRef("Pod", "n", "p"), "many": (1, 2)}) == {
        "at": "2026-11-22T12:00:01.500000Z",
        "ref": {"kind": "Pod", "namespace": "n", "name": "p"},
        "many": [1, 2],
    }


def test_each_form_has_its_shape(capsys: pytest.CaptureFixture[str]) -> None:
    for output, expected in (
        ("json", '[\n  {\n    "a": 1\n  }\n]\n'),
        ("jsonl", '{"a":1}\n'),
        ("yaml", "- a: 1\n"),
        ("name", "one\n"),
    ):
        Screen(output).answer([{"a": 1}], lambda: "for people", names=["one"])
        assert capsys.readouterr().out == expected
    Screen("").answer([{"a": 1}], lambda: "for people", names=["one"])
    assert capsys.readouterr().out == "for people\n"


def test_a_misspelt_setting_stops_the_start_with_the_nearest_name() -> None:
    with pytest.raises(Unfit, match="RECKON_LEGDER") as unfit:
        read_settings({"RECKON_LEGDER": "x"})
    assert "RECKON_LEDGER" in unfit.value.hint
    with pytest.raises(Unfit, match="RECKON_ROLLOUT_DEADLINE"):
        read_settings({"RECKON_ROLLOUT_DEADLINE": "soon"})


def test_settings_are_read_and_the_tests_own_are_left_alone(tmp_path: Path) -> None:
    settings = read_settings({"RECKON_LEDGER": str(tmp_path), "RECKON_REQUIRE": "node", "HOME": "/"})
    assert settings.ledger_place == str(tmp_path)
    assert not settings.real_cluster
    assert read_settings({"RECKON_CONTEXT": "prod"}).real_cluster


def test_an_unknown_form_of_output_is_wrong_usage(reckon: Reckon) -> None:
    assert reckon("check", reckon.file(), "-o", "xml").exit_code == 2
