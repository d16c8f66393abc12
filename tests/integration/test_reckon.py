"""`reckon` as people run it: an engine in one process, commands in others, one ledger and a simulated cluster between them."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

import pytest

ROOT = Path(__file__).parents[2]
SPEC = """apiVersion: v1
name: web shop
image: registry.example/team/web:1
resources: {machineType: C4, replicas: 2, ports: [8000]}
"""


@dataclass
class Shell:
    """A folder with a ledger, and the command line."""

    folder: Path

    def __call__(self, *typed: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        process = self.begin(*typed)
        out, err = process.communicate(stdin, timeout=300)
        return subprocess.CompletedProcess(process.args, process.returncode, out, err)

    def begin(self, *typed: str) -> "subprocess.Popen[str]":
        environment = {name: value for name, value in os.environ.items() if not name.startswith("RECKON_")}
        environment |= {"RECKON_LEDGER": str(self.folder / "ledger.sqlite"), "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
        return subprocess.Popen(
            [sys.executable, "-m", "adapters.main", *typed],
            cwd=self.folder,
            env=environment,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )

    def spec(self, text: str = SPEC) -> str:
        (self.folder / "spec.yaml").write_text(text)
        return "spec.yaml"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def engine(shell: Shell) -> Iterator["subprocess.Popen[str]"]:
    process = shell.begin("engine")
    try:
        assert process.stderr is not None
        until = monotonic() + 240
        while "leads" not in process.stderr.readline():
            assert process.poll() is None
            assert monotonic() < until
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)


def test_a_deployment_lives_changes_comes_back_and_goes(shell: Shell, engine: "subprocess.Popen[str]") -> None:
    assert shell("secret", "set", "token", stdin="very-private\n").returncode == 0
    text = SPEC + "env:\n  - {name: TOKEN, value: 'secret:token'}\n"

    first = shell("submit", shell.spec(text), "--timeout", "240s")
    assert first.returncode == 0, first.stdout + first.stderr
    assert "version 1 is healthy" in first.stdout

    scaled = shell("scale", "web shop", "3", "--timeout", "240s", "-o", "json")
    assert scaled.returncode == 0, scaled.stderr
    assert json.loads(scaled.stdout)["version"] == 2

    assert shell("submit", "--name", "web shop", "--image", "registry.example/team/web:crash", "--timeout", "3s").returncode == 5
    back = shell("rollback", "web shop", "--yes", "--timeout", "240s")
    assert back.returncode == 0, back.stdout + back.stderr
    assert "back to version 2" in back.stdout

    gone = shell("delete", "web shop", "--yes", "--timeout", "240s")
    assert gone.returncode == 0, gone.stderr
    assert "nothing of 'web shop' is left" in gone.stdout

    kept = b"".join(file.read_bytes() for file in shell.folder.glob("ledger.sqlite*") if "cluster" not in file.name)
    assert b"very-private" not in kept


def test_what_was_submitted_stays_submitted_after_an_interrupt(shell: Shell, engine: "subprocess.Popen[str]") -> None:
    never_ready = SPEC.replace("web:1", "web:stuck") + "healthChecks: {readiness: {path: /ready}}\n"
    waiting = shell.begin("submit", shell.spec(never_ready))
    assert waiting.stdout is not None
    assert "version 1 recorded" in waiting.stdout.readline()
    sleep(2)
    waiting.send_signal(signal.SIGINT)
    _, said = waiting.communicate(timeout=60)
    assert waiting.returncode == 130, said
    assert "version 1 of 'web shop' stays submitted" in said


def test_a_try_out_is_not_taken_to_a_real_cluster(shell: Shell) -> None:
    assert shell("submit", shell.spec()).returncode == 5
    (shell.folder / "config").write_text(
        "apiVersion: v1\nkind: Config\ncurrent-context: prod\n"
        "clusters: [{name: c, cluster: {server: 'http://127.0.0.1:9'}}]\n"
        "users: [{name: u, user: {}}]\ncontexts: [{name: prod, context: {cluster: c, user: u}}]\n"
    )
    refused = shell("engine", "--kubeconfig", "config", "--context", "prod")
    assert refused.returncode == 3, refused.stderr
    assert "meant for a simulated cluster" in refused.stderr
