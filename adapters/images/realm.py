"""What a registry asks for when it lets nobody in: `WWW-Authenticate`, read once, in bounds."""

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from adapters.outgoing.bounds import NoAnswer, ServerFault
from adapters.outgoing.door import origin
from domain.registries import without_tls

_LONGEST = 4096
_PARAMETER = re.compile(r'\b([a-z]{1,20})="([^"]*)"', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Challenge:
    """A password is asked for (`basic`), or a token (`bearer`) that is given at `realm`, whose host and port are `host`."""

    scheme: str
    realm: str = ""
    host: str = ""
    service: str = ""


def challenge_of(registry: str, header: str) -> Challenge | None:
    """Read a registry's challenge; None for one of another kind. Raises NoAnswer: it is broken, or its realm is without TLS."""
    if len(header) > _LONGEST:
        raise NoAnswer(f"{registry} sent a challenge of more than {_LONGEST} characters")
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "basic":
        return Challenge("basic")
    if scheme.lower() != "bearer":
        return None
    said = {name.lower(): value for name, value in _PARAMETER.findall(rest)}
    realm = said.get("realm", "").partition("#")[0]
    return Challenge("bearer", realm, _host(registry, realm), said.get("service", ""))


def _host(registry: str, realm: str) -> str:
    try:
        scheme, host, port = origin(realm)
        urlsplit(realm)
    except (ServerFault, ValueError) as error:
        raise NoAnswer(f"{registry} names a realm for its tokens that is no address") from error
    if scheme != "https" and not (without_tls(registry) and without_tls(host)):
        raise NoAnswer(f"{registry} names a realm for its tokens that is without TLS: {host}")
    return host if port == (443 if scheme == "https" else 80) else f"{host}:{port}"
