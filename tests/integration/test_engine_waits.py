"""An engine that waits for its ledger: it says so at its health endpoints, is not started anew for it, and ends when told."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def waiting(port: int) -> Iterator["subprocess.Popen[bytes]"]:
    nobody = f"postgresql://reckon@127.0.0.1:{free_port()}/ledger"
    kept = {name: value for name, value in os.environ.items() if not name.startswith("RECKON_")}
    process = subprocess.Popen(
        [sys.executable, "-m", "adapters.main", "engine", "--listen", f"127.0.0.1:{port}"],
        cwd=ROOT,
        env={**kept, "RECKON_LEDGER": nobody},
        stderr=subprocess.DEVNULL,
    )
    yield process
    if process.poll() is None:
        process.kill()
    process.wait()


def asked(port: int, path: str) -> tuple[int, str]:
    """Give the status and the words; 0 while nobody listens."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}", timeout=2) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()
    except OSError:
        return 0, ""


def test_it_says_what_it_waits_for_and_ends_at_once_when_told(waiting: "subprocess.Popen[bytes]", port: int) -> None:
    deadline = time.monotonic() + 240
    while "waiting for the ledger" not in asked(port, "/readyz")[1]:
        assert time.monotonic() < deadline, asked(port, "/readyz")
        time.sleep(0.2)

    assert asked(port, "/readyz")[0] == 503
    assert asked(port, "/healthz") == (200, "ok\n")
    assert asked(port, "/metrics")[0] == 503
    told = time.monotonic()
    waiting.send_signal(signal.SIGTERM)
    waiting.wait(timeout=60)
    assert time.monotonic() - told < 60
