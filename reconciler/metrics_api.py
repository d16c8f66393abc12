"""The metrics API of a cluster, as far as it is ours: the registration by which an autoscaler's questions come to an engine."""

from collections.abc import Mapping

from domain.names import LABEL, MANAGER
from domain.objects import Json, Kind, ObjectRef
from reconciler.render_context import RenderContext

GROUP = "external.metrics.k8s.io"
VERSION = "v1beta1"

REGISTRATION = ObjectRef(Kind.API_SERVICE.value, "", f"{VERSION}.{GROUP}")


def api_service(context: RenderContext) -> Mapping[str, Json]:
    """Give the registration: the same bytes for all deployments, since a cluster has one.

    It does not check the engine's certificate: that is made anew at each start, and what is asked for is no secret. The engine,
    for its part, answers nobody but the API server, whose certificate it does check.
    """
    service, _, port = context.platform.metrics_service.partition(":")
    namespace, _, name = service.partition("/")
    spec: Json = {
        "group": GROUP,
        "groupPriorityMinimum": 100,
        "insecureSkipTLSVerify": True,
        "service": {"name": name, "namespace": namespace, "port": int(port)},
        "version": VERSION,
        "versionPriority": 100,
    }
    labels = {"app.kubernetes.io/managed-by": MANAGER, f"{LABEL}/ledger": context.ledger}
    metadata: Json = {"name": REGISTRATION.name, "labels": labels}
    return {"apiVersion": "apiregistration.k8s.io/v1", "kind": Kind.API_SERVICE.value, "metadata": metadata, "spec": spec}
