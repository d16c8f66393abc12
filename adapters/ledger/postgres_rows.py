"""How a batch's rows come into a PostgreSQL: inserted by roles that may, else through the database's own door."""

from collections.abc import Sequence
from dataclasses import replace

from adapters.ledger.batch import AppendRequest, FactRow, Writing, as_time
from adapters.ledger.postgres_session import PostgresSession
from domain.errors import Unfit

_APPEND = """SELECT first, at FROM ledger_append(:streams::text[], :versions::bigint[], :names::text[], :contents::bytea[],
    :subjects::text[], :ids::text[], :digests::text[], :bodies::bytea[])"""
_INSERT_EVENTS = """INSERT INTO ledger_events (notification_id, originator_id, originator_version, topic, state)
    SELECT * FROM unnest(:positions::bigint[], :streams::text[], :versions::bigint[], :names::text[], :states::bytea[])"""
_INSERT_JOURNAL = """INSERT INTO ledger_journal (position, subject, fact_id, recorded_at)
    SELECT * FROM unnest(:positions::bigint[], :subjects::text[], :ids::text[], :times::bigint[])"""
_INSERT_SUBJECTS = """INSERT INTO ledger_subjects (subject, first_position)
    SELECT * FROM unnest(:subjects::text[], :positions::bigint[]) ON CONFLICT DO NOTHING"""


def append_by_the_door(session: PostgresSession, writing: Writing, batch: Sequence[AppendRequest]) -> None:
    """Write through the database's function: it sets the positions, which under the lock are these, and the time."""
    if writing.watch_positions or any(request.lease for request in batch):
        raise Unfit(
            "this PostgreSQL role may give orders, and not lead", "let engines log in as a role of their own: reckon roles"
        )
    if not writing.rows:
        return
    rows = writing.rows
    first, at = session.rows(
        _APPEND,
        streams=[row.stream for row in rows],
        versions=[row.version for row in rows],
        names=[row.name for row in rows],
        contents=[row.state.partition(b",")[2] for row in rows],
        subjects=[row.subject for row in rows],
        ids=[row.fact_id for row in rows],
        digests=list(writing.documents),
        bodies=list(writing.documents.values()),
    )[0]
    assert first == rows[0].position, "positions are given under the lock"
    for request in batch:
        request.recorded = tuple(replace(one, recorded_at=as_time(at)) for one in request.recorded)


def insert_rows(session: PostgresSession, rows: Sequence[FactRow]) -> None:
    """Write rows; the database's guards judge them."""
    positions = [row.position for row in rows]
    session.run(
        _INSERT_EVENTS,
        positions=positions,
        streams=[row.stream for row in rows],
        versions=[row.version for row in rows],
        names=[row.name for row in rows],
        states=[row.state for row in rows],
    )
    subjects, ids, times = [row.subject for row in rows], [row.fact_id for row in rows], [row.recorded for row in rows]
    session.run(_INSERT_JOURNAL, positions=positions, subjects=subjects, ids=ids, times=times)
    first: dict[str, int] = {}
    for row in rows:
        first.setdefault(row.subject, row.position)
    first.pop("", None)
    session.run(_INSERT_SUBJECTS, subjects=list(first), positions=list(first.values()))
