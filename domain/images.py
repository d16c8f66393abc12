"""Image references: `registry/repository:tag@digest`, as people write them and as registries understand them."""

import re
from dataclasses import dataclass

DOCKER_HUB = "registry-1.docker.io"

_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST = rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9a-fA-F:]+\])(?::[0-9]{{1,5}})?"
_PART = r"[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*"
REFERENCE = re.compile(
    rf"(?P<written>(?:(?P<host>{_HOST})/)??(?P<path>{_PART}(?:/{_PART})*))"
    r"(?::(?P<tag>[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}))?(?:@(?P<digest>sha256:[0-9a-f]{64}))?"
)
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Reference:
    """An image's name, taken apart. `written` is the repository as it was written, without tag and digest."""

    written: str
    host: str
    repository: str
    tag: str
    digest: str

    def pinned(self, digest: str) -> str:
        """Name the very image with this digest, in the same repository."""
        return f"{self.written}@{digest}"


def parse_reference(image: str) -> Reference | None:
    """Take an image's name apart, with the defaults of Docker Hub and `latest`; None when it is not one."""
    match = REFERENCE.fullmatch(image) if len(image) <= _LONGEST else None
    if match is None:
        return None
    written = match["written"]
    host, repository = _home(written)
    tag, digest = match["tag"] or "", match["digest"] or ""
    return Reference(written, host, repository, tag or ("" if digest else "latest"), digest)


def _home(written: str) -> tuple[str, str]:
    first, slash, rest = written.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost" or first != first.lower()):
        host, repository = first, rest
    else:
        host, repository = "docker.io", written
    if host in {"docker.io", "index.docker.io"}:
        return DOCKER_HUB, repository if "/" in repository else f"library/{repository}"
    return host, repository
