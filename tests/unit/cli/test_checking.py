"""`reckon check` and `schema` as people type them: the line with a caret, older files written anew, SARIF for code hosts."""

import json
from pathlib import Path

from tests.unit.cli.typed import HEALTH, Reckon

OLD = "name: a  # mine\nimage: web:1\nport: 80\nresources: {instanceType: C4}\n"
ANEW = "name: a  # mine\nimage: web:1\nresources: {machineType: C4, ports: [80]}\n"


def test_the_line_is_shown_with_a_caret_under_the_place(reckon: Reckon) -> None:
    file = reckon.file("name: x\nimage: y\nresources:\n  machineType: C44\n")
    assert "    4 |   machineType: C44\n      |                ^^^\n    did you mean C4?" in reckon("check", file).stdout


def test_the_startup_budget_is_told(reckon: Reckon) -> None:
    text = HEALTH + "healthChecks: {startup: {path: /, periodSeconds: 10, failureThreshold: 6}}\n"
    assert "60 s to start: 6 tries, 10 s apart" in reckon("check", reckon.file(text)).stdout


def test_an_older_file_is_written_anew_in_place_once(reckon: Reckon) -> None:
    file = reckon.file(OLD)
    result = reckon("check", "--fix", file)
    assert result.exit_code == 0
    assert "brought up to today's form: 2 changes" in result.stdout
    assert Path(file).read_text() == ANEW
    assert "nothing in it is old" in reckon("check", "--fix", file).stdout
    assert Path(file).read_text() == ANEW


def test_a_difference_is_only_shown(reckon: Reckon) -> None:
    file = reckon.file(OLD)
    result = reckon("check", "--fix", "--diff", file)
    assert "-port: 80\n" in result.stdout
    assert "+resources: {machineType: C4, ports: [80]}\n" in result.stdout
    assert Path(file).read_text() == OLD
    assert reckon("check", "--diff", file).exit_code == 2


def test_standard_input_comes_out_anew(reckon: Reckon) -> None:
    result = reckon("check", "--fix", "-", stdin=OLD)
    assert result.stdout == ANEW
    assert "brought up to today's form: 2 changes" in result.stderr


def test_a_file_with_errors_is_never_changed(reckon: Reckon) -> None:
    text = OLD.replace("C4", "C44")
    file = reckon.file(text)
    result = reckon("check", "--fix", file)
    assert result.exit_code == 3
    assert "until its errors are mended" in result.stdout
    assert Path(file).read_text() == text


def test_a_code_host_gets_sarif(reckon: Reckon) -> None:
    files = reckon.file(OLD, "old.yaml"), reckon.file(HEALTH.replace("C4", "C44"), "bad.yaml")
    result = reckon("check", *files, "-o", "sarif")
    assert result.exit_code == 3
    levels = [each["level"] for each in json.loads(result.stdout)["runs"][0]["results"]]
    assert sorted(levels) == ["error", "warning", "warning"]
    assert reckon("list", "-o", "sarif").exit_code == 2


def test_inner_addresses_are_allowed_where_it_is_said(reckon: Reckon) -> None:
    file = reckon.file(HEALTH + "integrations: [{type: git-lfs, name: a, url: 'http://127.0.0.1/x'}]\n")
    assert "[inner-endpoint]" in reckon("check", file).stdout
    assert reckon("check", "--inner-endpoints", file).exit_code == 0


def test_the_schema_is_printed_for_editors(reckon: Reckon) -> None:
    schema = json.loads(reckon("schema").stdout)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert "integrations" in schema["properties"]
