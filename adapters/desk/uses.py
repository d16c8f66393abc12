"""Who uses what: the deployments whose wanted version pinned a secret, or is pulled with a registry's login."""

from collections.abc import Iterator
from dataclasses import dataclass

from adapters.desk.archive import Archive
from domain.deployment import Deployment
from domain.deployment_fold import evolve
from domain.facts import orders_stream
from domain.names import Key
from domain.orders import Submitted
from domain.project import PROJECT, Scope


@dataclass(frozen=True, slots=True)
class Use:
    """A deployment's version that stands, and the version of what it uses."""

    project: str
    name: str
    version: int
    pinned: int

    def told(self, project: str) -> str:
        """Name the deployment to someone who is in a project."""
        return self.name if self.project == project else f"{self.project}/{self.name}"


class Uses:
    """Looks through the wanted versions once; only orders are read, since they alone say what is wanted."""

    def __init__(self, archive: Archive, project: str = "") -> None:
        """Look through one project, or through all."""
        self.wanted = tuple(_wanted(archive, project))

    def of_secret(self, name: str, scope: Scope, project: str) -> tuple[Use, ...]:
        """Tell who uses a secret of a scope; one that is a project's own only its deployments can."""
        return tuple(
            Use(key.project, key.name, order.number, dict(order.secrets)[name])
            for key, order in self.wanted
            if name in dict(order.secrets)
            and dict(order.wider_secrets).get(name, PROJECT) == scope
            and (scope != PROJECT or key.project == project)
        )

    def of_registry(self, name: str) -> tuple[Use, ...]:
        """Tell who is pulled with a registry's login."""
        return tuple(
            Use(key.project, key.name, order.number, order.registry[1])
            for key, order in self.wanted
            if order.registry and order.registry[0] == name
        )


def _wanted(archive: Archive, project: str) -> Iterator[tuple[Key, Submitted]]:
    for subject in archive.ledger.subjects():
        if "/" not in subject or (project and not subject.startswith(f"{project}/")):
            continue
        deployment = Deployment(Key.of(subject))
        for recorded in archive.ledger.read(orders_stream(subject)):
            deployment = evolve(deployment, recorded)
        if deployment.wanted:
            yield deployment.key, deployment.wanted.order


def told(uses: tuple[Use, ...], project: str) -> str:
    """Name the users in a sentence: `'web', 'shop/api'`."""
    return ", ".join(repr(use.told(project)) for use in uses)
