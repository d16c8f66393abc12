"""An engine's memory and start: `reckon engine` as a process, on an empty ledger and on one of many deployments."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from adapters.cluster.connect import connect
from adapters.ledger.ledger import open_ledger
from tests.benchmarks.burst import submit_all
from tests.benchmarks.hosting import hosted
from tests.benchmarks.orders import MACHINES, fleet
from tests.benchmarks.table import Line, Size
from tests.lab.cluster import Lab

ROOT = Path(__file__).parents[2]
SETTLING = 10.0
"""Seconds for the first lists of all watches."""


@dataclass(frozen=True)
class Start:
    """Seconds from the process's start until it led, its CPU until then; later its memory (MiB) and its idle CPU (percent)."""

    seconds: float
    cpu: float
    memory: float
    idle: float


def memory(runs: int, size: Size) -> Iterator[Line]:
    """Start engines on empty ledgers, then fill one on a control plane, and start engines on that."""
    lab = Lab.start()
    try:
        with tempfile.TemporaryDirectory() as folder:
            # Not in turns: an engine of an empty ledger, too, would list the Events of a cluster that is full.
            few = [_start(lab, str(Path(folder) / f"empty-{number}.db")) for number in range(runs)]
            full = str(Path(folder) / "full.db")
            facts = _fill(lab, full, size.ledger)
            many = [_start(lab, full) for _ in range(runs)]
    finally:
        lab.stop()
    empty, big = median(s.memory for s in few), median(s.memory for s in many)
    each = (big - empty) / size.ledger * 1024
    yield Line(f"memory at {size.ledger} deployments, MiB", big, "at none", empty, f"{each:.0f} KiB a deployment, {facts} facts")
    idle, idle_at_none = median(s.idle for s in many), median(s.idle for s in few)
    yield Line(f"idle CPU at {size.ledger} deployments, %", idle, "at none", idle_at_none)
    slow, quick = median(s.seconds for s in many), median(s.seconds for s in few)
    yield Line(f"start to leading at {size.ledger} deployments, s", slow, "at none", quick)
    slow, quick = median(s.cpu for s in many), median(s.cpu for s in few)
    rate = facts / max(slow - quick, 0.001)
    yield Line(f"CPU of that start at {size.ledger} deployments, s", slow, "at none", quick, f"{rate:.0f} facts folded a second")


def _fill(lab: Lab, path: str, count: int) -> int:
    cluster = connect(kubeconfig=str(lab.kubeconfig_for("deadreckon")))
    with closing(open_ledger(path)) as ledger:
        with hosted(ledger, cluster) as host:
            submit_all(host, ledger, fleet(ledger, "many", count, replicas=1))
            before = -1
            while before != (before := ledger.head()):
                time.sleep(SETTLING)
        return ledger.head()


def _start(lab: Lab, ledger: str) -> Start:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RECKON_")}
    ours = {
        "RECKON_LEDGER": ledger,
        "RECKON_KUBECONFIG": str(lab.kubeconfig_for("deadreckon")),
        "RECKON_CATALOGUE": str(MACHINES),
        "PYTHONPATH": str(ROOT),
    }
    began = time.perf_counter()
    with tempfile.TemporaryFile("w+") as said:
        command = [sys.executable, "-m", "adapters.main", "engine", "--quiet"]
        process = subprocess.Popen(command, cwd=ROOT, env=kept | ours, stdout=said, stderr=subprocess.STDOUT)
        try:
            while not re.search(r" leads", Path(f"/proc/self/fd/{said.fileno()}").read_text()):
                if process.poll() is not None or time.perf_counter() - began > 120:
                    raise RuntimeError(Path(f"/proc/self/fd/{said.fileno()}").read_text())
                time.sleep(0.02)
            seconds, cpu = time.perf_counter() - began, _cpu(process.pid)
            time.sleep(SETTLING)
            busy = _cpu(process.pid)
            time.sleep(SETTLING)
            idle = (_cpu(process.pid) - busy) / SETTLING * 100
            status = Path(f"/proc/{process.pid}/status").read_text()
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(timeout=30)
    resident = re.search(r"VmRSS:\s*(\d+) kB", status)
    assert resident, status
    return Start(seconds, cpu, int(resident[1]) / 1024, idle)


def _cpu(process: int) -> float:
    after_name = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / os.sysconf("SC_CLK_TCK")
