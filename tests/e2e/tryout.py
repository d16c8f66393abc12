"""A try-out: a person at the command line with a ledger in a file and a simulated cluster, in this process or in others."""

import os
import subprocess
import sys
from contextlib import closing, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path

import pytest

from adapters.cli.app import run
from adapters.ledger.ledger import open_ledger
from adapters.main import doors
from domain.facts import Fact
from domain.orders import SubmissionRefused
from domain.record import Recorded
from tests.e2e.house import PATIENCE, ROOT, EngineProcess, Said, until

SPEC = """apiVersion: v1
name: web
image: registry.example/team/web:1
resources: {machineType: C4, replicas: 1, ports: [8000]}
"""


@dataclass
class TryOut:
    """One person's set-up. `type` runs in this process (quick), `start` and `engine` in processes of their own."""

    folder: Path
    place: str = ""
    settings: dict[str, str] = field(default_factory=dict[str, str])
    engines: list[EngineProcess] = field(default_factory=list[EngineProcess])

    def __post_init__(self) -> None:
        self.place = self.place or str(self.folder / "ledger.db")

    def file(self, text: str | bytes = SPEC, name: str = "spec.yaml") -> str:
        """Write a file and give its path."""
        path = self.folder / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return str(path)

    def environment(self) -> dict[str, str]:
        """Give the variables that a command is to find."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RECKON_")}
        ours = {"RECKON_LEDGER": self.place, "NO_COLOR": "1", "COLUMNS": "160", "PYTHONPATH": str(ROOT)}
        return {**kept, **ours, **self.settings}

    def type(self, *typed: str) -> Said:
        """Type a command, run in this process with the variables of others; gives what it answered."""
        out, err = StringIO(), StringIO()
        with pytest.MonkeyPatch.context() as changed, redirect_stdout(out), redirect_stderr(err):
            for name in [name for name in os.environ if name.startswith("RECKON_")]:
                changed.delenv(name)
            for name, value in self.environment().items():
                changed.setenv(name, value)
            exit_code = run(typed, doors())
        return Said(exit_code, out.getvalue(), err.getvalue())

    def start(self, *typed: str) -> "subprocess.Popen[str]":
        """Type a command and do not wait for it."""
        command = [sys.executable, "-m", "adapters.main", *typed]
        pipe = subprocess.PIPE
        return subprocess.Popen(command, cwd=ROOT, env=self.environment(), stdout=pipe, stderr=pipe, text=True)

    def engine(self, *options: str, says: str = "this engine leads") -> EngineProcess:
        """Start an engine and wait until it says something."""
        log = self.folder / f"engine-{len(self.engines)}.log"
        command = [sys.executable, "-m", "adapters.main", "engine", *options]
        with log.open("wb") as out:
            process = subprocess.Popen(command, cwd=ROOT, env=self.environment(), stdout=out, stderr=subprocess.STDOUT)
        engine = EngineProcess(process, log)
        self.engines.append(engine)
        until(lambda: says in engine.said or process.poll() is not None, every=0.05)
        assert says in engine.said, engine.said
        return engine

    def close(self) -> None:
        """End what was started."""
        for engine in self.engines:
            if engine.process.poll() is None:
                engine.kill()

    def facts(self) -> tuple[Recorded[Fact], ...]:
        """Give all facts of the ledger."""
        with closing(open_ledger(self.place)) as ledger:
            return ledger.tail(0, 10_000)

    def refusals(self) -> list[SubmissionRefused]:
        """Give the refusals that are on record."""
        return [recorded.fact for recorded in self.facts() if isinstance(recorded.fact, SubmissionRefused)]


def finished(process: "subprocess.Popen[str]", seconds: float = PATIENCE) -> Said:
    """Wait for a command and give what it answered."""
    out, err = process.communicate(timeout=seconds)
    return Said(process.returncode, out, err)
