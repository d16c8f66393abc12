"""The examples of docs/spec.md are read as the page says."""

from pathlib import Path

import pytest

from adapters.machines.catalogue import load_catalogue
from adapters.spec_file.reading import read_spec

DOCS = Path(__file__).parents[3] / "docs"
EXAMPLES = sorted((DOCS / "examples").iterdir())
CATALOGUE = load_catalogue()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_every_example_is_read(path: Path) -> None:
    name = "old" if path.name.startswith("old") else None
    reading = read_spec(path.read_bytes(), file=path.name, catalogue=CATALOGUE, name=name)
    assert reading.problems == ()
    assert bool(reading.warnings) is path.name.startswith("old")


def test_the_page_shows_the_example_itself_and_names_them_all() -> None:
    page = (DOCS / "spec.md").read_text()
    assert (DOCS / "examples" / "health.yaml").read_text() in page
    assert all(path.name in page for path in EXAMPLES)


def test_the_page_names_every_machine_type() -> None:
    page = (DOCS / "spec.md").read_text()
    assert all(name.partition("x")[0] in page for name in CATALOGUE.machines)
