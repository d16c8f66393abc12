"""The composition root: the only place that names concrete things. `main` is the command `reckon`."""

import atexit
import gc
import sys
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.cli.doors import Doors
from adapters.clock import new_id, now
from adapters.files import own_folder

if TYPE_CHECKING:  # each door imports what stands behind it only when it is opened: `reckon --help` needs none of it
    from adapters.settings import Settings
    from domain.cluster_ports import Cluster
    from domain.machines import Catalogue
    from domain.ports import Images, Ledger, Sources

_BETWEEN_COLLECTIONS = 100_000
"""Objects that are made before garbage is looked for: what is loaded at the start is none, and is gone over in vain otherwise."""


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
        own_folder(Path(place).parent)
    return opened(place, build=build())


def open_cluster(settings: "Settings") -> "Cluster":
    """Open the cluster that was named, else the simulated one beside the ledger: by its engine, or for a moment by itself."""
    if settings.real_cluster:
        from adapters.cluster.connect import connect

        return connect(context=settings.context, kubeconfig=settings.kubeconfig, in_cluster=settings.in_cluster)
    from adapters.simulator.remote import reach_simulated

    return reach_simulated(simulated_place(settings), now)


def own_cluster(settings: "Settings") -> "Cluster":
    """Open the cluster for an engine: the simulated one is owned by it, runs while it runs, and is served to commands."""
    if settings.real_cluster:
        return open_cluster(settings)
    from adapters.simulator.served import own_simulated

    return own_simulated(simulated_place(settings), now)


def simulated_place(settings: "Settings") -> Path:
    """Give the file of the simulated cluster: beside the ledger's file, or in the data folder for a ledger in PostgreSQL."""
    from adapters.settings import default_ledger
    from adapters.simulator.keeping import beside
    from domain.names import short_hash

    place = settings.ledger_place
    file = default_ledger().parent / f"postgres-{short_hash(place)}" if "://" in place else Path(place)
    own_folder(file.parent)
    return beside(file)


def open_images(simulated: bool) -> "Images":
    """Open the registries: the simulated one goes with the simulated cluster."""
    if simulated:
        from adapters.simulator.images import SimulatedImages

        return SimulatedImages()
    from adapters.images.resolving import RegistryImages

    return RegistryImages()


def open_sources(simulated: bool) -> "Sources":
    """Open the way to what integrations are filled from: the simulated one goes with the simulated cluster."""
    if simulated:
        from adapters.simulator.sources import SimulatedSources

        return SimulatedSources()
    from adapters.sources.asking import RemoteSources

    return RemoteSources(now)


def read_catalogue(settings: "Settings") -> "Catalogue":
    """Read the machine types."""
    from adapters.machines.catalogue import load_catalogue

    return load_catalogue(Path(settings.catalogue) if settings.catalogue else None)


def doors() -> Doors:
    """Say how each thing is opened."""
    known = (settings, open_ledger, open_cluster, own_cluster, open_images, read_catalogue, now, new_id, build)
    return Doors(*known, open_sources)


def main() -> None:
    """Run `reckon`."""
    from adapters.cli.app import run

    gc.set_threshold(_BETWEEN_COLLECTIONS)
    atexit.register(gc.freeze)  # what ends goes as a whole: to look through all of it for garbage is a fifth of a short command
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal of an older encoding is shown what it cannot show as `\\u2014`
            stream.reconfigure(errors="backslashreplace")
    sys.exit(run(sys.argv[1:], doors()))


if __name__ == "__main__":
    main()
