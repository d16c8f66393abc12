"""The fixtures of the stories: a house of one's own on the lab's node, and what must be true after every story."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.audit import must_match
from tests.e2e.house import House
from tests.lab.cluster import Lab


@pytest.fixture
def house(node_lab: Lab, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[House]:
    """A house whose story ends with ledger and audit log matching one to one, and with a replay that comes out equal."""
    project = f"story-{hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:6]}"
    one = House(node_lab, tmp_path, str(tmp_path / "ledger.db"), project)
    yield one
    try:
        if not one.matched and not request.node.get_closest_marker("unmatched"):
            must_match(one)
    finally:
        one.close()
