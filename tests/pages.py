"""A page of the documents whose commands are run as they stand, and whose screens are held against what comes.

A `yaml` block that begins with the comment `# NAME` is a file of that name. Of a `console` block each line `$ scripts/reckon …`
is typed, and what stands below it is its screen; the first one, `engine`, runs beside all others, to the end.
To record the screens anew: `python -m tests.pages docs/first-steps.md`.
"""

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from getpass import getuser
from pathlib import Path
from signal import SIGINT

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"(?<=^```)(yaml|console)\n(.*?)(?=^```)", re.MULTILINE | re.DOTALL)
TYPED = "$ scripts/reckon "
READER = "ada"
PASSING = re.compile(r"^[\w ]+: (?:rolling out|deleting), .*\n|^stopped; .*", re.MULTILINE)
"""What a terminal shows in one line that changes, as often as the machine is slow; and the engine's word after the page's end."""
VARYING = (
    (r"\b\d\d:\d\d:\d\d\b", "TIME"),
    (r"(?<=TIME)\s+\d+(?= )", " POSITION"),
    (r"\bat once\b", "after SECONDS"),
    (r"\b[bcdfghjklmnpqrstvwxz2456789]{5}\b(?<!\d{5})", "REPLICA"),
    (r"\b[a-z2-7]{26}\b", "HASH"),
    (r"\b(?:\d+ min )?\d+ s\b|\b\d+ min\b|\bnow\b", "SECONDS"),
    (r"\b\d+ restarts?\b", "RESTARTS"),
    (r"\bback-off \d+s\b", "BACKOFF"),
    (r"\bsimulated-\d\b", "NODE"),
    (r"\b10\.244\.\d+\.\d+\b", "ADDRESS"),
    (r"(?<=standing by as )\S+", "ENGINE"),
    (r"\s+", " "),
)
"""What differs from run to run, and how wide that makes a column or where a line wraps."""


@dataclass(frozen=True, slots=True)
class Step:
    """A command of the page and the screen that the page shows for it."""

    command: str
    shown: str


@dataclass(frozen=True, slots=True)
class Came:
    """What came when a step was run."""

    step: Step
    screen: str


def files_of(page: str) -> dict[str, str]:
    """Give the files that the page has its reader write."""
    bodies = [body for kind, body in BLOCK.findall(page) if kind == "yaml" and body.startswith("# ")]
    return {body.splitlines()[0].removeprefix("# "): body for body in bodies}


def steps_of(page: str) -> list[Step]:
    """Give the commands of the page, in order."""
    parts = [part for kind, body in BLOCK.findall(page) if kind == "console" for part in f"\n{body}".split(f"\n{TYPED}")[1:]]
    return [Step(part.partition("\n")[0], part.partition("\n")[2].rstrip()) for part in parts]


def alike(screen: str) -> str:
    """Give a screen without what differs from run to run."""
    for pattern, name in VARYING:
        screen = re.sub(pattern, name, screen)
    return screen.strip()


def walk(page: str, folder: Path) -> list[Came]:
    """Do what the page says, in an empty folder that is the reader's home as well; gives what came, in the page's order."""
    for name, body in files_of(page).items():
        (folder / name).write_text(body)
    return list(_walked(steps_of(page), folder))


def _walked(steps: list[Step], folder: Path) -> Iterator[Came]:
    first, *others = steps
    with _running(first, folder) as engine:
        came = [Came(step, _typed(step, folder)) for step in others]
        engine.send_signal(SIGINT)
        said, _ = engine.communicate(timeout=30)
    yield Came(first, _as_shown(said, folder))
    yield from came


@contextmanager
def _running(step: Step, folder: Path) -> Generator["subprocess.Popen[str]"]:
    engine = subprocess.Popen(
        _words(step), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=folder, env=_place(folder)
    )
    try:
        yield engine
    finally:
        engine.kill()
        engine.wait()


def _typed(step: Step, folder: Path) -> str:
    ended = subprocess.run(
        _words(step),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=120,
        cwd=folder,
        env=_place(folder),
    )
    return _as_shown(ended.stdout, folder)


def _words(step: Step) -> list[str]:
    return [sys.executable, "-m", "adapters.main", *shlex.split(step.command)]


def _place(folder: Path) -> dict[str, str]:
    kept = {name: os.environ[name] for name in ("PATH", "USER", "LOGNAME") if name in os.environ}
    return {**kept, "HOME": str(folder), "PYTHONPATH": str(ROOT)}


def _as_shown(screen: str, folder: Path) -> str:
    named = re.sub(rf"\b{re.escape(getuser())}\b", READER, screen.replace(str(folder), "~"))
    return PASSING.sub("", named).rstrip()


def recorded(page: str, folder: Path) -> str:
    """Give the page with the screens that come."""
    for came in walk(page, folder):
        typed = f"{TYPED}{came.step.command}\n"
        page = page.replace(f"{typed}{came.step.shown}".rstrip(), f"{typed}{came.screen}".rstrip(), 1)
    return page


if __name__ == "__main__":
    place = Path(sys.argv[1])
    with tempfile.TemporaryDirectory() as home:
        place.write_text(recorded(place.read_text(), Path(home)))
