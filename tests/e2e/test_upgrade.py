"""Story 15: what an earlier build left behind, its ledger and its cluster, is taken over without touching one running pod."""

import json
import lzma
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from domain.actions import Decided
from domain.names import FIRST
from domain.objects import Kind
from tests.e2e.audit import WRITES, match
from tests.e2e.frozen.make import PROJECT
from tests.e2e.house import House, probe_spec, until
from tests.lab.cluster import Lab
from tests.lab.fixtures import need_control_plane

pytestmark = pytest.mark.lab

FROZEN = sorted(told.parent for told in Path(__file__).with_name("frozen").glob("*/house.json"))
A_WHILE = 15.0
"""Seconds in which a build that misreads what it found would have put it right: corrections come within one or two."""


@dataclass(frozen=True)
class Inherited:
    """A frozen house, its cluster thawed and its ledger a copy."""

    house: House
    told: dict[str, Any]
    """What the build that made it said of it."""


@pytest.fixture(params=FROZEN, ids=lambda folder: folder.name)
def inherited(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Inherited]:
    need_control_plane("cluster")
    frozen: Path = request.param
    ledger = tmp_path / "ledger.db"
    ledger.write_bytes(lzma.decompress((frozen / "ledger.db.xz").read_bytes()))
    lab = Lab.start(frozen=frozen / "etcd.tar.xz")
    house = House(lab, tmp_path, str(ledger), PROJECT, scheme=FIRST)
    try:
        yield Inherited(house, json.loads((frozen / "house.json").read_text()))
    finally:
        house.close()
        lab.stop()


def test_what_an_earlier_build_left_is_taken_over_without_touching_one_running_pod(inherited: Inherited) -> None:
    """Story 15."""
    house = inherited.house
    before, known = _cluster(house), house.facts()
    assert len(known) == inherited.told["facts"]
    assert sum(pod["states"] == ["running"] for pod in _pods(before).values()) == inherited.told["running"] > 0

    engine = house.engine()
    until(lambda: "this engine leads" in engine.said)
    time.sleep(A_WHILE)

    assert _writes(house) == []
    assert _cluster(house) == before
    assert not [r.fact for r in house.facts()[len(known) :] if isinstance(r.fact, Decided) and r.fact.actions]
    assert {name: _verdicts(house, name) for name in inherited.told["verdicts"]} == inherited.told["verdicts"]
    assert house.reckon("replay", "--all").exit == 0
    _orders_are_carried_out(house, len(known))
    assert _pods(before).items() <= _pods(_cluster(house)).items()


def _orders_are_carried_out(house: House, known: int) -> None:
    """The control too: an engine that could not act at all would have left everything alone."""
    house.submit(probe_spec("fresh", house.lab.probe_app("1").ref), "--detach")
    house.reckon("scale", "healthy", "3", "--detach")
    until(lambda: house.live(Kind.DEPLOYMENT, "healthy")["spec"]["replicas"] == 3)
    until(lambda: house.deployment("fresh").objects.get(house.ref(Kind.DEPLOYMENT, "fresh")))
    for name in ("fresh", "healthy"):
        house.quiet(name, 2)
    assert _writes(house)
    found = match(house.facts()[known:], house.lab.audit_events("deadreckon"), house.namespace)
    assert found.agrees, found
    assert house.reckon("replay", "--all").exit == 0


def _verdicts(house: House, name: str) -> list[str]:
    return [version.verdict for version in house.deployment(name).versions]


def _writes(house: House) -> list[str]:
    """Name our writes, wherever in the cluster. To ask for one's rights is a question, though it creates a review."""
    writes = [line for line in house.lab.audit_events("deadreckon") if line["verb"] in WRITES]
    return [f"{line['verb']} {line['requestURI']}" for line in writes if "selfsubject" not in line["requestURI"]]


def _cluster(house: House) -> dict[str, dict[str, Any]]:
    """All that we write, and what grows of it, by kind and name; without what its controllers note down about it."""
    kinds = "deployments,replicasets,pods,services,poddisruptionbudgets,secrets"
    found = json.loads(house.kubectl("get", kinds, "-o", "json"))["items"]
    return {f"{one['kind']} {one['metadata']['name']}": _portrait(one) for one in found}


def _portrait(one: dict[str, Any]) -> dict[str, Any]:
    metadata, containers = one["metadata"], one.get("status", {}).get("containerStatuses", [])
    return {
        "uid": metadata["uid"],
        "generation": metadata.get("generation"),
        "deleted": metadata.get("deletionTimestamp"),
        "labels": metadata.get("labels"),
        "spec": one.get("spec"),
        "restarts": [container["restartCount"] for container in containers],
        "states": [state for container in containers for state in container["state"]],
    }


def _pods(cluster: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {name: portrait for name, portrait in cluster.items() if name.startswith("Pod ")}
