"""A project: the facts about its secrets and its pods' security, and their fold. Stream `project/<name>`.

The same facts about what all projects share stand in streams of their own: `project/*` for the cluster, with the stored
registries, and `project/*team` for the team. A value is never here, only a name and the number of its version: it lives in an
immutable Secret, one for each version.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, assert_never

from domain.names import FIRST, WHOLE, Scheme, slug, told_apart

Scope = Literal["project", "cluster", "team"]
PROJECT: Scope = "project"
CLUSTER: Scope = "cluster"
TEAM: Scope = "team"
SCOPES: tuple[Scope, ...] = (PROJECT, CLUSTER, TEAM)
"""Where a secret is looked for: the nearest first."""
REGISTRY = "registry"
"""Stands beside the scopes' names for what is a registry's login."""
PodSecurity = Literal["baseline", "restricted"]


@dataclass(frozen=True, slots=True)
class SecretSet:
    """A new version of a secret was stored in the cluster; `hashed`: with its bcrypt hash, which endpoints' passwords need."""

    name: str
    version: int
    hashed: bool = False
    scheme: Scheme = FIRST
    """How its objects are named: all versions of a name as the first was."""
    binary: bool = False
    """Its value is known to be no text that a variable can hold; of what was set before this was looked at, it is not known."""


@dataclass(frozen=True, slots=True)
class SecretRemoved:
    """New submissions cannot refer to this secret any more; versions that run with it keep it."""

    name: str


@dataclass(frozen=True, slots=True)
class RegistrySet:
    """A registry's login was stored, or stored anew. `server` is a host with its port, and where wanted a path below it.

    `realm` is another host that may be told the login, because it gives the registry's tokens.
    """

    name: str
    server: str
    username: str
    version: int
    realm: str = ""
    scheme: Scheme = FIRST
    """How its objects are named: all versions of a login as the first was."""


@dataclass(frozen=True, slots=True)
class RegistryRemoved:
    """New submissions cannot name this registry any more; versions that are pulled with it keep it."""

    name: str


@dataclass(frozen=True, slots=True)
class PodSecuritySet:
    """Versions that are submitted from now on keep to this Pod Security Standard, and the project's namespace enforces it."""

    level: PodSecurity


ProjectFact = SecretSet | SecretRemoved | RegistrySet | RegistryRemoved | PodSecuritySet


@dataclass(frozen=True, slots=True)
class Project:
    """What is known of one scope: the newest version of each name, and how many versions each ever had."""

    secrets: Mapping[str, int] = field(default_factory=dict[str, int])
    versions: Mapping[str, int] = field(default_factory=dict[str, int])
    hashed: frozenset[tuple[str, int]] = frozenset()
    """Name and version of each secret whose bcrypt hash is stored beside its value."""
    binary: frozenset[tuple[str, int]] = frozenset()
    """Name and version of each secret whose value no variable can hold."""
    registries: Mapping[str, RegistrySet] = field(default_factory=dict[str, RegistrySet])
    logins: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many versions each registry's login ever had."""
    restricted: bool = False
    first: frozenset[str] = frozenset()
    """The secrets whose objects are named as at first."""
    first_logins: frozenset[str] = frozenset()
    """The registries whose logins' objects are named as at first."""

    def scheme(self, name: str) -> Scheme:
        """Tell how a secret's objects are named; a new one's, as all are since."""
        return FIRST if name in self.first else WHOLE

    def login_scheme(self, name: str) -> Scheme:
        """Tell how the objects of a registry's login are named."""
        return FIRST if name in self.first_logins else WHOLE


def evolve(project: Project, fact: ProjectFact) -> Project:
    """Take a fact in."""
    match fact:
        case SecretSet(name, version, hashed, scheme, binary):
            first = project.first | {name} if scheme == FIRST else project.first
            known = project.hashed | {(name, version)} if hashed else project.hashed
            unfit = project.binary | {(name, version)} if binary else project.binary
            secrets, versions = {**project.secrets, name: version}, {**project.versions, name: version}
            return replace(project, secrets=secrets, versions=versions, hashed=known, binary=unfit, first=first)
        case SecretRemoved(name):
            return replace(project, secrets={other: v for other, v in project.secrets.items() if other != name})
        case RegistrySet(name, _, _, version, _, scheme):
            first = project.first_logins | {name} if scheme == FIRST else project.first_logins
            logins = {**project.logins, name: version}
            return replace(project, registries={**project.registries, name: fact}, logins=logins, first_logins=first)
        case RegistryRemoved(name):
            return replace(project, registries={other: r for other, r in project.registries.items() if other != name})
        case PodSecuritySet(level):
            return replace(project, restricted=level == "restricted")
        case _:
            assert_never(fact)


def secret_object(name: str, version: int, scope: str = PROJECT, scheme: Scheme = WHOLE) -> str:
    """Name the Secret that holds one version of a secret's value, under key `value`; one of a wider scope says which."""
    plain = f"secret-{slug(name, 30)}-{told_apart(name, scheme)}-v{version}"
    return plain if scope == PROJECT else f"{scope}-{plain}"


def registry_object(name: str, version: int, scheme: Scheme = WHOLE) -> str:
    """Name the Secret that holds one version of a registry's login."""
    return f"registry-{slug(name, 30)}-{told_apart(name, scheme)}-v{version}"


def shared_namespace(ledger: str, scheme: Scheme = WHOLE) -> str:
    """Give the namespace that holds what all projects of a ledger share; what was named as at first stands in one of its own."""
    return f"reckon-shared-{told_apart(ledger, scheme)}"
