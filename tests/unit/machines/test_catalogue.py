"""The catalogue of machine types: the one that ships, and what is said of a wrong one."""

from pathlib import Path

import pytest

from adapters.machines.catalogue import load_catalogue
from domain.errors import Unfit
from domain.machines import Machine, Toleration

NAMES = """C3 C4 C5 C7 M4000 P4000 P5000 P6000 RTX4000 RTX5000 V100 V100-32G A4000 A5000 A6000 A100 A100-80G H100"""


def catalogue(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "catalogue.yaml"
    path.write_text(text)
    return path


def test_every_old_name_is_there_with_its_multiples() -> None:
    machines = load_catalogue().machines
    assert set(NAMES.split()) <= machines.keys()
    assert {"A100x2", "A100x4", "A100x8", "H100x8", "V100-32Gx8", "P4000x4"} <= machines.keys()
    assert "C4x2" not in machines


def test_a_replica_requests_less_than_its_host_has() -> None:
    machines = load_catalogue().machines
    assert machines["C4"] == Machine("C4", 1800, 3686)
    many = machines["A100x8"]
    assert (many.gpus, many.gpu_resource, many.cpu_millis) == (8, "nvidia.com/gpu", 86_400)
    assert many.tolerations == (Toleration("nvidia.com/gpu"),)


def test_an_owners_file_replaces_it_and_has_another_digest(tmp_path: Path) -> None:
    own = load_catalogue(catalogue(tmp_path, "machines:\n  small: {cpu: 0.5, memory: 64Mi}\n"))
    assert own.machines == {"small": Machine("small", 500, 64)}
    assert own.digest != load_catalogue().digest
    assert len(own.digest) == 64


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "a mapping belongs here"),
        ("machines: {}", "machines"),
        ("machines: [", "not YAML"),
        ("machines: {C4: {cpu: much, memory: 4Gi}}", "machines.C4.cpu"),
        ("machines: {C4: {cpu: -1, memory: 4Gi}}", "machines.C4.cpu"),
        ("machines: {C4: {cpu: 2, memory: 4}}", "machines.C4.memory"),
        ("machines: {C4: {cpu: 2}}", "machines.C4.memory"),
        ("machines: {'a b': {cpu: 2, memory: 4Gi}}", "a b"),
        ("machines: {C4: {cpu: 2, memory: 4Gi, nodeSelector: {'a b': c}}}", "nodeSelector"),
        ("reserve: {cpu: half}\nmachines: {C4: {cpu: 2, memory: 4Gi}}", "reserve.cpu"),
        ("machine: {}\nmachines: {C4: {cpu: 2, memory: 4Gi}}", "machine: there is no such field"),
    ],
)
def test_a_wrong_catalogue_stops_the_start_and_names_the_entry(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(Unfit, match=said):
        load_catalogue(catalogue(tmp_path, text))


def test_a_catalogue_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unfit, match=r"none\.yaml"):
        load_catalogue(tmp_path / "none.yaml")
