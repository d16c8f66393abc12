"""What a project's specs may name: secrets of three scopes, the nearest first, and the stored registries."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from domain.names import FIRST, WHOLE, Scheme
from domain.orders import Submitted
from domain.project import CLUSTER, PROJECT, REGISTRY, SCOPES, TEAM, Project, RegistrySet


@dataclass(frozen=True, slots=True)
class Reach:
    """The scopes of one project laid over each other.

    `secrets` has the version of each name, `wider` the scope of each that is not the project's own, `logins` the version of
    each registry's login, `hashed` scope, name and version of all that were ever stored with their bcrypt hash, `binary` of
    those whose value no variable can hold, `first` scope (or `registry`) and name of those whose objects are named as at first.
    """

    secrets: Mapping[str, int] = field(default_factory=dict[str, int])
    wider: Mapping[str, str] = field(default_factory=dict[str, str])
    hashed: frozenset[tuple[str, str, int]] = frozenset()
    binary: frozenset[tuple[str, str, int]] = frozenset()
    registries: Mapping[str, RegistrySet] = field(default_factory=dict[str, RegistrySet])
    logins: Mapping[str, int] = field(default_factory=dict[str, int])
    restricted: bool = False
    first: frozenset[tuple[str, str]] = frozenset()

    def scheme(self, scope: str, name: str) -> Scheme:
        """Tell how the objects of a secret, or of a registry's login, are named."""
        return FIRST if (scope, name) in self.first else WHOLE

    def with_hash(self, name: str) -> bool:
        """Tell whether the secret that a name stands for has its bcrypt hash beside its value."""
        return (self.wider.get(name, PROJECT), name, self.secrets[name]) in self.hashed

    def is_binary(self, name: str) -> bool:
        """Tell whether the value of the secret that a name stands for is known to be no text."""
        return (self.wider.get(name, PROJECT), name, self.secrets[name]) in self.binary

    def pinned_by(self, order: Submitted) -> "Reach":
        """Let the names that a version runs with stand for what it pinned, and leave the others as they are."""
        pinned = dict(order.secrets)
        others = {name: scope for name, scope in self.wider.items() if name not in pinned}
        logins = {**self.logins, order.registry[0]: order.registry[1]} if order.registry else self.logins
        wider = {**others, **dict(order.wider_secrets)}
        return replace(self, secrets={**self.secrets, **pinned}, wider=wider, logins=logins)

    def only(self, order: Submitted) -> "Reach":
        """Give what a version ran with and nothing else: so that it comes back as it was."""
        bare = replace(self, secrets={}, wider={}, logins={}, registries={})
        return bare.pinned_by(order)


def reach(own: Project, cluster: Project, team: Project) -> Reach:
    """Lay the scopes over each other: the project's own before the cluster's before the team's."""
    by_scope = dict(zip(SCOPES, (own, cluster, team), strict=True))
    secrets, wider = dict[str, int](), dict[str, str]()
    for scope in (TEAM, CLUSTER, PROJECT):
        for name, version in by_scope[scope].secrets.items():
            secrets[name], wider[name] = version, scope
    return Reach(
        secrets,
        {name: scope for name, scope in wider.items() if scope != PROJECT},
        frozenset((scope, *known) for scope, project in by_scope.items() for known in project.hashed),
        frozenset((scope, *known) for scope, project in by_scope.items() for known in project.binary),
        cluster.registries,
        {name: registry.version for name, registry in cluster.registries.items()},
        own.restricted,
        frozenset((scope, name) for scope, project in by_scope.items() for name in project.first)
        | {(REGISTRY, name) for name in cluster.first_logins},
    )
