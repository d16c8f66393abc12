"""The report of a night, written anew after each step, so that a night that was cut short leaves one too."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.night.steps import Step

LAST = 40
"""Lines of what a step said that the report shows; the whole is in the step's log."""


@dataclass(frozen=True)
class Done:
    """A step, what it exited with (None: it was ended because it took too long), its seconds and what it said."""

    step: Step
    code: int | None
    seconds: float
    log: Path

    @property
    def passed(self) -> bool:
        """Tell whether the step found nothing."""
        return self.code == 0

    @property
    def result(self) -> str:
        """What came of it, in a word."""
        if self.code is None:
            return "**took too long**"
        return "passed" if self.passed else f"**failed** with {self.code}"


def report(title: str, done: Sequence[Done], left: Sequence[Step]) -> str:
    """Give the report as Markdown: a table of all steps, then each that ran, what failed first."""
    rows = [f"| {one.step.name} | {one.result} | {minutes(one.seconds)} | {one.step.what} |" for one in done]
    rows += [f"| {step.name} | not yet | | {step.what} |" for step in left]
    parts = [_part(one) for one in sorted(done, key=lambda one: one.passed)]
    return "\n".join([f"# {title}", "", "| Step | Result | Took | What |", "| --- | --- | ---: | --- |", *rows, "", *parts])


def minutes(seconds: float) -> str:
    """Give a time as a person says it."""
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def again(step: Step) -> str:
    """Give the line for a shell that runs a step again."""
    settings = [f"{name}={shlex.quote(value)}" for name, value in step.environment.items()]
    return " ".join([*settings, "python", *map(shlex.quote, step.command[1:])])


def _part(one: Done) -> str:
    lines = one.log.read_text(errors="replace").rstrip().splitlines()[-LAST:]
    said = "\n".join(f"    {line}" for line in lines)
    title = f"## {one.step.name}: {one.result.replace('*', '')}"
    return f"{title}\n\nAgain: `{again(one.step)}`; all that it said: `{one.log.name}`\n\n{said}\n"
