"""Reading what a replica sends through the API server: so many bytes, so many seconds, lines so long, and no more."""

import time
from collections.abc import Generator

import urllib3
from urllib3.response import BaseHTTPResponse

from domain.errors import Unreachable

LINE = 1024 * 1024
"""Bytes of one line of a log; what comes after them is counted and left out."""
FRAME = 64 * 1024 * 1024
"""Bytes of one frame of a watch; no object that etcd takes comes near."""
_CHUNK = 65_536


def whole(response: BaseHTTPResponse, what: str, *, most: int, seconds: float) -> bytes:
    """Read an answer to its end. Raises Unreachable: it is longer, takes longer, breaks off, or is packed."""
    deadline, body = time.monotonic() + seconds, bytearray()
    try:
        packed = response.headers.get("Content-Encoding", "identity")
        if packed != "identity":
            raise Unreachable(f"the answer of {what} is packed ({packed[:40]}), which nobody asked for")
        while chunk := response.read1(_CHUNK):
            body += chunk
            if len(body) > most:
                raise Unreachable(f"the answer of {what} has more than {most} bytes")
            if time.monotonic() > deadline:
                raise Unreachable(f"the answer of {what} takes longer than {seconds:g} s")
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Unreachable(f"the answer of {what} broke off: {error}") from error
    finally:
        response.close()
    return bytes(body)


def beginning(response: BaseHTTPResponse, *, most: int, seconds: float) -> bytes:
    """Read as much of an answer as comes in time, and close it: enough to say what it was. Raises what urllib3 raises."""
    deadline, body = time.monotonic() + seconds, bytearray()
    try:
        while (
            len(body) < most
            and time.monotonic() < deadline
            and (chunk := response.read1(min(_CHUNK, most), decode_content=False))
        ):
            body += chunk
    finally:
        response.close()
    return bytes(body[:most])


def split_lines(
    response: BaseHTTPResponse,
    *,
    partial: bool = True,
    longest: int = LINE,
    most: int | None = None,
    seconds: float | None = None,
) -> Generator[bytes, None, None]:
    """Give an answer's lines as they come; with `partial` also what stands after the last line break at the end.

    After `most` bytes or so many `seconds` it ends as if there were no more.
    """
    line = _Line(longest)
    try:
        for chunk in _chunks(response, most, seconds):
            first, *others = chunk.split(b"\n")
            line.add(first)
            for other in others:
                yield line.end()
                line.add(other)
        if line and partial:
            yield line.end()
    finally:
        response.close()


def _chunks(response: BaseHTTPResponse, most: int | None, seconds: float | None) -> Generator[bytes, None, None]:
    deadline = None if seconds is None else time.monotonic() + seconds
    taken = 0
    while chunk := response.read1(_CHUNK):
        yield chunk
        taken += len(chunk)
        if (most is not None and taken >= most) or (deadline is not None and time.monotonic() > deadline):
            return


class _Line:
    """One line as it grows; of one that is too long only the beginning is kept, and its end says how much is missing."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._kept = bytearray()
        self._more = 0

    def __bool__(self) -> bool:
        return bool(self._kept)

    def add(self, part: bytes) -> None:
        room = self._longest - len(self._kept)
        self._kept += part[:room]
        self._more += max(0, len(part) - room)

    def end(self) -> bytes:
        mark = f"… ({self._more} more bytes were cut)".encode() if self._more else b""
        whole = bytes(self._kept) + mark
        self._kept.clear()
        self._more = 0
        return whole
