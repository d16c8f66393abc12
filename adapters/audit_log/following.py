"""An audit log followed as the API server writes it: through its rotation, over restarts, each entry once.

Where it was read to is a text that is kept with the facts it led to. It names the file by its inode and by the bytes before the
place; where that file is gone, the time of the last entry says where to go on, and whether anything is missing.
"""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO

from adapters.audit_log.lines import lines
from adapters.observations.audit_entries import logged_at, witnessed
from adapters.observations.tolerant import number, parsed, text, time
from domain.audit import RequestWitnessed

CHUNK = 256 * 1024
"""Bytes that are read at once."""
_TAIL = 64
"""Bytes before a place by which a file is known again."""
_PACKED = (".gz", ".xz", ".zst", ".bz2")


@dataclass(frozen=True, slots=True)
class Gap:
    """Entries between two times may be missing, and why."""

    since: datetime | None
    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class Read:
    """What was read in one go, and the place behind it."""

    requests: tuple[RequestWitnessed, ...]
    place: str
    gap: Gap | None = None
    flaw: str = ""
    """What was wrong with an entry that was passed over."""


@dataclass(frozen=True, slots=True)
class LogPosition:
    """Where a log was read to."""

    inode: int = 0
    offset: int = 0
    tail: str = ""
    at: datetime | None = None

    @classmethod
    def of(cls, said: str) -> "LogPosition":
        """Read a place back; the beginning where it cannot be read."""
        with suppress(ValueError, RecursionError):
            tree = parsed(said.encode())
            return cls(number(tree, "inode"), number(tree, "offset"), text(tree, "tail"), time(tree, "at"))
        return cls()

    def __str__(self) -> str:
        """Write it down."""
        at = self.at.isoformat() if self.at else ""
        return json.dumps({"inode": self.inode, "offset": self.offset, "tail": self.tail, "at": at})


class AuditFile:
    """Follows one audit log. Not for several threads."""

    def __init__(self, path: Path) -> None:
        """Keep where it is; nothing is opened yet."""
        self.path = path
        self._file: BinaryIO | None = None
        self._tail = b""
        self._at: datetime | None = None
        self._lost: datetime | None = None
        """The time of the last entry that was read, while it is sought where to go on after it."""
        self._overlaps = False
        self._ending = False

    def begin(self, place: str) -> None:
        """Go on from a place; from the log's beginning where it is empty."""
        self.close()
        known = LogPosition.of(place)
        self._at, self._lost, self._overlaps = known.at, None, False
        if known.inode and not self._found(known):
            self._seek_by_time()

    def read(self) -> Read | None:
        """Give what has been written since, at most so much; None while there is nothing. Raises OSError."""
        if self._file is None and not self._open(self.path):
            return None
        if not self._intact():
            self._seek_by_time()
            return None
        assert self._file is not None, "it was opened"
        found, gap, flaw, moved = list[RequestWitnessed](), None, "", False
        for line in lines(self._file, CHUNK):
            moved = True
            gap = self._taken(line) or gap
            wrong = self._keep(line, found)
            flaw = flaw or wrong
        if moved:
            self._ending = False
            self._remember()
            return Read(tuple(found), str(self.place), gap, flaw)
        self._go_on()
        return None

    @property
    def place(self) -> LogPosition:
        """Say where it was read to."""
        if self._file is None:
            return LogPosition(at=self._at)
        status = os.fstat(self._file.fileno())
        return LogPosition(status.st_ino, self._file.tell(), _digest(self._tail), self._at)

    def close(self) -> None:
        """Read no more for now."""
        if self._file is not None:
            self._file.close()
        self._file, self._tail, self._ending = None, b"", False

    def _keep(self, line: bytes | None, found: list[RequestWitnessed]) -> str:
        if line is None:
            return "is too long to be read"
        at = logged_at(line)
        if self._lost is not None and at is not None and at < self._lost:
            return ""  # it was read before
        try:
            request = witnessed(line)
        except ValueError as error:
            return f"cannot be read: {error}"
        if request is not None:
            found.append(request)
        return ""

    def _taken(self, line: bytes | None) -> Gap | None:
        """Note an entry's time; tell of a gap where it is the first behind one."""
        at = logged_at(line) if line is not None else None
        if at is None:
            return None
        if self._lost is not None:
            if at <= self._lost:
                self._overlaps = True
                return None
            since, whole, self._lost = self._lost, self._overlaps, None
            self._at = at
            return None if whole else Gap(since, at, "the file that they stood in was no longer there")
        self._at = at if self._at is None else max(self._at, at)
        return None

    # --- files

    def _open(self, path: Path, offset: int = 0) -> bool:
        with suppress(FileNotFoundError):
            file = path.open("rb")
            self.close()
            self._file = file
            file.seek(offset)
            self._remember()
            return True
        return False

    def _remember(self) -> None:
        assert self._file is not None, "what is remembered was read"
        offset = self._file.tell()
        length = min(_TAIL, offset)
        self._tail = os.pread(self._file.fileno(), length, offset - length)

    def _intact(self) -> bool:
        """Tell whether what was read still stands where it stood: else the file was cut and is written anew."""
        assert self._file is not None, "it was opened"
        offset = self._file.tell()
        return os.pread(self._file.fileno(), len(self._tail), offset - len(self._tail)) == self._tail

    def _go_on(self) -> None:
        """Go on with the next file behind one that is no longer written; it is looked at twice, lest a last line is lost."""
        assert self._file is not None, "it was read"
        inode = os.fstat(self._file.fileno()).st_ino
        try:
            written = self.path.stat().st_ino
        except FileNotFoundError:
            return
        if written == inode:
            return
        if not self._ending:
            self._ending = True
            return
        files = list(self._files())
        numbers = [status.st_ino for _, status in files]
        modified = os.fstat(self._file.fileno()).st_mtime_ns
        later = files[numbers.index(inode) + 1 :] if inode in numbers else [f for f in files if f[1].st_mtime_ns >= modified]
        self._open(later[0][0] if later else self.path)

    def _files(self) -> Iterator[tuple[Path, os.stat_result]]:
        """Give the files of the log, oldest first: those that rotation put beside it, the one that is written last."""
        found: list[tuple[Path, os.stat_result]] = []
        with suppress(OSError):
            for path in self.path.parent.iterdir():
                if path.name != self.path.name and self._rotated(path.name):
                    with suppress(OSError):
                        found.append((path, path.stat()))
        yield from sorted(found, key=lambda one: (one[1].st_mtime_ns, one[0].name))
        with suppress(OSError):
            yield self.path, self.path.stat()

    def _rotated(self, name: str) -> bool:
        if name.endswith(_PACKED):
            return False
        by_server = name.startswith(f"{self.path.stem}-") and name.endswith(self.path.suffix)
        return by_server or name.startswith((f"{self.path.name}.", f"{self.path.name}-"))

    def _found(self, known: LogPosition) -> bool:
        for path, status in self._files():
            if status.st_ino == known.inode and status.st_size >= known.offset and self._open(path, known.offset):
                if _digest(self._tail) == known.tail:
                    return True
                self.close()
        return False

    def _seek_by_time(self) -> None:
        """Begin with the oldest file that may hold what came after the last entry that was read."""
        self._lost, self._overlaps = self._at, False
        since = self._at.timestamp() if self._at else 0.0
        later = [path for path, status in self._files() if status.st_mtime >= since - 1]
        self.close()
        if later:
            self._open(later[0])


def _digest(tail: bytes) -> str:
    return hashlib.sha256(tail).hexdigest()[:32]
