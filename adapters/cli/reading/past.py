"""A moment in the ledger: now, or as it was; and what of a deployment can be looked up there."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, cached_property
from heapq import merge
from typing import TYPE_CHECKING

import typer

from adapters.cli.reading.times import echoed, of_the_past, parse_span, parse_time
from adapters.cli.session import Session
from domain import deployment_fold
from domain import world as worlds
from domain.deployment import Deployment, Version
from domain.documents import named
from domain.errors import NotFound, Refused, Unsound
from domain.facts import Fact, orders_stream, replica_stream
from domain.names import Key
from domain.orders import Submitted
from domain.ports import Ledger
from domain.record import Recorded
from domain.replica import ReplicaCreated
from domain.spec import Spec
from domain.unsound import HOW_TO_GO_ON
from domain.world import World
from projections.concerns import Concerns, joined

if TYPE_CHECKING:
    from adapters.cli.reading.older import Masked


@dataclass(frozen=True)
class Moment:
    """A place in the ledger's order, and the time there; `position` is None for now."""

    ledger: Ledger
    now: datetime
    position: int | None = None

    def about(self, subject: str) -> Iterator[Recorded[Fact]]:
        """Give the facts about a subject up to here."""
        return self._masked(self.ledger.about(subject, upto=self.position))

    @cached_property
    def _masked(self) -> "Masked":
        from adapters.cli.reading.older import Masked  # it finds literal values as the reconciler does: a list needs none

        return Masked(self.ledger)

    def joined(self, key: Key) -> Iterator[Recorded[Fact]]:
        """Give the facts about a deployment up to here, with those about all and about its project that concern it."""
        return self._masked(about_one(self.ledger, key, upto=self.position))

    def deployment(self, key: Key) -> Deployment:
        """Fold a deployment up to here."""
        return deployment_fold.fold(key, self.about(key.subject))

    @cached_property
    def world(self) -> World:
        """Fold what holds for all up to here, holds of projects not included."""
        return self.world_of("")

    def world_of(self, project: str) -> World:
        """Fold what holds for all and for a project."""
        scopes = ("", project) if project else ("",)
        history = sorted((r for scope in scopes for r in self.about(scope)), key=lambda r: r.position)
        world = World()
        for recorded in history:
            world = worlds.evolve(world, recorded)
        return world


def moment(session: Session, at: str | None) -> Moment:
    """Give the moment that was asked for, and tell how it was understood. Raises Refused, NotFound (before the first fact)."""
    now = session.clock()
    if at is None:
        return Moment(session.ledger, now)
    when = asked_time(session, at)
    position = session.ledger.position_at(when)
    if position == 0:
        raise NotFound("before-the-ledger", f"the ledger begins after {echoed(when)}", "`reckon events` shows its first facts")
    session.screen.note(f"as it was at {echoed(when)}, position {position}")
    return Moment(session.ledger, when, position)


def asked_time(session: Session, text: str, word: str = "") -> datetime:
    """Read a time that was typed, and echo it under a word. Raises typer.BadParameter: no time, or one that is yet to come."""
    now = session.clock()
    try:
        when = parse_time(text, now)
        if when > now:
            when = of_the_past(when, max(now, _newest(session.ledger, now)), text)
    except Refused as refused:
        raise typer.BadParameter(f"{refused.message}; {refused.hint}") from None
    if word:
        session.screen.note(f"{word} {echoed(when)}")
    return when


def asked_window(session: Session, since: str | None, until: str | None) -> tuple[datetime | None, datetime | None]:
    """Read from when to when one asks. Raises typer.BadParameter: no time, one yet to come, or an end before the beginning."""
    begin, end = (asked_time(session, text, word) if text else None for text, word in ((since, "since"), (until, "until")))
    if begin and end and end < begin:
        raise typer.BadParameter(f"--until {until} is before --since {since}: nothing lies between them; exchange the two")
    return begin, end


def _newest(ledger: Ledger, now: datetime) -> datetime:
    """Give the time of the newest fact: it was recorded by another machine's clock, which may be ahead of this one's."""
    page = ledger.tail(ledger.head() - 1, 1)
    return page[0].recorded_at if page else now


def asked_span(text: str) -> timedelta:
    """Read a span of time that was typed. Raises typer.BadParameter."""
    try:
        return parse_span(text)
    except Refused as refused:
        raise typer.BadParameter(f"{refused.message}; {refused.hint}") from None


def a_number(text: str) -> int | None:
    """Read a whole number in figures that everybody writes; None for what is none, or larger than any position."""
    return int(text) if len(text) <= 15 and text.isascii() and text.isdigit() else None


def the_version(deployment: Deployment, number: int) -> Version:
    """Look a version up. Raises NotFound with those that there are."""
    version = deployment.version(number)
    if version is None:
        there = len(deployment.versions)
        known = f"there are versions 1 to {there}" if there > 1 else "there is only version 1" if there else "there is none yet"
        raise NotFound("no-such-version", f"{deployment.key.name!r} has no version {number}", known)
    return version


def warn_of_unsound(session: Session, deployment: Deployment) -> bool:
    """Warn of rows about a deployment that cannot be read, and of documents that are not what their digests say; tell of any."""
    for why in deployment.unsound.values():
        session.screen.warn(f"{why}; nothing is decided about {deployment.key.name} ({HOW_TO_GO_ON})")
    order_of = {digest: version.number for version in reversed(deployment.versions) for digest in named(version.order)}
    unsound = bool(deployment.unsound)
    for digest, number in order_of.items():
        try:
            session.ledger.document(digest)
        except Unsound as error:
            session.screen.warn(f"{error.message}; version {number} of {deployment.key.name} names it")
            unsound = True
    return unsound


def specs(ledger: Ledger) -> Callable[[Submitted], Spec | None]:
    """Give a way to look the spec of a version up; None when its document was erased, or is not what its digest says."""

    @cache
    def read(digest: str) -> Spec | None:
        from adapters.spec_file.normal import spec_from_json  # opened late: only those who look at specs pay for pydantic

        try:
            body = ledger.document(digest)
        except Unsound:
            return None
        return spec_from_json(body) if body is not None else None

    return lambda order: read(order.spec)


def pods(ledger: Ledger) -> Callable[[str], str]:
    """Give a way to look up the pod of a replica by its uid: its stream begins with the pod's creation."""

    @cache
    def name(uid: str) -> str:
        first = next(ledger.read(replica_stream(uid)), None)
        return first.fact.pod if first and isinstance(first.fact, ReplicaCreated) else ""

    return name


def rests(ledger: Ledger) -> Callable[[str, int], bool]:
    """Give a way to look up whether a version of a deployment, by its subject, is to run no replica."""
    from projections.stopped_versions import of_rest

    @cache
    def numbers(subject: str) -> frozenset[int]:
        return of_rest(ledger.read(orders_stream(subject)))

    return lambda subject, number: number in numbers(subject)


def about_one(ledger: Ledger, key: Key, after: int = 0, upto: int | None = None) -> Iterator[Recorded[Fact]]:
    """Give a deployment's facts within (after, upto], and those about its project and about all that concern it.

    Where there are any of the latter, its history before is read for what they may concern: where its replicas were then.
    """
    others = list(_of_others(ledger, key, after, upto))
    own = ledger.about(key.subject, after=after, upto=upto)
    if not others:
        return own
    return joined(concerns_of(ledger, key, after), own, others)


def concerns_of(ledger: Ledger, key: Key, upto: int) -> Concerns:
    """Fold what concerns a deployment up to a position."""
    concerns = Concerns(key)
    if upto:
        history = (ledger.about(key.subject, upto=upto), _of_others(ledger, key, 0, upto))
        for one in merge(*history, key=lambda one: one.position):
            concerns.take(one)
    return concerns


def _of_others(ledger: Ledger, key: Key, after: int, upto: int | None) -> Iterator[Recorded[Fact]]:
    scopes = (ledger.about(scope, after=after, upto=upto) for scope in ("", key.project))
    return merge(*scopes, key=lambda one: one.position)


def whole(ledger: Ledger, after: int = 0, upto: int | None = None) -> Iterator[Recorded[Fact]]:
    """Give all facts of the ledger within (after, upto], page by page."""
    end = ledger.head() if upto is None else upto
    while after < end:
        page = ledger.tail(after)
        if not page:
            return
        for recorded in page:
            if recorded.position > end:
                return
            yield recorded
        after = page[-1].position
