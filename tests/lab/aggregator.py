"""What lets the API server pass requests on to another server: its own certificate, and the way to that server."""

from pathlib import Path
from typing import Any

from tests.lab import certificates

_PROXY = "lab-aggregator"
Manifest = dict[str, Any]


def flags(folder: Path) -> list[str]:
    """The API server's flags for aggregation; the files they name are made when they are not there."""
    folder.mkdir(mode=0o700, exist_ok=True)
    ca, proxy = folder / "requestheader-ca.crt", folder / "proxy-client.crt"
    if not proxy.exists():
        # An authority of its own: whoever it vouches for may speak in the name of anyone.
        certificates.authority(ca, "lab-requestheader")
        certificates.signed(proxy, f"/CN={_PROXY}", by=ca)
    return [
        # Services are not for the host: the API server itself looks up where their endpoints are.
        "--enable-aggregator-routing=true",
        f"--requestheader-client-ca-file={ca}",
        f"--requestheader-allowed-names={_PROXY}",
        "--requestheader-username-headers=X-Remote-User",
        "--requestheader-group-headers=X-Remote-Group",
        "--requestheader-extra-headers-prefix=X-Remote-Extra-",
        f"--proxy-client-cert-file={proxy}",
        f"--proxy-client-key-file={proxy.with_suffix('.key')}",
    ]


def api_service(group: str, version: str, *, name: str, address: str, port: int) -> list[Manifest]:
    """The objects by which the API server finds a group of the API at an address outside of the cluster."""
    namespace = "kube-system"
    service = {"ports": [{"name": "https", "port": 443, "targetPort": port}]}
    slice_of = {
        "metadata": {"name": f"{name}-lab", "namespace": namespace, "labels": {"kubernetes.io/service-name": name}},
        "addressType": "IPv4",
        "ports": [{"name": "https", "port": port}],
        "endpoints": [{"addresses": [address], "conditions": {"ready": True}}],
    }
    registered = {
        "group": group,
        "version": version,
        "service": {"name": name, "namespace": namespace, "port": 443},
        "insecureSkipTLSVerify": True,
        "groupPriorityMinimum": 100,
        "versionPriority": 100,
    }
    meta = {"name": name, "namespace": namespace}
    return [
        {"apiVersion": "v1", "kind": "Service", "metadata": meta, "spec": service},
        {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", **slice_of},
        {
            "apiVersion": "apiregistration.k8s.io/v1",
            "kind": "APIService",
            "metadata": {"name": f"{version}.{group}"},
            "spec": registered,
        },
    ]
