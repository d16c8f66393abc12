"""Statements on PostgreSQL: written once for both databases, in the driver's style only here."""

from collections.abc import Mapping, Sequence
from functools import cache
from re import sub
from typing import Any

from psycopg import Connection, Cursor
from psycopg.rows import tuple_row

from adapters.ledger import store


@cache
def _in_its_style(statement: str) -> bytes:
    """Write `:name` as the driver wants it; `::` is a cast."""
    return sub(r"(?<!:):(\w+)", r"%(\1)s", statement).encode()


class PostgresSession:
    """Statements on a connection within a transaction."""

    def __init__(self, connection: Connection[Any]) -> None:
        """Take the connection."""
        self.connection = connection

    def rows(self, statement: str, **parameters: object) -> list[store.Cells]:
        """Ask, and give all rows."""
        return self.ask(statement, **parameters).fetchall()

    def ask(self, statement: str, **parameters: object) -> Cursor[store.Cells]:
        """Ask, and let the answer come when it is wanted: several questions travel together."""
        return self.connection.cursor(row_factory=tuple_row).execute(_in_its_style(statement), parameters)

    def run(self, statement: str, **parameters: object) -> None:
        """Do."""
        self.connection.execute(_in_its_style(statement), parameters)

    def many(self, statement: str, parameters: Sequence[Mapping[str, object]]) -> None:
        """Do the same with each of many parameters."""
        self.connection.cursor().executemany(_in_its_style(statement), parameters)

    def among(self, values: Sequence[str]) -> object:
        """Give a list as a parameter."""
        return list(values)
