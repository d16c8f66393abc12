"""What is said of machine types at the command line: whether there is a place now, and what is missing where there is none."""

from pathlib import Path

import pytest

from adapters.cli.session import Choices
from adapters.settings import read_settings
from adapters.simulator.cluster import SimulatedCluster
from adapters.simulator.scheduler import SimulatedNode
from tests.unit.cli.typed import NOON, Reckon

A100 = "name: x\nimage: r.example/team/x:1\nresources: {machineType: A100, replicas: 1}\n"
OWN = "machines:\n  tiny: {cpu: 100m, memory: 64Mi}\n  huge: {cpu: 64, memory: 512Gi}\n"


@pytest.fixture
def reckon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reckon:
    """A person whose ledger belongs to a cluster of one node, 4 CPU and 8 GiB, with an engine."""
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("NO_COLOR", "1")
    node = SimulatedNode("one", cpu_millis=4000, memory_mib=8192)
    return Reckon(tmp_path, SimulatedCluster(lambda: NOON, seed="machines", nodes=[node])).bound().with_an_engine()


def test_the_list_says_where_there_is_a_place_now(reckon: Reckon) -> None:
    lines = {line.split()[0]: line for line in reckon("machine", "list").stdout.splitlines()}

    assert lines["C4"].endswith("for 2 replicas; 1 node of 1 could hold it")
    assert "none: the largest node has 4 CPU of 10.8" in lines["C7"]
    assert "none: no node has nvidia.com/gpu" in lines["A100"]


def test_the_list_as_data_has_the_place_too(reckon: Reckon) -> None:
    places = {machine["name"]: machine["place"] for machine in reckon.data("machine", "list")}

    assert places["C4"] == {"nodes": 1, "holders": 1, "now": 2, "missing": []}
    assert places["C7"]["missing"][0] == "the largest node has 4 CPU of 10.8"


def test_without_a_cluster_the_list_is_what_the_types_give(tmp_path: Path) -> None:
    said = Reckon(tmp_path)("machine", "list")

    assert said.exit_code == 0
    assert "PLACE" not in said.stdout


def test_a_type_that_no_node_can_hold_is_said_at_once_and_taken_all_the_same(reckon: Reckon) -> None:
    file = reckon.file(A100)

    planned = reckon("plan", file)
    said = reckon("submit", file, "--detach")

    for one in (planned, said):
        assert "warning: no node of this cluster can hold a A100: no node has nvidia.com/gpu;" in one.stderr
    assert said.exit_code == 0
    assert "version 1 recorded" in said.stdout
    told = reckon.data("submit", file, "--detach")["warnings"]
    assert any("no node has nvidia.com/gpu" in warning for warning in told)


def test_a_type_that_fits_is_not_remarked_upon(reckon: Reckon) -> None:
    assert "no node" not in reckon("submit", reckon.file(), "--detach").stderr


def test_what_is_stopped_needs_no_place(reckon: Reckon) -> None:
    reckon("submit", reckon.file(A100), "--detach")

    assert "no node" not in reckon("stop", "x", "--yes", "--detach").stderr


@pytest.mark.parametrize("command", ["check", "plan", "submit"])
def test_another_catalogue_can_be_named(reckon: Reckon, command: str) -> None:
    machines, spec = reckon.file(OWN, "own.yaml"), reckon.file(A100.replace("A100", "tiny"))
    more = ["--detach"] if command == "submit" else []

    said = reckon(command, spec, *more, "--machines", machines)

    assert said.exit_code in {0, 1}, said.output
    refused = reckon(command, spec, *more)
    assert refused.exit_code == 3
    assert "tiny" in refused.output


def test_the_option_goes_before_the_setting() -> None:
    settings = read_settings({"RECKON_CATALOGUE": "set.yaml"})

    assert Choices().over(settings).catalogue == "set.yaml"
    assert Choices(machines="typed.yaml").over(settings).catalogue == "typed.yaml"


def test_a_wrong_catalogue_stops_the_engine_before_it_starts(reckon: Reckon) -> None:
    said = reckon("engine", "--machines", reckon.file("machines: {C4: {cpu: much, memory: 1Gi}}", "own.yaml"))

    assert said.exit_code != 0
    assert "machines.C4.cpu" in said.output
