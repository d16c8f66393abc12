"""An engine with 200 handles and more strangers at its port than it has handles: it answers its kubelet, and does its work."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.integration.test_engine_waits import asked, free_port
from tests.unit.serving.strangers import sitting

ROOT = Path(__file__).parents[2]
HANDLES = 200
FEW = (
    f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, ({HANDLES}, {HANDLES})); from adapters.main import main; main()"
)
SPEC = """\
name: web
image: paperspace/hello:1
port: 8080
resources:
  replicas: 1
  machineType: C4
"""


class Shell:
    """A person's shell, and an engine with few handles, on one ledger and the simulated cluster beside it."""

    def __init__(self, folder: Path) -> None:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("RECKON_")}
        self._env = {**kept, "RECKON_LEDGER": str(folder / "ledger.db"), "RECKON_PROJECT": "shop"}
        self._folder = folder

    def reckon(self, *typed: str) -> str:
        command = [sys.executable, "-m", "adapters.main", *typed]
        done = subprocess.run(command, cwd=ROOT, env=self._env, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def submit(self) -> str:
        (self._folder / "web.yaml").write_text(SPEC)
        return self.reckon("submit", str(self._folder / "web.yaml"), "--detach")

    def engine(self, port: int) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-c", FEW, "engine", "--listen", f"127.0.0.1:{port}", "--quiet"]
        return subprocess.Popen(command, cwd=ROOT, env=self._env, stderr=subprocess.DEVNULL)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def engine(shell: Shell, port: int) -> Iterator["subprocess.Popen[bytes]"]:
    process = shell.engine(port)
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    process.wait(timeout=60)


def facts(port: int) -> int:
    """Count what the engine has decided, by its own figures."""
    _, text = asked(port, "/metrics")
    found = re.findall(r"^reckon_decisions_total (\S+)", text, re.MULTILINE)
    return int(float(found[0])) if found else 0


def until(true: Callable[[], bool], seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def test_an_engine_answers_and_records_behind_more_strangers_than_it_has_handles(
    shell: Shell, engine: "subprocess.Popen[bytes]", port: int
) -> None:
    until(lambda: asked(port, "/readyz")[0] == 200)
    with sitting(port, HANDLES + 14):
        until(lambda: asked(port, "/healthz") == (200, "ok\n"))
        shell.submit()
        until(lambda: facts(port) > 0)
    until(lambda: asked(port, "/healthz") == (200, "ok\n"))
    assert engine.poll() is None
