"""The archive: what the ledger says about deployments, projects and the whole; and the one way in which orders are recorded."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from domain import deployment_fold, models
from domain import project as projects
from domain import world as worlds
from domain.deployment import Deployment
from domain.errors import Conflict, Unsound
from domain.facts import Fact, orders_stream, project_stream, scope_stream
from domain.models import ModelRemoved, Models, ModelSet
from domain.names import Key
from domain.platform import Platform, PlatformSet, choose
from domain.ports import Ledger
from domain.project import Project, ProjectFact, Scope
from domain.reach import Reach, reach
from domain.record import Append, Document, Recorded, UncommittedFact
from domain.unsound import Unreadable, set_aside
from domain.world import World

TRIES = 5
EVERYTHING = ""
"""The subject of orders that concern all projects."""
ALL_PROJECTS = "*"
"""Stands for them in the name of a stream."""


@dataclass(frozen=True, slots=True)
class LoadedDeployment:
    """A deployment as it stands, and the version of its stream of orders, at which the next must be appended."""

    deployment: Deployment
    version: int


@dataclass(frozen=True, slots=True)
class Written:
    """What is to be written to one stream, with the documents that it names."""

    stream: str
    expected: int
    notes: tuple[UncommittedFact[Fact], ...]
    documents: tuple[Document, ...] = ()
    beside: tuple[Append[Fact], ...] = ()
    """What stands or falls with it, in other streams."""


class Archive:
    """Looks up and records, on any ledger."""

    def __init__(self, ledger: Ledger) -> None:
        """Take the ledger."""
        self.ledger = ledger

    def standing(self, key: Key) -> LoadedDeployment:
        """Give a deployment with the place at which the next order about it goes."""
        deployment, version, stream = Deployment(key), 0, orders_stream(key.subject)
        for recorded in self.ledger.about(key.subject):
            deployment = deployment_fold.evolve(deployment, recorded)
            if recorded.stream == stream:
                version = recorded.version
        return LoadedDeployment(deployment, version)

    def project(self, name: str, scope: Scope = "project") -> Project:
        """Give what a project knows of its own, or what the cluster's or the team's scope holds for all projects."""
        project = Project()
        for recorded in whole(self.ledger.read(scope_stream(scope, name))):
            if isinstance(recorded.fact, ProjectFact):
                project = projects.evolve(project, recorded.fact)
        return project

    def reach(self, name: str) -> Reach:
        """Give what the specs of a project may name: the three scopes laid over each other."""
        return reach(self.project(name), self.project(name, "cluster"), self.project(name, "team"))

    def platform(self) -> Platform:
        """Give what the platform's owner chose. What a newer build wrote and this one does not know stops it: Refused."""
        platform = Platform()
        for recorded in whole(self.ledger.read(project_stream(ALL_PROJECTS))):
            if isinstance(recorded.fact, PlatformSet):
                platform = choose(platform, recorded.fact.choices)
        return platform

    def models(self) -> Models:
        """Give the platform's models, by their ids."""
        known: Models = {}
        for recorded in whole(self.ledger.read(project_stream(ALL_PROJECTS))):
            if isinstance(recorded.fact, ModelSet | ModelRemoved):
                known = models.take_in(known, recorded.fact)
        return known

    def world(self, project: str) -> World:
        """Give what holds for all deployments, as far as it touches one project."""
        subjects = dict.fromkeys((EVERYTHING, project))  # each fact once, also where the two are one
        history = sorted(chain.from_iterable(self.ledger.about(subject) for subject in subjects), key=_place)
        world = World()
        for recorded in history:
            world = worlds.evolve(world, recorded)
        return world

    def keys(self, project: str) -> tuple[Key, ...]:
        """Name everything ever deployed in a project, in order of first appearance."""
        prefix = f"{project}/"
        return tuple(Key.of(subject) for subject in self.ledger.subjects() if subject.startswith(prefix))

    def everywhere(self) -> tuple[Key, ...]:
        """Name everything ever deployed, in all projects."""
        return tuple(Key.of(subject) for subject in self.ledger.subjects() if "/" in subject)

    def version(self, stream: str) -> int:
        """Give the version at which a stream stands."""
        newest = self.newest(stream)
        return newest.version if newest else 0

    def newest(self, stream: str) -> Recorded[Fact] | None:
        """Give the newest fact of a stream; None where there is none."""
        return max(self.ledger.read(stream), key=lambda recorded: recorded.version, default=None)

    def record(self, prepare: Callable[[], Written]) -> tuple[Recorded[Fact], ...]:
        """Prepare and append; when someone else was first, look again and decide again. Raises Conflict after five times."""
        for _ in range(TRIES - 1):
            try:
                return self._append(prepare())
            except Conflict:
                continue
        return self._append(prepare())

    def document(self, body: bytes) -> Document:
        """Give a text under this ledger's digest."""
        return Document(self.ledger.digest(body), body)

    def _append(self, written: Written) -> tuple[Recorded[Fact], ...]:
        if not written.notes:
            return ()
        append = Append(written.stream, written.expected, written.notes)
        return self.ledger.append([append, *written.beside], documents=_each_once(written.documents))


def whole(history: Iterable[Recorded[Fact]]) -> Iterator[Recorded[Fact]]:
    """Give a stream's facts. Raises Unsound at one that cannot be read and was not set aside."""
    facts = tuple(history)
    aside = {set_aside(recorded.fact) for recorded in facts}
    for recorded in facts:
        if not isinstance(recorded.fact, Unreadable):
            yield recorded
        elif recorded.position not in aside:
            raise Unsound(recorded.fact.why)


def _each_once(documents: Sequence[Document]) -> tuple[Document, ...]:
    return tuple({document.digest: document for document in documents}.values())


def _place(recorded: Recorded[Fact]) -> int:
    return recorded.position
