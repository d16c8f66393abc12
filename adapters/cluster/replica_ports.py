"""What listens in a replica, reached through the API server, which works from inside and outside of a cluster alike."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any, cast

from adapters.cluster.bounded import whole
from adapters.cluster.connection import ApiRequest, Connection, Credentials
from adapters.cluster.paths import object_path
from domain.cluster_ports import PortConnection
from domain.errors import Rejected, Rejection, Unreachable
from domain.objects import Kind, ObjectRef

Forwarding = Callable[[ObjectRef, int], PortConnection]
_PATIENCE = 5.0
_LONGEST = 4 * 1024 * 1024
_CHUNK = 65_536


def scraped(connection: Connection, pod: ObjectRef, port: int) -> str:
    """Ask a replica's port for `/metrics`. Raises Rejected, Unreachable: also when the replica answers anything but success."""
    inner = ObjectRef(Kind.POD.value, pod.namespace, f"{pod.name}:{port}")
    request = ApiRequest("GET", f"{object_path(inner)}/proxy/metrics")
    response = connection.stream(request, idle=_PATIENCE)
    return whole(response, f"port {port} of {pod}", most=_LONGEST, seconds=_PATIENCE).decode(errors="replace")


def forwarding(host: str, settings: object, credentials: Credentials) -> Forwarding:
    """Give the way to open connections to replicas' ports, under the settings of the official client.

    Only its WebSocket is used, and loaded only for this: `CoreV1Api` alone would cost each command as much as all the rest.
    """

    def open_line(pod: ObjectRef, port: int) -> PortConnection:
        from kubernetes.client.exceptions import ApiException
        from kubernetes.stream import ws_client
        from websocket import WebSocketException

        url = f"{host}{object_path(pod)}/portforward?ports={port}"
        try:
            opened = cast("Any", ws_client).portforward_call(settings, "GET", url, headers=dict(credentials()))
        except ApiException as error:
            raise _refused(pod, cast("Any", error)) from error
        except (WebSocketException, OSError) as error:
            raise Unreachable(f"no way to {pod}: {error}") from error
        return _Forwarded(pod, port, opened)

    return open_line


def nowhere(pod: ObjectRef, port: int) -> PortConnection:
    """Refuse: this cluster was made without a way to replicas."""
    raise Unreachable(f"no way to port {port} of {pod}")


def _refused(pod: ObjectRef, error: Any) -> Rejected | Unreachable:  # noqa: ANN401 (the library's)
    words = str(error.reason or error).strip().splitlines()[0]
    if error.status and 400 <= error.status < 500:
        return Rejected(Rejection(error.status, "NoWay", f"no way to {pod}: {words}"))
    return Unreachable(f"no way to {pod}: {words}")


class _Forwarded:
    """A connection that the official client carries over a WebSocket."""

    def __init__(self, pod: ObjectRef, port: int, opened: Any) -> None:  # noqa: ANN401 (the library's)
        self._pod, self._port, self._opened = pod, port, opened
        self._end = opened.socket(port)

    def receive(self) -> bytes:
        """Wait for what comes next."""
        try:
            data = cast("bytes", self._end.recv(_CHUNK))
        except OSError:
            data = b""
        if not data and (words := self._opened.error(self._port)):
            raise Unreachable(f"port {self._port} of {self._pod}: {words.strip()}")
        return data

    def send(self, data: bytes) -> None:
        """Send on."""
        try:
            self._end.sendall(data)
        except OSError as error:
            raise Unreachable(f"the connection to {self._pod} broke off: {error}") from error

    def close(self) -> None:
        """End it."""
        with suppress(OSError):
            self._end.shutdown(2)  # wakes whoever receives
        with suppress(OSError):
            self._end.close()
