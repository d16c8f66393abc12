"""Whom the API server passes requests on as: what an extension of its API checks before it answers."""

import json
from dataclasses import dataclass
from typing import cast

from adapters.cluster.connection import ApiRequest, Connection
from adapters.observations.tolerant import text
from domain.errors import Rejected, Rejection

_PUBLISHED = "/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication"
_BUNDLE = 1024 * 1024
"""What a ConfigMap can hold."""


@dataclass(frozen=True, slots=True)
class FrontProxy:
    """The authority that vouches for the API server (PEM), and the common names it may have (none named: any)."""

    authority: str
    names: tuple[str, ...]


def front_proxy(connection: Connection) -> FrontProxy:
    """Read what the API server has published. Raises Rejected (it may not be read, or says nothing), Unreachable."""
    content = connection.ask(ApiRequest("GET", _PUBLISHED)).content
    authority = text(content, "data", "requestheader-client-ca-file", longest=_BUNDLE)
    if not authority:
        words = "the API server does not pass requests on: it has no --requestheader-client-ca-file"
        raise Rejected(Rejection(404, "NoFrontProxy", words))
    try:
        names = json.loads(text(content, "data", "requestheader-allowed-names", longest=_BUNDLE) or "[]")
    except ValueError:
        names = []
    return FrontProxy(authority, tuple(str(name) for name in cast("list[object]", names)))
