"""Whatever is typed, and whatever the surroundings say: a clear error or a clean yes, never a fault of ours."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile_text import CANARIES, hostile_in
from tests.unit.cli.typed import HEALTH, Reckon

BROKEN = "a\udcffb"
SEVERAL = """
import sys
from itertools import groupby
from adapters.main import main

for between, words in groupby(sys.argv[1:], ";".__eq__):
    if between:
        continue
    sys.argv[1:] = words
    try:
        main()
    except SystemExit as end:
        assert end.code in {0, 2, 3, 4, 5}, end.code
"""
"""Commands with `;` between them, in one new process: its start costs more than they do."""


@pytest.mark.parametrize(
    "typed",
    [
        ["submit", "FILE", "--reason", BROKEN],
        ["submit", "FILE", "--ticket", BROKEN],
        ["submit", "FILE", "--as", BROKEN],
        ["submit", "FILE", "--set", f"env.A={BROKEN}"],
        ["submit", BROKEN],
        ["check", BROKEN],
        ["get", BROKEN],
        ["hold", "model server", "--reason", BROKEN],
        ["list", "-p", BROKEN],
        ["list", "--ledger", BROKEN],
        ["events", "--since", BROKEN],
        ["secret", "set", BROKEN],
        ["scale", "model server", "9" * 30],
        ["get", "model server", "--version", "9" * 30],
        ["get", "model server", "--version", "²"],
        ["get", "model server", "--at", "0001-01-01T00:00+14:00"],
        ["get", "model server", "--at", "9999-12-31T23:59-14:00"],
        ["events", "--last", "9" * 30],
        ["events", "--since", "1s" * 50_000],
        ["engine", "--listen", "x:²"],
        ["engine", "--listen", "x:99999"],
        ["engine", "--listen", f"x:{'9' * 5000}"],
        ["submit", "FILE", "--reason", "x" * 20_000],
        ["submit", "FILE", "--ticket", "x" * 20_000],
        ["submit", "FILE", "--as", "x" * 20_000],
        ["submit", "FILE", "--set", "a." * 5000 + "b=1"],
        ["check", "/dev/zero"],
        ["secret", "set", "x", "--from-file", "/dev/zero"],
        ["check", "FILE", "--machines", "/dev/zero"],
    ],
    ids=lambda typed: " ".join(typed)[:30].encode("ascii", "replace").decode(),
)
def test_what_cannot_be_taken_is_an_error_of_usage_or_a_refusal(reckon: Reckon, typed: list[str]) -> None:
    reckon("submit", reckon.file(), "--detach")
    result = reckon(*(reckon.file() if word == "FILE" else word for word in typed))

    assert result.exit_code in {2, 3}, result.output
    assert "fault of ours" not in result.output
    assert len(result.output) < 20_000


@pytest.mark.parametrize("what", ["²", "9" * 30, "9" * 5000, "٣"])
def test_figures_that_are_no_position_are_looked_for_as_names(reckon: Reckon, what: str) -> None:
    reckon("submit", reckon.file(), "--detach")

    assert reckon("why", what).exit_code == 4
    assert reckon("diff", "model server", what).exit_code in {2, 3, 4}


@pytest.mark.parametrize(
    "surroundings",
    [
        {"COLUMNS": "²"},
        {"LINES": "²"},
        {"COLUMNS": "9" * 5000, "LINES": "9" * 5000},
        {"USER": "\udcff\x1b[2J", "LOGNAME": "\udcff\x1b[2J"},
        {"LANG": "²", "LC_ALL": "\udcff"},
        {"PYTHONIOENCODING": "ascii"},
        {"RECKON_PROJECT": "\udcff"},
        {"RECKON_\udcff": "1"},
        {"RECKON_LEASE_SECONDS": "²"},
        {"RECKON_LEDGER": "", "HOME": "/\udcff"},
        {"BUILD_URL": "\udcff\x1b[2J"},
    ],
    ids=str,
)
def test_surroundings_that_are_no_text_or_no_number_are_no_fault_of_ours(tmp_path: Path, surroundings: dict[str, str]) -> None:
    (tmp_path / "web.yaml").write_text(HEALTH)
    environment = {**os.environ, "RECKON_LEDGER": str(tmp_path / "ledger.sqlite"), **surroundings}
    root = Path(__file__).parents[3]
    submitted = ["submit", str(tmp_path / "web.yaml"), "--detach", "--reason", "é—🎉"]
    typed = [*submitted, ";", "history", "model server", ";", "list", "-o", "json"]
    run = subprocess.run([sys.executable, "-c", SEVERAL, *typed], check=False, capture_output=True, cwd=root, env=environment)
    assert run.returncode == 0, run.stderr
    assert b"Traceback" not in run.stderr
    assert not hostile_in((run.stdout + run.stderr).decode())


@pytest.mark.parametrize("form", ["", "json", "sarif", "name", "yaml"])
@pytest.mark.parametrize("canary", CANARIES.values(), ids=CANARIES)
def test_an_unknown_key_of_a_spec_cannot_drive_the_terminal(reckon: Reckon, canary: str, form: str) -> None:
    quoted = json.dumps(canary)
    checks = f"healthChecks: {{{quoted}: {quoted}}}\n"
    text = f"{HEALTH}{quoted}: 1\nenv: [{{name: {quoted}, value: {quoted}}}]\nregion: {quoted}\n{checks}"
    result = reckon("check", reckon.file(text), reckon.file(text, "b\x1b[2J\u202e.yaml"), *(("-o", form) if form else ()))

    assert result.exit_code == 3, result.output
    assert not hostile_in(result.output)


def test_a_fixed_text_is_shown_on_a_terminal_and_exact_in_a_pipe(reckon: Reckon) -> None:
    old = HEALTH.replace("machineType", "instanceType") + 'env: [{name: A, value: "x\u202e"}]\n'

    assert "x\u202e" in reckon("check", "--fix", "-", stdin=old).stdout
    assert not hostile_in(reckon("check", "--fix", "--diff", reckon.file(old)).output)


def test_a_spec_of_thousands_of_errors_makes_a_small_fact_and_a_short_answer(reckon: Reckon) -> None:
    text = "".join(f"{n}:\n" for n in range(4_900))
    result = reckon("submit", reckon.file(text))
    refusal = reckon.data("events")[-1]

    assert result.exit_code == 3
    assert "more" in result.output.splitlines()[-2]
    assert len(result.output) < 20_000
    assert len(refusal["data"]["codes"]) <= 51
    assert len(json.dumps(refusal)) < 5_000


def test_each_thing_that_is_told_of_a_spec_is_of_a_bounded_length(reckon: Reckon) -> None:
    text = f"{HEALTH}{'k' * 100_000}: {'v' * 100_000}\nregion: {'r' * 20_000}\n"
    for form in ("json", "sarif", "name"):
        assert len(reckon("check", reckon.file(text), "-o", form).output) < 20_000
