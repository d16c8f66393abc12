"""A session: what one command has at hand. Each thing is opened when it is first needed, and closed at the end."""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import cache, cached_property
from shlex import quote
from typing import TYPE_CHECKING, Any

from adapters.cli.doors import Doors
from adapters.cli.failures import nearest
from adapters.cli.screen import Screen
from domain.errors import NotFound, Refused, Rejected, Unreachable
from domain.names import Key

if TYPE_CHECKING:  # a session is begun for the help too; what it opens is imported when it is needed
    from adapters.desk.archive import Archive
    from adapters.desk.desk import Desk
    from adapters.settings import Settings
    from domain.cluster_ports import Cluster
    from domain.deployment import Deployment
    from domain.ports import Images, Ledger, Sources
    from domain.world import World

DEFAULT_PROJECT = "default"
"""The project of who names none; it is there although nothing was ever recorded about it."""


@dataclass(frozen=True, slots=True)
class Choices:
    """The options that every command has, as they were given; None leaves it to the settings."""

    project: str | None = None
    ledger: str | None = None
    output: str | None = None
    context: str | None = None
    kubeconfig: str | None = None
    acting_as: str | None = None
    no_color: bool = False
    machines: str | None = None

    def over(self, settings: "Settings") -> "Settings":
        """Let what was typed go before what was set."""
        typed = {name: getattr(self, name) for name in ("project", "ledger", "output", "context", "kubeconfig")}
        typed["catalogue"] = self.machines
        return settings.model_copy(update={name: value for name, value in typed.items() if value is not None})


def a_project(name: str) -> str:
    """Give a project's name back. Raises Refused when it cannot be one: `*` stands for all projects in streams' names."""
    if not name or "/" in name or name.startswith("*") or len(name) > 63 or not name.isprintable():
        raise Refused("project-name", f"{name!r} cannot be a project: 1 to 63 printable characters, no slash, no `*` in front")
    return name


class Session:
    """What one command has at hand."""

    def __init__(self, doors: Doors, settings: "Settings", choices: Choices) -> None:
        """Keep the ways to open things; nothing is opened yet."""
        self.doors = doors
        self.settings = settings
        self.screen = Screen(settings.output, colour=not choices.no_color)
        self.typed = choices
        self.acting_as = choices.acting_as
        self._closing: list[Any] = []

    @classmethod
    @contextmanager
    def begin(cls, doors: Doors, choices: Choices) -> Generator["Session", None, None]:
        """Give a session for the time of a command."""
        session = cls(doors, choices.over(doors.settings()), choices)
        try:
            yield session
        finally:
            for opened in reversed(session._closing):
                opened.close()

    @property
    def project(self) -> str:
        """Name the project. Raises Refused when it cannot be one."""
        return a_project(self.settings.project)

    def see_project(self) -> None:
        """See that the project, where one was named, was ever heard of. Raises NotFound with the nearest, Refused."""
        named = self.typed.project is not None or "project" in self.settings.model_fields_set
        if not named or self.project == DEFAULT_PROJECT:
            return
        known = sorted({subject.partition("/")[0] for subject in self.ledger.subjects()} - {""})
        if self.project in known:
            return
        near = nearest(self.project, known)
        there = f"there are: {', '.join(known[:10])}" if known else "the first submission makes one: reckon submit FILE"
        raise NotFound("no-such-project", f"there is no project {self.project!r}", f"did you mean {near!r}?" if near else there)

    def see_cluster(self) -> None:
        """See that a cluster that was typed is the ledger's, also where it need not be asked. Raises Unfit."""
        if self.typed.context is None and self.typed.kubeconfig is None:
            return
        if not self._world().cluster:
            return  # nothing is bound yet, so nothing can be taken for another's
        try:
            self.cluster()
        except (Unreachable, Rejected) as error:
            self.screen.warn(f"whether this ledger belongs to the cluster that was named could not be asked: {error}")

    @cached_property
    def ledger(self) -> "Ledger":
        """Give the ledger. Raises Unfit (also: a real cluster is named, and it belongs to a simulated one), Unreachable."""
        ledger = self.doors.ledger(self.settings)
        self._closing.append(ledger)
        if self.settings.real_cluster:
            from adapters.desk.archive import EVERYTHING, Archive
            from adapters.desk.binding import not_simulated

            not_simulated(Archive(ledger).world(EVERYTHING), self._cluster_named())
        return ledger

    def _cluster_named(self) -> str:
        settings = self.settings
        typed = self.typed.context is not None or self.typed.kubeconfig is not None
        context, kubeconfig = ("--context", "--kubeconfig") if typed else ("RECKON_CONTEXT", "RECKON_KUBECONFIG")
        said = ((context, settings.context), (kubeconfig, settings.kubeconfig))
        return " ".join(f"{option} {value}" for option, value in said if value) or "RECKON_IN_CLUSTER"

    @cached_property
    def archive(self) -> "Archive":
        """Give the way to look up; it costs less than the desk, which also reads spec files."""
        from adapters.desk.archive import Archive

        return Archive(self.ledger)

    @cached_property
    def desk(self) -> "Desk":
        """Give the desk that takes orders and looks things up."""
        from adapters.desk.desk import Desk

        return Desk(
            ledger=self.ledger,
            images=self._images,
            catalogue=cache(lambda: self.doors.catalogue(self.settings)),
            cluster=self.cluster,
            clock=self.doors.clock,
            new_id=self.doors.new_id,
            build=self.doors.build,
            rollout_deadline=self.settings.rollout_deadline,
            sources=self._sources,
        )

    def clock(self) -> datetime:
        """Give the time in UTC."""
        return self.doors.clock()

    def new_id(self) -> str:
        """Give an id that was never given before."""
        return self.doors.new_id()

    def cluster(self) -> "Cluster":
        """Give the cluster that this ledger belongs to. Raises Unreachable, Unfit (another cluster)."""
        return self._cluster

    @cached_property
    def _cluster(self) -> "Cluster":
        return self._bound(self.doors.cluster(self.settings))

    def owned_cluster(self) -> "Cluster":
        """Give the cluster for an engine. Raises Unreachable (another engine owns it), Unfit (another cluster)."""
        from adapters.desk.binding import of_these_orders

        cluster = self._bound(self.doors.own_cluster(self.settings))
        of_these_orders(self._world(), self.ledger, cluster)
        return cluster

    def _bound(self, cluster: "Cluster") -> "Cluster":
        from adapters.desk.binding import of_this_ledger

        if hasattr(cluster, "close"):
            self._closing.append(cluster)
        of_this_ledger(self._world(), cluster)
        return cluster

    def meant(self) -> str:
        """Say which kind of cluster an order is meant for while the ledger is bound to none; empty when that is open."""
        if self._world().cluster:
            return ""
        if self.settings.real_cluster:
            return "real"
        # A ledger on a server may belong to a cluster that only its engine can reach: nothing is said of it here.
        return "" if "://" in self.settings.ledger_place else "simulated"

    def _images(self) -> "Images":
        return self.doors.images(self._simulated())

    def _sources(self) -> "Sources":
        return self.doors.sources(self._simulated())

    def _simulated(self) -> bool:
        world = self._world()
        # A ledger that belongs to a real cluster asks what is real, also when the cluster is not named this time.
        return world.simulated if world.cluster else self.meant() == "simulated"

    def _world(self) -> "World":
        from adapters.desk.archive import EVERYTHING

        return self.archive.world(EVERYTHING)

    def names(self, *, also_gone: bool = False) -> tuple[str, ...]:
        """Name the deployments of the project."""
        keys = self.archive.keys(self.project)
        return tuple(key.name for key in keys if also_gone or self.archive.standing(key).deployment.exists)

    def key(self, name: str) -> Key:
        """Give the key of a name in the project."""
        return Key(self.project, name)

    def deployment(self, name: str) -> "Deployment":
        """Look a deployment up, also one that is gone. Raises NotFound with the nearest name."""
        known = [key.name for key in self.archive.keys(self.project)]
        if name in known:
            return self.archive.standing(self.key(name)).deployment
        where = f"there is no deployment {name!r} in project {self.project!r}"
        raise NotFound("no-such-deployment", where, self._where_then(name, known))

    def _where_then(self, name: str, known: list[str]) -> str:
        """Say where a deployment may be found that is not in the project."""
        if near := nearest(name, known):
            return f"did you mean {near!r}?"
        others = [key.project for key in self.archive.everywhere() if key.name == name]
        if others:
            return f"there is one in project {others[0]!r}: --project {quote(others[0])}"
        shown = f"there are: {', '.join(known[:10])}{', …' if len(known) > 10 else ''} (reckon list --all)"
        return shown if known else "nothing was ever submitted to it: reckon submit FILE"
