"""A world whose ledger and simulated cluster are kept in files, as `reckon` keeps them on a laptop."""

from datetime import datetime
from pathlib import Path

from adapters.clock import new_id
from adapters.ledger.ledger import open_ledger
from adapters.simulator.cluster import SimulatedCluster
from adapters.simulator.keeping import KeptCluster
from domain.ports import Ledger
from tests.simulation.world import World

LEDGER, CLUSTER = "ledger.db", "cluster.json"


class KeptWorld(World):
    """Goes on where the files in a folder stopped, or begins there."""

    def __init__(self, folder: Path, at: datetime) -> None:
        self._folder = folder
        super().__init__("kept", at=at)

    def new_id(self) -> str:
        return new_id()

    def _open_ledger(self) -> Ledger:
        return open_ledger(str(self._folder / LEDGER), clock=self.clock)

    def _open_cluster(self) -> SimulatedCluster:
        return KeptCluster(self._folder / CLUSTER, self.clock)

    def close(self) -> None:
        """Stop the engine in good order and write everything down."""
        self.processes[0].loop.resign()
        self.cluster.close()
        self.ledger.close()
