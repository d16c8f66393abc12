"""A project: the facts about its secrets, and their fold. Stream `project/<name>`.

A secret's value is never here: only its name and the number of its version. The value lives in an immutable Secret of the
project's namespace, one for each version.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import assert_never

from domain.names import short_hash, slug


@dataclass(frozen=True, slots=True)
class SecretSet:
    """A new version of a secret was stored in the cluster."""

    name: str
    version: int


@dataclass(frozen=True, slots=True)
class SecretRemoved:
    """New submissions cannot refer to this secret any more; versions that run with it keep it."""

    name: str


PROJECT = "project"
"""The scope of a project's own secrets."""

ProjectFact = SecretSet | SecretRemoved


@dataclass(frozen=True, slots=True)
class Project:
    """What a project knows: the newest version of each secret, and how many versions each name ever had."""

    secrets: Mapping[str, int] = field(default_factory=dict[str, int])
    versions: Mapping[str, int] = field(default_factory=dict[str, int])


def evolve(project: Project, fact: ProjectFact) -> Project:
    """Take a fact in."""
    match fact:
        case SecretSet(name, version):
            return replace(project, secrets={**project.secrets, name: version}, versions={**project.versions, name: version})
        case SecretRemoved(name):
            return replace(project, secrets={other: v for other, v in project.secrets.items() if other != name})
        case _:
            assert_never(fact)


def secret_object(name: str, version: int, scope: str = PROJECT) -> str:
    """Name the Secret that holds one version of a secret's value, under key `value`; one of a wider scope says which."""
    plain = f"secret-{slug(name, 30)}-{short_hash(name)}-v{version}"
    return plain if scope == PROJECT else f"{scope}-{plain}"


def registry_object(name: str, version: int) -> str:
    """Name the Secret that holds one version of a registry's login."""
    return f"registry-{slug(name, 30)}-{short_hash(name)}-v{version}"


def shared_namespace(ledger: str) -> str:
    """Give the namespace that holds what all projects of a ledger share."""
    return f"reckon-shared-{short_hash(ledger)}"
