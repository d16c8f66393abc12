"""Files that are written whole, and only where they stand: through no link that somebody laid there, for their owner's eyes."""

import os
from collections.abc import Generator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import mkstemp
from typing import IO

_OWN = os.O_NOFOLLOW | os.O_CLOEXEC


@contextmanager
def written_whole(path: Path, *, mode: int = 0o600, beside: Path | None = None) -> Generator[IO[bytes]]:
    """Write a file beside, and put it in the old one's place at the end; when that fails, the old one stays. Raises OSError.

    `beside` is a name that is nobody's but ours: what a killed writer left there goes. Without, a new one is found.
    """
    handle, fresh = _fresh(path, beside)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fchmod(handle, mode)
            os.fsync(handle)
        fresh.replace(path)
    except BaseException:
        with suppress(OSError):
            fresh.unlink(missing_ok=True)  # half of it would only take the room that is wanted
        raise


def _fresh(path: Path, beside: Path | None) -> tuple[int, Path]:
    if beside is None:
        handle, name = mkstemp(prefix=f".{path.name}.", suffix=".new", dir=path.parent)
        return handle, Path(name)
    beside.unlink(missing_ok=True)  # of a link that somebody laid there the link alone
    # Not opened where something stands there again: that would be another's.
    return os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _OWN, 0o600), beside


def opened_to_lock(path: Path) -> IO[bytes]:
    """Open a file that only stands for a lock, and make it where it is missing. Raises OSError, also for a link."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | _OWN, 0o600), "r+b")


def own_folder(path: Path) -> None:
    """See that a folder is there; one that is made is its owner's alone. Raises OSError."""
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
