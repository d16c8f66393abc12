"""`reckon logs NAME`: what the containers print, all replicas together."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.command import LOOKING, command
from adapters.cli.options import Follow, OneReplica, Since, Tail
from adapters.cli.reading.naming import Name
from adapters.cli.session import Session

if TYPE_CHECKING:
    from adapters.cli.reading.following import Printed
    from domain.cluster_ports import Replicas
    from domain.names import Key
    from domain.objects import ObjectRef
    from domain.replica import Replica

COLOURS = ("cyan", "magenta", "green", "blue", "yellow", "bright_cyan", "bright_magenta", "bright_green")
SWALLOWED = 10
"""Lines of each replica that a follower sees from before, unless it says otherwise."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "logs", panel=LOOKING)(logs)


def logs(  # noqa: PLR0913, PLR0917 (the options of the command)
    session: Session,
    name: Name,
    follow: Follow = False,
    previous: Annotated[bool, typer.Option("--previous", help="Of the containers before the last restart.")] = False,
    since: Since = None,
    tail: Tail = None,
    replica: OneReplica = None,
) -> None:
    """Show what the containers print, all replicas together; --tail counts the lines of each."""
    from adapters.cli.reading.past import asked_time

    if follow and previous:
        raise typer.BadParameter("--previous shows containers that have ended: there is nothing to --follow")
    chosen = _chosen(session, name, replica, previous=previous)
    seconds = None
    if since is not None:
        now = session.clock()
        seconds = max(1, round((now - asked_time(session, since, "since")).total_seconds()))
    cluster = session.cluster()
    wanted = _wanted(tail, SWALLOWED if follow and since is None else None)
    streams = [_Stream(cluster, each, follow=follow, previous=previous, since=seconds, tail=wanted) for each in chosen]
    colours: dict[str, str] = {}
    for pod, line in _following(session, session.key(name), replica, streams) if follow else _one_after_another(streams):
        colour = colours.setdefault(pod, COLOURS[len(colours) % len(COLOURS)])
        _show(session, pod, line, colour)


def _wanted(tail: str | None, otherwise: int | None) -> int | None:
    """Say how many lines of each replica are wanted; None for all."""
    if tail is None:
        return otherwise
    return None if tail == "all" else int(tail)


def _following(session: Session, key: "Key", replica: str | None, streams: "list[_Stream]") -> "Iterator[tuple[str, str]]":
    """Follow these, and whatever begins later."""
    from adapters.cli.reading.following import Appearing, together

    def begin(newcomer: "Replica") -> _Stream:
        return _Stream(session.cluster(), newcomer, follow=True, previous=False, since=None, tail=None)

    appearing = Appearing(session.ledger, key, lambda each: _meant(each, replica), [stream.replica for stream in streams])
    return together(streams, appearing, begin)


def _meant(replica: "Replica", asked: str | None) -> bool:
    return not asked or replica.pod == asked or replica.pod.endswith(f"-{asked}")


def _chosen(session: Session, name: str, replica: str | None, *, previous: bool) -> "tuple[Replica, ...]":
    from domain.errors import NotFound
    from projections.wording import listed, short_replica

    there = session.deployment(name).current_replicas()
    chosen = tuple(r for r in there if _meant(r, replica))
    if replica and not chosen:
        known = listed([short_replica(r.pod) for r in there], 8)
        raise NotFound("no-such-replica", f"{name!r} has no replica {replica!r} now", f"there are: {known}" if known else "")
    if not chosen:
        raise NotFound("no-replicas", f"{name!r} has no replicas now, so nothing prints", f"see: reckon get {name}")
    if not previous:
        return chosen
    restarted = tuple(r for r in chosen if r.restarts)
    if not restarted:
        raise NotFound(
            "no-restarts", f"no replica of {name!r} has restarted, so there is none before", f"see: reckon logs {name}"
        )
    return restarted


class _Stream:
    """The lines of one replica."""

    def __init__(  # noqa: PLR0913 (what the port asks for)
        self, cluster: "Replicas", replica: "Replica", *, follow: bool, previous: bool, since: int | None, tail: int | None
    ) -> None:
        self.pod, self.replica = replica.pod, replica
        self._cluster, self._ref = cluster, _ref(replica)
        self._follow, self._previous, self._since, self._tail = follow, previous, since, tail

    def lines(self) -> "Iterator[Printed]":
        """Give the lines; what cannot be read is told in their place."""
        from domain.errors import Rejected

        try:
            for line in self._cluster.logs(
                self._ref, follow=self._follow, previous=self._previous, since=self._since, tail=self._tail
            ):
                yield self.pod, line
        except Rejected as error:
            yield self.pod, f"(cannot be read: {error.rejection.message})"


def _ref(replica: "Replica") -> "ObjectRef":
    from domain.objects import Kind, ObjectRef

    return ObjectRef(Kind.POD.value, replica.namespace, replica.pod)


def _one_after_another(streams: list[_Stream]) -> Iterator[tuple[str, str]]:
    for stream in streams:
        for pod, line in stream.lines():
            yield pod, line or ""


def _show(session: Session, pod: str, line: str, colour: str) -> None:
    from projections.wording import short_replica

    screen = session.screen
    if not screen.people:
        screen.item({"replica": pod, "line": line}, lambda: "", pod)
        return
    from rich.text import Text

    from adapters.cli.console import painted

    # Of the application's escape sequences only colours work: a log must not drive the reader's terminal.
    screen.console.print(Text.assemble((f"{short_replica(pod)} ", colour), painted(line)), soft_wrap=True)
