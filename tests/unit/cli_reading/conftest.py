"""The reading commands on a real SQLite ledger, filled by a story."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from typer.testing import Result

from adapters.cli.app import build_app
from adapters.cli.doors import Doors
from adapters.ledger.ledger import StoredLedger, open_ledger
from adapters.settings import Settings
from domain.cluster_ports import Cluster
from domain.machines import Catalogue, Machine
from domain.ports import Images
from tests.stories import Story, StoryClock, story, write
from tests.terminal import typed, typed_at

APP = build_app()


@dataclass
class Desk:
    """A ledger in a file, a clock at the story's end, and `reckon` in this process."""

    path: Path
    clock: StoryClock = field(default_factory=StoryClock)
    cluster: Cluster | None = None
    digest: Callable[[bytes], str] | None = None

    def open(self) -> StoredLedger:
        return open_ledger(str(self.path), clock=self.clock)

    def story(self, name: str = "shop", project: str = "default") -> Story:
        ledger = self.open()
        ledger.close()
        return story(name, project, digest=ledger.digest)

    def tell(self, told: Story) -> None:
        ledger = self.open()
        write(told, ledger, self.clock)
        ledger.close()

    def doors(self) -> Doors:
        return Doors(
            settings=lambda: Settings(ledger=str(self.path)),
            ledger=lambda _: self.open(),
            cluster=self._cluster,
            own_cluster=self._cluster,
            images=_no_images,
            catalogue=lambda _: Catalogue(
                {"C4": Machine("C4", 1500, 3500), "A100": Machine("A100", 11000, 80000, "nvidia.com/gpu", 1)}, "digest"
            ),
            clock=self.clock,
            new_id=lambda: "id",
            ask_build=lambda: "test",
        )

    def _cluster(self, _: Settings) -> Cluster:
        assert self.cluster is not None, "this test gave no cluster"
        return self.cluster

    def reckon(self, *arguments: str, columns: int | None = None) -> Result:
        """Type a command: through a pipe, or at a terminal so many columns wide."""
        if columns is not None:
            return typed_at(columns, arguments, obj=self.doors())
        return typed(arguments, obj=self.doors())


def _no_images(_: bool) -> Images:
    raise AssertionError("reading asks no registry")


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield Desk(tmp_path / "ledger.sqlite")
    monkeypatch.undo()
    time.tzset()
