"""Where a version's secrets stand on Kubernetes, and the copies of those that are not its project's own."""

from collections.abc import Iterator, Mapping

from domain.copies import COPY_OF
from domain.names import FIRST, LABEL, MANAGER, WHOLE, Scheme, slug
from domain.objects import Json, Kind
from domain.project import PROJECT, REGISTRY, registry_object, secret_object, shared_namespace
from reconciler.render_context import RenderContext


def secret_name(context: RenderContext, name: str) -> str:
    """Name the Secret of the project's namespace that holds a secret's value, under key `value`. Raises KeyError: it has none."""
    scope = context.wider.get(name, PROJECT)
    return secret_object(name, context.secrets[name], scope, _scheme(context, scope, name))


def pull_secret(context: RenderContext) -> str:
    """Name the Secret whose login pulls the image; empty when it is pulled without one."""
    if context.registry is None:
        return ""
    name, version = context.registry
    return registry_object(name, version, _scheme(context, REGISTRY, name))


def _scheme(context: RenderContext, scope: str, name: str) -> Scheme:
    return FIRST if (scope, name) in context.first else WHOLE


def shared_space(ledger: str, scheme: Scheme) -> dict[str, Json]:
    """Give the namespace of what all projects share: nothing runs there."""
    labels = {
        "app.kubernetes.io/managed-by": MANAGER,
        f"{LABEL}/ledger": ledger,
        "pod-security.kubernetes.io/enforce": "restricted",
    }
    metadata: Json = {"name": shared_namespace(ledger, scheme), "labels": labels}
    return {"apiVersion": "v1", "kind": Kind.NAMESPACE.value, "metadata": metadata}


def copies(context: RenderContext) -> Iterator[Mapping[str, Json]]:
    """Give the Secrets that the project's namespace needs from the shared one, without data: the same for all deployments."""
    for name, scope in sorted(context.wider.items()):
        if name in context.secrets:
            space = shared_namespace(context.ledger, _scheme(context, scope, name))
            yield _copy(context, f"{space}/{secret_name(context, name)}", f"secret {name} of the {scope}")
    if context.registry:
        space = shared_namespace(context.ledger, _scheme(context, REGISTRY, context.registry[0]))
        yield _copy(context, f"{space}/{pull_secret(context)}", f"registry {context.registry[0]}")


def _copy(context: RenderContext, source: str, what: str) -> Mapping[str, Json]:
    labels = {
        "app.kubernetes.io/managed-by": MANAGER,
        f"{LABEL}/ledger": context.ledger,
        f"{LABEL}/project": slug(context.key.project, 63),
    }
    metadata: Json = {
        # The shared namespace is this ledger's, and a copy has its source's name: so two copies never differ under one name.
        "name": source.partition("/")[2],
        "namespace": context.names.namespace,
        "labels": labels,
        "annotations": {COPY_OF: source, f"{LABEL}/name": what},
    }
    return {"apiVersion": "v1", "kind": Kind.SECRET.value, "metadata": metadata, "immutable": True}
