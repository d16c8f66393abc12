"""What a project's people get on the cluster, and the engines for it: Roles in the project's namespace, and no more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from adapters.cluster.permissions import IDENTITY, KUBE_SYSTEM, PEOPLE
from adapters.install.roles import GROUP, account, binding, role, secrets_role
from domain.names import slug, whole_hash


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a Role is bound to, as Kubernetes knows them. `kind` is User, Group or ServiceAccount."""

    kind: str
    name: str
    namespace: str = ""

    @property
    def subject(self) -> dict[str, Any]:
        """Give the person as a binding names them."""
        where = {"namespace": self.namespace} if self.namespace else {"apiGroup": GROUP}
        return {"kind": self.kind, "name": self.name, **where}

    @property
    def slug(self) -> str:
        """Name the person's Roles: each has their own, so that what is taken from one is taken from nobody else."""
        told = f"{self.kind}/{self.namespace}/{self.name}"
        return f"reckon-{self.kind.lower()}-{slug(self.name, 40)}-{whole_hash(told)}"


@dataclass(frozen=True, slots=True)
class Spaces:
    """The namespaces that a grant is about: a project's own, and those that all projects share."""

    project: str
    shared: Sequence[str]


def granted(spaces: Spaces, people: Sequence[Person], installation: str = "") -> Iterator[dict[str, Any]]:
    """Give the objects; `installation` is the namespace of the engines that may copy shared Secrets into the project."""
    for person in people:
        yield from _in(spaces.project, person)
        yield from _identity(spaces.project, person)
    for space in (spaces.project, *spaces.shared) if installation else ():
        metadata = {"name": f"reckon-engine-{installation}", "namespace": space}
        reference = {"apiGroup": GROUP, "kind": "ClusterRole", "name": secrets_role(installation)}
        yield binding(metadata, reference, account(installation))


def _in(space: str, person: Person) -> Iterator[dict[str, Any]]:
    metadata = {"name": person.slug, "namespace": space}
    yield role("Role", dict(metadata), PEOPLE)
    yield binding(metadata, _own(metadata), person.subject)


def _identity(space: str, person: Person) -> Iterator[dict[str, Any]]:
    """Let a person see which cluster this is, so that a ledger is never used with another: one namespace's name and uid."""
    metadata = {"name": f"{person.slug}-{whole_hash(space)}", "namespace": KUBE_SYSTEM}
    seeing = role("Role", dict(metadata), (IDENTITY,))
    seeing["rules"][0]["resourceNames"] = [KUBE_SYSTEM]
    yield seeing
    yield binding(metadata, _own(metadata), person.subject)


def _own(metadata: dict[str, Any]) -> dict[str, Any]:
    return {"apiGroup": GROUP, "kind": "Role", "name": metadata["name"]}
