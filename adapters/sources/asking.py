"""Asking the sources of integrations what they stand at."""

from collections.abc import Callable, Mapping

import urllib3

from adapters.sources.bucket import listing_of
from adapters.sources.guarded import InnerAddress, connections
from adapters.sources.repository import commit_of
from adapters.sources.silence import Mute
from domain.errors import Refused
from domain.ports import Clock
from domain.spec import Bucket, GitLfs, Literal, SecretRef


class RemoteSources:
    """Asks git servers and object stores; implements `domain.ports.Sources`."""

    def __init__(self, clock: Clock, http: Callable[[bool], urllib3.PoolManager] | None = None) -> None:
        """Take the clock and, for tests, connections."""
        self._clock = clock
        self._http: Callable[[bool], urllib3.PoolManager] = http or _connections

    def identify(self, source: GitLfs | Bucket, values: Mapping[str, str], *, inner: bool) -> str:
        """Ask one source; an empty answer where it cannot be asked. Raises Refused."""
        http = self._http(inner)
        try:
            if isinstance(source, GitLfs):
                return commit_of(source, _value(source.password, values), http)
            keys = (_value(source.access_key, values), _value(source.secret_key, values))
            return listing_of(source, keys, http, self._clock)
        except InnerAddress as error:
            place = source.endpoint if isinstance(source, Bucket) else source.url
            message = f"{place} leads to {error}, an address of the platform's own (integration {source.name!r})"
            hint = "name the store's own host; the platform's owner may allow it: reckon platform set inner-endpoints=true"
            raise Refused("inner-endpoint", message, hint) from error
        except Mute:
            return ""
        finally:
            http.clear()


def _connections(inner: bool) -> urllib3.PoolManager:
    return connections(inner_allowed=inner)


def _value(value: Literal | SecretRef | None, values: Mapping[str, str]) -> str:
    if isinstance(value, Literal):
        return value.value
    return values.get(value.name, "") if value else ""
