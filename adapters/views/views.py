"""Views: rows that a projection folds out of the ledger, committed together with the position they stand for.

A row and its position are changed in one transaction of the ledger's own database, and the position is looked at again
under its lock: whoever is killed, and however many catch up at once, each fact is folded into a row exactly once.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from pydantic import TypeAdapter, ValidationError

from adapters.ledger.ledger import open_store
from adapters.ledger.store import StoreSession
from adapters.views.tables import Table, ensure_tables
from domain.errors import NotFound, Unsound
from domain.facts import Fact
from domain.ports import Ledger
from domain.record import Recorded

PAGE = 500

_Bodies = tuple[bytes | None, bytes | None]
"""A row and its summary, as they are stored; None: there is none."""
Progress = Callable[[int, int], None]
"""Is told how far a rebuild has come: position and head."""


class Projection(Protocol):
    """A pure fold of facts into rows. A changed fold or row gets a higher `schema`, and is built anew beside the old one."""

    @property
    def name(self) -> str:
        """Name the view."""
        ...

    @property
    def schema(self) -> int:
        """Count the changes of the fold."""
        ...

    @property
    def row(self) -> Any:  # noqa: ANN401 (any type that pydantic can write and read)
        """Give the rows' type."""
        ...

    @property
    def summary(self) -> Any:  # noqa: ANN401 (any type that pydantic can write and read)
        """Give the type of what is kept beside each row for those who read all of them; None: nothing is."""
        ...

    @property
    def summarize(self) -> Callable[[Any], Any] | None:
        """Give what makes it of a row."""
        ...

    def key(self, recorded: Recorded[Fact]) -> str | None:
        """Name the row that a fact changes; None when it changes none."""
        ...

    def evolve(self, row: Any, recorded: Recorded[Fact]) -> Any:  # noqa: ANN401 (the rows' type)
        """Take a fact into a row (None: there is none yet); None removes the row."""
        ...


class Views:
    """The views of some projections in a ledger's database. Safe to share between threads."""

    def __init__(self, ledger_url: str, projections: Sequence[Projection]) -> None:
        """Open them; make their tables where there are none. Raises Unfit, Unreachable."""
        self._store = open_store(ledger_url)
        self._projections = {one.name: one for one in projections}
        self._codecs: dict[str, TypeAdapter[Any]] = {one.name: TypeAdapter(one.row) for one in projections}
        self._summaries: dict[str, TypeAdapter[Any]] = {one.name: TypeAdapter(one.summary) for one in projections if one.summary}
        try:
            ensure_tables(self._store)
        except BaseException:
            self._store.close()
            raise

    def catch_up(self, ledger: Ledger) -> int:
        """Fold what is new into all views; give the position they stand at now. Raises Unreachable, Unfit."""
        tables = {name: self._table(name) for name in self._projections}
        while True:
            with self._store.reading() as session:
                lowest = min((table.stands_at(session) for table in tables.values()), default=0)
            page = ledger.tail(lowest, PAGE) if tables else ()
            if not page:
                if lowest > ledger.head():
                    raise _unsound(f"a read model stands at position {lowest}, beyond the ledger's end")
                return lowest
            with self._store.transaction() as session:
                for name in sorted(tables):
                    self._fold(session, tables[name], page, after=lowest)

    def put(self, models: Mapping[str, Mapping[str, tuple[int, Any]]], *, since: int, position: int) -> bool:
        """Put rows that were folded elsewhere, as they are at a position, each with the position of the last fact about it.

        They are all the rows that facts after `since` were about. A view that stands later keeps what it has. False, and
        nothing is changed, where one stands before `since`, or is begun anew meanwhile. Raises NotFound, Unreachable, Unfit.
        """
        # What takes long comes before the lock that all writers wait for.
        with self._store.reading() as session:
            stood = {name: max(since, self._table(name).stands_at(session)) for name in sorted(models)}
        written = {name: self._encoded(name, self._newer(models[name], at)) for name, at in stood.items()}
        with self._store.transaction() as session:
            stands = {name: self._table(name).locked(session) for name in sorted(models)}
            if any(at < stood[name] for name, at in stands.items()):
                return False
            for name, at in stands.items():
                if at < position:
                    fresh = self._newer(models[name], at)
                    self._put_down(session, self._table(name), {key: written[name][key] for key in fresh})
                    self._table(name).move(session, position)
        return True

    def rows(self, name: str) -> Mapping[str, Any]:
        """Give all rows of a view by their keys. Raises NotFound."""
        codec = self._codec(name)
        with self._store.reading() as session:
            return {key: _read(codec, body) for key, body in self._table(name).all(session)}

    def summaries(self, name: str) -> Mapping[str, Any]:
        """Give the summaries of all rows of a view by their keys. Raises NotFound."""
        self._codec(name)
        with self._store.reading() as session:
            return {key: _read(self._summaries[name], body) for key, body in self._table(name).summaries.all(session)}

    def row(self, name: str, key: str) -> Any:  # noqa: ANN401 (the rows' type)
        """Give one row; None when there is none. Raises NotFound when there is no such view."""
        codec = self._codec(name)
        with self._store.reading() as session:
            body = self._table(name).some(session, [key]).get(key)
        return None if body is None else _read(codec, body)

    def rebuild(self, name: str, ledger: Ledger, progress: Progress | None = None) -> None:
        """Build a view anew beside the one in use, and put it in its place when it has caught up. Raises NotFound."""
        self._codec(name)
        table, coming = self._table(name), self._table(name, "next")
        with self._store.transaction() as session:
            coming.clear(session)
        while True:
            with self._store.reading() as session:
                position = coming.stands_at(session)
            page = ledger.tail(position, PAGE)
            with self._store.transaction() as session:
                if page:
                    self._fold(session, coming, page, after=position)
                elif coming.locked(session) >= min(table.locked(session), ledger.head()):
                    table.replace_by(session, coming)
                    return
            if progress is not None:
                progress(page[-1].position if page else position, ledger.head())

    def close(self) -> None:
        """Let go of the database."""
        self._store.close()

    def _table(self, name: str, which: str = "") -> Table:
        return Table(self._store, name, f"{name}.{self._projections[name].schema}{which and '.' + which}")

    def _codec(self, name: str) -> TypeAdapter[Any]:
        if name not in self._codecs:
            raise NotFound("no-such-view", f"there is no read model {name}; there are {', '.join(sorted(self._codecs))}")
        return self._codecs[name]

    def _fold(self, session: StoreSession, table: Table, page: Sequence[Recorded[Fact]], *, after: int) -> None:
        """Fold a page that was read after a position, under the lock of the table's own."""
        projection, codec = self._projections[table.view], self._codecs[table.view]
        position = table.locked(session)
        if position < after:
            return  # It was begun anew meanwhile: this page would leave a gap.
        keyed = [(key, one) for one in page if one.position > position and (key := projection.key(one)) is not None]
        before = table.some(session, sorted({key for key, _ in keyed}))
        rows: dict[str, Any] = {key: _read(codec, body) for key, body in before.items()}
        for key, one in keyed:
            rows[key] = projection.evolve(rows.get(key), one)
        self._write(session, table, rows)
        table.move(session, max(position, page[-1].position))

    def _write(self, session: StoreSession, table: Table, rows: Mapping[str, Any]) -> None:
        """Write rows, and what is kept beside them; None removes."""
        self._put_down(session, table, self._encoded(table.view, rows))

    @staticmethod
    def _newer(changed: Mapping[str, tuple[int, Any]], than: int) -> dict[str, Any]:
        return {key: row for key, (last, row) in changed.items() if last > than}

    def _encoded(self, name: str, rows: Mapping[str, Any]) -> dict[str, _Bodies]:
        codec, short, summarize = self._codec(name), self._summaries.get(name), self._projections[name].summarize
        return {
            key: (
                None if row is None else codec.dump_json(row),
                None if row is None or short is None or summarize is None else short.dump_json(summarize(row)),
            )
            for key, row in rows.items()
        }

    def _put_down(self, session: StoreSession, table: Table, bodies: Mapping[str, _Bodies]) -> None:
        table.write(session, {key: body for key, (body, _) in bodies.items()})
        if table.view in self._summaries:
            table.summaries.write(session, {key: summary for key, (_, summary) in bodies.items()})


def _read(codec: TypeAdapter[Any], body: bytes) -> Any:  # noqa: ANN401 (the rows' type)
    try:
        return codec.validate_json(body)
    except ValidationError as error:
        raise _unsound(f"a row of a read model cannot be read ({error.error_count()} faults)") from error


def _unsound(what: str) -> Unsound:
    return Unsound(f"{what}: it was changed from outside Deadreckon", "reckon rebuild rebuilds the read models from the ledger")
