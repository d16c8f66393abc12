"""A person at a terminal, with a new ledger."""

from pathlib import Path

import pytest

from tests.unit.cli.typed import Reckon


@pytest.fixture
def reckon(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Reckon:
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("NO_COLOR", "1")
    return Reckon(tmp_path)
