"""Secrets: a value goes to the cluster and nowhere else; the ledger gets its name, its version, and the write's record."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from uuid import UUID, uuid5

from adapters.desk.archive import Archive, Written
from adapters.desk.signature import Signature
from adapters.spec_file.wire import SECRET_NAME
from domain.actions import Action, Create, Decided, Ensure, Failed, Outcome, Succeeded, mark_of
from domain.errors import Refused, Rejected, Rejection, Unreachable
from domain.facts import Fact, actions_stream, project_stream
from domain.names import LABEL, MANAGER, namespace_of, slug
from domain.objects import Json, Kind, Manifest, Mark, ObjectRef
from domain.ports import Clock, Cluster, Ledger, NewId
from domain.project import SecretRemoved, SecretSet, secret_object
from domain.record import Noted
from reconciler.desired import namespace
from reconciler.perform import Task, perform_all, resolve

NAMESPACE_OF_IDS = UUID("6f2b1c7a-55d0-5c0e-9c52-2f6d1d9f0c11")
LARGEST = 1024 * 1024
DECIDER = "secret-1"
DEAD = timedelta(minutes=5)
"""A command that has not told its outcomes after so long was ended."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A secret as it may be shown: everything but its value."""

    name: str
    version: int
    used_by: tuple[str, ...]


@dataclass(frozen=True)
class Vault:
    """Stores secrets' values in the cluster, under the same record and guards as every other write."""

    ledger: Ledger
    cluster: Callable[[], Cluster]
    clock: Clock
    new_id: NewId
    build: str

    def listed(self, project: str) -> tuple[Kept, ...]:
        """Give the secrets of a project, by name."""
        archive = Archive(self.ledger)
        known = archive.project(project)
        return tuple(Kept(name, version, self._users(project, name)) for name, version in sorted(known.secrets.items()))

    def set(self, project: str, name: str, value: bytes, signature: Signature) -> int:
        """Store a new version of a secret; gives its number. Raises Refused, Rejected, Unreachable, Conflict."""
        _checked(name, value)
        archive, correlation = Archive(self.ledger), self.new_id()
        version = self._next_version(archive, project, name)
        cluster = self.cluster()
        self._settle(archive, cluster, project, (signature, correlation))
        outcomes = self._store(archive, cluster, project, _Value(name, version, value), (signature, correlation))
        _all_done(outcomes)

        fact = SecretSet(name, version)
        self._append(archive, project_stream(project), (fact,), project, (signature, correlation))
        return version

    def remove(self, project: str, name: str, signature: Signature) -> None:
        """Take a secret's name away from new submissions. Raises Refused when it is in use, or not there."""
        archive = Archive(self.ledger)
        if name not in archive.project(project).secrets:
            raise Refused("no-such-secret", f"project {project!r} has no secret {name!r}")
        users = self._users(project, name)
        if users:
            listed = ", ".join(repr(user) for user in users)
            raise Refused("secret-in-use", f"secret {name!r} is used by {listed}", hint="submit them without it, or delete them")
        self._append(archive, project_stream(project), (SecretRemoved(name),), project, (signature, self.new_id()))

    def _users(self, project: str, name: str) -> tuple[str, ...]:
        archive = Archive(self.ledger)
        wanted = ((key, archive.standing(key).deployment.wanted) for key in archive.keys(project))
        return tuple(key.name for key, version in wanted if version and name in dict(version.order.secrets))

    def _next_version(self, archive: Archive, project: str, name: str) -> int:
        """Count on from the versions that are known and from those that were tried: a Secret, once written, is never reused."""
        known = archive.project(project).versions.get(name, 0)
        tried = [0]
        for recorded in self.ledger.read(actions_stream(project)):
            if isinstance(recorded.fact, Decided):
                tried += [_version_in(action.ref, name) for action in recorded.fact.actions]
        return max(known, *tried) + 1

    def _settle(self, archive: Archive, cluster: Cluster, project: str, by: tuple[Signature, str]) -> None:
        """Find out what became of actions whose command was ended before it could tell: every action has one outcome."""
        stream, left = actions_stream(project), dict[str, Task]()
        for recorded in self.ledger.read(stream):
            fact = recorded.fact
            if isinstance(fact, Decided) and self.clock() - recorded.recorded_at > DEAD:
                mark = Mark(self.ledger.identity, position=fact.position)
                left |= {action.id: Task(action, replace(mark, action=action.id), None) for action in fact.actions}
            elif isinstance(fact, Outcome):
                left.pop(fact.action, None)
        outcomes = tuple(resolve(task, cluster).outcome for task in left.values())
        if outcomes:
            self._append(archive, stream, outcomes, project, by)

    def _store(
        self, archive: Archive, cluster: Cluster, project: str, value: "_Value", by: tuple[Signature, str]
    ) -> tuple[Outcome, ...]:
        stream, timeline = actions_stream(project), archive.world(project).timeline
        before, position = archive.version(stream), self.ledger.head()
        identity = self.ledger.identity
        space = Manifest.of(namespace(project, identity, restricted=False, name=namespace_of(project)))
        secret = Manifest.of(value.manifest(project, identity))
        because = f"version {value.version} of secret {value.name}"
        lineage = f"{identity}.{timeline}" if timeline else identity
        ids = [str(uuid5(NAMESPACE_OF_IDS, f"{lineage}/{stream}/{before + 1}/{number}")) for number in (1, 2)]
        actions: tuple[Action, ...] = (
            Ensure(ids[0], space.ref, self.ledger.digest(space.body.encode()), because),
            Create(ids[1], secret.ref, "", because),  # its manifest holds the value: it is never kept
        )
        decided = Decided(position, self.clock(), DECIDER, "", actions)
        self._append(archive, stream, (decided,), project, by, documents=(space.body.encode(),), expected=before)
        tasks = tuple(
            Task(action, mark_of(identity, action, timeline=timeline, position=position), manifest)
            for action, manifest in zip(actions, (space, secret), strict=True)
        )
        outcomes = tuple(done.outcome for done in perform_all(tasks, cluster, lambda: True))
        self._append(archive, stream, outcomes, project, by)
        return outcomes

    def _append(  # noqa: PLR0913 (what an append consists of)
        self,
        archive: Archive,
        stream: str,
        facts: tuple[Fact, ...],
        subject: str,
        by: tuple[Signature, str],
        *,
        documents: tuple[bytes, ...] = (),
        expected: int | None = None,
    ) -> None:
        signature, correlation = by
        notes = tuple(
            Noted(fact, signature.circumstances(self.new_id(), subject=subject, correlation=correlation, build=self.build))
            for fact in facts
        )

        def prepare() -> Written:
            at = archive.version(stream) if expected is None else expected
            return Written(stream, at, notes, tuple(archive.document(body) for body in documents))

        archive.record(prepare)


@dataclass(frozen=True, slots=True)
class _Value:
    name: str
    version: int
    value: bytes = field(repr=False)

    def manifest(self, project: str, ledger: str) -> dict[str, Json]:
        """Give the immutable Secret that holds it, under key `value`."""
        labels = {
            "app.kubernetes.io/managed-by": MANAGER,
            f"{LABEL}/ledger": ledger,
            f"{LABEL}/project": slug(project, 63),
        }
        return {
            "apiVersion": "v1",
            "kind": Kind.SECRET.value,
            "metadata": {
                "name": secret_object(self.name, self.version),
                "namespace": namespace_of(project),
                "labels": labels,
                "annotations": {f"{LABEL}/name": self.name},
            },
            "type": "Opaque",
            "immutable": True,
            "data": {"value": b64encode(self.value).decode()},
        }


def _checked(name: str, value: bytes) -> None:
    if not SECRET_NAME.fullmatch(name):
        hint = "a letter, then letters, digits and `_`, at most 128 characters"
        raise Refused("secret-name", f"{name!r} cannot name a secret: no spec could refer to it", hint=hint)
    if not value:
        raise Refused("empty-secret", "the value is empty", hint="give it at the prompt, on standard input or with --from-file")
    if len(value) > LARGEST:
        raise Refused("secret-too-large", "a secret's value has at most 1 MiB")


def _version_in(ref: ObjectRef, name: str) -> int:
    prefix = secret_object(name, 0).removesuffix("0")
    rest = ref.name.removeprefix(prefix) if ref.kind == Kind.SECRET.value and ref.name.startswith(prefix) else ""
    return int(rest) if rest.isdigit() else 0


def _all_done(outcomes: tuple[Outcome, ...]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, Failed) and outcome.code == "Unreachable":
            raise Unreachable(f"the secret was not stored: {outcome.message}")
        if isinstance(outcome, Failed):
            raise Rejected(Rejection(0, outcome.code, f"{outcome.ref}: {outcome.message}"))
        if not isinstance(outcome, Succeeded):
            raise Unreachable(f"it is not known whether the secret was stored: {outcome.message}; set it once more")
