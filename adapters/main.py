"""The composition root: the only place that names concrete things. `main` is the command `reckon`."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.cli.doors import Doors
from adapters.clock import new_id, now

if TYPE_CHECKING:  # each door imports what stands behind it only when it is opened: `reckon --help` needs none of it
    from adapters.settings import Settings
    from domain.machines import Catalogue
    from domain.ports import Cluster, Images, Ledger


def build() -> str:
    """Say which Deadreckon this is."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("deadreckon")
    except PackageNotFoundError:
        return "0"


def settings() -> "Settings":
    """Read the settings from the environment."""
    from adapters.settings import read_settings

    return read_settings()


def open_ledger(settings: "Settings") -> "Ledger":
    """Open the ledger that the settings name; its folder is made where it is the default one."""
    from adapters.ledger.ledger import open_ledger as opened

    place = settings.ledger_place
    if not settings.ledger:
        Path(place).parent.mkdir(parents=True, exist_ok=True)
    return opened(place, build=build())


def open_cluster(settings: "Settings", ledger: "Ledger") -> "Cluster":  # noqa: ARG001
    """Open the cluster that was named, else the simulated one that belongs to the ledger."""
    if settings.real_cluster:
        from adapters.cluster.connect import connect

        return connect(context=settings.context, kubeconfig=settings.kubeconfig, in_cluster=settings.in_cluster)
    raise NotImplementedError


def open_images(_: "Settings") -> "Images":
    """Open the registries: the simulated one goes with the simulated cluster."""
    from adapters.simulator.images import SimulatedImages

    return SimulatedImages()


def read_catalogue(settings: "Settings") -> "Catalogue":
    """Read the machine types."""
    from adapters.machines.catalogue import load_catalogue

    return load_catalogue(Path(settings.catalogue) if settings.catalogue else None)


def doors() -> Doors:
    """Say how each thing is opened."""
    return Doors(settings, open_ledger, open_cluster, open_images, read_catalogue, now, new_id, build)


def main() -> None:
    """Run `reckon`."""
    from adapters.cli.app import run

    sys.exit(run(sys.argv[1:], doors()))


if __name__ == "__main__":
    main()
