"""The lab's storage class `lab-shared`, whose volumes can be read and written on all nodes at the same time."""

import sys
from dataclasses import dataclass
from pathlib import Path

from tests.lab import provisioner
from tests.lab.aggregator import Manifest
from tests.lab.control_plane import ControlPlane
from tests.lab.processes import Book, spawn
from tests.lab.site import Site

CLASS = provisioner.CLASS


@dataclass(frozen=True, slots=True)
class Storage:
    """The lab's one provisioner; its class is not the cluster's default."""

    site: Site
    plane: ControlPlane
    book: Book

    @property
    def folder(self) -> Path:
        """Where the volumes are, each in a folder named by its claim's uid."""
        return self.site.folder / "volumes"

    def start(self) -> None:
        """Answer claims from now on."""
        log, root = self.site.logs / "provisioner.log", str(Path(__file__).parents[2])
        command = [sys.executable, "-m", provisioner.__name__, str(self.plane.kubeconfig("lab-storage")), str(self.folder)]
        self.book.add(spawn("provisioner", command, log=log, env={"PYTHONPATH": root}))

    def manifests(self) -> list[Manifest]:
        """What the cluster must hold so that claims are ours."""
        storage_class = {
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": {"name": CLASS},
            "provisioner": provisioner.NAME,
            "reclaimPolicy": "Delete",
            "volumeBindingMode": "Immediate",
        }
        return [storage_class]
