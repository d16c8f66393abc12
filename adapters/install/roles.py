"""The roles of an installation, made of the table of rights: exactly these, and no wildcard."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from adapters.cluster.permissions import ENGINE, ENGINE_SECRETS, KUBE_SYSTEM, Right

GROUP = "rbac.authorization.k8s.io"
ACCOUNT = "deadreckon"


def roles(name: str, namespace: str) -> tuple[dict[str, Any], ...]:
    """Give the engine's role bound to its account, and its role for Secrets, which `reckon project grant` binds."""
    subject = account(namespace)
    # To be asked by the API server for metrics, an engine reads by which certificate it is known.
    asked = {"name": f"{name}-asked-by-the-api-server", "namespace": KUBE_SYSTEM}
    reader = {"apiGroup": GROUP, "kind": "Role", "name": "extension-apiserver-authentication-reader"}
    return (
        role("ClusterRole", {"name": name}, ENGINE),
        {
            "apiVersion": f"{GROUP}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": GROUP, "kind": "ClusterRole", "name": name},
            "subjects": [subject],
        },
        binding(asked, reader, subject),
        role("ClusterRole", {"name": secrets_role(name)}, ENGINE_SECRETS),
        # Earlier versions let people read every Secret by a role of this name. Applied over it, this one lets nobody anything,
        # whoever it is still bound to.
        role("ClusterRole", {"name": f"{name}-people"}, ()),
    )


def secrets_role(name: str) -> str:
    """Name an installation's role for Secrets."""
    return f"{name}-secrets"


def account(namespace: str) -> dict[str, Any]:
    """Give the engines' account as a binding names it."""
    return {"kind": "ServiceAccount", "name": ACCOUNT, "namespace": namespace}


def role(kind: str, metadata: dict[str, Any], rights: Iterable[Right]) -> dict[str, Any]:
    """Write a role."""
    return {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": metadata, "rules": rules(rights)}


def binding(metadata: dict[str, Any], role_ref: dict[str, Any], subject: dict[str, Any]) -> dict[str, Any]:
    """Write a RoleBinding."""
    return {
        "apiVersion": f"{GROUP}/v1",
        "kind": "RoleBinding",
        "metadata": metadata,
        "roleRef": role_ref,
        "subjects": [subject],
    }


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
