"""Lines of an audit log: read from a file, each whole and of a bounded length; what is too long is passed over, not kept."""

from collections.abc import Iterator
from typing import BinaryIO

LONGEST = 8 * 1024 * 1024
"""Bytes of one entry; with all that was sent and answered it has at most a few of an object's one and a half."""


def lines(file: BinaryIO, most: int = 0) -> Iterator[bytes | None]:
    """Give the whole lines from where the file stands, without their ends; None for one that is too long.

    With `most`, no line is begun after so many bytes. The file is left behind the last whole line: what is still being
    written is read when it is whole.
    """
    begun = place = file.tell()
    while not most or place - begun < most:
        line = file.readline(LONGEST + 1)
        cut = len(line) > LONGEST
        if cut and not _to_its_end(file):
            break
        if not cut and not line.endswith(b"\n"):
            break
        place = file.tell()
        yield None if cut else line.rstrip(b"\r\n")
    file.seek(place)


def _to_its_end(file: BinaryIO) -> bool:
    while piece := file.readline(LONGEST):
        if piece.endswith(b"\n"):
            return True
    return False
