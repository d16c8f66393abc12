"""Where a version's secrets stand on Kubernetes, and the copies of those that are not its project's own."""

from collections.abc import Iterator, Mapping

from domain.copies import COPY_OF
from domain.names import LABEL, MANAGER, slug
from domain.objects import Json, Kind
from domain.project import PROJECT, registry_object, secret_object, shared_namespace
from reconciler.ground import Ground


def secret_name(ground: Ground, name: str) -> str:
    """Name the Secret of the project's namespace that holds a secret's value, under key `value`. Raises KeyError: it has none."""
    return secret_object(name, ground.secrets[name], ground.wider.get(name, PROJECT))


def pull_secret(ground: Ground) -> str:
    """Name the Secret whose login pulls the image; empty when it is pulled without one."""
    return registry_object(*ground.registry) if ground.registry else ""


def shared_space(ledger: str) -> dict[str, Json]:
    """Give the namespace of what all projects share: nothing runs there."""
    labels = {
        "app.kubernetes.io/managed-by": MANAGER,
        f"{LABEL}/ledger": ledger,
        "pod-security.kubernetes.io/enforce": "restricted",
    }
    metadata: Json = {"name": shared_namespace(ledger), "labels": labels}
    return {"apiVersion": "v1", "kind": Kind.NAMESPACE.value, "metadata": metadata}


def copies(ground: Ground) -> Iterator[Mapping[str, Json]]:
    """Give the Secrets that the project's namespace needs from the shared one, without data: the same for all deployments."""
    for name, scope in sorted(ground.wider.items()):
        if name in ground.secrets:
            yield _copy(ground, secret_name(ground, name), f"secret {name} of the {scope}")
    if ground.registry:
        yield _copy(ground, pull_secret(ground), f"registry {ground.registry[0]}")


def _copy(ground: Ground, name: str, what: str) -> Mapping[str, Json]:
    labels = {
        "app.kubernetes.io/managed-by": MANAGER,
        f"{LABEL}/ledger": ground.ledger,
        f"{LABEL}/project": slug(ground.key.project, 63),
    }
    # The shared namespace is this ledger's, and a copy has its source's name: so two copies never differ under one name.
    source = f"{shared_namespace(ground.ledger)}/{name}"
    metadata: Json = {
        "name": name,
        "namespace": ground.key.namespace,
        "labels": labels,
        "annotations": {COPY_OF: source, f"{LABEL}/name": what},
    }
    return {"apiVersion": "v1", "kind": Kind.SECRET.value, "metadata": metadata, "immutable": True}
