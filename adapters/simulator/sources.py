"""Simulated sources: every repository and bucket is there, but those whose address says `missing`; `empty` ones hold nothing."""

import hashlib
from collections.abc import Mapping

from domain.errors import Refused
from domain.filling import NOTHING
from domain.spec import Bucket, GitLfs


class SimulatedSources:
    """The port `Sources` where nothing is real: what a source stands at is a hash of its address."""

    def identify(self, source: GitLfs | Bucket, values: Mapping[str, str], *, inner: bool) -> str:
        """Give the identity; refuse an address that says `missing`."""
        del values, inner
        if "missing" in source.url:
            message = f"the simulation has no {source.url}: its address says `missing` (integration {source.name!r})"
            raise Refused("source-missing", message, "name another one; the simulation has all whose address does not say so")
        if "empty" in source.url and isinstance(source, GitLfs):
            message = f"the repository {source.url} is empty: nothing was ever pushed to it (integration {source.name!r})"
            raise Refused("source-missing", message, "push what replicas are to find, then submit again")
        if "empty" in source.url:
            return f"etags:{NOTHING};listing:{NOTHING}"
        place = f"{source.url}@{source.ref}" if isinstance(source, GitLfs) else source.url
        return hashlib.sha1(place.encode(), usedforsecurity=False).hexdigest()
