"""Registries: a login goes to the cluster and nowhere else; the ledger gets name, server, user and version."""

import re
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from shlex import quote
from typing import cast

from adapters.desk.archive import whole
from adapters.desk.logins import KEY, SECRET_TYPE, Logins, dockerconfig
from adapters.desk.secrets import number_in
from adapters.desk.signature import Signature
from adapters.desk.uses import Use, Uses, told
from adapters.desk.writes import Writes, WriteStep
from domain.errors import NotFound, Refused
from domain.facts import scope_stream
from domain.images import parse_reference
from domain.names import LABEL, MANAGER
from domain.objects import Json, Kind, Manifest
from domain.ports import Images, Login, reason
from domain.project import CLUSTER, RegistryRemoved, RegistrySet, registry_object, shared_namespace
from domain.registries import below, parse_realm, parse_server
from reconciler.secret_copies import shared_space

_NAME = re.compile(r"\S(?:[^\x00-\x1f\x7f]{0,126}\S)?")
_STREAM = scope_stream("cluster", "")


@dataclass(frozen=True, slots=True)
class ListedRegistry:
    """A registry as it may be shown: everything but its password."""

    name: str
    server: str
    username: str
    version: int
    set_at: datetime
    set_by: str
    used_by: tuple[str, ...]
    uses: tuple[Use, ...] = ()
    realm: str = ""
    acting_as: str = ""
    """In whose name `set_by` stored it; empty: in their own."""


@dataclass(frozen=True)
class Registries:
    """Stores registries' logins, for all projects."""

    writes: Writes
    images: Callable[[], Images]

    def listed(self, project: str) -> tuple[ListedRegistry, ...]:
        """Give the stored registries, by name; who uses them is told to someone in a project."""
        uses = Uses(self.writes.archive)
        newest = {
            recorded.fact.name: recorded
            for recorded in whole(self.writes.ledger.read(_STREAM))
            if isinstance(recorded.fact, RegistrySet)
        }
        found = list[ListedRegistry]()
        for name, registry in sorted(self.writes.archive.project("", CLUSTER).registries.items()):
            users, recorded = uses.of_registry(name), newest[name]
            names = tuple(use.told(project) for use in users)
            when, who = recorded.recorded_at, recorded.metadata.who
            login = (name, registry.server, registry.username, registry.version)
            found.append(ListedRegistry(*login, when, who.name, names, users, registry.realm, who.acting_as))
        return tuple(found)

    def add(self, name: str, login: Login, signature: Signature) -> RegistrySet:
        """Store a login, or a new version of it. Raises Refused, Rejected, Unreachable, Conflict."""
        server = _checked(name, login)
        order = self.writes.order(signature)
        kept = self.writes.archive.project("", CLUSTER)
        scheme = kept.login_scheme(name)
        prefix = registry_object(name, 0, scheme).removesuffix("0")
        version = max(kept.logins.get(name, 0), *(number_in(ref, prefix) for ref in self.writes.tried(order)), 0) + 1
        realm = _realm(login, server, kept.registries.get(name))
        fact = RegistrySet(name, server, login.username, version, realm, scheme)
        identity, because = self.writes.ledger.identity, f"version {version} of registry {name}"
        secret = Manifest.of(_manifest(fact, Login(server, login.username, login.password), identity))
        steps = (
            WriteStep(Manifest.of(shared_space(identity, scheme)), because),
            WriteStep(secret, because, "create", kept=False),
        )
        self.writes.carry_out(order, steps, "the login")
        self.writes.record(order, _STREAM, (fact,))
        return fact

    def test(self, name: str, image: str = "") -> str:
        """Log in, and ask for an image where one is named; gives its digest. Raises Refused saying what is wrong."""
        registry = self._named(name)
        login = Logins(self.writes.ledger.identity, self.writes.cluster).read(registry)
        images = self.images()
        images.probe(login)
        if not image:
            return ""
        reference = parse_reference(image)
        if reference is None or not below(reference, registry.server):
            hint = f"name one as a spec does: {registry.server}/REPOSITORY:TAG"
            raise Refused("not-its-image", f"{image!r} is not an image of {registry.server}", hint)
        answer = images.resolve(image, login)
        if answer is None:
            hint = f"ask its owner whether {registry.username!r} may read that repository"
            message = f"{registry.server} lets the login in, but does not give {image}{reason(images)}"
            raise Refused("image-unreadable", message, hint)
        return answer.digest

    def remove(self, name: str, signature: Signature, project: str) -> None:
        """Take a registry away from new submissions. Raises Refused when it is in use, NotFound."""
        self._named(name)
        users = Uses(self.writes.archive).of_registry(name)
        if users:
            hint = "submit them without it, or delete them"
            raise Refused("registry-in-use", f"registry {name!r} is used by {told(users, project)}", hint)
        self.writes.record(self.writes.order(signature), _STREAM, (RegistryRemoved(name),))

    def _named(self, name: str) -> RegistrySet:
        known = self.writes.archive.project("", CLUSTER).registries
        if name not in known:
            hint = f"there are: {', '.join(sorted(known))}" if known else f"store one: reckon registry add {quote(name)}"
            raise NotFound("no-such-registry", f"there is no registry {name!r}", hint)
        return known[name]


def _realm(login: Login, server: str, before: RegistrySet | None) -> str:
    """Give the host that is told the login beside the registry; a login stored anew keeps the one it had."""
    if not login.realm:
        return before.realm if before and before.server == server else ""
    realm = parse_realm(login.realm)
    if realm is None:
        hint = "write the host that the registry's tokens come from, its port where it has one: auth.example"
        raise Refused("registry-realm", f"{login.realm!r} is not a host", hint)
    return realm


def _manifest(fact: RegistrySet, login: Login, ledger: str) -> dict[str, Json]:
    metadata: Json = {
        "name": registry_object(fact.name, fact.version, fact.scheme),
        "namespace": shared_namespace(ledger, fact.scheme),
        "labels": {"app.kubernetes.io/managed-by": MANAGER, f"{LABEL}/ledger": ledger},
        "annotations": {f"{LABEL}/name": fact.name},
    }
    data: Json = {KEY: b64encode(dockerconfig(login)).decode()}
    secret = {"apiVersion": "v1", "kind": Kind.SECRET.value, "metadata": metadata, "type": SECRET_TYPE, "data": data}
    return cast("dict[str, Json]", {**secret, "immutable": True})


def _checked(name: str, login: Login) -> str:
    if not _NAME.fullmatch(name):
        raise Refused("registry-name", f"{name!r} cannot name a registry", "1 to 128 printable characters")
    server = parse_server(login.server)
    if server is None:
        hint = "write its host, its port where it has one, and where wanted a path: registry.example:5000/team"
        raise Refused("registry-server", f"{login.server!r} is not a registry's address", hint)
    if not login.username or ":" in login.username or not login.username.isprintable():
        raise Refused("registry-user", f"{login.username!r} cannot be a registry's user", "one line, no colon")
    if not login.password or len(login.password) > 100_000:
        hint = "give it at the prompt, on standard input or with --from-file"
        raise Refused("registry-password", "the password is empty, or longer than 100,000 characters", hint)
    return server
