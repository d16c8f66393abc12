"""The lab for a person: `python -m tests.lab up`, `down`, `build`."""

import argparse
import os
import signal
import sys
from pathlib import Path

from tests.lab import debian, site, toolchain
from tests.lab.cluster import Lab
from tests.lab.processes import wait_until
from tests.lab.progress import tell


def main() -> int:
    """Do what the person asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.lab", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start a lab and keep it until Ctrl-C, or until `down` elsewhere")
    up.add_argument("--no-node", action="store_true", help="the control plane only")
    commands.add_parser("down", help="stop every lab that `up` keeps, and clear what died")
    commands.add_parser("build", help="only build the programs, so that a later start takes seconds")
    asked = parser.parse_args()
    return {"up": lambda: _up(node=not asked.no_node), "down": _down, "build": _build}[asked.command]()


def _up(*, node: bool) -> int:
    if node:
        debian.ensure_packages()
    signal.signal(signal.SIGTERM, _leave)
    signal.signal(signal.SIGINT, _leave)
    lab = None
    try:
        lab = Lab.start(node=node)
        sys.stdout.write(f"export KUBECONFIG={lab.kubeconfig_for('human')}\n")
        sys.stdout.write(f"# logs: {lab.logs}\n# registry: {lab.registry}\n")
        sys.stdout.write("# stop with Ctrl-C here, or `python -m tests.lab down` elsewhere\n")
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


def _down() -> int:
    for place, owner in list(site.standing()):
        if owner.alive() and _is_up(owner.pid):
            tell(f"stopping the lab in {place.folder}")
            os.kill(owner.pid, signal.SIGTERM)
            wait_until(lambda one=owner: not one.alive(), 30)  # type: ignore[misc]
    site.clear_the_dead()
    return 0


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
