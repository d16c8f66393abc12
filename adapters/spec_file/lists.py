"""One value where a list is meant, read as a list of one: for every list of every dialect, told with the modern line."""

from collections.abc import Iterator
from typing import NamedTuple

from adapters.spec_file.problems import path_of
from adapters.spec_file.report import ReadingReport, Steps
from adapters.spec_file.tree import MappingEntry, TreeNode

_CHECKS = tuple((old, probe) for old in ("healthChecks", "healthchecks") for probe in ("startup", "readiness", "liveness"))
_LONGEST = 40
MODELS = "integrations: [{type: model, name: …, id: …}]"
REPOSITORIES = "integrations: [{type: git-lfs, name: …, url: …, path: …}]"
"""How `models` and `repositories` of v0alpha0 are written today."""


class _List(NamedTuple):
    """What a list holds: the word for one of it, a field that tells one of it from a mapping by names.

    `today` is the modern line, where the list itself is of an older dialect.
    """

    one: str
    mark: str = ""
    today: str = ""


_LISTS: dict[Steps, _List] = {
    ("command",): _List("word"),
    ("resources", "ports"): _List("port"),
    ("env",): _List("variable", "name"),
    ("integrations",): _List("integration", "type"),
    ("models",): _List("model", "id", MODELS),
    ("repositories", "repositories"): _List("repository", "url", REPOSITORIES),
    ("resources", "autoscaling", "metrics"): _List("metric", "metric"),
    **{(*check, "headers"): _List("header", "name") for check in _CHECKS},
    **{(*check, "exec", "command"): _List("word") for check in _CHECKS},
}


def as_lists(root: TreeNode, report: ReadingReport) -> None:
    """Put into a list what stands alone where a list belongs; what could be meant otherwise is left, to be refused."""
    for steps, kind, entry in _alone(root):
        node = entry.node
        if _is_one(kind, node):
            message, at = f"one {kind.one} is read as a list of one", node.at if node.entries is None else entry.at
            report.upgraded(message, at, path_of(steps), kind.today or f"{steps[-1]}: [{_shown(node)}]")
            one = TreeNode(node.at, node.value, entries=node.entries, id=node.id, span=node.span, flow=node.flow)
            node.value, node.entries, node.items = None, None, [one]


def _alone(root: TreeNode) -> Iterator[tuple[Steps, _List, MappingEntry]]:
    for steps, kind in _LISTS.items():
        *way, last = map(str, steps)
        parent = root.get(*way)
        entry = (parent.entries or {}).get(last) if parent is not None else None
        if entry is not None and entry.node.items is None:
            yield steps, kind, entry


def _is_one(kind: _List, node: TreeNode) -> bool:
    if kind.mark:
        return kind.mark in (node.entries or {})
    # A line of several words may be meant for a shell, or to be taken apart: who wrote it has to say which.
    return node.entries is None and (not isinstance(node.value, str) or node.value.split() == [node.value])


def _shown(node: TreeNode) -> str:
    """Write one of a list; of mappings the fields only: their values may be private."""
    if node.entries is None:
        return str(node.value)[:_LONGEST]
    return f"{{{', '.join(f'{field}: …' for field in node.entries)}}}"


def meant_list(path: str, node: TreeNode | None) -> str:
    """Write the list that was meant where a text or a mapping could be meant otherwise; empty where nobody can know."""
    key, value = path.rpartition(".")[2], node.value if node is not None else None
    if key == "command" and isinstance(value, str) and (words := value.split()):
        return f"a word an item, as in {key}: [{', '.join(words[:3])}{', …' if words[3:] else ''}], or {key}: [/bin/sh, -c, …]"
    if key in {"env", "headers"} and node is not None and node.entries:
        return f"{key}: [{{name: {next(iter(node.entries))[:_LONGEST]}, value: text}}], one for each"
    return ""
