"""Files that are written whole: through no link, for their owner, and never half."""

import stat
from pathlib import Path

import pytest

from adapters.files import opened_to_lock, own_folder, written_whole
from adapters.simulator.keeping import KeptCluster
from domain.errors import Unfit
from tests.unit.cli.typed import NOON


@pytest.mark.parametrize("beside", [True, False])
def test_a_link_that_was_laid_is_not_written_through(tmp_path: Path, beside: bool) -> None:
    precious, place = tmp_path / "precious", tmp_path / "x.json"
    precious.write_text("precious")
    (tmp_path / "x.json.new").symlink_to(precious)
    place.symlink_to(precious)
    with written_whole(place, beside=tmp_path / "x.json.new" if beside else None) as file:
        file.write(b"new")

    assert precious.read_text() == "precious"
    assert place.read_bytes() == b"new"
    assert not place.is_symlink()
    assert stat.S_IMODE(place.stat().st_mode) == 0o600


def test_a_writing_that_fails_leaves_the_old_file_and_nothing_beside(tmp_path: Path) -> None:
    place = tmp_path / "x"
    place.write_text("old")
    with pytest.raises(ValueError, match="closed"), written_whole(place) as file:
        file.close()
    assert place.read_text() == "old"
    assert list(tmp_path.iterdir()) == [place]


def test_a_simulated_cluster_writes_through_no_link(tmp_path: Path) -> None:
    precious, place = tmp_path / "precious", tmp_path / "ledger.cluster.json"
    precious.write_text("precious")
    (tmp_path / f"{place.name}.new").symlink_to(precious)
    KeptCluster(place, lambda: NOON).close()

    assert precious.read_text() == "precious"
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    (tmp_path / f"{place.name}.lock").unlink()
    (tmp_path / f"{place.name}.lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(Unfit, match="cannot be opened"):
        KeptCluster(place, lambda: NOON)
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_is_made_is_its_owners(tmp_path: Path) -> None:
    own_folder(tmp_path / "deep" / "data")
    assert stat.S_IMODE((tmp_path / "deep" / "data").stat().st_mode) == 0o700
    opened_to_lock(tmp_path / "deep" / "data" / "lock").close()
    assert stat.S_IMODE((tmp_path / "deep" / "data" / "lock").stat().st_mode) == 0o600
