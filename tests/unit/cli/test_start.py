"""What a command loads before it does anything: only what it uses, for this is what each start costs."""

import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import pytest

from adapters.cli.app import COMMANDS

ROOT = Path(__file__).resolve().parents[3]
RUN = "from adapters.main import main; sys.argv[0] = 'reckon'; main()"
REACH = "from adapters.cluster.connect import connect; connect(kubeconfig=sys.argv[1])"
TYPED = "from kubernetes.client import CoreV1Api"
LOADED = (
    "import atexit, sys; shown, sys.stdout = sys.stdout, sys.stderr; atexit.register(lambda: print(*sys.modules, file=shown)); "
)
NO_ENGINE = 5

MODELS = ("kubernetes.client.api.", "kubernetes.client.models.")
"""Classes that the official client makes of each API and kind: a second of CPU, and nobody here reads one."""
WATCHING = ("structlog", "asyncio", "adapters.cluster.feed", "adapters.cluster.watch", "adapters.engine")
REAL = ("kubernetes", "psycopg", "dulwich", "minio", "cryptography", "prometheus_client")
OTHERS = (*REAL, "adapters.simulator", *WATCHING)
"""What stands behind doors that a command on an SQLite ledger does not open."""
READING = ("list", "get web", "history web", "events", "why web", "diff web 1")
KUBECONFIG = """
apiVersion: v1
kind: Config
current-context: here
contexts: [{name: here, context: {cluster: here, user: me}}]
clusters: [{name: here, cluster: {server: "http://127.0.0.1:1"}}]
users: [{name: me, user: {token: t}}]
"""
SPEC = "name: web\nimage: registry.example/web:1\nport: 8080\nresources: {machineType: C3, replicas: 1}\n"


def loaded(code: str, arguments: Sequence[str], folder: Path) -> set[str]:
    """Give the modules that a fresh interpreter has after this."""
    place = {"RECKON_LEDGER": str(folder / "ledger.sqlite"), "HOME": str(folder), "PYTHONPATH": str(ROOT)}
    asked = [sys.executable, "-c", LOADED + code, *arguments]
    ended = subprocess.run(asked, env=place, cwd=folder, capture_output=True, text=True, check=False)
    assert ended.returncode in {0, NO_ENGINE}, ended.stderr
    return set(ended.stdout.split())


def among(modules: Iterable[str], names: Sequence[str]) -> list[str]:
    return sorted(m for m in modules if any(m == name or m.startswith(f"{name.rstrip('.')}.") for name in names))


@pytest.fixture(scope="module")
def in_use(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a folder with a ledger in which something stands, and with the modules that its submission loaded."""
    folder = tmp_path_factory.mktemp("in-use")
    (folder / "web.yaml").write_text(SPEC)
    (folder / "submitting").write_text(" ".join(loaded(RUN, ["submit", "web.yaml", "--detach"], folder)))
    return folder


@pytest.mark.parametrize("typed", READING)
def test_what_only_reads_the_ledger_opens_no_other_door(typed: str, in_use: Path) -> None:
    modules = loaded(RUN, typed.split(), in_use)
    assert not among(modules, (*OTHERS, "ruamel", "adapters.images", "adapters.sources"))
    assert among(modules, ["eventsourcing"])


def test_a_list_loads_neither_rules_nor_plans(in_use: Path) -> None:
    assert not among(loaded(RUN, ["list"], in_use), ("domain.decide", "reconciler", "adapters.desk.desk"))


def test_a_list_loads_nothing_that_only_looks_at_a_cluster(in_use: Path) -> None:
    assert not among(loaded(RUN, ["list"], in_use), ("domain.observations", "domain.unmanaged_rules", "domain.observe_drift"))


@pytest.mark.parametrize("typed", READING)
def test_what_only_reads_loads_neither_the_rules_nor_what_a_cluster_shows(typed: str, in_use: Path) -> None:
    assert not among(loaded(RUN, typed.split(), in_use), ("domain.decide", "domain.observations", "reconciler.masking"))


def test_a_submission_to_a_simulated_cluster_loads_nothing_of_a_real_one(in_use: Path) -> None:
    modules = (in_use / "submitting").read_text().split()
    assert not among(modules, (*REAL, *WATCHING))
    assert among(modules, ["adapters.desk.desk"])


def test_a_check_of_a_file_opens_neither_a_ledger_nor_a_cluster(tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(SPEC)
    modules = loaded(RUN, ["check", "web.yaml"], tmp_path)
    assert not among(modules, (*OTHERS, "eventsourcing", "adapters.ledger", "adapters.desk"))
    assert among(modules, ["adapters.spec_file"])


def test_the_help_loads_no_part_of_the_core(tmp_path: Path) -> None:
    modules = loaded("from adapters.cli.app import build_app; build_app()", [], tmp_path)
    assert not among(modules, (*OTHERS, "eventsourcing", "ruamel", "adapters.ledger", "adapters.desk", "reconciler"))


def test_one_command_alone_is_put_together_for_one_command(tmp_path: Path) -> None:
    modules = loaded(RUN, ["machine", "list"], tmp_path)
    other = {f"adapters.cli.{module}" for module in COMMANDS.values()} - {f"adapters.cli.{COMMANDS['machine']}"}
    assert not other & modules


def test_a_command_on_a_cluster_loads_none_of_the_clients_models_and_nothing_that_watches(tmp_path: Path) -> None:
    (tmp_path / "config").write_text(KUBECONFIG)
    modules = loaded(REACH, ["config"], tmp_path)
    assert among(modules, ["kubernetes.config"])
    assert not among(modules, (*MODELS, *WATCHING))


def test_a_typed_api_would_be_found_out(tmp_path: Path) -> None:
    assert len(among(loaded(TYPED, [], tmp_path), MODELS)) > 100
