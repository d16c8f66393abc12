"""The lab for a person: `python -m tests.lab up`, `down`, `build`."""

import argparse
import os
import signal
import sys
from pathlib import Path

from tests.lab import site, toolchain
from tests.lab.cluster import Lab
from tests.lab.processes import wait_until
from tests.lab.progress import tell


def main() -> int:
    """Do what the person asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start a lab and keep it until Ctrl-C, or until `down` elsewhere")
    up.add_argument("--no-node", action="store_true", help="the control plane only")
    up.add_argument("--metrics", action="store_true", help="with metrics-server: `kubectl top`, autoscaling")
    up.add_argument("--second", action="store_true", help="with a second node")
    down = commands.add_parser("down", help="stop a lab that `up` keeps, and clear what died")
    down.add_argument("number", type=int, nargs="?", help="which one, where several are up")
    commands.add_parser("build", help="only build the programs, so that a later start takes seconds")
    asked = parser.parse_args()
    if asked.command == "up":
        return _up(node=not asked.no_node, metrics=asked.metrics, second=asked.second)
    return _down(asked.number) if asked.command == "down" else _build()


def _up(*, node: bool, metrics: bool, second: bool) -> int:
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    lab = None
    try:
        lab = Lab.start(node=node, metrics=metrics, second=second)
        sys.stdout.write(f"export KUBECONFIG={lab.kubeconfig_for('human')}\n")
        sys.stdout.write(f"# logs: {lab.logs}\n# registry: {lab.registry}\n")
        sys.stdout.write(f"# kubectl: {toolchain.binaries('kubernetes') / 'kubectl'}\n")
        sys.stdout.write(f"# stop with Ctrl-C here, or `python -m tests.lab down {lab.number}` elsewhere\n")
        sys.stdout.flush()
        while True:
            signal.pause()
    except KeyboardInterrupt:
        tell("stopping")
    finally:
        if lab:
            lab.stop()
    return 0


def _leave(*_: object) -> None:
    # A second one must not break the clearing off.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def _down(number: int | None) -> int:
    site.clear_the_dead()
    up = [(place, owner) for place, owner in site.standing() if owner and owner.alive() and _is_up(owner.pid)]
    chosen = [one for one in up if number in {None, one[0].number}]
    if len(chosen) > 1:
        # Someone else's may be among them.
        tell(f"several are up; say which: {', '.join(str(place.number) for place, _ in chosen)}")
        return 2
    if not chosen:
        tell("no such lab is up")
        return 0 if number is None else 2
    ((place, owner),) = chosen
    tell(f"stopping lab {place.number}, in {place.folder}")
    os.kill(owner.pid, signal.SIGTERM)
    return 0 if wait_until(lambda: not owner.alive(), 30) else 1


def _is_up(pid: int) -> bool:
    # A test session's lab is not ours to stop: only one that `up` keeps.
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return "tests.lab" in words and "up" in words


def _build() -> int:
    for module in toolchain.BUILDABLE:
        tell(f"{module}: {toolchain.binaries(module)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
