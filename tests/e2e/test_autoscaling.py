"""Autoscaling on the lab's node with the real metrics-server: real load, 1 -> 3 -> 1, and every step of it on record."""

from dataclasses import dataclass

import pytest

from domain.objects import Kind
from domain.replica import ReplicaCreated
from domain.scaling import Scaled
from tests.e2e.house import House, probe_spec, until
from tests.e2e.loads import addresses, burn, hold
from tests.lab.cluster import Lab

pytestmark = pytest.mark.node


@pytest.fixture
def scaled_house(metrics_lab: Lab, house: House) -> House:
    """A house on a node whose replicas are measured."""
    assert house.lab is metrics_lab
    return house


@dataclass(frozen=True)
class Story:
    """One deployment's way up and down."""

    house: House
    name: str

    @property
    def count(self) -> int:
        return int(self.house.live(Kind.DEPLOYMENT, self.name)["spec"]["replicas"])

    def scalings(self) -> list[Scaled]:
        return [r.fact for r in self.house.facts(self.name) if isinstance(r.fact, Scaled)]

    @property
    def highest(self) -> int:
        """Give the most replicas that it was ever scaled to."""
        return max((scaled.after for scaled in self.scalings()), default=0)

    def measured(self) -> bool:
        """Tell whether the autoscaler has a figure of it."""
        status = self.house.live(Kind.AUTOSCALER, self.name).get("status", {})
        return any("averageUtilization" in str(metric) for metric in status.get("currentMetrics") or ())


def submitted(house: House, name: str, metric: str, target: int) -> Story:
    scaling = {"maxReplicas": 3, "metrics": [{"metric": metric, "summary": "average", "value": target}]}
    resources = {"machineType": "C4", "replicas": 1, "ports": [8000], "autoscaling": scaling}
    house.submit(probe_spec(name, house.lab.probe_app("1").ref, resources=resources), "--timeout", "240s")
    return Story(house, name)


def test_real_load_takes_deployments_to_three_replicas_and_its_end_back_to_one(scaled_house: House) -> None:
    house = scaled_house
    house.engine()
    busy, full = submitted(house, "busy", "cpu", 50), submitted(house, "full", "memory", 50)
    until(lambda: busy.measured() and full.measured())

    burn(house, "busy", millicores=200, seconds=60)
    hold(house, "full", 80)
    until(lambda: len(addresses(house, "full")) >= 2)
    hold(house, "full", 60)
    until(lambda: busy.highest == full.highest == 3)
    hold(house, "full", 0)
    until(lambda: busy.count == full.count == 1)
    # What is seen of an autoscaler waits some seconds for its own words.
    until(lambda: all(s.scalings() and s.scalings()[-1].after == 1 for s in (busy, full)))

    _by(busy, "cpu", "cpu resource utilization (percentage of request) above target")
    _by(full, "memory", "memory resource utilization (percentage of request) above target")
    _told(house, "busy")


def _by(story: Story, metric: str, reason: str) -> None:
    """Each scaling is a fact: from, to, metric, value, target, reason; none is missing in between."""
    scalings = story.scalings()
    assert [1, *(s.after for s in scalings)] == [*(s.before for s in scalings), 1]
    for scaled in scalings:
        assert (scaled.metric, scaled.target) == (metric, 50), scaled
        assert scaled.value is not None
        assert (scaled.value > 50) is (scaled.after > scaled.before), scaled
        assert scaled.reason == (reason if scaled.after > scaled.before else "All metrics below target")


def _told(house: House, name: str) -> None:
    assert "autoscaled 1\N{EN DASH}3; cpu" in house.reckon("get", name).out
    events = house.reckon("events", name, "--last", "0").out
    assert "scaled from" in events
    assert "above target" in events
    made = [r for r in house.facts(name) if isinstance(r.fact, ReplicaCreated)]
    why = house.reckon("why", made[-1].fact.pod).out  # type: ignore[union-attr]  # it is of that class
    assert "scaled from" in why
