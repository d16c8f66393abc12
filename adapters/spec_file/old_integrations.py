"""What `models` and `repositories` of v0alpha0 were, said as integrations: mounted at the very paths where they stood then."""

import re

from adapters.spec_file.integrations import MODELS
from adapters.spec_file.lists import MODELS as MODELS_NOW
from adapters.spec_file.lists import REPOSITORIES as REPOSITORIES_NOW
from adapters.spec_file.problems import FileFinding, shown
from adapters.spec_file.report import ReadingReport
from adapters.spec_file.tree import MappingEntry, TreeNode, grow
from adapters.spec_file.wire import SECRET

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_REPOSITORIES_WERE = "a mapping of `mountPath` and `repositories`, a list of {url, name, ref, username, password}"
_REPOSITORY = ("url", "name", "ref", "username", "password")


def models_and_repositories(root: TreeNode, report: ReadingReport) -> None:
    """Bring both up to `integrations`; what does not look as they did is left, to be refused where it stands."""
    entries = root.entries
    if entries is None:
        return
    if (models := entries.get("models")) and models.node.items is not None and _mappings(models.node):
        message = "`models` is read as `integrations` of type model"
        report.upgraded(message, models.at, "models", MODELS_NOW)
        for item in models.node.items:
            _model(item)
        _move(root, "models", models.node)
    repositories = root.get("repositories")
    inner = repositories.get("repositories") if repositories else None
    if repositories and inner and inner.items is not None and _mappings(inner) and _known(repositories, inner, report):
        at = entries["repositories"].at
        message = "`repositories` is read as `integrations` of type git-lfs; a `dataset` between has no effect"
        report.upgraded(message, at, "repositories", REPOSITORIES_NOW)
        for item in inner.items:
            _repository(item, repositories.get("mountPath"))
        _move(root, "repositories", inner)
    _refuse_others(root, report)


def _refuse_others(root: TreeNode, report: ReadingReport) -> None:
    """Say how both are written, where they do not look as they did; and once."""
    told = {finding.path.partition(".")[0] for finding in report.problems}
    for old, shape, modern in (
        ("models", "a list of {id, path}", MODELS_NOW),
        ("repositories", _REPOSITORIES_WERE, REPOSITORIES_NOW),
    ):
        entry = (root.entries or {}).pop(old, None)
        if entry is not None and old not in told:
            given = shown(entry.node.plain(), old)
            report.problems.append(FileFinding("wrong-type", f"`{old}` was {shape}", entry.at, old, given, f"write {modern}"))


def _mappings(listed: TreeNode) -> bool:
    return all(item.entries is not None for item in listed.items or ())


def _move(root: TreeNode, old: str, listed: TreeNode) -> None:
    """Put a list where `integrations` stands, or behind what stands there."""
    entries = root.entries or {}
    there = entries.get("integrations")
    if there is None:
        root.entries = {
            "integrations" if key == old else key: MappingEntry(entry.at, listed, entry.span) if key == old else entry
            for key, entry in entries.items()
        }
        return
    del entries[old]
    if there.node.items is not None:
        there.node.items += listed.items or []


def _put(item: TreeNode, key: str, value: str) -> None:
    if item.entries is not None:
        item.entries[key] = MappingEntry(item.at, grow(value, item.at))


def _text(item: TreeNode, key: str) -> str:
    node = item.get(key)
    return node.value if node is not None and isinstance(node.value, str) else ""


def _model(item: TreeNode) -> None:
    path, identity = _text(item, "path").rstrip("/"), _text(item, "id")
    # A path was the whole path then; it stays so when its last part is the name. /opt/models itself is what no path means now.
    if path == MODELS and item.entries is not None:
        del item.entries["path"]
    wanted = path.rpartition("/")[2] if path not in {"", MODELS} else identity
    name = _UNSAFE.sub("-", wanted).strip("-.") or "model"
    _put(item, "type", "model")
    if "name" not in (item.entries or {}):
        _put(item, "name", name)


def _known(repositories: TreeNode, inner: TreeNode, report: ReadingReport) -> bool:
    """Tell whether all fields are those of v0alpha0; report the others."""
    strangers = [("repositories", repositories, {"dataset", "mountPath", "repositories"})]
    strangers += [(f"repositories.repositories[{n}]", item, set(_REPOSITORY)) for n, item in enumerate(inner.items or ())]
    found = [
        FileFinding("unknown-field", f"there is no field `{key[:60]}` here", entry.at, f"{path}.{key}")
        for path, node, known in strangers
        for key, entry in (node.entries or {}).items()
        if key not in known
    ]
    report.problems += found
    return not found


def _repository(item: TreeNode, mount: TreeNode | None) -> None:
    _put(item, "type", "git-lfs")
    if not _text(item, "name"):
        last = _text(item, "url").rstrip("/").rpartition("/")[2].removesuffix(".git")
        _put(item, "name", _UNSAFE.sub("-", last).strip("-.") or "repository")
    if mount is not None and isinstance(mount.value, str):
        _put(item, "path", mount.value)
    password = item.get("password")
    if password and isinstance(password.value, str) and password.value.startswith(SECRET.upper()):
        password.value = SECRET + password.value[len(SECRET) :]
