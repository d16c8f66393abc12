"""Typing commands: the whole application in this process, on a real SQLite file, a simulated cluster, a clock moved by hand."""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from typer.testing import Result

from adapters.cli.app import build_app
from adapters.cli.doors import Doors
from adapters.clock import new_id
from adapters.ledger.ledger import StoredLedger, open_ledger
from adapters.machines.catalogue import load_catalogue
from adapters.settings import Settings
from adapters.simulator.cluster import SimulatedCluster
from adapters.simulator.images import SimulatedImages
from domain.cluster import Bound
from domain.cluster_ports import Cluster
from domain.facts import cluster_stream
from domain.machines import Catalogue
from domain.ports import Images, Ledger
from domain.record import Append, EventMetadata, UncommittedFact, Who
from tests.terminal import typed, typed_at

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HEALTH = """apiVersion: v1
name: model server
image: registry.example/team/model-server:1
resources: {machineType: C4, replicas: 2, ports: [8000]}
"""
APP = build_app()


@cache
def catalogue() -> Catalogue:
    return load_catalogue()


@dataclass
class Reckon:
    """A person at a terminal that is none: what they type, and what comes back."""

    folder: Path
    cluster: SimulatedCluster = field(default_factory=lambda: SimulatedCluster(lambda: NOON, seed="cli"))

    def __call__(self, *arguments: str, stdin: str | bytes = "") -> Result:
        return typed(arguments, obj=self.doors, stdin=stdin)

    def at(self, columns: int, *arguments: str) -> Result:
        """Type at a terminal so many columns wide; without, it is a pipe."""
        return typed_at(columns, arguments, obj=self.doors)

    def data(self, *arguments: str, stdin: str | bytes = "") -> Any:  # noqa: ANN401 (JSON)
        result = self(*arguments, "-o", "json", stdin=stdin)
        return json.loads(result.stdout)

    def file(self, text: str = HEALTH, name: str = "health.yaml") -> str:
        path = self.folder / name
        path.write_text(text)
        return str(path)

    @property
    def place(self) -> str:
        return str(self.folder / "ledger.sqlite")

    def open(self) -> StoredLedger:
        return open_ledger(self.place)

    def with_an_engine(self) -> "Reckon":
        """Let an engine seem alive for an hour."""
        ledger = self.open()
        assert ledger.lead(f"engine-{new_id()}", 3600)
        ledger.close()
        return self

    def bound(self) -> "Reckon":
        """Let an engine have bound the ledger to the cluster."""
        ledger = self.open()
        fact = Bound(self.cluster.identity(), ledger.identity, self.cluster.description, simulated=True)
        metadata = EventMetadata(new_id(), Who("engine", "engine"))
        ledger.append([Append(cluster_stream(fact.cluster), 0, (UncommittedFact(fact, metadata),))])
        ledger.close()
        return self

    @property
    def doors(self) -> Doors:
        def ledger(_: Settings) -> Ledger:
            return open_ledger(self.place, build="test")

        def reach(_: Settings) -> Cluster:
            return self.cluster

        def images(simulated: bool) -> Images:
            assert simulated
            return SimulatedImages()

        def machines(settings: Settings) -> Catalogue:
            return load_catalogue(Path(settings.catalogue)) if settings.catalogue else catalogue()

        def settings() -> Settings:
            return Settings(ledger=self.place)

        return Doors(settings, ledger, reach, reach, images, machines, lambda: NOON, new_id, lambda: "test")
