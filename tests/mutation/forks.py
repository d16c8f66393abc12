"""Work done in forks of this process, which has everything imported; each is alone, and can do no harm to the next."""

import json
import os
import resource
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

T = TypeVar("T")
MEMORY = 4 << 30
"""Bytes that a fork may take: a mutant may count without an end."""


@dataclass(frozen=True)
class Work(Generic[T]):
    """What to do in a fork, for how many seconds at most; the answer must be fit for JSON."""

    of: T
    do: Callable[[], Any]
    seconds: float


@dataclass(frozen=True)
class Answer(Generic[T]):
    """What a fork said, or how it ended without a word: `crashed`, `out of time`."""

    of: T
    said: Any
    ended: str = ""


@dataclass(frozen=True)
class _Running(Generic[T]):
    work: Work[T]
    folder: Path
    until: float


def answers(works: Iterable[Work[T]], beside: int) -> Iterator[Answer[T]]:
    """Do the works, so many beside each other, and give each answer as it comes."""
    waiting, running = iter(works), dict[int, _Running[T]]()
    try:
        while True:
            while len(running) < beside and (work := next(waiting, None)):
                folder = Path(tempfile.mkdtemp(prefix="mutation-"))
                running[_fork(work, folder)] = _Running(work, folder, time.monotonic() + work.seconds)
            if not running:
                return
            time.sleep(0.005)
            for pid, one in list(running.items()):
                late = time.monotonic() > one.until
                if late or os.waitpid(pid, os.WNOHANG)[0]:
                    del running[pid]
                    yield _end(pid, one, late=late)
    finally:
        for pid, one in running.items():
            _end(pid, one, late=True)


def _fork(work: Work[T], folder: Path) -> int:
    pid = os.fork()
    if pid:
        return pid
    try:
        os.setsid()
        nothing = os.open(os.devnull, os.O_RDWR)
        for stream in (0, 1, 2):
            os.dup2(nothing, stream)
        resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(folder)  # where pytest makes the folders of `tmp_path`
        said = json.dumps(work.do())
        (folder / "said").write_text(said)
    finally:
        os._exit(0)


def _end(pid: int, one: _Running[T], *, late: bool) -> Answer[T]:
    """Stop what is left of a fork, also what its tests started, and read what it said."""
    with suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)
    if late:
        os.waitpid(pid, 0)
    said = one.folder / "said"
    answer = json.loads(said.read_text()) if said.exists() else None
    shutil.rmtree(one.folder, ignore_errors=True)
    return Answer(one.work.of, answer, "" if answer is not None else "out of time" if late else "crashed")
