"""The chain of causes of a fact: from what was asked about, cause by cause, to where nothing sure leads on."""

from collections.abc import Iterable
from dataclasses import replace

from domain.actions import Decided, Outcome
from domain.facts import Fact
from domain.record import Recorded
from domain.scaling import Scaled
from projections.why import decisions, objects, replicas
from projections.why.ends import ORDERS, end
from projections.why.links import NOTHING, Chain, Link, Links, recorded
from projections.why.past import Past

BESIDE = 3
"""So much that was near in time is shown, where no cause is known."""


def chain(
    facts: Iterable[Recorded[Fact]],
    start: Recorded[Fact],
    witnessed: Iterable[Recorded[Fact]] = (),
    *,
    standing: bool = False,
) -> Chain:
    """Give the chain of causes of a fact; `standing`: it stands for how a deployment is now.

    `facts` are those about its subject and those that concern it, oldest first, also later ones: what is on record after it may
    have come before it. `witnessed` are others' requests that may stand behind them, as an audit log told them. No fact comes
    twice, so it ends; of several causes at once, the first leads on.
    """
    past = Past(facts, witnessed)
    links: list[Link] = [Link(start, "asked")]
    passed = {start.position}
    here, came_from = start, None
    while True:
        fresh = (link for link in _causes(here, came_from, past, standing=standing) if link.recorded.position not in passed)
        found = [replace(link, of=here.position) for link in fresh]
        sure = [link for link in found if link.surety != "beside"]
        if not sure:
            root, said = end(here, past, autoscaled=any(isinstance(link.recorded.fact, Scaled) for link in links))
            return Chain((*links, *found[:BESIDE]), root, said)
        first, *others = sure
        links += [*others, first]
        passed.update(link.recorded.position for link in sure)
        here, came_from = first.recorded, here


def _causes(here: Recorded[Fact], came_from: Recorded[Fact] | None, past: Past, *, standing: bool) -> Links:
    fact = here.fact
    if isinstance(fact, ORDERS):
        return NOTHING
    if isinstance(fact, Decided):
        return decisions.of_decision(here, came_from, past, standing=standing and came_from is None)
    if isinstance(fact, Outcome):
        return decisions.of_outcome(here, past)
    found = replicas.causes(here, past) if here.stream.startswith("replica/") else objects.causes(here, past)
    return found or _named(here, past)


def _named(here: Recorded[Fact], past: Past) -> Links:
    """Give the fact that the ledger names as the cause, where one stands there."""
    cause = past.by_id.get(here.metadata.cause)
    return recorded(cause) if cause and cause.position < here.position else NOTHING
