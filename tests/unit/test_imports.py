"""No import runs in a circle, not in a function's body and not for annotations alone."""

import ast
from collections.abc import Mapping
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

HOME = Path(__file__).parents[2]
PACKAGES = ("domain", "reconciler", "projections", "adapters")


def imports(sources: Mapping[str, str]) -> dict[str, set[str]]:
    """Give for each module those of the others that it names in an import, wherever in its text."""
    found: dict[str, set[str]] = {}
    for module, text in sources.items():
        named: set[str] = set()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.ImportFrom) and node.module:
                named |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
            elif isinstance(node, ast.Import):
                named |= {alias.name for alias in node.names}
        found[module] = (named & sources.keys()) - {module}
    return found


def ordered(sources: Mapping[str, str]) -> list[str]:
    """Give the modules, each behind those it imports. Raises CycleError."""
    return list(TopologicalSorter(imports(sources)).static_order())


def test_no_module_is_imported_in_a_circle() -> None:
    files = [file for package in PACKAGES for file in (HOME / package).rglob("*.py") if file.name != "__init__.py"]
    sources = {".".join(file.relative_to(HOME).with_suffix("").parts): file.read_text() for file in files}
    assert len(ordered(sources)) == len(sources) > 400


def test_a_circle_for_annotations_alone_is_found() -> None:
    """The control."""
    hidden = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from a import A\n"
    with pytest.raises(CycleError):
        ordered({"a": "def f():\n    from b import B\n", "b": hidden})
