"""Load: other deployments that come, change and go while all the rest happens; and an engine that is killed in the middle."""

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Self

from tests.e2e.house import probe_spec
from tests.history.scene import Site, quietly

OTHERS = 12
"""So many deployments of one replica change all the time."""
AWAY = 5.0
"""Seconds without an engine, after it was killed."""


class Load:
    """Makes load while it is entered; nothing where it is not wanted."""

    def __init__(self, site: Site, halfway: Callable[[], bool], *, on: bool) -> None:
        self._site, self._halfway, self._end = site, halfway, threading.Event()
        self._threads = [threading.Thread(target=target, daemon=True) for target in (self._others, self._kill)] if on else []

    def __enter__(self) -> Self:
        """Begin."""
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, wrong: BaseException | None, trace: TracebackType | None) -> None:
        """Make no more."""
        self._end.set()
        for thread in self._threads:
            thread.join(150)

    def _others(self) -> None:
        house = self._site.house("h-load")
        image = self._site.lab.probe_app("1").ref
        count = 0
        while not self._end.is_set():
            name, replicas = f"other-{count % OTHERS}", 1 + count // OTHERS % 2
            quietly(lambda: house.submit(probe_spec(name, image, replicas=replicas), "--detach"))  # noqa: B023 (called at once)
            count += 1
            self._end.wait(1.5)

    def _kill(self) -> None:
        while not self._halfway():
            if self._end.wait(1):
                return
        self._site.engines[-1].kill()
        time.sleep(AWAY)
        self._site.new_engine()
