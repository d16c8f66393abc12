"""What a replica's container has printed, line by line."""

import json
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing

import urllib3
from urllib3.response import BaseHTTPResponse

from adapters.cluster.connection import READ_SECONDS, Connection, Request
from adapters.cluster.paths import object_path
from domain.errors import Unreachable
from domain.objects import ObjectRef

_APPLICATION = "app"
_CHUNK = 65_536


def lines(
    connection: Connection, pod: ObjectRef, wanted: Mapping[str, bool | int | None], container: str = _APPLICATION
) -> Iterator[str]:
    """Open the log at once, then give its lines; followed, it ends with the container. Raises Rejected, Unreachable.

    `wanted` are the API's own parameters: follow, previous, sinceSeconds, tailLines; those without a value are left out.
    """
    query = {name: json.dumps(value) for name, value in wanted.items() if value is not None}
    request = Request("GET", f"{object_path(pod)}/log", query={"container": container, **query})
    # A container may be silent for days; who follows it ends it.
    response = connection.stream(request, idle=None if wanted.get("follow") else READ_SECONDS)
    return _decoded(pod, split_lines(response))


def _decoded(pod: ObjectRef, raw: Generator[bytes, None, None]) -> Iterator[str]:
    try:
        with closing(raw):
            for line in raw:
                yield line.decode(errors="replace")
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Unreachable(f"the log of {pod} broke off: {error}") from error


def split_lines(response: BaseHTTPResponse, *, partial: bool = True) -> Generator[bytes, None, None]:
    """Give an answer's lines as they come; with `partial` also what stands after the last line break at the end."""
    rest: list[bytes] = []
    try:
        while chunk := response.read1(_CHUNK):
            *whole, last = chunk.split(b"\n")
            if whole:
                yield b"".join([*rest, whole[0]])
                yield from whole[1:]
                rest = []
            rest.append(last)  # put together once, at the line's end
        if partial and any(rest):
            yield b"".join(rest)
    finally:
        response.close()
