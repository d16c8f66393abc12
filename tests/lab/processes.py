"""The lab's processes: each is on record with its start time, so that only ours is ever ended."""

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

_ERROR = re.compile(r"[EF]\d{4} |panic:|.*(level=(error|fatal)|\"level\":\"(error|fatal|panic)\")")


class DidNotStart(Exception):
    """A part of the lab did not become ready; the message names its log and shows its last lines."""


@dataclass(frozen=True, slots=True)
class Running:
    """A process, known by its id and the moment it started: ids come again, the pair does not."""

    name: str
    pid: int
    started: str
    boot: str

    @classmethod
    def of(cls, name: str, pid: int) -> "Running":
        """Describe a living process so that it can be recognised later, by another process too."""
        return cls(name, pid, _started(pid), _boot())

    def alive(self) -> bool:
        """Whether this very process still runs (a zombie does not)."""
        return bool(self.started) and self.boot == _boot() and _started(self.pid) == self.started

    def end(self, patience: float = 5.0) -> None:
        """Ask it to stop, insist after the patience is over, and return when it is gone."""
        for sign, wait in ((signal.SIGTERM, patience), (signal.SIGKILL, 10.0)):
            if not self.alive():
                break
            os.kill(self.pid, sign)
            wait_until(lambda: not self.alive(), wait)
        _reap(self.pid)

    def family(self) -> tuple[int, ...]:
        """Give its id and those of its children: what runs inside of namespaces is the child of what entered them."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        return (self.pid, *map(int, children))

    def kill(self) -> None:
        """End it at once, as a crash would, and return when it is gone."""
        if self.alive():
            os.kill(self.pid, signal.SIGKILL)
            wait_until(lambda: not self.alive(), 10.0)
        _reap(self.pid)


class Book:
    """The record of one lab's processes, on disk before anyone relies on them."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._entries = {name: Running(**entry) for name, entry in _read(file).items()}

    def add(self, process: Running) -> None:
        """Put a process on record under its name."""
        self._entries[process.name] = process
        self._write()

    def remove(self, name: str) -> Running | None:
        """Take a process off the record; None when there is none of that name."""
        process = self._entries.pop(name, None)
        self._write()
        return process

    def get(self, name: str) -> Running | None:
        """The process of that name, if it is on record."""
        return self._entries.get(name)

    def names(self) -> tuple[str, ...]:
        """All names, the latest started first: the order in which to stop."""
        return tuple(reversed(self._entries))

    def _write(self) -> None:
        fresh = self._file.with_suffix(".new")
        fresh.write_text(json.dumps({name: asdict(entry) for name, entry in self._entries.items()}, indent=1))
        fresh.replace(self._file)


def spawn(name: str, command: Sequence[str], *, log: Path, env: Mapping[str, str] | None = None) -> Running:
    """Start a process in a session of its own, everything it says going to its log."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=out,
            # Some programs of the node are in sbin, which not every path has.
            env={**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin", **(env or {})},
            # A Ctrl-C of the person is for the test session, which then stops us in order.
            start_new_session=True,
        )
    running = Running.of(name, process.pid)
    # The lab ends its processes by their record, so Popen need not warn that one still runs.
    process.returncode = 0
    return running


def wait_until(true: Callable[[], bool], seconds: float, pause: float = 0.05) -> bool:
    """Whether it became true in time."""
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause)
    return True


def last_lines(log: Path, count: int = 15) -> str:
    """The end of a log, for a message to a person."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join(lines[-count:])


def last_errors(log: Path, count: int) -> str:
    """The last lines that speak of an error, in the words of klog, etcd and containerd."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return "\n".join([line[:300] for line in lines if _ERROR.match(line)][-count:])


def _read(file: Path) -> dict[str, dict[str, Any]]:
    try:
        entries: dict[str, dict[str, Any]] = json.loads(file.read_text())
    except FileNotFoundError:
        return {}
    return entries


def _started(pid: int) -> str:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""
    # The name in brackets may hold anything; what follows it is regular: state first, start time the 20th.
    fields = stat.rpartition(")")[2].split()
    return "" if fields[0] == "Z" else fields[19]


def _boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def _reap(pid: int) -> None:
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        return  # not our child: an earlier session started it
