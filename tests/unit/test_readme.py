"""The documents hold what they promise: commands, options, files, modules, settings and metrics that they name are there."""

import os
import re
import shlex
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from adapters.cli.app import build_app
from adapters.cli.leading_options import in_front
from adapters.cli.options import OLD_SPELLINGS
from adapters.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([ROOT / "README.md", ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")])
FENCED = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`([^`\n]+)`")
COMMAND: Any = get_command(build_app())
OURS = ("domain/", "reconciler/", "projections/", "adapters/", "tests/", "docs/", "scripts/")
ELSEWHERE = {"RECKON_REQUIRE", "RECKON_TRACE"}


def names(document: Path) -> str:
    return str(document.relative_to(ROOT))


def section(text: str, heading: str) -> str:
    return text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


def commands(text: str) -> Iterator[list[str]]:
    """Give what follows `reckon` in each command line that a document shows; what a screen or a remark adds is cut off."""
    shown = [line for block in FENCED.findall(text) for line in block.splitlines()]
    for line in [*shown, *INLINE.findall(FENCED.sub("", text))]:
        typed = re.match(r"(?:\$ )?(?:RECKON_\w+=\S+ )*(?:scripts/)?reckon(?: (.*))?$", line)
        if typed:
            yield shlex.split(re.split(r"\s{2,}| < | > | \| ", typed[1] or "")[0], comments=True)


def old(parameter: Any) -> tuple[str, ...]:  # noqa: ANN401 (Typer keeps the class private)
    return OLD_SPELLINGS.get(parameter.opts[0], ("--last",))


def unknown(words: list[str]) -> str:
    """Say what of a command line `reckon` does not know, or calls otherwise today; empty when it knows all of it."""
    command: Any = COMMAND
    ahead, rest = in_front(words)
    for word in (*rest, *ahead):
        known = getattr(command, "commands", None)
        if word.startswith("-"):
            options = {name for parameter in command.params for name in parameter.opts if name not in old(parameter)}
            if word.split("=")[0] not in {*options, "--help", "-h"}:
                return f"{command.name} has no {word}"
        elif known is not None:
            if word not in known:
                return f"there is no command {word}"
            command = known[word]
    return ""


@pytest.mark.parametrize("heading", ["Run it", "Test it"])
def test_one_command_line_is_all_it_takes(heading: str) -> None:
    blocks = FENCED.findall(section((ROOT / "README.md").read_text(), heading))
    assert len(blocks) == 1
    (line,) = blocks[0].splitlines()
    script = ROOT / line.split()[0]
    assert script.is_file()
    assert os.access(script, os.X_OK)


@pytest.mark.parametrize("document", DOCUMENTS, ids=names)
def test_every_command_and_option_is_known(document: Path) -> None:
    found = [f"{shlex.join(words)}: {unknown(words)}" for words in commands(document.read_text()) if unknown(words)]
    assert not found


def test_a_misspelt_command_or_option_would_be_found() -> None:
    text = "```\n$ reckon lst\nreckon list --al\n```\nor `reckon secret put X`, or `reckon list --all`"
    assert [bool(unknown(words)) for words in commands(text)] == [True, True, True, False]


@pytest.mark.parametrize("document", DOCUMENTS, ids=names)
def test_every_file_that_is_named_is_there(document: Path) -> None:
    text = document.read_text()
    links = [link.split("#")[0] for link in re.findall(r"\]\(([^)]+)\)", FENCED.sub("", text)) if "://" not in link]
    missing = [link for link in links if link and not (document.parent / link).exists()]
    paths = [
        name.split("::")[0]
        for name in INLINE.findall(FENCED.sub("", text))
        if name.startswith(OURS) and " " not in name and "…" not in name
    ]
    assert not missing + [path for path in paths if not (ROOT / path).exists()]


def test_every_box_of_the_picture_is_a_module() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text()
    boxes = re.findall(r"\[\(?\"([a-z_.]+)<br/>", text)
    assert len(boxes) > 10
    for box in boxes:
        import_module(box)


def test_every_setting_and_every_metric_is_told_and_no_other() -> None:
    text = (ROOT / "docs" / "operating.md").read_text()
    settings = {f"RECKON_{field.upper()}" for field in Settings.model_fields}
    assert settings <= set(re.findall(r"RECKON_[A-Z_]+", text)) <= settings | ELSEWHERE
    source = (ROOT / "adapters" / "engine" / "metrics.py").read_text()
    counted = {f"{name}_total" for name in re.findall(r'CounterMetricFamily\(\s*"(reckon_\w+)"', source)}
    measured = set(re.findall(r'(?:GaugeMetricFamily|_gauge)\(\s*"(reckon_\w+)"', source))
    assert set(re.findall(r"`(reckon_\w+)(?:\{\w+\})?`", text)) == counted | measured


def test_every_decision_is_listed() -> None:
    pages = {page.name for page in (ROOT / "docs" / "decisions").glob("*.md")} - {"README.md"}
    assert pages == set(re.findall(r"\]\(([\w-]+\.md)\)", (ROOT / "docs" / "decisions" / "README.md").read_text()))


def test_no_path_of_a_machine_is_shown() -> None:
    for document in [*DOCUMENTS, *(ROOT / "docs" / "pictures").glob("*.svg")]:
        assert not re.search(r"/(home|root|work|tmp|Users)/", document.read_text()), document
