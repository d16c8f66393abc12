"""What a doctor says of storage."""

import pytest

from adapters.cli.reading.examined_storage import judged
from domain.platform import Platform
from domain.storage import StorageClass

DISKS = StorageClass("gp3", "ebs.csi.aws.com", default=True)
SHARED = StorageClass("shared", "nfs.csi.k8s.io", default=False)
ONE = Platform(storage_access="ReadWriteOnce")


@pytest.mark.parametrize(
    ("classes", "nodes", "platform", "ok", "words"),
    [
        ((), 1, Platform(), None, "the cluster has none at all"),
        ((SHARED,), 3, Platform(), None, "no storage class is the cluster's default"),
        ((SHARED,), 3, Platform(storage_class="shared"), True, "read on all nodes"),
        ((SHARED,), 3, Platform(storage_class="gone"), False, "'gone' is not there: there are shared"),
        ((DISKS,), 3, Platform(), None, "on 3 nodes: before integrations are used, a class of shared storage"),
        ((DISKS,), 1, Platform(), None, "storage-access=ReadWriteOnce"),
        ((DISKS,), 3, ONE, None, "will be on one of the 3 nodes"),
        ((DISKS,), 1, ONE, True, "on the one node"),
    ],
)
def test_it_is_said_where_integrations_cannot_be_filled_or_not_be_read_on_all_nodes(
    classes: tuple[StorageClass, ...], nodes: int, platform: Platform, ok: bool | None, words: str
) -> None:
    found = judged(classes, nodes, platform)

    assert (found.ok, words in found.said) == (ok, True), found
