"""The doors that commands go through to what is outside; `adapters.main` builds them, tests give their own."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what stands behind the doors is imported when they are opened: help must be quick
    from adapters.settings import Settings
    from domain.cluster_ports import Cluster
    from domain.machines import Catalogue
    from domain.ports import Clock, Images, Ledger, NewId, Sources


def _nobody(_simulated: bool) -> "Sources":
    from adapters.desk.sourcing import Unasked

    return Unasked()


@dataclass(frozen=True)
class Doors:
    """How to open each thing; nothing is opened before a command needs it."""

    settings: Callable[[], "Settings"]
    ledger: Callable[["Settings"], "Ledger"]
    cluster: Callable[["Settings"], "Cluster"]
    own_cluster: Callable[["Settings"], "Cluster"]
    """For an engine: the simulated cluster is owned by it and served to other commands."""
    images: Callable[[bool], "Images"]
    """Simulated or real registries."""
    catalogue: Callable[["Settings"], "Catalogue"]
    clock: "Clock"
    new_id: "NewId"
    ask_build: Callable[[], str]
    sources: "Callable[[bool], Sources]" = _nobody
    """Simulated or real sources of integrations."""

    @cached_property
    def build(self) -> str:
        """Say which Deadreckon this is; recorded with every fact."""
        return self.ask_build()
