"""The doors that commands go through to what is outside; `adapters.main` builds them, tests give their own."""

from collections.abc import Callable
from dataclasses import dataclass

from adapters.settings import Settings
from domain.machines import Catalogue
from domain.ports import Clock, Cluster, Images, Ledger, NewId


@dataclass(frozen=True)
class Doors:
    """How to open each thing; nothing is opened before a command needs it."""

    settings: Callable[[], Settings]
    ledger: Callable[[Settings], Ledger]
    cluster: Callable[[Settings, Ledger], Cluster]
    images: Callable[[Settings], Images]
    catalogue: Callable[[Settings], Catalogue]
    clock: Clock
    new_id: NewId
    build: str
    """Which Deadreckon this is; recorded with every fact."""
