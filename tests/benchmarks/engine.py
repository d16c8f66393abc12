"""What the engine costs and how quick it is: `python -m tests.benchmarks.engine [--only NAME] [--runs N]`.

Each figure is a median of several runs, with what it is held against measured in the same run, in turns. docs/benchmarks.md
says how to read it. Needs the lab (`python -m tests.lab build`); nothing is left behind.
"""

import argparse
import signal
from collections.abc import Callable, Iterator

from tests.benchmarks.burst import burst, profile
from tests.benchmarks.calls import calls
from tests.benchmarks.memory import memory
from tests.benchmarks.one import one
from tests.benchmarks.table import Line, Size, show

ALL: dict[str, Callable[[int, Size], Iterator[Line]]] = {"one": one, "burst": burst, "calls": calls, "memory": memory}
ON_DEMAND = {"profile": profile}


def ended(_: int, __: object) -> None:
    """End as Ctrl-C would, so that the lab is stopped, too."""
    raise SystemExit(143)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=[*ALL, *ON_DEMAND], action="append", help="measure this one (may be repeated)")
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="of each figure (5)")
    parser.add_argument("--burst", type=int, default=Size.burst, metavar="N", help="deployments in a burst (300)")
    parser.add_argument("--ledger", type=int, default=Size.ledger, metavar="N", help="deployments in the big ledger (1000)")
    parser.add_argument("--quiet", type=float, default=Size.quiet, metavar="S", help="idle seconds that are listened to (90)")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, ended)
    size = Size(given.burst, given.ledger, given.quiet)
    for name in given.only or ALL:
        show((ALL | ON_DEMAND)[name](given.runs, size))


if __name__ == "__main__":
    main()
