"""Freezes a house for the story of the upgrade: what a cluster and a ledger hold after some eventful minutes with today's build.

As root, on a machine with the lab, in the repository's folder (the namespace keeps the machine's own name out of the files):

    unshare --uts sh -c 'hostname house; exec .venv/bin/python -m tests.e2e.frozen.make v0.2'

A frozen house is never made anew: later builds must take it over as it is. A new one stands beside it.
"""

import json
import lzma
import sqlite3
import subprocess
import sys
import urllib.request
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from domain.objects import Kind
from tests.e2e.house import ROOT, House, probe_spec, until
from tests.lab.cluster import Lab

PROJECT = "frozen"
NAMES = ("healthy", "failed", "stopped", "put-right", "rolled-back", "guarded", "restarted", "mended", "gone")
_LAST_MINUTE = {"rolloutDeadlineSeconds": 20}


def main(version: str) -> None:
    """Live through the story and keep what is left of it."""
    folder = Path(__file__).with_name(version)
    folder.mkdir()
    with TemporaryDirectory() as scratch:
        lab = Lab.start(node=True)
        try:
            house = House(lab, Path(scratch), f"{scratch}/ledger.db", PROJECT)
            _live(house)
            (folder / "house.json").write_text(json.dumps(_told(house), indent=1) + "\n")
            lab.freeze(folder / "etcd.tar.xz")
            _keep(Path(house.ledger_place), folder / "ledger.db.xz")
        finally:
            lab.stop()


def _live(house: House) -> None:
    """Have one deployment of each fate, at rest in the end."""
    engine = house.engine()
    one, two = house.lab.probe_app("1").ref, house.lab.probe_app("2").ref
    house.reckon("secret", "set", "token", text="only for tests")
    specials: dict[str, dict[str, Any]] = {
        "healthy": {"replicas": 2},
        "failed": {"healthChecks": None, "deadreckon": _LAST_MINUTE},
        "guarded": {"env": [{"name": "VERSION", "value": "secret:token"}]},
    }
    for name in NAMES:
        house.submit(probe_spec(name, one, **specials.get(name, {})), "--detach", "--reason", "first release")
    for name in NAMES:
        house.reckon("wait", name, "--timeout", "240s")
    _meet_their_fates(house, two)
    for name in NAMES:
        house.quiet(name, 3)
    if code := engine.stop():
        raise SystemExit(f"the engine ended with {code}: {engine.said}")


def _meet_their_fates(house: House, second: str) -> None:
    never: dict[str, Any] = {"env": [{"name": "EXIT_CODE", "value": "7"}], "healthChecks": None, "deadreckon": _LAST_MINUTE}
    house.submit(probe_spec("failed", second, **never), "--detach", "--reason", "a bad idea")
    house.submit(probe_spec("rolled-back", second), "--reason", "second release")
    house.reckon("rollback", "rolled-back", "--yes", "--reason", "the second was slow")
    house.reckon("stop", "stopped", "--yes", "--reason", "not at night")
    house.reckon("delete", "gone", "--yes", "--reason", "no longer needed")
    house.reckon("hold", "mended", "--reason", "mending it by hand")
    for name in ("put-right", "mended"):
        house.kubectl("scale", f"deployment/{house.ref(Kind.DEPLOYMENT, name).name}", "--replicas=3")
    _ask(f"http://{house.pods('restarted')[0]['status']['podIP']}:8000/set/liveness/false")
    until(lambda: house.live(Kind.DEPLOYMENT, "mended")["status"].get("readyReplicas") == 3)
    until(lambda: [len(house.pods(name)) for name in ("put-right", "stopped", "gone")] == [1, 0, 0])
    until(lambda: any(r.restarts for r in house.deployment("restarted").replicas.values()))
    house.reckon("wait", "restarted", "--timeout", "240s")
    until(lambda: house.deployment("failed").versions[-1].verdict == "failed")


def _told(house: House) -> dict[str, object]:
    """Say what the ledger held when it was frozen, for people and for the test."""
    commit = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.strip()
    verdicts = {name: [version.verdict for version in house.deployment(name).versions] for name in NAMES}
    facts, running = house.facts(), sum(_runs(pod) for name in NAMES for pod in house.pods(name))
    return {
        "commit": commit,
        "at": facts[-1].recorded_at.isoformat(),
        "facts": len(facts),
        "running": running,
        "verdicts": verdicts,
    }


def _runs(pod: dict[str, Any]) -> bool:
    return all("running" in container["state"] for container in pod["status"]["containerStatuses"])


def _keep(ledger: Path, to: Path) -> None:
    whole = ledger.with_name("whole.db")
    with closing(sqlite3.connect(ledger)) as source:
        source.execute("VACUUM INTO ?", [str(whole)])
    to.write_bytes(lzma.compress(whole.read_bytes(), preset=9))


def _ask(url: str) -> None:
    with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=5):
        pass


if __name__ == "__main__":
    main(sys.argv[1])
