"""What a doctor asks about storage: whether integrations can be filled, and read on all nodes."""

from adapters.cli.reading.patient import Found, Patient
from domain.errors import Rejected
from domain.platform import Platform
from domain.storage import StorageClass, chosen
from projections.wording import count, listed, one_line

CHOOSE = "reckon platform set storage-class=NAME"


def the_storage(patient: Patient) -> Found:
    """See whether the platform's choice of storage is there, and can be used on all nodes."""
    if not patient.answers:
        return Found("storage", ok=None, said="not looked at: see cluster")
    ask = getattr(patient.cluster, "storage_classes", None)
    if ask is None:
        return Found("storage", ok=None, said="a simulated cluster has storage of every kind")
    try:
        classes: tuple[StorageClass, ...] = ask()
        nodes = len(patient.cluster.nodes(counted=False))
    except Rejected as error:
        return Found("storage", ok=None, said=f"not looked at: {one_line(error.rejection.message)}")
    return judged(classes, nodes, patient.session.archive.platform())


def judged(classes: tuple[StorageClass, ...], nodes: int, platform: Platform) -> Found:
    """Judge a platform's choices by what there is."""
    there = f"there are {listed(sorted(one.name for one in classes), 8)}" if classes else "the cluster has none at all"
    one = chosen(classes, platform.storage_class)
    if one is None and platform.storage_class:
        said = f"the platform's storage class {platform.storage_class!r} is not there: {there}"
        return Found("storage", ok=False, said=said, cure=CHOOSE)
    if one is None:
        said = f"no storage class is the cluster's default, and none is chosen: integrations cannot be filled; {there}"
        return Found("storage", ok=None, said=f"{said}; where they are wanted: {CHOOSE}")
    shared = platform.storage_access == "ReadWriteMany"
    what = f"integrations are kept on {one.name} ({one.provisioner})"
    if not one.of_one_node:
        return Found("storage", ok=True, said=f"{what}, {'read on all nodes' if shared else 'one node at a time'}")
    if shared:
        cure = "reckon platform set storage-access=ReadWriteOnce" if nodes == 1 else f"a class of shared storage: {CHOOSE}"
        said = f"{what}, whose volumes one node at a time can use; ReadWriteMany is asked for, on {count(nodes, 'node')}"
        return Found("storage", ok=None, said=f"{said}: before integrations are used, {cure}")
    if nodes > 1:
        said = f"{what}: all replicas of a deployment with integrations will be on one of the {nodes} nodes"
        return Found("storage", ok=None, said=f"{said}; for several, a class of shared storage: {CHOOSE}")
    return Found("storage", ok=True, said=f"{what}, on the one node")
