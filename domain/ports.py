"""The ports: what the core needs from the outside, in its own words. Adapters and fakes implement them.

Those of a cluster stand in `domain.cluster_ports`. Each port has one contract suite in `tests/contracts`, which all its
implementations pass.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol, runtime_checkable

from domain.errors import Refused
from domain.facts import Fact
from domain.record import Append, Document, Lease, Recorded
from domain.spec import Bucket, GitLfs

Clock = Callable[[], datetime]
"""Gives the time in UTC."""
NewId = Callable[[], str]
"""Gives an id that was never given before."""


class Ledger(Protocol):
    """The one ordered log of facts over all streams, and the documents that facts name."""

    @property
    def identity(self) -> str:
        """Give this ledger's id: made once, kept for ever, restored with a backup."""
        ...

    def append(
        self,
        appends: Sequence[Append[Fact]],
        *,
        documents: Sequence[Document] = (),
        watch_positions: Mapping[str, str] | None = None,
        lease: Lease | None = None,
    ) -> tuple[Recorded[Fact], ...]:
        """Write all of it in one transaction, or nothing; when this returns, it survives a power cut.

        `watch_positions` are the recorder's positions in its watches (kind to resourceVersion), kept with the facts they led to.
        Raises Unrecordable (something in it could not be read back), Conflict (a stream does not stand at `expected`),
        NotLeading (`lease` is not the newest), Unreachable (the
        database did not answer: whether it was written is found out by the same call with the same ids: facts that stand
        there already under these ids are returned, not written twice), Unsound (a foreign row stands in a stream's way).
        """
        ...

    def read(self, stream: str, after: int = 0) -> Iterator[Recorded[Fact]]:
        """Give a stream's facts after a version, oldest first."""
        ...

    def about(self, subject: str, *, after: int = 0, upto: int | None = None) -> Iterator[Recorded[Fact]]:
        """Give all facts about a subject, of all streams, in the ledger's order, within (after, upto] positions."""
        ...

    def subjects(self) -> tuple[str, ...]:
        """Name everything that any fact is about, in order of first appearance."""
        ...

    def tail(self, after: int, limit: int = 500) -> tuple[Recorded[Fact], ...]:
        """Give the next facts after a position, of all streams, in order; empty at the head. Skips none, ever."""
        ...

    def wait(self, after: int, timeout: float) -> bool:
        """Wait until there are facts after a position, at most `timeout` seconds; tell whether there are."""
        ...

    def head(self) -> int:
        """Give the position of the newest fact; 0 when there is none."""
        ...

    def position_at(self, when: datetime) -> int:
        """Give the position of the newest fact recorded at or before a time; 0 when there is none."""
        ...

    def find(self, fact_id: str) -> Recorded[Fact] | None:
        """Look a fact up by its id."""
        ...

    def digest(self, body: bytes) -> str:
        """Give the digest under which a document is kept in this ledger: `sha256` over this ledger's salt and the body."""
        ...

    def document(self, digest: str) -> bytes | None:
        """Look a document up; None when it was erased or never kept. Raises Unsound when it is not what its digest says."""
        ...

    def watch_positions(self) -> Mapping[str, str]:
        """Give the recorder's positions in its watches: kind to resourceVersion."""
        ...

    def lead(self, holder: str, seconds: float) -> Lease | None:
        """Take, or as its holder renew, the lease for some seconds of the database's clock; None while another has it.

        One newly taken says since when nobody led, and whose lease ran out then; empty where it was given up.
        """
        ...

    def leader(self) -> Lease | None:
        """Give the lease that is valid now; None when nobody leads."""
        ...

    def release(self, lease: Lease) -> None:
        """Give the lease up, so that a stand-by need not wait."""
        ...

    def close(self) -> None:
        """Let go of the database."""
        ...


@dataclass(frozen=True, slots=True)
class Image:
    """What a registry says of an image: the digest its name stands for now, and the TCP ports it exposes."""

    digest: str
    ports: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Login:
    """A user of a registry. `server` is its host with its port, and where wanted a path below it.

    `realm` is the host that may be told the password beside it, because it gives the tokens for it.
    """

    server: str
    username: str
    password: str = field(repr=False)
    realm: str = ""


def wrong_login(login: Login) -> Refused:
    """Say that a registry does not know a login."""
    message = f"the registry {login.server} refused the login of {login.username!r}: user or password is wrong"
    hint = "store the right one: reckon registry add NAME --server HOST --username USER"
    return Refused("registry-login", message, hint)


@runtime_checkable
class Reasons(Protocol):
    """What those who ask servers may tell beside an answer that did not come."""

    @property
    def because(self) -> str:
        """Say why the last question got no answer: whose fault it was, and what was wrong; empty where it got one."""
        ...


def reason(asked: object) -> str:
    """Give, in brackets, why the last question got no answer, where who asked tells it."""
    return f" ({asked.because})" if isinstance(asked, Reasons) and asked.because else ""


class Sources(Protocol):
    """What integrations are filled from: git repositories and object stores."""

    def identify(self, source: GitLfs | Bucket, values: Mapping[str, str], *, inner: bool) -> str:
        """Give what a source stands at now; empty when it cannot be asked (no answer, too large to be listed).

        `values` has the secrets' values by their names, `inner` lets loopback and link-local addresses be asked. Raises Refused:
        there is no such thing (`source-missing`), it does not open (`source-login`), it is an inner address (`inner-endpoint`).
        """
        ...


class Images(Protocol):
    """Image registries."""

    def resolve(self, image: str, login: Login | None = None) -> Image | None:
        """Ask the image's registry; None when it cannot be asked (no answer, no access).

        Raises Refused: it has no such image (`image-unknown`), or does not know the login (`registry-login`).
        """
        ...

    def probe(self, login: Login) -> None:
        """Log in to a registry, no more. Raises Refused: it does not know the login (`registry-login`), or gives no answer."""
        ...
