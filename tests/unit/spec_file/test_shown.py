"""What is shown of a file: the line itself with the place marked, private values masked; and the same as SARIF."""

from typing import Any

import pytest

from adapters.spec_file.excerpt import Excerpt, SourceText
from adapters.spec_file.reading import read_spec
from adapters.spec_file.sarif import sarif
from domain.machines import Catalogue, Machine

CATALOGUE = Catalogue({"C4": Machine("C4", 1800, 3686)})
BAD = """\
image: 'Web 1'
name: web
resources: {machineType: C44}
env:
  - {name: KEY, value: "hunter2", valeu: hunter2}
  - name: LONG
    value: |
      hunter2
      hunter2
integrations:
  - {type: git-lfs, name: a, url: "https://me:hunter2@x/y", password: hunter2}
"""


def excerpts(text: str, file: str = "a.yaml") -> list[Excerpt]:
    found = read_spec(text.encode(), file=file, catalogue=CATALOGUE)
    source = SourceText(text.encode(), file)
    return [excerpt for problem in (*found.problems, *found.warnings) if (excerpt := source.excerpt(problem))]


def marked(excerpt: Excerpt) -> str:
    return excerpt.text[excerpt.column : excerpt.column + excerpt.length]


def test_the_part_that_is_meant_is_marked() -> None:
    assert [marked(each) for each in excerpts(BAD)][:2] == ["'Web 1'", "C44"]
    json = '{"name": "a", "image": "a", "resources": {"machineType": "C44"}}'
    assert [marked(each) for each in excerpts(json, "a.json")] == ['"C44"']


@pytest.mark.parametrize("file", ["a.yaml", "a.json", "a.toml"])
@pytest.mark.parametrize("broken", ["", "\n}{"])
def test_no_private_value_is_shown_with_its_line(file: str, broken: str) -> None:
    texts = {
        "a.yaml": BAD,
        "a.json": '{"env": [{"name": "A", "value": "hunter2"}],\n"basicAuthKey": "hunter2", "x": "https://me:hunter2@h"}',
        "a.toml": 'basicAuthKey = "hunter2"\n[[env]]\nname = "A"\nvalue = "hunter2"\n',
    }
    text = texts[file] + broken
    source = SourceText(text.encode(), file)
    for line in range(1, len(text.splitlines()) + 1):
        found = read_spec(b"", file=file, catalogue=CATALOGUE).problems[0]
        excerpt = source.excerpt(type(found)("x", "x", file, line, 1))
        if broken and line in {8, 9}:
            continue  # a text of several lines in a file that cannot be read: nothing says that it is a value
        assert excerpt is not None
        assert "hunter2" not in excerpt.text


def test_a_long_line_is_cut_around_the_place() -> None:
    text = f"name: web\nimage: web:1\nresources: {{{' ' * 500}machineType: C44}}\n"
    (excerpt,) = excerpts(text)
    assert marked(excerpt) == "C44"
    assert len(excerpt.text) <= 120


def test_sarif_has_what_the_standard_asks_for() -> None:
    found = read_spec(BAD.encode(), file="my specs/a.yaml", catalogue=CATALOGUE)
    log = sarif(found.problems, found.warnings, build="1.2.3")
    holds(log)
    results = log["runs"][0]["results"]
    assert len(results) == len(found.problems) + len(found.warnings)
    place = results[0]["locations"][0]["physicalLocation"]
    assert place == {"artifactLocation": {"uri": "my%20specs/a.yaml"}, "region": {"startLine": 1, "startColumn": 8}}
    assert "hunter2" not in str(log)


def holds(log: dict[str, Any]) -> None:
    """Hold a log to what SARIF 2.1.0 requires of the parts that we write (sections 3.13, 3.14, 3.19, 3.27, 3.49)."""
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    (run,) = log["runs"]
    driver = run["tool"]["driver"]
    assert isinstance(driver["name"], str)
    ids = [rule["id"] for rule in driver["rules"]]
    assert len(set(ids)) == len(ids)
    assert all(rule["shortDescription"]["text"] for rule in driver["rules"])
    for result in run["results"]:
        assert ids[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in {"none", "note", "warning", "error"}
        assert result["message"]["text"]
        for location in result["locations"]:
            region = location["physicalLocation"]["region"]
            assert region["startLine"] >= 1
            assert region["startColumn"] >= 1
            assert " " not in location["physicalLocation"]["artifactLocation"]["uri"]


def test_the_control_a_result_without_its_rule_is_caught() -> None:
    found = read_spec(BAD.encode(), file="a.yaml", catalogue=CATALOGUE)
    log = sarif(found.problems, ())
    log["runs"][0]["tool"]["driver"]["rules"].pop()
    with pytest.raises((AssertionError, IndexError)):
        holds(log)
