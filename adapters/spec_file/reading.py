"""Reading a spec file: text to tree, older dialects upgraded, shape and rules checked, and a domain value if all is well."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import NamedTuple

from adapters.spec_file.bounded import MOST_ERRORS, MOST_WARNINGS, bounded
from adapters.spec_file.dialects import upgrade
from adapters.spec_file.json_text import read_json
from adapters.spec_file.model_errors import validate
from adapters.spec_file.normal import to_domain
from adapters.spec_file.older_yaml import AMBIGUOUS, read_otherwise
from adapters.spec_file.problems import FileFinding, Location, Problem, UnreadableText, shown
from adapters.spec_file.report import ReadingReport
from adapters.spec_file.rules import check
from adapters.spec_file.sets import put_in
from adapters.spec_file.toml_text import read_toml
from adapters.spec_file.tree import LARGEST, Builder, MappingEntry, TreeNode
from adapters.spec_file.yaml_text import read_yaml
from domain.machines import Catalogue
from domain.spec import Spec

_LOOKS_LIKE_TOML = re.compile(r"\s*(?:\[+[\w.\- ]+\]+\s*$|[\w.\-]+\s*=)")
_LOOKS_LIKE_JSON = re.compile(r"\s*(\{|//|/\*)")


class Format(NamedTuple):
    """A format of spec files, and what reads it."""

    name: str
    read: Callable[[str, Builder], TreeNode | None]


YAML, JSON, TOML = Format("yaml", read_yaml), Format("json", read_json), Format("toml", read_toml)
_BY_SUFFIX = {".yaml": YAML, ".yml": YAML, ".json": JSON, ".jsonc": JSON, ".json5": JSON, ".toml": TOML}


@dataclass(frozen=True, slots=True)
class SpecReading:
    """What a file said: the spec, or every problem at once; and what is worth knowing either way."""

    spec: Spec | None
    problems: tuple[Problem, ...] = ()
    warnings: tuple[Problem, ...] = ()


def read_spec(  # noqa: PLR0913 (what a reading depends on, each by its name)
    text: bytes,
    *,
    file: str,
    catalogue: Catalogue,
    name: str | None = None,
    sets: Sequence[str] = (),
    exposed: tuple[int, ...] = (),
    inner_endpoints: bool = False,
) -> SpecReading:
    """Read a spec file. Never raises for what the text holds.

    `file` names it in messages, and its ending tells the format (else the text does). `name` is for a file that holds none,
    and `sets` are changes (`image=web:2`) that are made before it is judged, so that they may fill what is left open in it.
    `exposed` are the ports that the image exposes, where they are known: a health check without a port may ask there.
    `inner_endpoints`: the platform's owner lets integrations ask loopback and link-local addresses.
    """
    try:
        source = _decode(text)
        builder = Builder()
        root = format_of(file, source).read(source, builder)
        root = _mapping(root)
    except UnreadableText as error:
        problem = error.finding.within(file, _lines(text[:LARGEST].decode("utf-8", "replace")))
        return SpecReading(None, bounded([problem], MOST_ERRORS))
    report = ReadingReport(problems=builder.findings)
    if format_of(file, source) is YAML:
        read_otherwise(root, source, report)
    last = _lines(source)
    return read_tree(
        root,
        report,
        file=file,
        catalogue=catalogue,
        last_line=last,
        name=name,
        sets=sets,
        exposed=exposed,
        inner_endpoints=inner_endpoints,
    )


def _lines(source: str) -> int:
    return max(1, len(source.splitlines()))


def read_tree(  # noqa: PLR0913 (what a reading depends on, each by its name)
    root: TreeNode,
    report: ReadingReport,
    *,
    file: str,
    catalogue: Catalogue,
    last_line: int,
    name: str | None = None,
    sets: Sequence[str] = (),
    exposed: tuple[int, ...] = (),
    inner_endpoints: bool = False,
) -> SpecReading:
    """Go on from a tree: the one door for files and for single changes."""
    _give_name(root, name, report)
    upgrade(root, report)
    if sets:
        put_in(root, sets, report)
        upgrade(root, report)  # an older form that a change is written in
    wire = validate(root, report)
    check(root, catalogue, exposed, report, inner_endpoints=inner_endpoints)
    refused = {problem.place for problem in report.problems}
    report.warnings = [each for each in report.warnings if each.code != AMBIGUOUS or each.place not in refused]
    problems = bounded(_placed(report.problems, file, last_line), MOST_ERRORS)
    warnings = bounded(_placed(report.warnings, file, last_line), MOST_WARNINGS)
    if problems or wire is None:
        return SpecReading(None, problems, warnings)
    return SpecReading(to_domain(wire, probe_port=exposed[0] if len(exposed) == 1 else 0), (), warnings)


def _placed(findings: list[FileFinding], file: str, last: int) -> list[Problem]:
    problems = dict.fromkeys(finding.within(file, last) for finding in findings)
    return sorted(problems, key=lambda problem: (problem.line, problem.column, problem.path, problem.code))


def _decode(text: bytes) -> str:
    if len(text) > LARGEST:
        more = " or more" if len(text) >= 4 * LARGEST else ""  # who reads a file for us may have stopped there
        said = f"a spec file has at most {LARGEST // 1024} KiB, this has {len(text) // 1024}{more}"
        raise UnreadableText(FileFinding("too-large", said))
    try:
        source = text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = text[: error.start]
        place = Location(before.count(b"\n") + 1, error.start - before.rfind(b"\n"))
        raise UnreadableText(FileFinding("not-utf8", "the file is not text in UTF-8", place)) from error
    if not source.strip():
        raise UnreadableText(FileFinding("empty", "the file is empty"))
    return source


def format_of(file: str, source: str) -> Format:
    """Tell a text's format by its file's ending, else by how it begins."""
    by_suffix = _BY_SUFFIX.get(PurePath(file).suffix.lower())
    if by_suffix:
        return by_suffix
    if _LOOKS_LIKE_JSON.match(source):
        return JSON
    # The first line that says something, looked for line by line: one expression over all of them could take for ever.
    first = next((line for line in source.splitlines() if line.strip() and not line.lstrip().startswith("#")), "")
    return TOML if _LOOKS_LIKE_TOML.match(first[:1000]) else YAML


def _mapping(root: TreeNode | None) -> TreeNode:
    if root is None or (root.value is None and root.items is None and root.entries is None):
        raise UnreadableText(FileFinding("empty", "the file holds no spec", root.at if root else Location()))
    if root.entries is None:
        raise UnreadableText(
            FileFinding("wrong-type", "a spec is a mapping of fields", root.at, given=shown(root.plain(), "env."))
        )
    return root


def _give_name(root: TreeNode, name: str | None, report: ReadingReport) -> None:
    if name is None or root.entries is None:
        return
    here = root.get("name")
    if here is None or here.value is None:
        root.entries["name"] = MappingEntry(root.at, TreeNode(root.at, name))
    elif here.value != name:
        message = f"the file names the deployment otherwise than the command line ({name!r})"
        hint = "leave one of the two out"
        report.problems.append(FileFinding("name-differs", message, here.at, "name", shown(here.plain(), "name"), hint))
