"""Which documents a fact names: what must be kept beside it, whole, for as long as anybody may read it."""

from collections.abc import Iterator

from domain.actions import Create, Decided, Ensure, Succeeded, Update
from domain.facts import Fact
from domain.orders import Submitted


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
