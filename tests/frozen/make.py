"""Freezes a ledger and its simulated cluster as today's code leaves them: `python -m tests.frozen.make NAME`.

What is frozen is never made anew: a later build must read it, replay it to the same decisions, and take its replicas over without
touching one. After a change of stored forms a new one is frozen *beside* the old ones.
"""

import lzma
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from adapters.simulator.faults import Fault, FaultRule
from domain.names import Key
from domain.objects import Kind, ObjectRef
from tests.frozen.kept import CLUSTER, LEDGER, KeptWorld
from tests.simulation.world import NOON

PROJECT = "frozen"
NAMES = ("steady", "returned", "mended", "failed", "stopped", "gone", "again", "abandoned", "held")


def main(name: str) -> None:
    """Live through the story and keep what is left of it."""
    target = Path(__file__).with_name(name)
    target.mkdir()
    with TemporaryDirectory() as scratch:
        world = KeptWorld(Path(scratch), NOON)
        live(world)
        world.close()
        for file in (LEDGER, CLUSTER):
            (target / f"{file}.xz").write_bytes(lzma.compress((Path(scratch) / file).read_bytes(), preset=9))
    print(f"frozen in {target}: {[f'{file.name}: {file.stat().st_size}' for file in sorted(target.iterdir())]}")


def live(world: KeptWorld) -> None:
    """A release, a failure and the way back, drift put right and given up, ends and new beginnings, one engine after another."""
    people, interventions = world.people, world.cluster.interventions
    keys = {name: Key(PROJECT, name) for name in NAMES}
    for name in NAMES:
        people.submit(keys[name], "1", 2)
    world.run(60)
    for fault, call in ((Fault.UNREACHABLE, 1), (Fault.REPLY_LOST, 3), (Fault.CONTESTED, 5), (Fault.REJECTED, 7)):
        world.cluster.faults.add(FaultRule(fault, verb="apply", calls=(call,)))
    for name in ("returned", "failed"):
        people.submit(keys[name], "4-bad", 2)
    people.scale(keys["steady"], 3)
    people.stop(keys["stopped"])
    people.delete(keys["gone"])
    people.delete(keys["again"])
    people.hold(keys["held"], 10 * 365 * 24 * 3600)
    interventions.scale(_workload(keys["mended"]), 5)
    world.run(120)
    world.cluster.faults.end()
    people.rollback(keys["returned"])
    people.submit(keys["again"], "2", 1, ())
    interventions.delete(_workload(keys["mended"]))
    interventions.scale(_workload(keys["held"]), 4)
    world.kill(world.processes[0])
    for second in range(0, 200, 8):
        world.plan(second, lambda: _fight(world, keys["abandoned"]))
    world.run(300)
    interventions.cut_feeds()
    interventions.delete_pod(interventions.pods(keys["steady"].namespace)[0])
    world.run(120)


def _fight(world: KeptWorld, key: Key) -> None:
    world.cluster.interventions.scale(_workload(key), 1, manager="autoscaler")


def _workload(key: Key) -> ObjectRef:
    return ObjectRef(Kind.DEPLOYMENT.value, key.namespace, key.object_name)


if __name__ == "__main__":
    main(sys.argv[1])
