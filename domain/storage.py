"""A cluster's classes of storage, and what is known of who provides them."""

from dataclasses import dataclass

ONE_NODE = frozenset(
    {
        "rancher.io/local-path",
        "kubernetes.io/no-provisioner",
        "openebs.io/local",
        "microk8s.io/hostpath",
        "docker.io/hostpath",
        "k8s.io/minikube-hostpath",
        "hostpath.csi.k8s.io",
        "kubernetes.io/aws-ebs",
        "ebs.csi.aws.com",
        "kubernetes.io/gce-pd",
        "pd.csi.storage.gke.io",
        "kubernetes.io/azure-disk",
        "disk.csi.azure.com",
        "dobs.csi.digitalocean.com",
        "cinder.csi.openstack.org",
        "csi.hetzner.cloud",
        "topolvm.io",
    }
)
"""Provisioners whose volumes one node at a time can use: folders of a node, and disks."""


@dataclass(frozen=True, slots=True)
class StorageClass:
    """One class: its name, who makes its volumes, and whether it is taken where none is named."""

    name: str
    provisioner: str
    default: bool

    @property
    def of_one_node(self) -> bool:
        """Tell whether its volumes are known to be usable on one node at a time only."""
        return self.provisioner in ONE_NODE


def chosen(classes: tuple[StorageClass, ...], name: str) -> StorageClass | None:
    """Give the class by that name, by default the cluster's; None when there is none."""
    return next((one for one in classes if (one.name == name if name else one.default)), None)
