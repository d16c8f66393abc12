"""The examples of docs/spec.md and docs/from-gradient.md are read as the pages say, snippets and files alike."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.machines.catalogue import load_catalogue
from adapters.spec_file.fixing import fix
from adapters.spec_file.reading import SpecReading, read_spec
from adapters.spec_file.schema import json_schema
from adapters.spec_file.tree import Builder
from adapters.spec_file.yaml_text import read_yaml
from tests.unit.spec_file.test_schema import BEYOND

DOCS = Path(__file__).parents[3] / "docs"
EXAMPLES = sorted((DOCS / "examples").iterdir())
CATALOGUE = load_catalogue()
PAGES = {name: (DOCS / name).read_text() for name in ("spec.md", "from-gradient.md")}
SNIPPET = re.compile(r"(?:<!-- (?P<how>[a-z]+)(?:: (?P<code>[a-z-]+))? -->\n)?```yaml\n(?P<text>.*?)```", re.DOTALL)


def snippets() -> Iterator[Any]:
    for page, text in PAGES.items():
        for number, match in enumerate(SNIPPET.finditer(text), 1):
            yield pytest.param(match["text"], match["how"], match["code"], id=f"{page}-{number}")


def read(snippet: str) -> SpecReading:
    """Read a snippet; what it leaves out of a spec is put in front."""
    text = snippet
    if "image:" not in text:
        text = "image: registry.example/team/app:1\n" + text
    if "resources:" not in text:
        text = "resources: {machineType: C4, ports: [8000]}\n" + text
    name = None if re.search(r"^name:", text, re.MULTILINE) else "web"
    return read_spec(text.encode(), file="snippet.yaml", catalogue=CATALOGUE, name=name)


@pytest.mark.parametrize(("text", "how", "code"), list(snippets()))
def test_every_snippet_is_read_as_its_page_says(text: str, how: str | None, code: str | None) -> None:
    reading = read(text)
    if how == "refused":
        assert [problem.code for problem in reading.problems] == [code]
        return
    assert reading.problems == ()
    codes = {warning.code for warning in reading.warnings}
    assert codes == ({"upgraded"} if how == "upgraded" else {code} if how == "warned" else set())


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_example_is_read(path: Path) -> None:
    name = "old" if path.name.startswith("old") else None
    reading = read_spec(path.read_bytes(), file=path.name, catalogue=CATALOGUE, name=name)
    assert reading.problems == ()
    assert bool(reading.warnings) is path.name.startswith("old")


def test_the_page_shows_the_example_itself_and_names_them_all() -> None:
    assert (DOCS / "examples" / "health.yaml").read_text() in PAGES["spec.md"]
    assert all(path.name in PAGES["spec.md"] for path in EXAMPLES)


def test_the_page_names_every_machine_type() -> None:
    assert all(name.partition("x")[0] in PAGES["spec.md"] for name in CATALOGUE.machines)


def fields() -> dict[str, set[str]]:
    schema = json_schema()
    return {name: set(part["properties"]) for name, part in {"SpecV1": schema, **schema["$defs"]}.items()}


def test_the_page_names_every_field_and_every_rule_beyond_the_schema() -> None:
    for names in fields().values():
        missing = {name for name in names if not re.search(rf"[`.]{re.escape(name)}(\[\])?[`.]", PAGES["spec.md"])}
        assert missing == set()
    assert all(f"`{code}`" in PAGES["spec.md"] for code, _, _ in BEYOND)


def test_one_example_has_every_field() -> None:
    root = read_yaml((DOCS / "examples" / "everything.yaml").read_text(), Builder())
    assert root is not None
    written = {key for _, node in root.walk() for key in node.entries or {}}
    assert set().union(*fields().values()) - written == {"region"} - written


def test_the_older_file_becomes_the_modern_one_that_is_shown() -> None:
    older, modern = (match["text"] for match in SNIPPET.finditer(PAGES["from-gradient.md"]))
    assert fix(older.encode(), file="a.yaml", catalogue=CATALOGUE, name="web").text.decode() == modern
