"""The cluster's classes of storage."""

from adapters.cluster.connection import ApiRequest, Connection
from adapters.observations.tolerant import branches, text
from domain.storage import StorageClass

_DEFAULT = "storageclass.kubernetes.io/is-default-class"


def storage_classes(connection: Connection) -> tuple[StorageClass, ...]:
    """List the classes. Raises Rejected, Unreachable."""
    content = connection.ask(ApiRequest("GET", "/apis/storage.k8s.io/v1/storageclasses")).content
    return tuple(
        StorageClass(
            text(one, "metadata", "name"),
            text(one, "provisioner"),
            default=text(one, "metadata", "annotations", _DEFAULT) == "true",
        )
        for one in branches(content, "items")
    )
