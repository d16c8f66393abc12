"""What a watch asks for, and the stream that it reads."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from threading import Lock

from urllib3.response import BaseHTTPResponse

from adapters.cluster.bounded import FRAME, split_lines
from adapters.cluster.connection import ApiRequest, Connection, raise_unless_successful
from adapters.cluster.paths import group_and_plural, kind_path, object_path
from adapters.observations.objects import deleting, ref, uid
from adapters.observations.tolerant import Tree, branch, branches, parsed, text
from domain.errors import Rejected, Unreachable
from domain.names import LABEL
from domain.objects import Kind
from domain.views import OUR_NAMESPACES, View


@dataclass(frozen=True, slots=True)
class WatchSource:
    """What one watch covers: a kind, a label selector, and which of what comes is ours."""

    kind: Kind
    selector: str
    wanted: Callable[[Tree], bool]
    bookmarks: bool = True
    """Whether the API server sends them: it keeps no cache of Events, so it has none for these."""
    name: str = ""
    """What its frames are told under, where that is not its kind (`domain.views`)."""
    spared: bool = False
    """Whether an engine without the right to see them goes on without: one of before, whose role was not renewed."""


def source(kind: Kind, ledger: str) -> WatchSource:
    """Say how a kind is watched for a ledger. Events carry no labels: those about our namespaces' objects are ours."""
    if kind is Kind.EVENT:
        return WatchSource(kind, "", _in_our_namespaces, bookmarks=False)
    spared = kind in {Kind.NODE, Kind.NAMESPACE}
    selector = "" if kind is Kind.NODE else f"{LABEL}/ledger={ledger}"
    return WatchSource(kind, selector, _anything, spared=spared)


def view(what: View, ledger: str) -> WatchSource:
    """Say how a view is watched for a ledger: what has its label, or what stands in our namespaces and has it not."""
    if what.ours:
        return WatchSource(what.kind, f"{LABEL}/ledger={ledger}", _anything, name=what.name, spared=True)
    return WatchSource(what.kind, f"{LABEL}/ledger!={ledger}", _stands_in_ours, name=what.name, spared=True)


def list_request(what: WatchSource, page: int, more: str) -> ApiRequest:
    """Ask for a page of a list; `page` 0 asks for all of it."""
    query = {"limit": str(page)} if page else {}
    return ApiRequest("GET", kind_path(what.kind), query=query | _selected(what) | ({"continue": more} if more else {}))


def watch_request(what: WatchSource, place: str, seconds: int) -> ApiRequest:
    """Ask for what happens after a place, for so many seconds at most."""
    query = {"watch": "true", "allowWatchBookmarks": "true", "resourceVersion": place, "timeoutSeconds": str(seconds)}
    return ApiRequest("GET", kind_path(what.kind), query=query | _selected(what))


def frame_of(line: bytes) -> tuple[str, Tree] | None:
    """Read a line of a watch: a frame's type and object; None when it is none."""
    try:
        frame = branch({"frame": parsed(line)}, "frame")
    except (ValueError, RecursionError):
        return None
    kind, obj = text(frame, "type"), frame.get("object")
    return (kind, branch(frame, "object")) if kind and isinstance(obj, dict) else None


def still_there(connection: Connection, what: WatchSource, obj: Tree) -> Tree | None:
    """Look up an object that left a watch: to lose the label that is watched for looks like a deletion. Raises Unreachable.

    An object that was marked for deletion before is not asked for, nor is one that we may not read: it is gone.
    """
    if deleting(obj) or not what.selector:
        return None
    request = ApiRequest("GET", object_path(ref(what.kind.value, obj)))
    try:
        answer = connection.send(request)
        if answer.missing:
            return None
        raise_unless_successful(request, answer)
    except Rejected:
        return None
    return answer.content if uid(answer.content) == uid(obj) else None


def unknown(connection: Connection, kind: Kind) -> bool:
    """Tell whether the API server itself says that it has no such kind; a proxy's 404 page says nothing. Raises nothing."""
    group, plural = group_and_plural(kind)
    try:
        groups = connection.ask(ApiRequest("GET", "/apis")).content
        if text(groups, "kind") != "APIGroupList" or not group:
            return False
        if group not in {text(one, "name") for one in branches(groups, "groups")}:
            return True
        known = connection.send(ApiRequest("GET", kind_path(kind).rpartition("/")[0]))
    except (Rejected, Unreachable):
        return False
    if text(known.content, "kind") != "APIResourceList":
        return known.status == 404
    return plural not in {text(one, "name") for one in branches(known.content, "resources")}


class Streams:
    """The one stream that a watch reads at a time, which another thread may end."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._open: BaseHTTPResponse | None = None
        self._closed = False
        self._lock = Lock()

    def lines(self, request: ApiRequest, idle: float | None) -> Generator[bytes, None, None]:
        """Open it and give its whole lines; one that was cut off is left out. Raises what urllib3 raises."""
        response = self._connection.stream(request, idle=idle)
        with self._lock:
            self._open = response
            closed = self._closed
        try:
            if not closed:
                yield from split_lines(response, partial=False, longest=FRAME)
        finally:
            with self._lock:
                self._open = None
            response.close()

    def close(self) -> None:
        """End the reading, now: a blocked read comes back at once."""
        with self._lock:
            self._closed = True
            if self._open is not None:
                _shut(self._open)


def _shut(response: BaseHTTPResponse) -> None:
    # Closing would wait for the reader's lock; shutting the socket wakes the reader, which then closes.
    try:
        response.shutdown()
    except (OSError, ValueError, RuntimeError, AttributeError):
        return  # it had come to its end already


def _selected(what: WatchSource) -> dict[str, str]:
    return {"labelSelector": what.selector} if what.selector else {}


def _anything(_obj: Tree) -> bool:
    return True


def _in_our_namespaces(obj: Tree) -> bool:
    return text(obj, "involvedObject", "namespace").startswith(OUR_NAMESPACES)


def _stands_in_ours(obj: Tree) -> bool:
    return text(obj, "metadata", "namespace").startswith(OUR_NAMESPACES)
