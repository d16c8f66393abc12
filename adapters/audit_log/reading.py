"""An audit log read whole, from the files that are there: for a question, not to follow it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

from adapters.audit_log.lines import lines
from adapters.observations.audit_entries import logged_at, witnessed
from domain.audit import RequestWitnessed
from domain.errors import Unfit
from projections.audit.matching import Cover


@dataclass
class AuditLog:
    """The files of an audit log, and what was found of them on the way: which time they cover, and what could not be read."""

    files: Sequence[Path]
    since: datetime | None = None
    until: datetime | None = None
    unreadable: int = 0
    entries: int = 0
    found: Cover = field(default_factory=Cover)

    def requests(self) -> Iterator[RequestWitnessed]:
        """Give all writes. Raises Unfit where a file cannot be read, or is none of an audit log."""
        for file in self.files:
            yield from self._of(file)

    @property
    def cover(self) -> Cover:
        """Say which time was read: what the files cover, within what was asked for."""
        since = max(filter(None, (self.found.since, self.since)), default=None)
        return Cover(since, min(filter(None, (self.found.until, self.until)), default=None))

    def _of(self, file: Path) -> Iterator[RequestWitnessed]:
        before = self.entries
        try:
            with file.open("rb") as opened:
                for line in lines(opened):
                    yield from self._one(line)
        except OSError as error:
            raise Unfit(f"the audit log {file} cannot be read: {error.strerror or error}") from error
        if self.entries == before and self.unreadable:
            hint = "it must have one JSON object a line; one that ends in .gz is unpacked first"
            raise Unfit(f"{file} is no audit log of an API server: none of its lines is an entry", hint)

    def _one(self, line: bytes | None) -> Iterator[RequestWitnessed]:
        at = logged_at(line) if line is not None else None
        if line is None or at is None:
            self.unreadable += bool(line) or line is None
            return
        self.entries += 1
        self.found = _widened(self.found, at)
        if (self.since and at < self.since) or (self.until and at > self.until):
            return
        try:
            request = witnessed(line)
        except ValueError:
            self.unreadable += 1
            return
        if request is not None:
            yield request


def _widened(cover: Cover, at: datetime) -> Cover:
    if cover.since is None or at < cover.since:
        cover = replace(cover, since=at)
    return cover if cover.until is not None and at <= cover.until else replace(cover, until=at)
