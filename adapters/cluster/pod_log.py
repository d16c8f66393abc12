"""What a replica's container has printed, line by line."""

import json
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing

import urllib3

from adapters.cluster.bounded import split_lines
from adapters.cluster.connection import READ_SECONDS, ApiRequest, Connection
from adapters.cluster.paths import object_path
from domain.errors import Unreachable
from domain.objects import ObjectRef

_APPLICATION = "app"
PAGE = 4 * 1024 * 1024
"""Bytes of a container's log that are read at one look,"""
PATIENCE = 10.0
"""and seconds: what is left is read at the next."""


def lines(
    connection: Connection, pod: ObjectRef, wanted: Mapping[str, bool | int | None], container: str = _APPLICATION
) -> Iterator[str]:
    """Open the log at once, then give its lines; followed, it ends with the container. Raises Rejected, Unreachable.

    `wanted` are the API's own parameters: follow, previous, sinceSeconds, tailLines; those without a value are left out.
    """
    query = {name: json.dumps(value) for name, value in wanted.items() if value is not None}
    request = ApiRequest("GET", f"{object_path(pod)}/log", query={"container": container, **query})
    # A container may be silent for days; who follows it ends it.
    response = connection.stream(request, idle=None if wanted.get("follow") else READ_SECONDS)
    return _decoded(pod, split_lines(response))


def page(connection: Connection, pod: ObjectRef, container: str, since: int) -> Iterator[str]:
    """Give what a container has printed in so many seconds, the oldest first, as much as one look takes.

    Raises Rejected, Unreachable.
    """
    query = {"container": container, "sinceSeconds": str(since), "limitBytes": str(PAGE)}
    response = connection.stream(ApiRequest("GET", f"{object_path(pod)}/log", query=query), idle=PATIENCE)
    return _decoded(pod, split_lines(response, most=PAGE, seconds=PATIENCE))


def _decoded(pod: ObjectRef, raw: Generator[bytes, None, None]) -> Iterator[str]:
    try:
        with closing(raw):
            for line in raw:
                yield line.decode(errors="replace")
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Unreachable(f"the log of {pod} broke off: {error}") from error
