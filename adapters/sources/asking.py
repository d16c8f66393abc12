"""Asking the sources of integrations what they stand at."""

from collections.abc import Mapping

from adapters.outgoing.bounds import MIB, Bounds, NoAnswer
from adapters.outgoing.door import Door
from adapters.outgoing.gate import Gate, InnerAddress
from adapters.sources.bucket import judge_listing, listing_of
from adapters.sources.repository import commit_of, judge_refs
from domain.errors import Refused
from domain.ports import Clock
from domain.spec import Bucket, GitLfs, Literal, SecretRef

REPOSITORY = Bounds(seconds=30, step=20, patience=10, answer=16 * MIB, whole=20 * MIB, requests=12, again=1)
BUCKET = Bounds(seconds=60, step=20, patience=10, answer=4 * MIB, whole=96 * MIB, requests=1000, again=1)


class RemoteSources:
    """Asks git servers and object stores; implements `domain.ports.Sources`."""

    def __init__(self, clock: Clock, repository: Bounds = REPOSITORY, bucket: Bounds = BUCKET) -> None:
        """Take the clock, and what one question may take."""
        self._clock = clock
        self._repository, self._bucket = repository, bucket
        self.because = ""

    def identify(self, source: GitLfs | Bucket, values: Mapping[str, str], *, inner: bool) -> str:
        """Ask one source; an empty answer where it cannot be asked. Raises Refused."""
        self.because = ""
        http = self._door(source, inner=inner)
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
        except NoAnswer as error:
            self.because = str(error)
            return ""
        finally:
            http.let_go()

    def _door(self, source: GitLfs | Bucket, *, inner: bool) -> Door:
        if isinstance(source, GitLfs):
            return Door(self._repository, Gate(inner_allowed=inner), judge_refs)
        # Without an endpoint it is the cloud's own store, whose regions' names may lead into the private network that asks.
        return Door(self._bucket, Gate(inner_allowed=inner, private_allowed=not source.endpoint), judge_listing)


def _value(value: Literal | SecretRef | None, values: Mapping[str, str]) -> str:
    if isinstance(value, Literal):
        return value.value
    return values.get(value.name, "") if value else ""
