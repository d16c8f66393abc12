"""One deployment on the lab's node: from its submission until it is applied and until it is healthy, beside kubectl."""

import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from pathlib import Path
from statistics import median

from adapters.clock import new_id
from adapters.cluster.connect import connect
from adapters.ledger.ledger import open_ledger
from domain.actions import Decided, Succeeded, VersionHealthy
from domain.facts import Fact
from domain.names import Key
from domain.objects import Mark, stamp
from domain.orders import Submitted
from domain.record import Recorded
from tests.benchmarks.hosting import hosted
from tests.benchmarks.orders import with_service
from tests.benchmarks.table import Line, Size
from tests.lab.cluster import Lab

PATIENCE = 120.0
Times = Mapping[str, float]
"""Seconds until `applied` and until `ready`."""


def one(runs: int, _: Size) -> Iterator[Line]:
    """Measure both ways in turns; the first time, which pulls the image, is not counted."""
    lab = Lab.start(node=True)
    try:
        image = lab.probe_app("1")
        by_engine: list[Times] = []
        by_kubectl: list[Times] = []
        for number in range(runs + 1):
            by_kubectl.append(kubectl(lab, f"hand-{number}", image.ref, image.digest))
            by_engine.append(engine(lab, f"engine-{number}", image.ref, image.digest))
    finally:
        lab.stop()
    for what in ("applied", "ready"):
        ours, floor = (median(times[what] for times in of[1:]) for of in (by_engine, by_kubectl))
        yield Line(f"one deployment: submitted to {what}, s", ours, f"kubectl until {what}", floor, f"{ours - floor:+.2f} s")


def engine(lab: Lab, project: str, image: str, digest: str) -> Times:
    """By the times that stand in the ledger: a person's order to the last write, and to the verdict."""
    key = Key(project, "web")
    with tempfile.TemporaryDirectory() as folder, closing(open_ledger(str(Path(folder) / "ledger.db"))) as ledger:
        with hosted(ledger, connect(kubeconfig=str(lab.kubeconfig_for("deadreckon")))) as host:
            time.sleep(1)  # a quiet engine, as most are
            with_service(ledger, key, image, digest).record(ledger)
            host.diary.until(lambda: key.subject in host.diary.healthy, PATIENCE)
        times = measured(ledger.about(key.subject))
    _clear(lab, key)
    return times


def measured(facts: Iterable[Recorded[Fact]]) -> Times:
    """Read the seconds off a deployment's facts."""
    facts = tuple(facts)
    submitted = next(r.recorded_at for r in facts if isinstance(r.fact, Submitted))
    applied = max(r.recorded_at for r in facts if isinstance(r.fact, Succeeded))
    ready = next(r.recorded_at for r in facts if isinstance(r.fact, Decided) and _healthy(r.fact))
    return {"applied": (applied - submitted).total_seconds(), "ready": (ready - submitted).total_seconds()}


def _healthy(decided: Decided) -> bool:
    return any(isinstance(finding, VersionHealthy) for finding in decided.findings)


def kubectl(lab: Lab, project: str, image: str, digest: str) -> Times:
    """`kubectl apply --server-side` of the same manifests, then `kubectl rollout status`: two processes, as people run them."""
    key = Key(project, "web")
    with tempfile.TemporaryDirectory() as folder, closing(open_ledger(str(Path(folder) / "ledger.db"))) as ledger:
        manifests = with_service(ledger, key, image, digest).manifests
    text = "\n---\n".join(stamp(manifest, Mark("by-hand", new_id()), "p" * 32).body for manifest in manifests)
    began = time.perf_counter()
    lab.kubectl("apply", "--server-side", "-f", "-", input=text)
    applied = time.perf_counter() - began
    lab.kubectl("-n", key.namespace, "rollout", "status", f"deployment/{key.object_name}", f"--timeout={PATIENCE:.0f}s")
    ready = time.perf_counter() - began
    _clear(lab, key)
    return {"applied": applied, "ready": ready}


def _clear(lab: Lab, key: Key) -> None:
    """Let the next one have a quiet node; its namespace goes with the lab."""
    lab.kubectl("-n", key.namespace, "delete", "deployment", key.object_name, "--cascade=foreground", "--wait=true")
