"""Host names of endpoints: each is one deployment's alone, in whichever project; who has one keeps it.

Taking one is a fact in the host's own stream, appended together with the version that is served there. Of two who take the same
host at once only one finds the stream as it was, so the other looks again, and is refused.
"""

import re

from domain.actions import Create, Update
from domain.deployment import Deployment, Version
from domain.errors import Refused
from domain.names import FIRST, Key, Names, looks_hashed, slug, told_apart
from domain.objects import Kind
from domain.orders import HostTaken

LONGEST = 253
"""What DNS allows to a whole name."""
_LABEL_LENGTH = 63
_WORDS = re.compile(r"\{name\}|\{project\}")
_OUTWARD = frozenset({Kind.INGRESS.value, Kind.ROUTE.value})


def host_of(endpoint: str) -> str:
    """Give the host of an endpoint's URL; empty where there is none."""
    return endpoint.partition("://")[2].partition("/")[0]


def host(pattern: str, key: Key, names: Names | None = None) -> str:
    """Fill a host pattern in: each label fits DNS, and under one pattern no two deployments get the same name.

    A name that is a label already stands there as it is; any other, one that is too long, one that looks as if it had a hash
    behind it, and one that shares a label with another word from which it could not be told, gets a hash behind it.
    """
    called = names or key.names()
    return ".".join(_label(label, pattern, key, called) for label in pattern.lower().split("."))


def _label(label: str, pattern: str, key: Key, names: Names) -> str:
    values = {"{name}": key.name, "{project}": key.project}
    there = [word for word in values if word in label]
    if not there:
        return label
    written = label
    for word in there:
        written = written.replace(word, slug(values[word], _LABEL_LENGTH))
    exact = all(slug(values[word], _LABEL_LENGTH) == values[word] for word in there)
    # What is only a project's is written as its other deployments have it.
    scheme = names.scheme if "{name}" in there else names.project_scheme
    alone = "{name}" in there and "{project}" not in pattern
    mixed = len(there) > 1 and any("-" in values[word] for word in there)
    if exact and not mixed and not alone and len(written) <= _LABEL_LENGTH and (scheme == FIRST or _plain(label, written)):
        return written
    digits = told_apart(key.subject if "{name}" in there else key.project, scheme)
    return f"{written[: _LABEL_LENGTH - 1 - len(digits)].strip('-')}-{digits}"


def _plain(label: str, written: str) -> bool:
    """Tell whether a label can be read in one way only: words with no hyphen between them flow together (`ab` of `c`)."""
    between = _WORDS.split(label)[1:-1]
    return all("-" in text for text in between) and not looks_hashed(written)


def served(deployment: Deployment) -> frozenset[str]:
    """Give the hosts that a deployment has: of its wanted version, of the one that runs, of what stands in the cluster."""
    standing = {known.body for ref, known in deployment.objects.items() if ref.kind in _OUTWARD}
    begun = (pending.action for pending in deployment.pending.values() if pending.action.ref.kind in _OUTWARD)
    standing |= {action.body for action in begun if isinstance(action, Create | Update)}
    standing |= {"" for ref in deployment.unsure if ref.kind in _OUTWARD}
    versions = [deployment.wanted, deployment.effective, *(one for one in deployment.versions if _stands(one, standing))]
    return frozenset(host_of(version.order.endpoint) for version in versions if version) - {""}


def _stands(version: Version, standing: set[str]) -> bool:
    bodies = {rendered.body for rendered in version.order.objects if rendered.ref.kind in _OUTWARD}
    # Where it is not known which version's it is, it may be any's.
    return bool(standing & (bodies | {""}))


def claim(host: str, taker: Deployment, holders: tuple[Deployment, ...]) -> tuple[HostTaken, ...]:
    """Take a host for a deployment; () where its standing version has it. Raises Refused: it is another's, or is no name."""
    if len(host) > LONGEST:
        raise Refused(
            "host-too-long",
            f"the endpoint's host would have {len(host)} characters, and DNS takes {LONGEST}",
            hint="the platform's owner can choose a shorter pattern: reckon platform set hosts=PATTERN",
        )
    if not host or (taker.wanted and host_of(taker.wanted.order.endpoint) == host):
        return ()
    for holder in holders:
        if holder.key != taker.key and host in served(holder):
            raise _another_has(host, holder.key)
    return (HostTaken(host),)


def _another_has(host: str, holder: Key) -> Refused:
    return Refused(
        "host-taken",
        f"the host {host} is that of deployment {holder.name!r} in project {holder.project!r}",
        hint="choose another name, delete that one first, or let the platform's owner choose another pattern of hosts",
    )


def candidates(host: str, patterns: frozenset[str], keys: tuple[Key, ...]) -> tuple[Key, ...]:
    """Name the deployments that could have got a host before takings were put on record: under a pattern that was once chosen."""
    return tuple(key for key in keys if any(_had(host, pattern, key) for pattern in patterns))


def _had(wanted: str, pattern: str, key: Key) -> bool:
    return host(pattern, key, key.names(FIRST)) == wanted
