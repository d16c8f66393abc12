"""What a deployment costs the API server, by its own audit log: while it comes, and while nothing happens."""

import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from adapters.cluster.connect import connect
from adapters.ledger.ledger import open_ledger
from domain.names import Key
from tests.benchmarks.hosting import hosted
from tests.benchmarks.one import PATIENCE
from tests.benchmarks.orders import with_service
from tests.benchmarks.table import Line, Size
from tests.lab.cluster import Lab

HOW_MANY = 5
LOOKING = frozenset({"list", "watch"})


def calls(_: int, size: Size) -> Iterator[Line]:
    """Count requests of a few deployments on a real node, each with a namespace of its own, a Service and a Deployment."""
    lab = Lab.start(node=True)
    try:
        image = lab.probe_app("1")
        cluster = connect(kubeconfig=str(lab.kubeconfig_for("deadreckon")))
        with (
            tempfile.TemporaryDirectory() as folder,
            closing(open_ledger(str(Path(folder) / "ledger.db"))) as ledger,
            hosted(ledger, cluster) as host,
        ):
            time.sleep(3)
            before = requests(lab)
            for number in range(HOW_MANY):
                with_service(ledger, Key(f"calls-{number}", "web"), image.ref, image.digest).record(ledger)
            host.diary.until(lambda: len(host.diary.healthy) == HOW_MANY, PATIENCE)
            time.sleep(3)
            active = requests(lab)
            time.sleep(size.quiet)
            idle = requests(lab)
    finally:
        lab.stop()
    yield from _lines("deploying, a deployment", active - before, 1 / HOW_MANY)
    yield from _lines("idle, an hour, all together", idle - active, 3600 / size.quiet)


def requests(lab: Lab) -> Counter[str]:
    """Count what our user has asked so far, by verb and resource; a watch once, when it began."""
    counted: Counter[str] = Counter()
    for event in lab.audit_events("deadreckon"):
        begun = "ResponseStarted" if event["verb"] == "watch" else "ResponseComplete"
        if event["stage"] == begun:
            about: dict[str, str] = event.get("objectRef") or {"resource": event["requestURI"]}
            counted[f"{event['verb']} {about['resource']}"] += 1
    return counted


def _lines(what: str, counted: Counter[str], share: float) -> Iterator[Line]:
    told = {"reads": frozenset({"get"}), "watches and lists": LOOKING}
    for name, verbs in told.items():
        yield _line(f"{name} {what}", {one: n for one, n in counted.items() if one.split()[0] in verbs}, share)
    rest = {one: n for one, n in counted.items() if one.split()[0] not in LOOKING | {"get"}}
    yield _line(f"writes {what}", rest, share)


def _line(what: str, counted: dict[str, int], share: float) -> Line:
    each = ", ".join(f"{one} {n * share:g}" for one, n in sorted(counted.items()))
    return Line(what, sum(counted.values()) * share, note=each)
