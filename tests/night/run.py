"""Runs steps one after the other, each into a log of its own, and keeps the report."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from tests.night.report import Done, minutes, report
from tests.night.steps import ROOT, Step

PATIENCE = 6
"""A step that takes so many times what it usually takes is ended."""
TO_CLEAN_UP = 60
"""Seconds between asking a step to end and ending it."""


def run(steps: Sequence[Step], into: Path, title: str, *, minute: float = 60.0) -> int:
    """Run steps, write `report.md` into the folder, and give 1 when one failed. `minute` is in seconds."""
    into.mkdir(parents=True, exist_ok=True)
    done: list[Done] = []
    _say(f"{title}: {len(steps)} steps, about {sum(step.minutes for step in steps)} minutes. The report: {into / 'report.md'}")
    for number, step in enumerate(steps, 1):
        _say(f"[{number}/{len(steps)}] {step.name}: {step.what} (about {step.minutes} min)")
        done.append(_one(step, into / f"{step.name}.log", PATIENCE * step.minutes * minute))
        _say(f"    {done[-1].result.replace('*', '')} after {minutes(done[-1].seconds)}")
        (into / "report.md").write_text(report(title, done, steps[number:]))
    failed = [one.step.name for one in done if not one.passed]
    _say(f"Failed: {', '.join(failed)}." if failed else f"All {len(done)} steps passed.")
    return int(bool(failed))


def _one(step: Step, log: Path, seconds: float) -> Done:
    began = time.monotonic()
    environment = {**os.environ, "HYPOTHESIS_STORAGE_DIRECTORY": str(log.parent / "hypothesis"), **step.environment}
    with log.open("wb") as said:
        process = subprocess.Popen(
            step.command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=said, stderr=said, start_new_session=True
        )
        code: int | None = None
        try:
            code = process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            _end(process)
        except KeyboardInterrupt:
            _end(process)
            raise
    return Done(step, code, time.monotonic() - began, log)


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask a step to end, as Ctrl-C does: a lab is taken down by who brought it up."""
    os.killpg(process.pid, signal.SIGINT)
    try:
        process.wait(timeout=TO_CLEAN_UP)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
