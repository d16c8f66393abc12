"""Which documents a fact names: what must be kept beside it, whole, for as long as anybody may read it."""

from collections.abc import Callable, Iterator
from functools import cache

from domain.actions import Create, Decided, Ensure, Succeeded, Update
from domain.errors import Unsound
from domain.facts import Fact
from domain.orders import Submitted
from domain.ports import Ledger


def named(fact: Fact) -> Iterator[str]:
    """Give the digests of the documents that are kept with a fact. A refusal names one too, whose text is never kept."""
    match fact:
        case Submitted(source=source, spec=spec, objects=objects):
            digests = (source, spec, *(rendered.body for rendered in objects))
        case Decided(policy=policy, actions=actions):
            digests = (policy, *(action.body for action in actions if isinstance(action, Create | Ensure | Update)))
        case Succeeded(settled=settled):
            digests = (settled,)
        case _:
            return
    yield from (digest for digest in digests if digest)


def kept(ledger: Ledger) -> Callable[[str], bytes | None]:
    """Give a way to look documents up; None for one that was erased, or is not what its digest says."""

    @cache
    def read(digest: str) -> bytes | None:
        try:
            return ledger.document(digest)
        except Unsound:
            return None

    return read
