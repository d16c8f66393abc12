"""What git says of the folder where an order was given: read from its files, believed of nothing, followed nowhere else.

A repository may be anybody's: unpacked from an archive, fetched for a pull request. So a name is taken only where git itself
would take it, a file is opened only as a plain file below git's folder, not through a link, and what is read must look like a
commit.
"""

import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

_MOST = 1024 * 1024
"""Bytes of `packed-refs` that are looked at."""
_SHORT = 4096
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_STEP = re.compile(r"(?![.-])[^\x00-\x20\x7f ~^:?*\[\\/]{1,200}(?<!\.)(?<!\.lock)")


def whereabouts(directory: Path) -> dict[str, str]:
    """Give the repository, ref and commit; what git would not take is left out. Raises OSError."""
    root = next((folder for folder in (directory, *directory.parents) if (folder / ".git").exists()), None)
    git = _home(root / ".git") if root else None
    if git is None:
        return {}
    common = _common(git)
    head = _text(git, "HEAD")
    ref = head.removeprefix("ref: ").strip()
    if not head.startswith("ref: "):
        return {"repository": _remote(common), "commit": _commit_in(head)}
    if not is_ref(ref):
        return {"repository": _remote(common)}
    return {"repository": _remote(common), "ref": ref.removeprefix("refs/heads/"), "commit": _commit(git, common, ref)}


def is_ref(name: str) -> bool:
    """Tell whether git could have a ref of this name."""
    steps = name.split("/")
    sound = all(_STEP.fullmatch(step) and ".." not in step and "@{" not in step and step.isprintable() for step in steps)
    return sound and len(steps) > 2 and steps[0] == "refs" and len(name) <= 500


def _home(place: Path) -> Path | None:
    """Give git's folder: the place itself, or the one that a worktree's or a submodule's file names, if that names it too."""
    if place.is_symlink():
        return None
    if place.is_dir():
        return place
    words = _text(place.parent, place.name)
    home = _path(place.parent, words.removeprefix("gitdir:")) if words.startswith("gitdir:") else None
    return home if home and place in {_path(home, _text(home, "gitdir")), _worktree(home)} else None


def _worktree(home: Path) -> Path | None:
    """Give the file in a submodule's folder that its git folder says it belongs to."""
    named = next((value for section, name, value in _config(home) if (section, name) == ("[core]", "worktree")), "")
    root = _path(home, named)
    return root / ".git" if root else None


def _common(git: Path) -> Path:
    """Give the folder that a worktree's folder stands in, two levels up, and only that one."""
    common = _path(git, _text(git, "commondir"))
    return common if common is not None and common == git.parent.parent else git


def _path(folder: Path, named: str) -> Path | None:
    word = named.strip()
    return Path(os.path.normpath(folder / word)) if word and word.isprintable() else None


def _commit(git: Path, common: Path, ref: str) -> str:
    for folder in (git, common):
        if found := _commit_in(_text(folder, ref)):
            return found
    return next(_packed(common, ref), "")


def _packed(common: Path, ref: str) -> Iterator[str]:
    for line in _text(common, "packed-refs", _MOST).splitlines():
        commit, _, name = line.partition(" ")
        if name == ref and _commit_in(commit):
            yield commit


def _commit_in(text: str) -> str:
    word = text.strip()
    return word if _COMMIT.fullmatch(word) else ""


def _remote(common: Path) -> str:
    """Give the first remote's address."""
    told = (value for section, name, value in _config(common) if section.startswith("[remote ") and name == "url")
    return next(told, "")


def _config(folder: Path) -> Iterator[tuple[str, str, str]]:
    section = ""
    for line in _text(folder, "config", 16 * _SHORT).splitlines():
        words = line.strip()
        section = words if words.startswith("[") else section
        name, equals, value = words.partition("=")
        if equals and not words.startswith("["):
            yield section, name.strip(), value.strip()


def _text(folder: Path, name: str, most: int = _SHORT) -> str:
    """Read a plain file below a folder, without following a link on the way; empty where there is none, or it is no text."""
    place = folder
    for step in name.split("/")[:-1]:
        place /= step
        if place.is_symlink():
            return ""
    try:
        handle = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    with os.fdopen(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            return ""
        return file.read(most).decode("utf-8", "replace")
