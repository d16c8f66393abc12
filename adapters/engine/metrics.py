"""What an engine tells Prometheus: read off the loop when asked, so that nothing is counted twice."""

from collections import Counter as Tally
from collections.abc import Iterator, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from adapters.engine.engine import Engine
from domain.actions import Decided, Failed, NotAttempted, Succeeded, Unknown
from domain.cluster import ObservationGap
from domain.errors import Unreachable
from domain.facts import Fact
from domain.record import Recorded


class Tallies:
    """Counts what this engine recorded while it ran; give `told` to the loop."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.outcomes: Tally[str] = Tally()
        self.gaps = 0
        self.decisions = 0

    def told(self, facts: Sequence[Recorded[Fact]]) -> None:
        """Count some facts."""
        for recorded in facts:
            match recorded.fact:
                case Succeeded() | Failed() | Unknown() | NotAttempted() as outcome:
                    self.outcomes[type(outcome).__name__.lower()] += 1
                case ObservationGap():
                    self.gaps += 1
                case Decided():
                    self.decisions += 1
                case _:
                    pass


class Metrics(Collector):
    """The engine's figures, in Prometheus' text form."""

    def __init__(self, engine: Engine, tallies: Tallies) -> None:
        """Read from this engine."""
        self._engine, self._tallies = engine, tallies
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def text(self) -> bytes:
        """Give all figures as they are now."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        """Give the figures one by one."""
        loop, memory, auditing = self._engine.loop, self._engine.loop.tail.memory, self._engine.auditing
        fleet = list(memory.fleet.values())
        yield _gauge("reckon_leading", "1 while this engine leads", float(loop.leadership.leading))
        yield _gauge("reckon_tail_lag", "facts in the ledger that this engine has not folded", self._lag())
        yield _gauge("reckon_deployments", "deployments that exist", sum(d.exists for d in fleet))
        yield _gauge("reckon_unresolved_intents", "actions without an outcome", sum(len(d.pending) for d in fleet))
        yield _gauge(
            "reckon_troubled", "deployments whose last action did not succeed", sum(d.trouble is not None for d in fleet)
        )
        yield _gauge("reckon_rewound", "1 while the cluster is ahead of the ledger", float(memory.world.rewind is not None))
        if auditing is not None:
            yield _gauge("reckon_audit_log_unread", "1 while the audit log cannot be read", float(bool(auditing.trouble)))
        ages = GaugeMetricFamily("reckon_watch_age_seconds", "seconds since a watch last heard from the cluster", labels=["kind"])
        feed = loop.recording.feed  # the loop's thread may close it between two looks
        if feed is not None:
            for kind, age in feed.ages().items():
                ages.add_metric([kind], age)
        yield ages
        outcomes = CounterMetricFamily("reckon_actions", "actions by outcome since this engine began", labels=["outcome"])
        for outcome, times in self._tallies.outcomes.items():
            outcomes.add_metric([outcome], times)
        yield outcomes
        yield CounterMetricFamily("reckon_decisions", "decisions since this engine began", value=self._tallies.decisions)
        yield CounterMetricFamily("reckon_observation_gaps", "observation gaps since this engine began", value=self._tallies.gaps)
        yield CounterMetricFamily("reckon_rounds", "rounds of the loop", value=self._engine.pulse.rounds)

    def _lag(self) -> float:
        try:
            return max(0, self._engine.head() - self._engine.loop.tail.memory.position)
        except Unreachable:
            return float("nan")


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)
