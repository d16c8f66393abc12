"""Secrets: a value goes to the cluster and nowhere else; the ledger gets its name, its version, and the write's record."""

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from shlex import quote
from typing import cast

from bcrypt import gensalt, hashpw

from adapters.desk.archive import whole
from adapters.desk.recorded_names import Called
from adapters.desk.signature import Signature
from adapters.desk.uses import Use, Uses, told
from adapters.desk.writes import WriteOrder, Writes, WriteStep
from adapters.spec_file.wire import SECRET_NAME
from domain.errors import Refused
from domain.facts import scope_stream
from domain.names import LABEL, MANAGER, Scheme, slug
from domain.objects import Json, Kind, Manifest, ObjectRef
from domain.project import PROJECT, SCOPES, Scope, SecretRemoved, SecretSet, secret_object
from reconciler.desired import namespace
from reconciler.secret_copies import shared_space

LARGEST = 1024 * 1024
HASHED = 72
"""The longest value that bcrypt takes, in bytes."""
COST = 10
"""2**COST rounds: some 60 ms for whoever guesses, and for the proxy that checks."""


@dataclass(frozen=True, slots=True)
class ListedSecret:
    """A secret as it may be shown: everything but its value."""

    name: str
    scope: Scope
    version: int
    set_at: datetime
    set_by: str
    used_by: tuple[str, ...]
    uses: tuple[Use, ...] = ()
    shadowed_by: Scope | None = None
    """The nearer scope that has the same name, so that the project's specs never mean this one."""
    acting_as: str = ""
    """In whose name `set_by` set it; empty: in their own."""


@dataclass(frozen=True)
class Vault:
    """Stores secrets' values in the cluster, under the same record and guards as every other write."""

    writes: Writes

    def listed(self, project: str) -> tuple[ListedSecret, ...]:
        """Give the secrets that a project's specs may refer to, by name, the nearest scope first."""
        uses, nearest = Uses(self.writes.archive), dict[str, Scope]()
        found = list[ListedSecret]()
        for scope in SCOPES:
            for kept in self._of(scope, project, uses):
                shadow = nearest.setdefault(kept.name, scope)
                found.append(replace(kept, shadowed_by=shadow) if shadow != scope else kept)
        return tuple(sorted(found, key=lambda kept: (kept.name, SCOPES.index(kept.scope))))

    def users(self, project: str, name: str, scope: Scope = "project") -> tuple[Use, ...]:
        """Tell who uses a secret."""
        return Uses(self.writes.archive, project if scope == PROJECT else "").of_secret(name, scope, project)

    def set(self, project: str, name: str, value: bytes, signature: Signature, scope: Scope = "project") -> int:
        """Store a new version of a secret; gives its number. Raises Refused, Rejected, Unreachable, Conflict."""
        _checked(name, value)
        order = self.writes.order(signature, _subject(scope, project))
        version = self._next_version(order, project, name, scope)
        scheme = self.writes.archive.project(project, scope).scheme(name)
        stored = _Value(name, version, scope, value, scheme)
        identity, because = self.writes.ledger.identity, f"version {version} of secret {name}"
        space = Manifest.of(self._space(scope, project, scheme))
        secret = Manifest.of(stored.manifest(project, identity, space.ref.name))
        steps = (WriteStep(space, because), WriteStep(secret, because, "create", kept=False))
        self.writes.carry_out(order, steps, "the secret")
        self.writes.record(
            order, scope_stream(scope, project), (SecretSet(name, version, stored.hashable, scheme, is_binary(value)),)
        )
        return version

    def remove(self, project: str, name: str, signature: Signature, scope: Scope = "project") -> None:
        """Take a secret's name away from new submissions. Raises Refused when it is in use, or not there."""
        if name not in self.writes.archive.project(project, scope).secrets:
            raise _unknown(name, scope, project, self.listed(project))
        users = self.users(project, name, scope)
        if users:
            hint = "submit them without it, or delete them"
            raise Refused("secret-in-use", f"secret {name!r} is used by {told(users, project)}", hint=hint)
        order = self.writes.order(signature, _subject(scope, project))
        self.writes.record(order, scope_stream(scope, project), (SecretRemoved(name),))

    def _of(self, scope: Scope, project: str, uses: Uses) -> Iterator[ListedSecret]:
        archive, stream = self.writes.archive, scope_stream(scope, project)
        facts = (recorded for recorded in whole(self.writes.ledger.read(stream)) if isinstance(recorded.fact, SecretSet))
        newest = {cast("SecretSet", recorded.fact).name: recorded for recorded in facts}
        for name, version in archive.project(project, scope).secrets.items():
            users, recorded = uses.of_secret(name, scope, project), newest[name]
            names = tuple(use.told(project) for use in users)
            when, who = recorded.recorded_at, recorded.metadata.who
            yield ListedSecret(name, scope, version, when, who.name, names, users, acting_as=who.acting_as)

    def _space(self, scope: Scope, project: str, scheme: Scheme) -> dict[str, Json]:
        identity, archive = self.writes.ledger.identity, self.writes.archive
        if scope != PROJECT:
            return shared_space(identity, scheme)
        return namespace(
            project, identity, restricted=archive.project(project).restricted, name=Called(archive).namespace(project)
        )

    def _next_version(self, order: WriteOrder, project: str, name: str, scope: Scope) -> int:
        """Count on from the versions that are known and from those that were tried: a Secret, once written, is never reused."""
        kept = self.writes.archive.project(project, scope)
        known, prefix = kept.versions.get(name, 0), secret_object(name, 0, scope, kept.scheme(name)).removesuffix("0")
        return max(known, *(number_in(ref, prefix) for ref in self.writes.tried(order)), 0) + 1


@dataclass(frozen=True, slots=True)
class _Value:
    name: str
    version: int
    scope: Scope
    value: bytes = field(repr=False)
    scheme: Scheme

    @property
    def hashable(self) -> bool:
        return len(self.value) <= HASHED and b"\0" not in self.value

    def manifest(self, project: str, ledger: str, space: str) -> dict[str, Json]:
        """Give the immutable Secret that holds it, under key `value`; under `bcrypt` its hash, where it can have one."""
        own = self.scope == PROJECT
        labels = {"app.kubernetes.io/managed-by": MANAGER, f"{LABEL}/ledger": ledger}
        held = {"value": self.value} | ({"bcrypt": hashpw(self.value, gensalt(COST))} if self.hashable else {})
        return {
            "apiVersion": "v1",
            "kind": Kind.SECRET.value,
            "metadata": {
                "name": secret_object(self.name, self.version, self.scope, self.scheme),
                "namespace": space,
                "labels": labels | ({f"{LABEL}/project": slug(project, 63)} if own else {}),
                "annotations": {f"{LABEL}/name": self.name},
            },
            "type": "Opaque",
            "immutable": True,
            "data": {key: b64encode(one).decode() for key, one in held.items()},
        }


def is_binary(value: bytes) -> bool:
    """Tell whether a value is no text that a variable can hold: with a NUL in it, or not in UTF-8."""
    try:
        return "\0" in value.decode()
    except UnicodeDecodeError:
        return True


def number_in(ref: ObjectRef, prefix: str) -> int:
    """Give the version that a Secret's name ends in; 0 for any other object."""
    rest = ref.name.removeprefix(prefix) if ref.kind == Kind.SECRET.value and ref.name.startswith(prefix) else ""
    return int(rest) if len(rest) <= 18 and rest.isascii() and rest.isdigit() else 0


def _subject(scope: Scope, project: str) -> str:
    return project if scope == PROJECT else ""


def _unknown(name: str, scope: Scope, project: str, kept: tuple[ListedSecret, ...]) -> Refused:
    whose = f"project {project!r}" if scope == PROJECT else f"the {scope}"
    others = [one.scope for one in kept if one.name == name]
    command = f"reckon secret rm {quote(name)} --scope {others[0]}" if others else ""
    return Refused("no-such-secret", f"{whose} has no secret {name!r}", f"the {others[0]} has one: {command}" if others else "")


def _checked(name: str, value: bytes) -> None:
    if not SECRET_NAME.fullmatch(name):
        hint = "a letter, then letters, digits and `_`, at most 128 characters"
        raise Refused("secret-name", f"{name!r} cannot name a secret: no spec could refer to it", hint=hint)
    if not value:
        raise Refused("empty-secret", "the value is empty", hint="give it at the prompt, on standard input or with --from-file")
    if len(value) > LARGEST:
        raise Refused("secret-too-large", "a secret's value has at most 1 MiB")
