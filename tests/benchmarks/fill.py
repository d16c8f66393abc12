"""The fill of an integration from the S3 server beside the bare tool, `rclone copy` on this machine, onto the same disk.

python -m tests.benchmarks.fill [--runs 3] [--mib 1024]
"""

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from domain.filling import FillDone, FillStarted
from domain.orders import Submitted
from tests.benchmarks.table import Line, show
from tests.e2e.house import House
from tests.e2e.test_integrations import spec
from tests.lab.cluster import Lab
from tests.lab.s3_server import S3Server, s3_server
from tests.lab.storage import CLASS

FILES = 4


def figures(runs: int, mib: int) -> Iterator[Line]:
    """Measure both ways in turns; medians."""
    lab = Lab.start(node=True)
    try:
        with s3_server(lab) as s3, tempfile.TemporaryDirectory() as folder:
            house = prepared(lab, s3, Path(folder), mib)
            ours = list[tuple[float, float, float]]()
            floors = list[float]()
            for number in range(runs):
                floors.append(bare(lab, s3))
                ours.append(filled(house, s3, number))
            house.close()
    finally:
        lab.stop()
    floor = median(floors)
    for what, seconds in zip(
        ("the tool in its pod", "its pod runs until it is on record", "submitted until filled"),
        zip(*ours, strict=True),
        strict=True,
    ):
        one = median(seconds)
        yield Line(f"{mib} MiB: {what}, s", one, "rclone copy", floor, f"ratio {one / floor:.2f}")


def prepared(lab: Lab, s3: S3Server, folder: Path, mib: int) -> House:
    """Put the content into the bucket, and get an engine to lead."""
    for number in range(FILES):
        s3.put("large", f"weights-{number}", os.urandom(mib // FILES * 1024 * 1024))
    house = House(lab, folder, str(folder / "ledger.db"), "fills")
    choices = (f"storage-class={CLASS}", "storage-size=2Gi", f"filler-image={lab.filler().ref}")
    house.reckon("platform", "set", *choices)
    for name, value in (("keyId", s3.access_key), ("key", s3.secret_key)):
        house.reckon("secret", "set", name, text=value)
    house.engine()
    return house


def bare(lab: Lab, s3: S3Server) -> float:
    """Copy by hand, to the disk where the volumes are, and see that it is written."""
    target = Path(lab.volumes) / "bare"
    begun = time.monotonic()
    s3.rclone("copy", "--transfers", "8", "s3:large", str(target))
    os.sync()
    lasted = time.monotonic() - begun
    shutil.rmtree(target)
    return lasted


def filled(house: House, s3: S3Server, number: int) -> tuple[float, float, float]:
    """Submit, wait, and read the times off the ledger; then let it go, so that the next fill begins anew."""
    keys = {"accessKeyId": "secret:keyId", "secretAccessKey": "secret:key"}
    large = {"type": "s3", "name": f"large-{number}", "url": "s3://large", "endpoint": s3.url, **keys}
    house.submit(spec(house, large), "--timeout", "300s", timeout=400)
    facts = house.facts("web")
    ordered, started, done = (
        [recorded for recorded in facts if isinstance(recorded.fact, kind)][-1] for kind in (Submitted, FillStarted, FillDone)
    )
    assert isinstance(done.fact, FillDone)
    house.reckon("delete", "web", "--yes", "--timeout", "60s")
    since = [(done.recorded_at - one.recorded_at).total_seconds() for one in (started, ordered)]
    return done.fact.seconds, since[0], since[1]


if __name__ == "__main__":
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("--runs", type=int, default=3)
    given.add_argument("--mib", type=int, default=1024)
    asked = given.parse_args()
    show(figures(asked.runs, asked.mib))
