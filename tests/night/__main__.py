"""All that a push does not run, one step after the other: new examples, thousands of incidents, mutants, benchmarks.

python -m tests.night                            # all, some hours; the report is in the folder that it names
python -m tests.night --only simulation mutants  # these steps
python -m tests.night --list                     # what there is

A step that fails does not keep the others; exit 1 when one failed.
"""

import argparse
import subprocess
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from platformdirs import user_cache_path

from adapters.clock import now
from tests.night.report import again
from tests.night.run import run
from tests.night.steps import ROOT, Step, steps


def main() -> int:
    """Do what the person asked for."""
    asked = _asked()
    chosen = _chosen(steps(asked.day), asked.only)
    if asked.list:
        sys.stdout.writelines(
            f"{step.name:18} {step.minutes:3} min  {step.what}\n{'':27}{_short(again(step))}\n" for step in chosen
        )
        return 0
    into: Path = asked.into or user_cache_path("deadreckon-night") / str(asked.day)
    return run(chosen, into, f"The night of {asked.day}, at {_commit()}")


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.night", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--only", nargs="+", default=[], metavar="STEP", help="these steps; a word stands for all that begin with it"
    )
    parser.add_argument("--list", action="store_true", help="only say which steps there are")
    parser.add_argument(
        "--into", type=Path, metavar="FOLDER", help="where report.md and the logs go; a cache of the day by default"
    )
    parser.add_argument("--day", type=date.fromisoformat, default=now().date(), help="another day's examples, seeds and mutants")
    return parser.parse_args()


def _chosen(all_of_them: Sequence[Step], only: Sequence[str]) -> list[Step]:
    if unknown := [word for word in only if not any(step.name.startswith(word) for step in all_of_them)]:
        names = ", ".join(step.name for step in all_of_them)
        raise SystemExit(f"no such step: {', '.join(unknown)}; there are {names}")
    return [step for step in all_of_them if not only or step.name.startswith(tuple(only))]


def _short(command: str) -> str:
    return command if len(command) <= 150 else f"{command[:147]}..."


def _commit() -> str:
    said = subprocess.run(["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False)
    return said.stdout.strip() or "no commit"


if __name__ == "__main__":
    sys.exit(main())
