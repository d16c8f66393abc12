"""Asking the sources of integrations what they stand at."""

from collections.abc import Mapping

from adapters.sources.bucket import listing_of
from adapters.sources.guarded import InnerAddress, connections
from adapters.sources.repository import commit_of
from adapters.sources.silence import Mute
from domain.errors import Refused
from domain.ports import Clock
from domain.spec import Bucket, GitLfs, Literal, SecretRef


class RemoteSources:
    """Asks git servers and object stores; implements `domain.ports.Sources`."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock."""
        self._clock = clock

    def identify(self, source: GitLfs | Bucket, values: Mapping[str, str], *, inner: bool) -> str:
        """Ask one source; an empty answer where it cannot be asked. Raises Refused."""
        http = connections(inner_allowed=inner)
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
            http.let_go()


def _value(value: Literal | SecretRef | None, values: Mapping[str, str]) -> str:
    if isinstance(value, Literal):
        return value.value
    return values.get(value.name, "") if value else ""
