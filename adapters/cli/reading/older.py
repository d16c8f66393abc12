"""Facts that were recorded before values were masked as they came in: they stay so, and are masked when they are shown."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from domain.facts import Fact, orders_stream
from domain.masks import NOTHING_KNOWN, Masks
from domain.names import Key
from domain.orders import Submitted
from domain.ports import Ledger
from domain.record import Recorded
from reconciler.literals import Literals

_WORDS = ("message", "words")
"""The fields in which facts hold what others said."""


class Masked:
    """Gives facts with the values of their deployment hidden in what others said of it."""

    def __init__(self, ledger: Ledger) -> None:
        """Begin with nothing read: a deployment's values are looked up when one of its facts has words."""
        self._ledger, self._literals = ledger, Literals(ledger)
        self._known: dict[str, Masks] = {}

    def __call__(self, facts: Iterable[Recorded[Fact]]) -> Iterator[Recorded[Fact]]:
        """Give facts as they are to be shown."""
        return map(self._one, facts)

    def _one(self, recorded: Recorded[Fact]) -> Recorded[Fact]:
        fact: Any = recorded.fact
        said = {name: text for name in _WORDS if isinstance(text := getattr(fact, name, None), str) and text}
        if not said:
            return recorded
        masks = self._of(recorded.metadata.subject)
        return replace(recorded, fact=replace(fact, **{name: masks.hide(text) for name, text in said.items()}))

    def _of(self, subject: str) -> Masks:
        if "/" not in subject:
            return NOTHING_KNOWN
        if subject not in self._known:
            orders = [one.fact for one in self._ledger.read(orders_stream(subject)) if isinstance(one.fact, Submitted)]
            self._known[subject] = self._literals.of_orders(Key.of(subject), orders)
        return self._known[subject]
