"""The cluster's nodes and what is left of them, listed page by page."""

from collections.abc import Iterator, Mapping

from adapters.cluster.connection import ApiRequest, Connection
from adapters.observations import nodes as seen
from adapters.observations.tolerant import Tree, branches, text
from domain.nodes import Node

_PAGE = 500
# Pods that wait for a node, or have ended, take nothing: the API server need not send them.
_TAKING = "spec.nodeName!=,status.phase!=Succeeded,status.phase!=Failed"


def nodes(connection: Connection, *, counted: bool) -> tuple[Node, ...]:
    """List the nodes; `counted` takes off what pods have requested. Raises Rejected, Unreachable."""
    taken = seen.taken(_listed(connection, "/api/v1/pods", {"fieldSelector": _TAKING})) if counted else {}
    found = (seen.node(obj, taken.get(text(obj, "metadata", "name"), {})) for obj in _listed(connection, "/api/v1/nodes", {}))
    return tuple(sorted(found, key=lambda one: one.name))


def _listed(connection: Connection, path: str, query: Mapping[str, str]) -> Iterator[Tree]:
    more = ""
    while True:
        page = {**query, "limit": str(_PAGE), **({"continue": more} if more else {})}
        content = connection.ask(ApiRequest("GET", path, query=page)).content
        yield from branches(content, "items")
        more = text(content, "metadata", "continue")
        if not more:
            return
