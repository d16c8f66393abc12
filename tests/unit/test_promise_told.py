"""The table of the promise and the page that explains it are one."""

from collections.abc import Iterator
from pathlib import Path

from domain.objects import WRITTEN
from domain.unmanaged_table import PROMISE, PromiseRule

PAGE = Path(__file__).parents[2] / "docs" / "drift.md"


def row(rule: PromiseRule) -> str:
    paths = ", ".join(f"`{path}`" for path in rule.each())
    return f"| {'every kind' if rule.kind == '*' else rule.kind} | {paths} | {rule.verdict} | {rule.why} |"


def rows() -> Iterator[str]:
    _, _, table = PAGE.read_text().partition("| Kind | Added, or set by others | Is | Because |\n| --- | --- | --- | --- |\n")
    yield from table.splitlines()


def test_the_page_has_the_rows_of_the_table_and_no_others() -> None:
    assert list(rows()) == [row(rule) for rule in PROMISE]


def test_each_kind_that_we_write_has_a_row_of_its_own() -> None:
    assert {kind.value for kind in WRITTEN} <= {rule.kind for rule in PROMISE}


def test_no_path_has_two_meanings_on_a_kind() -> None:
    said = [(rule.kind, path) for rule in PROMISE for path in rule.each()]
    assert len(said) == len(set(said))
