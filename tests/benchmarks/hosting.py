"""An engine of this process in a thread, told apart from the benchmark around it: what it recorded, when, and its CPU."""

import cProfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from adapters.clock import new_id, now
from adapters.engine.engine import Engine
from domain.actions import Decided, Succeeded, VersionHealthy
from domain.cluster_ports import Cluster, Feed
from domain.facts import Fact
from domain.objects import ObjectRef
from domain.observations import WatchEvent
from domain.orders import Submitted
from domain.ports import Ledger
from domain.record import Recorded
from reconciler.leadership import EngineIdentity


@dataclass
class Diary:
    """What an engine told."""

    facts: list[tuple[float, Recorded[Fact]]] = field(default_factory=list[tuple[float, Recorded[Fact]]])
    kinds: Counter[str] = field(default_factory=Counter[str])
    applied: dict[str, float] = field(default_factory=dict[str, float])
    """By subject, when the last write of it was recorded, on this process's clock."""
    healthy: dict[str, float] = field(default_factory=dict[str, float])
    _left: dict[str, set[ObjectRef]] = field(default_factory=dict[str, set[ObjectRef]])
    news: threading.Condition = field(default_factory=threading.Condition)

    def told(self, facts: Sequence[Recorded[Fact]]) -> None:
        at = time.perf_counter()
        with self.news:
            for recorded in facts:
                fact, subject = recorded.fact, recorded.metadata.subject
                self.kinds[type(fact).__name__] += 1
                if isinstance(fact, Submitted):
                    self._left[subject] = {rendered.ref for rendered in fact.objects}
                if isinstance(fact, Succeeded):
                    self._left[subject].discard(fact.ref)
                    if not self._left[subject]:
                        self.applied[subject] = at
                if isinstance(fact, Decided) and any(isinstance(found, VersionHealthy) for found in fact.findings):
                    self.healthy[subject] = at
            self.news.notify_all()

    def until(self, happens: Callable[[], bool], seconds: float) -> None:
        with self.news:
            if not self.news.wait_for(happens, timeout=seconds):
                raise TimeoutError(f"it did not happen in {seconds} s; recorded so far: {dict(self.kinds)}")


class CountingFeed:
    """A feed that counts what is taken from it."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self.taken = 0

    def take(self, limit: int = 500) -> tuple[WatchEvent, ...]:
        watch_events = self._feed.take(limit)
        self.taken += len(watch_events)
        return watch_events

    def wait(self, timeout: float) -> bool:
        return self._feed.wait(timeout)

    def ages(self) -> Mapping[str, float]:
        return self._feed.ages()

    def close(self) -> None:
        self._feed.close()


@dataclass
class Hosted:
    """A running engine; `cpu` is that of the loop's own thread, in seconds, known once it has ended."""

    engine: Engine
    diary: Diary
    cpu: float = 0.0
    feed: CountingFeed | None = None
    profile: cProfile.Profile | None = None
    error: BaseException | None = None

    @property
    def frames(self) -> int:
        return self.feed.taken if self.feed else 0

    def leads(self) -> None:
        """Wait until it leads and watches; from then on its frames are counted."""
        self.diary.until(lambda: self.diary.kinds["TookLead"] > 0, 60)
        while self.engine.loop.recording.feed is None:
            time.sleep(0.01)
        self.engine.loop.recording.feed = self.feed = CountingFeed(self.engine.loop.recording.feed)

    def run(self) -> None:
        began = time.thread_time()
        try:
            if self.profile is not None:
                self.profile.enable()
            self.engine.run()
        except BaseException as error:  # noqa: BLE001 (raised in the benchmark's own thread)
            self.error = error
        finally:
            if self.profile is not None:
                self.profile.disable()
            self.cpu = time.thread_time() - began


@contextmanager
def hosted(ledger: Ledger, cluster: Cluster, *, profile: cProfile.Profile | None = None) -> Generator[Hosted]:
    """Run an engine; it leads when this gives it."""
    diary = Diary()
    engine = Engine(ledger, cluster, clock=now, new_id=new_id, identity=EngineIdentity(f"bench/{new_id()[:8]}"), told=diary.told)
    host = Hosted(engine, diary, profile=profile)
    thread = threading.Thread(target=host.run, name="engine")
    thread.start()
    try:
        host.leads()
        yield host
    finally:
        engine.stop()
        thread.join()
        if host.error is not None:
            raise host.error
