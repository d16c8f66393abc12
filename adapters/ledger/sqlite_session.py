"""Statements on SQLite: written once for both databases; and how a batch's rows come into the file."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from adapters.ledger import store
from adapters.ledger.batch import Writing

_INSERT_EVENT = """INSERT INTO ledger_events (rowid, originator_id, originator_version, topic, state)
    VALUES (?, ?, ?, ?, ?)"""
_INSERT_JOURNAL = "INSERT INTO ledger_journal (position, subject, fact_id, recorded_at) VALUES (?, ?, ?, ?)"
_INSERT_SUBJECT = "INSERT INTO ledger_subjects (subject, first_position) VALUES (?, ?) ON CONFLICT DO NOTHING"


class SqliteSession:
    """Statements on a cursor of a connection within a transaction."""

    def __init__(self, cursor: Any) -> None:  # noqa: ANN401 (the library's cursor and the driver's both serve)
        """Take the cursor."""
        self.cursor = cursor

    def rows(self, statement: str, **parameters: object) -> list[store.Cells]:
        """Ask, and give all rows."""
        self.cursor.execute(statement, parameters)
        return [tuple(row) for row in self.cursor.fetchall()]

    def run(self, statement: str, **parameters: object) -> None:
        """Do."""
        self.cursor.execute(statement, parameters)

    def many(self, statement: str, parameters: Sequence[Mapping[str, object]]) -> None:
        """Do the same with each of many parameters."""
        self.cursor.executemany(statement, parameters)

    def among(self, values: Sequence[str]) -> object:
        """Give a list as a parameter."""
        return json.dumps(values)


def insert(session: SqliteSession, writing: Writing) -> None:
    """Write what a batch writes."""
    many = session.cursor.executemany
    rows = writing.rows
    many(_INSERT_EVENT, [(row.position, row.stream, row.version, row.name, row.state) for row in rows])
    many(_INSERT_JOURNAL, [(row.position, row.subject, row.fact_id, row.recorded) for row in rows])
    first: dict[str, int] = {}
    for row in rows:
        first.setdefault(row.subject, row.position)
    many(_INSERT_SUBJECT, [(subject, position) for subject, position in first.items() if subject])
    for digest, body in writing.documents.items():
        session.run(store.ADD_DOCUMENT, digest=digest, body=body)
    for kind, resource_version in writing.watch_positions.items():
        session.run(store.SET_PLACE, kind=kind, resource_version=resource_version)
