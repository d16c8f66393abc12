"""Who ordered it and why, and what was found of where it came from: cheap to find, and never a reason to fail."""

import getpass
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from domain.masks import NOTHING_KNOWN, Masks
from domain.record import Circumstances, Who

_CI_RUNS = (
    ("GITHUB_RUN_ID", "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}"),
    ("CI_PIPELINE_URL", "{CI_PIPELINE_URL}"),
    ("BUILD_URL", "{BUILD_URL}"),
    ("BUILDKITE_BUILD_URL", "{BUILDKITE_BUILD_URL}"),
    ("CIRCLE_BUILD_URL", "{CIRCLE_BUILD_URL}"),
)
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class Signature:
    """What stands under an order: who, why, for which ticket, and git's and the CI's whereabouts."""

    who: Who
    reason: str = ""
    ticket: str = ""
    origin: tuple[tuple[str, str], ...] = ()

    def without(self, literals: Iterable[str]) -> Self:
        """Give the signature with the reason as it was typed, less the literals of the very spec that it stands under."""
        return replace(self, reason=Masks.of(literals).hide_known(self.reason)) if self.reason else self

    def circumstances(self, fact_id: str, *, subject: str, correlation: str, build: str) -> Circumstances:
        """Give the circumstances of a fact that this order leads to."""
        return Circumstances(
            fact_id,
            self.who,
            subject,
            reason=self.reason,
            ticket=self.ticket,
            correlation=correlation,
            build=build,
            origin=self.origin,
        )


def os_user(acting_as: str = "") -> Who:
    """Name the operating system's user: claimed, since nobody has proved it."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        name = f"uid {os.getuid()}"
    return Who(name, "claimed", acting_as)


def find_origin(environment: Mapping[str, str], directory: Path) -> tuple[tuple[str, str], ...]:
    """Find the git repository, ref and commit, and the CI run; without credentials, without starting a program."""
    found: dict[str, str] = {}
    with suppress(OSError, UnicodeDecodeError):
        found |= _git(directory)
    found |= _ci(environment)
    return tuple((name, NOTHING_KNOWN.hide(_CREDENTIALS.sub("", value))[:_LONGEST]) for name, value in found.items() if value)


def _ci(environment: Mapping[str, str]) -> dict[str, str]:
    for needed, template in _CI_RUNS:
        if environment.get(needed):
            try:
                return {"ci": template.format_map(environment)}
            except KeyError:
                return {"ci": environment[needed]}
    return {}


def _git(directory: Path) -> dict[str, str]:
    root = next((folder for folder in (directory, *directory.parents) if (folder / ".git").exists()), None)
    if root is None:
        return {}
    git = root / ".git"
    if git.is_file():  # a worktree or a submodule: the file says where
        git = (root / git.read_text().removeprefix("gitdir:").strip()).resolve()
    head = (git / "HEAD").read_text().strip()
    common = git / (git / "commondir").read_text().strip() if (git / "commondir").exists() else git
    ref = head.removeprefix("ref: ") if head.startswith("ref: ") else ""
    commit = _commit(git, common, ref) if ref else head
    short = ref.removeprefix("refs/heads/")
    return {"repository": _remote(common), "ref": short, "commit": commit}


def _commit(git: Path, common: Path, ref: str) -> str:
    for folder in (git, common):
        if (folder / ref).is_file():
            return (folder / ref).read_text().strip()
    packed = common / "packed-refs"
    lines = packed.read_text().splitlines() if packed.is_file() else []
    return next((line.split(" ", 1)[0] for line in lines if line.endswith(f" {ref}")), "")


def _remote(common: Path) -> str:
    config = common / "config"
    lines = config.read_text().splitlines() if config.is_file() else []
    urls = (line.partition("=")[2].strip() for line in lines if line.strip().startswith("url"))
    return next(urls, "")
