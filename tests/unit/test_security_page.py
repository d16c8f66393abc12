"""docs/security.md names a test for each attack that was tried: each of them is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/security.md").read_text()
_NAMED = re.compile(r"`(tests/[\w/]+\.py)(?:::(test_\w+))?`")


def missing(page: str) -> list[str]:
    """Name what a page claims to be a test, and is none."""
    named = _NAMED.findall(page)
    return [
        f"{file}::{test}" for file, test in named if not (ROOT / file).exists() or f"def {test}" not in (ROOT / file).read_text()
    ]


def test_each_test_that_is_named_is_there() -> None:
    assert len(_NAMED.findall(PAGE)) > 100
    assert missing(PAGE) == []


def test_a_test_that_is_not_there_is_noticed() -> None:
    """The control."""
    assert missing("`tests/unit/test_security_page.py::test_nobody_wrote`") == [
        "tests/unit/test_security_page.py::test_nobody_wrote"
    ]


def test_each_attack_names_its_test() -> None:
    tried = PAGE[PAGE.index("## What was tried") :]
    rows = [row for row in tried.splitlines() if row.startswith("| ") and not row.startswith(("| Tried", "| ---"))]

    assert [row for row in rows if not _NAMED.search(row)] == []


@pytest.mark.parametrize("page", re.findall(r"\]\(((?:\.\./)?[\w/.-]+\.md)\)", PAGE))
def test_what_the_page_leads_to_is_there(page: str) -> None:
    assert (ROOT / "docs" / page).exists()
