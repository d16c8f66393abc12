"""Who ordered it and why, and what was found of where it came from: cheap to find, and never a reason to fail."""

import getpass
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from adapters.desk.repository import whereabouts
from adapters.terminal import visible
from domain.masks import NOTHING_KNOWN, Masks
from domain.record import EventMetadata, Who

_CI_RUNS = (
    ("GITHUB_RUN_ID", "{GITHUB_SERVER_URL}/{GITHUB_REPOSITORY}/actions/runs/{GITHUB_RUN_ID}"),
    ("CI_PIPELINE_URL", "{CI_PIPELINE_URL}"),
    ("BUILD_URL", "{BUILD_URL}"),
    ("BUILDKITE_BUILD_URL", "{BUILDKITE_BUILD_URL}"),
    ("CIRCLE_BUILD_URL", "{CIRCLE_BUILD_URL}"),
)
_CREDENTIALS = re.compile(r"(?<=://)[^/@\s]*@")
_LONGEST = 300
_LONGEST_NAME = 128
_LOOKED_AT = 4096


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

    def metadata(self, fact_id: str, *, subject: str, correlation: str, build: str) -> EventMetadata:
        """Give the metadata of a fact that this order leads to."""
        return EventMetadata(
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
    return Who(clean(name, _LONGEST_NAME), "claimed", acting_as)


def find_origin(environment: Mapping[str, str], directory: Path) -> tuple[tuple[str, str], ...]:
    """Find the git repository, ref and commit, and the CI run; without credentials, without starting a program."""
    found: dict[str, str] = {}
    with suppress(OSError, ValueError):
        found |= whereabouts(directory)
    found |= _ci(environment)
    return tuple((name, clean(_hidden(value))) for name, value in found.items() if value)


def _hidden(value: str) -> str:
    return NOTHING_KNOWN.hide(_CREDENTIALS.sub("", value[:_LOOKED_AT]))


def clean(text: str, longest: int = _LONGEST) -> str:
    """Give what the surroundings say so that it can be kept and shown: visible, in Unicode, not without end."""
    return visible(text[:longest])[:longest]


def _ci(environment: Mapping[str, str]) -> dict[str, str]:
    for needed, template in _CI_RUNS:
        if environment.get(needed):
            try:
                return {"ci": template.format_map(environment)}
            except KeyError:
                return {"ci": environment[needed]}
    return {}
