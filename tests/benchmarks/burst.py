"""A burst: many submissions at once, until the last object is applied, beside bare loops that send the same applies."""

import cProfile
import pstats
import tempfile
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median

from adapters.clock import new_id
from adapters.cluster.connect import connect
from adapters.engine.engine import WORKERS
from adapters.ledger.ledger import open_ledger
from domain.cluster_ports import Cluster
from domain.names import Key
from domain.objects import Manifest, Mark, stamp
from domain.ports import Ledger
from tests.benchmarks.hosting import Hosted, hosted
from tests.benchmarks.orders import Prepared, fleet
from tests.benchmarks.table import Line, Size
from tests.lab.cluster import Lab

PATIENCE = 600.0
WARMING = 20


@dataclass(frozen=True)
class Ground:
    """A fresh control plane and a fresh ledger, warmed."""

    lab: Lab
    cluster: Cluster
    ledger: Ledger


@contextmanager
def context() -> Generator[Ground]:
    """Give the same empty ground to each measurement: what an earlier one left would slow a later one."""
    lab = Lab.start()
    try:
        with tempfile.TemporaryDirectory() as folder, closing(open_ledger(str(Path(folder) / "ledger.db"))) as ledger:
            cluster = connect(kubeconfig=str(lab.kubeconfig_for("deadreckon")))
            warm = fleet(ledger, "warming", WARMING)
            apply_all(cluster, warm, apply, mark=Mark("another-ledger"))
            lab.kubectl("delete", "namespace", Key("warming", "x").namespace, "--wait=true")
            yield Ground(lab, cluster, ledger)
    finally:
        lab.stop()


Send = Callable[[Cluster, Manifest], None]


def apply(cluster: Cluster, manifest: Manifest) -> None:
    cluster.apply(manifest, audit=new_id())


def read_and_apply(cluster: Cluster, manifest: Manifest) -> None:
    """What a guarded create sends: a read, then an apply. The shared namespace is read only."""
    if cluster.read(manifest.ref) is None:
        apply(cluster, manifest)


def apply_all(cluster: Cluster, orders: Sequence[Prepared], send: Send, *, mark: Mark) -> float:
    """Send all manifests, a deployment's in order, as many deployments at once as an engine has hands; give the seconds."""
    stamped = [[stamp(manifest, mark, "p" * 32) for manifest in order.manifests] for order in orders]
    if send is apply:  # once is enough for all: the engine, too, applies the namespace once
        stamped = [stamped[0], *([one for one in manifests if one.ref.kind != "Namespace"] for manifests in stamped[1:])]

    def one(manifests: Sequence[Manifest]) -> None:
        for manifest in manifests:
            send(cluster, manifest)

    began = time.perf_counter()
    one(stamped[0])
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(one, stamped[1:]))
    return time.perf_counter() - began


def submit_all(host: Hosted, ledger: Ledger, orders: Sequence[Prepared]) -> float:
    """Record all orders, each in a call of its own, eight at once; give the seconds until the last write of all is recorded."""
    began = time.perf_counter()
    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(partial(Prepared.record, ledger=ledger), orders))
    host.diary.until(lambda: len(host.diary.applied) == len(orders), PATIENCE)
    return max(host.diary.applied.values()) - began


@dataclass(frozen=True)
class Sample:
    """One measurement: seconds on the wall, and of this process's CPU."""

    wall: float
    cpu: float


def bare(send: Send, count: int) -> Sample:
    """Measure a bare loop; nobody watches, nothing is recorded."""
    with context() as on:
        orders = fleet(on.ledger, "burst", count)
        began = time.process_time()
        wall = apply_all(on.cluster, orders, send, mark=Mark(on.ledger.identity, new_id()))
        return Sample(wall, time.process_time() - began)


def engine(count: int, profile: cProfile.Profile | None = None) -> tuple[Sample, Hosted]:
    """Measure a real engine on a real ledger; give it, too, for what it says of itself."""
    with context() as on:
        orders = fleet(on.ledger, "burst", count)
        with hosted(on.ledger, on.cluster, profile=profile) as host:
            began = time.process_time()
            wall = submit_all(host, on.ledger, orders)
            sample = Sample(wall, time.process_time() - began)
    return sample, host


def burst(runs: int, size: Size) -> Iterator[Line]:
    """Say how an engine's rate compares with that of the bare loops, each on a control plane of its own, in turns."""
    samples: dict[str, list[Sample]] = {"engine": [], "applies": [], "reads and applies": []}
    hosts: list[Hosted] = []
    for _ in range(runs):
        samples["applies"].append(bare(apply, size.burst))
        sample, host = engine(size.burst)
        samples["engine"].append(sample)
        hosts.append(host)
        samples["reads and applies"].append(bare(read_and_apply, size.burst))
    ours = median(sample.wall for sample in samples["engine"])
    for what in ("reads and applies", "applies"):
        floor = median(sample.wall for sample in samples[what])
        yield Line(f"burst of {size.burst}: to the last apply, s", ours, f"bare {what}", floor, f"{floor / ours:.2f} of its rate")
    spent = {what: median(sample.cpu for sample in of) / size.burst * 1000 for what, of in samples.items()}
    yield Line("burst: CPU a deployment, ms", spent["engine"], "bare reads and applies", spent["reads and applies"])
    yield from _rounds(hosts[-1], size.burst)


def _rounds(host: Hosted, count: int) -> Iterator[Line]:
    frames, decisions = host.frames, host.diary.kinds["Decided"]
    facts = sum(host.diary.kinds.values())
    yield Line("loop: CPU a frame, ms", host.cpu / max(frames, 1) * 1000, note=f"{frames} frames, {facts} facts")
    yield Line("loop: CPU a decision, ms", host.cpu / max(decisions, 1) * 1000, note=f"{decisions} decisions")
    yield Line("loop: rounds a deployment", host.engine.pulse.rounds / count, note=f"{host.cpu:.2f} s of CPU in all")


def profile(_: int, size: Size) -> Iterator[Line]:
    """Print what a burst's CPU goes to in the loop's thread."""
    found = cProfile.Profile(time.thread_time)
    sample, host = engine(size.burst, found)
    stats = pstats.Stats(found)
    stats.sort_stats("cumulative").print_stats(25)
    stats.sort_stats("tottime").print_stats(25)
    yield Line(f"profiled burst of {size.burst}: to the last apply, s", sample.wall)
    yield from _rounds(host, size.burst)
