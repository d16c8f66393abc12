"""While a command waits for an engine: whether there is one at all."""

from collections.abc import Callable
from time import monotonic

from adapters.cli.session import Session

ASKED_EVERY = 2.0
PATIENCE = 15.0
"""Seconds without a leader before it is said: a stand-by takes about ten to take over."""


class Alive:
    """Says once, while somebody waits, that nobody acts."""

    def __init__(self, session: Session, clock: Callable[[], float] = monotonic) -> None:
        """Begin to look; `clock` gives seconds."""
        self._session, self._clock = session, clock
        self._seen = self._asked = clock()
        self._told = False

    def look(self) -> None:
        """Ask whether anyone leads, not too often, and say when nobody has for a while."""
        now = self._clock()
        if now - self._asked < ASKED_EVERY:
            return
        self._asked = now
        if self._session.ledger.leader() is not None:
            self._seen, self._told = now, False
        elif now - self._seen >= PATIENCE and not self._told:
            self._told = True
            self._session.screen.warn("no engine is alive: nothing happens before one is (reckon engine); Ctrl-C ends this wait")
