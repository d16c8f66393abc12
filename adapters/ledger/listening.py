"""Listens to a PostgreSQL for other processes' appends. What it misses is found by polling; it only makes it sooner."""

from collections.abc import Callable
from threading import Event, Thread

import psycopg
from psycopg.sql import SQL, Identifier


class Listener:
    """A connection and a thread that wait for NOTIFY, and connect again when they must."""

    def __init__(self, url: str, channel: str, told: Callable[[], None]) -> None:
        """Start to listen."""
        self._url, self._channel, self._told = url, channel, told
        self._closing = Event()
        self._thread = Thread(target=self._listen, name="ledger-listener", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._closing.set()
        self._thread.join(timeout=5)

    def _listen(self) -> None:
        while not self._closing.is_set():
            try:
                self._listen_while_it_lasts()
            except psycopg.Error:
                # The database is away. Appends and reads say so to whoever asks; here it is only tried again.
                self._closing.wait(1)

    def _listen_while_it_lasts(self) -> None:
        with psycopg.connect(self._url, autocommit=True, connect_timeout=5) as connection:
            connection.execute(SQL("LISTEN {}").format(Identifier(self._channel)))
            self._told()  # for whatever came before we listened
            while not self._closing.is_set():
                for _ in connection.notifies(timeout=0.25, stop_after=1):
                    self._told()
