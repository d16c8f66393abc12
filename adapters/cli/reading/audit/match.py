"""`reckon audit match`: the ledger held against the API server's own audit log; every write that either side lacks, named."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import typer

from adapters.cli.reading.audit.options import AuditLogs, audit_log
from adapters.cli.reading.audit.window import Since, Until
from adapters.cli.session import Session

if TYPE_CHECKING:
    from rich.console import RenderableType

    from adapters.audit_log.reading import AuditLog
    from domain.audit import RequestWitnessed
    from projections.audit.matching import Claimed, Match

NOT_WHOLE = 1
SHOWN = 20
"""So many of each kind are shown to a person; data has all."""


def match(session: Session, files: AuditLogs = None, since: Since = None, until: Until = None) -> None:
    """Hold the whole ledger against the API server's audit log; exit 1 when either side has a write that the other lacks."""
    from adapters.cli.reading.past import whole
    from projections.audit.matching import match as matched

    log = audit_log(session, files, since, until)
    found = matched(whole(session.ledger, 0, session.ledger.head()), log.requests(), cover=lambda: log.cover)
    found = _asked_for(found, log)
    session.screen.answer(_data(found, log), lambda: _told(session, found, log), [*_names(found)])
    if not found.whole:
        raise typer.Exit(NOT_WHOLE)


def _asked_for(found: "Match", log: "AuditLog") -> "Match":
    """Leave out what is wrong within the ledger alone, where only a part of its time was asked for."""
    return replace(found, outcomes=()) if log.since or log.until else found


def _data(found: "Match", log: "AuditLog") -> object:
    from adapters.cli.screen import plain

    return {
        "whole": found.whole,
        "covers": plain(log.cover),
        "entries": log.entries,
        "unreadable": log.unreadable,
        **plain(found),
    }


def _names(found: "Match") -> Iterator[str]:
    yield from (entry.audit_id for entry in (*found.unrecorded, *found.untold))
    yield from (claim.action.id for claim in (*found.unproved, *found.denied))
    yield from (*found.repeated, *found.outcomes)


def _told(session: Session, found: "Match", log: "AuditLog") -> "RenderableType":
    from rich.console import Group
    from rich.text import Text

    from projections.wording import count

    both = f"{count(found.matched, 'write')} of ours and {count(found.told, 'write')} of others stand on both sides"
    head = Text.assemble(f"{_covers(session, log)}: {both}")
    parts = list(_parts(session, found))
    head.append(", and neither side lacks any" if found.whole else "", style="green")
    if found.beyond:
        of_ours = count(found.beyond, "write of ours", "writes of ours")
        parts.append(Text(f"{of_ours} cannot be judged: the audit log does not cover the time of it", style="dim"))
    if log.unreadable:
        parts.append(Text(f"{count(log.unreadable, 'line')} of the audit log cannot be read", style="yellow"))
    return Group(head, *parts)


def _covers(session: Session, log: "AuditLog") -> str:
    from adapters.cli.reading.times import clocked

    cover, now = log.cover, session.clock()
    if cover.since is None or cover.until is None:
        return "the audit log is empty"
    return f"the audit log covers {clocked(cover.since, now)} to {clocked(cover.until, now)}"


def _parts(session: Session, found: "Match") -> "Iterator[RenderableType]":
    yield from _part("Written by us, and no action in the ledger stands for it", _requests(session, found.unrecorded))
    yield from _part("Done as the ledger says, and not in the audit log", map(_claim, found.unproved))
    yield from _part("Not done as the ledger says, and done as the audit log says", map(_claim, found.denied))
    yield from _part("Audit-IDs used for more than one write", found.repeated)
    yield from _part("Actions that do not have exactly one outcome", found.outcomes)
    yield from _part("Written by others, and no fact in the ledger stands for it", _requests(session, found.untold))


def _part(title: str, lines: Iterable[str]) -> "Iterator[RenderableType]":
    from rich.text import Text

    told = list(lines)
    if told:
        yield Text(f"{title} ({len(told)}):", style="bold red")
        yield from (Text(f"  {line}") for line in told[:SHOWN])
        if len(told) > SHOWN:
            yield Text(f"  and {len(told) - SHOWN} more: -o json names all", style="dim")


def _requests(session: Session, requests: "Iterable[RequestWitnessed]") -> Iterator[str]:
    from adapters.cli.reading.times import clocked
    from projections.sentences.requests import tell

    for request in requests:
        where = f" in {request.ref.namespace}" if request.ref.namespace and request.ref.name else ""
        yield f"{clocked(request.at, session.clock())}  {tell(request).text}{where}, Audit-ID {request.audit_id}"


def _claim(claim: "Claimed") -> str:
    return f"position {claim.position}  {claim.action.verb} {claim.action.ref}, action {claim.action.id}"
