"""From a kubeconfig or a pod's service account to a cluster: what the official client is for."""

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from random import Random  # noqa: TID251 (the shell's chance, for jitter only)
from threading import Lock
from time import monotonic
from typing import Any, cast

from kubernetes import config
from kubernetes.client.configuration import Configuration
from kubernetes.client.rest import RESTClientObject

from adapters import clock as machine
from adapters.cluster.connection import Connection, Credentials
from adapters.cluster.kubernetes import KubernetesCluster
from adapters.cluster.replica_ports import forwarding
from domain.errors import Unfit
from domain.ports import Clock

# Workers and watches each hold a connection; one too many would be opened anew for each request.
_CONNECTIONS = 64
# The client sets all of its configuration anew each time it is asked for a token: a quarter of what a request costs us.
_KEPT = 1.0
_TOLD = 500


def connect(
    *, context: str = "", kubeconfig: str = "", in_cluster: bool = False, clock: Clock = machine.now
) -> KubernetesCluster:
    """Make a cluster of a kubeconfig's context (empty: kubectl's own rules) or of the pod we run in. Raises Unfit.

    Nothing is asked of the API server yet. Proxies, exec plugins and expiring tokens are the official client's work.
    """
    settings: Any = Configuration()
    try:
        name = _load(settings, context=context, kubeconfig=kubeconfig, in_cluster=in_cluster)
    except Exception as error:  # (whatever the client's libraries raise for a file that is none)
        where = "this pod's service account" if in_cluster else (kubeconfig or "the kubeconfig")
        hint = "name a file with --kubeconfig and a context in it with --context"
        raise Unfit(f"cannot read how to reach the cluster from {where}: {str(error)[:_TOLD]}", hint) from error
    settings.retries = False
    settings.connection_pool_maxsize = _CONNECTIONS
    settings.keep_alive = True
    host = str(settings.host).rstrip("/")
    pool = cast("Any", RESTClientObject(settings)).pool_manager
    credentials = _credentials(settings)
    connection = Connection(host, pool, credentials, f"deadreckon/{_version()}")
    chance = Random().random  # noqa: S311 (jitter)
    return KubernetesCluster(connection, f"{name} at {host}", clock, chance, forwarding=forwarding(host, settings, credentials))


def _load(settings: object, *, context: str, kubeconfig: str, in_cluster: bool) -> str:
    loader = cast("Any", config)
    if in_cluster:
        loader.load_incluster_config(client_configuration=settings)
        return "the cluster around this pod"
    file = kubeconfig or None
    loader.load_kube_config(config_file=file, context=context or None, client_configuration=settings)
    _, active = loader.list_kube_config_contexts(config_file=file)
    return f"context {context or active['name']}"


def _credentials(settings: object) -> Credentials:
    renewing = Lock()  # sixteen workers shall not call an exec plugin sixteen times
    headers: Mapping[str, str] = {}
    asked = float("-inf")

    def give() -> Mapping[str, str]:
        nonlocal headers, asked
        with renewing:
            if monotonic() - asked > _KEPT:
                found = cast("Any", settings).auth_settings()
                headers = {setting["key"]: setting["value"] for setting in found.values() if setting["value"]}
                asked = monotonic()
            return headers

    return give


def _version() -> str:
    try:
        return version("deadreckon")
    except PackageNotFoundError:
        return "0"
