"""What the start of a command costs: `python -m tests.benchmarks.start`.

CPU (user and system) of whole processes, in turns with a bare `import typer`, the library that reads the command line; the least
of the turns, for other work on a machine only ever adds. First on a ledger with one deployment, then on one with many, which an
engine has brought up on the simulated cluster. `--deployments` and `--turns` make it smaller.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from signal import SIGINT

from tests.benchmarks.table import Line, show

ROOT = Path(__file__).resolve().parents[2]
BARE = ("-c", "import typer")
RECKON = ("-m", "adapters.main")
REACH = ("-c", "from adapters.cluster.connect import connect; connect(kubeconfig='config')")
COMMANDS = ("--help", "check web-0.yaml", "list", "get web-0", "history web-0", "why web-0", "submit web-0.yaml --detach")
SPEC = "name: web-{}\nimage: registry.example/team/web:1\nresources: {{machineType: C3, replicas: 1, ports: [8080]}}\n"
CLUSTER = """\
apiVersion: v1
kind: Config
current-context: here
contexts: [{name: here, context: {cluster: here, user: me}}]
clusters: [{name: here, cluster: {server: "http://127.0.0.1:1"}}]
users: [{name: me, user: {token: t}}]
"""


class Home:
    """A folder with spec files, and a ledger in which they are deployed."""

    def __init__(self, folder: Path, deployments: int) -> None:
        self.folder = folder
        self.files = [f"web-{number}.yaml" for number in range(deployments)]
        for number, file in enumerate(self.files):
            (folder / file).write_text(SPEC.format(number))
        (folder / "config").write_text(CLUSTER)
        # Nothing else of ours: where PYTHONDONTWRITEBYTECODE is set each turn would compile what changed since the last.
        self.environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "HOME": str(folder)}

    def run(self, arguments: Sequence[str]) -> str:
        asked = [sys.executable, *arguments]
        done = subprocess.run(asked, cwd=self.folder, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode in {0, 5}, done.stderr  # 5: no engine runs
        return done.stdout

    def cpu(self, arguments: Sequence[str]) -> float:
        """Give the CPU time of a process in seconds."""
        before = getrusage(RUSAGE_CHILDREN)
        self.run(arguments)
        after = getrusage(RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def deploy(self, patience: float) -> int:
        """Submit everything and let an engine bring it up; gives the number of facts."""
        engine = subprocess.Popen(
            [sys.executable, *RECKON, "engine", "--quiet"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            self.run([*RECKON, "submit", *self.files, "--detach"])
            until = time.monotonic() + patience
            while self.run([*RECKON, "list"]).count(" healthy ") < len(self.files) and time.monotonic() < until:
                time.sleep(1)
        finally:
            engine.send_signal(SIGINT)
            engine.wait(60)
        return len(self.run([*RECKON, "events", "-o", "jsonl"]).splitlines())


def starts(home: Home, facts: int, turns: int) -> list[Line]:
    """Run each command in turns with the floor."""
    asked = [[*RECKON, *command.split()] for command in COMMANDS] + [list(REACH)]
    costs: list[list[float]] = [[] for _ in asked]
    floor: list[float] = []
    for _ in range(turns):
        floor.append(home.cpu(BARE))
        for cost, arguments in zip(costs, asked, strict=True):
            cost.append(home.cpu(arguments))
    least = min(floor)
    return [
        Line(f"{name}, {facts} facts", min(cost), "s: import typer", least, f"{min(cost) / least:.1f} times")
        for name, cost in zip((*COMMANDS, "to a real cluster's door"), costs, strict=True)
    ]


def main() -> None:
    """Measure, and print each line as soon as it is known."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.start", description=__doc__)
    parser.add_argument("--deployments", type=int, default=200)
    parser.add_argument("--turns", type=int, default=9)
    asked = parser.parse_args()
    for deployments in (1, asked.deployments):
        with tempfile.TemporaryDirectory() as folder:
            home = Home(Path(folder), deployments)
            show(starts(home, home.deploy(patience=300), asked.turns))


if __name__ == "__main__":
    main()
