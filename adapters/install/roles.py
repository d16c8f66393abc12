"""The roles of an installation, made of the table of rights: exactly these, and no wildcard."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from adapters.cluster.permissions import ENGINE, PEOPLE, Right

_GROUP = "rbac.authorization.k8s.io"
_KUBE_SYSTEM = "kube-system"


def roles(name: str, namespace: str) -> tuple[dict[str, Any], ...]:
    """Give the engine's role bound to its account, and a role for people, which their owner binds."""
    account = {"kind": "ServiceAccount", "name": "deadreckon", "namespace": namespace}
    binding = {"apiVersion": f"{_GROUP}/v1", "kind": "ClusterRoleBinding", "metadata": {"name": name}}
    # To be asked by the API server for metrics, an engine reads by which certificate it is known.
    asked = {"name": f"{name}-asked-by-the-api-server", "namespace": _KUBE_SYSTEM}
    reading = {"apiVersion": f"{_GROUP}/v1", "kind": "RoleBinding", "metadata": asked}
    reader = {"apiGroup": _GROUP, "kind": "Role", "name": "extension-apiserver-authentication-reader"}
    return (
        _role(name, ENGINE),
        {**binding, "roleRef": {"apiGroup": _GROUP, "kind": "ClusterRole", "name": name}, "subjects": [account]},
        {**reading, "roleRef": reader, "subjects": [account]},
        _role(f"{name}-people", PEOPLE),
    )


def rules(rights: Iterable[Right]) -> list[dict[str, Any]]:
    """Write rights as rules: resources of one group that allow the same stand together."""
    verbs: dict[tuple[str, str], list[str]] = defaultdict(list)
    for right in rights:
        verbs[right.group, right.resource].append(right.verb)
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for (group, resource), allowed in verbs.items():
        alike[group, tuple(allowed)].append(resource)
    return [
        {"apiGroups": [group], "resources": resources, "verbs": list(allowed)} for (group, allowed), resources in alike.items()
    ]


def _role(name: str, rights: Iterable[Right]) -> dict[str, Any]:
    return {
        "apiVersion": f"{_GROUP}/v1",
        "kind": "ClusterRole",
        "metadata": {"name": name},
        "rules": rules(rights),
    }
