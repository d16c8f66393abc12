"""What no rendering may ever hold, whatever was written: each way out of its project, its node's boundaries or its secrets.

It says what is allowed, and calls all else a breach; so that a field which nobody thought of is one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from domain.copies import COPY_OF
from domain.names import LABEL
from domain.objects import WRITTEN, Kind, Manifest
from domain.project import registry_object, secret_object, shared_namespace
from domain.spec import Bucket, GitLfs, SecretRef, Volume
from reconciler.fill_scripts import FILL_BUCKET, FILL_GIT
from reconciler.render_context import RenderContext

POD = {
    "automountServiceAccountToken",
    "containers",
    "enableServiceLinks",
    "imagePullSecrets",
    "nodeSelector",
    "restartPolicy",
    "securityContext",
    "terminationGracePeriodSeconds",
    "tolerations",
    "volumes",
}
CONTAINER = {
    "command",
    "env",
    "image",
    "imagePullPolicy",
    "lifecycle",
    "livenessProbe",
    "name",
    "ports",
    "readinessProbe",
    "resources",
    "securityContext",
    "startupProbe",
    "terminationMessagePolicy",
    "volumeMounts",
}
POD_SECURITY = {"seccompProfile", "runAsNonRoot", "runAsUser", "runAsGroup", "fsGroup", "fsGroupChangePolicy"}
SECURITY = {"allowPrivilegeEscalation", "capabilities", "readOnlyRootFilesystem", "runAsNonRoot", "runAsUser"}
METADATA = {"name", "namespace", "labels", "annotations"}
ANNOTATIONS = {f"{LABEL}/name", COPY_OF} | {
    f"nginx.ingress.kubernetes.io/proxy-{what}"
    for what in ("body-size", "buffering", "read-timeout", "request-buffering", "send-timeout")
}
SPECS = {
    Kind.SERVICE: {"type", "selector", "ports"},
    Kind.CLAIM: {"accessModes", "resources", "storageClassName"},
    Kind.INGRESS: {"ingressClassName", "rules", "tls"},
    Kind.ROUTE: {"parentRefs", "hostnames", "rules"},
    Kind.NETWORK_POLICY: {"podSelector", "policyTypes", "ingress"},
}
SCRIPTS = tuple(script.replace("$", "$$") for script in (FILL_GIT, FILL_BUCKET))
"""The fixed texts of fills, as Kubernetes is given them: it takes `$$` for `$`, and puts no value in."""


def breaches(context: RenderContext, manifests: Sequence[Manifest]) -> Iterator[str]:
    """Name what breaks out of a ground's bounds."""
    for manifest in manifests:
        content = manifest.content
        where = str(manifest.ref)
        yield from (f"{where}: {breach}" for breach in _object(context, manifest))
        if manifest.ref.kind in {Kind.DEPLOYMENT.value, Kind.JOB.value}:
            yield from (f"{where}: {breach}" for breach in _template(context, content, manifests))
        text = manifest.body
        yield from (
            f"{where}: {word}" for word in ("hostPath", "hostPort", "privileged", "serviceAccountName") if f'"{word}":' in text
        )


def _beyond(what: str, found: Mapping[str, Any], allowed: set[str]) -> Iterator[str]:
    yield from (f"{what}.{name}" for name in found if name not in allowed)


def _object(context: RenderContext, manifest: Manifest) -> Iterator[str]:
    content, kind, project = manifest.content, Kind(manifest.ref.kind), context.names.namespace
    if kind not in WRITTEN:
        yield "a kind that is not ours to write"
    yield from _beyond("metadata", content["metadata"], METADATA)
    yield from _beyond("annotations", content["metadata"].get("annotations", {}), ANNOTATIONS)
    expected = {Kind.NAMESPACE: (project, ""), Kind.API_SERVICE: ("v1beta1.external.metrics.k8s.io", "")}
    name, namespace = expected.get(kind, (manifest.ref.name, project))
    if (manifest.ref.name, manifest.ref.namespace) != (name, namespace):
        yield "it stands elsewhere"
    if content["metadata"]["labels"].get(f"{LABEL}/ledger") != context.ledger:
        yield "it is not marked as ours"
    if kind in SPECS:
        yield from _beyond("spec", content["spec"], SPECS[kind])
    if kind is Kind.SECRET:
        yield from _copy(context, content)
    elif kind in _TARGETS and not _TARGETS[kind](context, content["spec"]):
        yield "it leads to what is not its own"


def _copy(context: RenderContext, content: Mapping[str, Any]) -> Iterator[str]:
    yield from _beyond("Secret", content, {"apiVersion", "kind", "metadata", "immutable"})
    name, source = content["metadata"]["name"], content["metadata"]["annotations"].get(COPY_OF)
    if name not in _secrets(context) or source != f"{shared_namespace(context.ledger)}/{name}":
        yield f"a copy of {source}"


def _secrets(context: RenderContext) -> set[str]:
    """Name the Secrets that a ground allows."""
    allowed = {secret_object(n, context.secrets[n], context.wider.get(n, "project")) for n in context.spec.secrets}
    return allowed | ({registry_object(*context.registry)} if context.registry else set())


def _own(context: RenderContext, backend: Mapping[str, Any]) -> bool:
    return set(backend) <= {"name", "port"} and backend["name"] == context.names.workload


def _ingress(context: RenderContext, spec: Mapping[str, Any]) -> bool:
    backends = [path["backend"]["service"] for rule in spec["rules"] for path in rule["http"]["paths"]]
    named = {entry["secretName"] for entry in spec.get("tls", ())} <= {context.platform.tls_secret}
    return named and spec["ingressClassName"] == context.platform.ingress_class and all(_own(context, one) for one in backends)


def _route(context: RenderContext, spec: Mapping[str, Any]) -> bool:
    parents = [f"{parent['namespace']}/{parent['name']}" for parent in spec["parentRefs"]]
    ours = all(_own(context, one) for rule in spec["rules"] for one in rule["backendRefs"])
    return ours and parents == [context.platform.gateway]


def _scaled(context: RenderContext, spec: Mapping[str, Any]) -> bool:
    outer = [metric["external"]["metric"] for metric in spec["metrics"] if metric["type"] == "External"]
    ours = all(metric["selector"] == {"matchLabels": context.selector} for metric in outer)
    return ours and spec["scaleTargetRef"]["name"] == context.names.workload and spec["maxReplicas"] <= 1000


def _answered(context: RenderContext, spec: Mapping[str, Any]) -> bool:
    service = spec["service"]
    return f"{service['namespace']}/{service['name']}:{service['port']}" == context.platform.metrics_service


def _selected(context: RenderContext, spec: Mapping[str, Any]) -> bool:
    return {"matchLabels": context.selector} in (spec.get("selector"), spec.get("podSelector"))


_TARGETS: Mapping[Kind, Callable[[RenderContext, Mapping[str, Any]], bool]] = {
    Kind.SERVICE: lambda context, spec: spec["selector"] == context.selector and spec["type"] == "ClusterIP",
    Kind.DEPLOYMENT: lambda context, spec: _selected(context, spec) and spec.get("replicas", 0) <= 1000,
    Kind.DISRUPTION_BUDGET: _selected,
    Kind.NETWORK_POLICY: _selected,
    Kind.CLAIM: lambda context, spec: spec.get("storageClassName", "") == context.platform.storage_class,
    Kind.INGRESS: _ingress,
    Kind.ROUTE: _route,
    Kind.AUTOSCALER: _scaled,
    Kind.API_SERVICE: _answered,
}


def _template(context: RenderContext, content: Mapping[str, Any], manifests: Sequence[Manifest]) -> Iterator[str]:
    fill = content["kind"] == Kind.JOB.value
    template = content["spec"]["template"]
    pod, labels = template["spec"], template["metadata"]["labels"]
    yield from _beyond("pod", pod, POD)
    if fill == (context.selector.items() <= labels.items()):
        yield "its pods are taken for replicas, or its replicas are not"
    if pod["automountServiceAccountToken"] is not False or pod["enableServiceLinks"] is not False:
        yield "its pods are told of the cluster"
    security = pod["securityContext"]
    yield from _beyond("pod.securityContext", security, POD_SECURITY)
    if security["seccompProfile"] != {"type": "RuntimeDefault"} or (context.restricted and not security.get("runAsNonRoot")):
        yield "its pods are less confined than they must be"
    pulled = {secret["name"] for secret in pod.get("imagePullSecrets", ())}
    if pulled - _secrets(context):
        yield f"pulled with {pulled}"
    yield from _volumes(context, pod, manifests, fill=fill)
    for container in pod["containers"]:
        yield from _container(context, container, fill=fill)


def _volumes(context: RenderContext, pod: Mapping[str, Any], manifests: Sequence[Manifest], *, fill: bool) -> Iterator[str]:
    made = {manifest.ref.name for manifest in manifests if manifest.ref.kind == Kind.CLAIM.value}
    # While it is stopped there is nothing to fill, and no pod to see what was.
    stopped = not context.spec.replicas_wanted
    kept = {integration.name for integration in context.spec.integrations if isinstance(integration, Volume)}
    for volume in pod.get("volumes", ()):
        match {name: value for name, value in volume.items() if name != "name"}:
            case {"persistentVolumeClaim": {"claimName": str(claim), **more}}:
                ours = claim in made or (stopped and claim.startswith("fill-")) or (claim in kept and not fill)
                yield from () if ours and not more else (f"the claim {claim}",)
            case {"emptyDir": emptied} if set(emptied) <= {"sizeLimit"}:
                pass
            case {"downwardAPI": {"items": [{"fieldRef": {"fieldPath": str(field)}}]}}:
                yield from () if field == f"metadata.annotations['{LABEL}/relay']" else (f"the field {field}",)
            case other:
                yield f"a volume of {other}"


def _container(context: RenderContext, container: Mapping[str, Any], *, fill: bool) -> Iterator[str]:
    name = "fill" if fill else container["name"]
    yield from _beyond(name, container, CONTAINER)
    security = container.get("securityContext", {})
    yield from _beyond(f"{name}.securityContext", security, SECURITY)
    added = set(security.get("capabilities", {}).get("add", ()))
    if added - ({"NET_BIND_SERVICE"} if name == "relay" else set()):
        yield f"{name} may {added}"
    if security.get("allowPrivilegeEscalation") is not False and (context.restricted or name != "app"):
        yield f"{name} may become more"
    images = {"app": context.image, "relay": context.platform.relay_image, "fill": context.platform.filler_image}
    if container["image"] != images.get(name):
        yield f"{name} runs {container['image']}"
    if fill and (container["command"][:2] != ["/bin/sh", "-c"] or container["command"][2:] not in [[one] for one in SCRIPTS]):
        yield "a script that something was written into"
    if name == "relay" and container["command"] != ["caddy", "run", "--config", "/etc/relay/Caddyfile", "--adapter", "caddyfile"]:
        yield "a relay that is told something else"
    yield from _mounts(context, name, container.get("volumeMounts", ()))
    yield from _variables(context, name, container.get("env", ()))


def _mounts(context: RenderContext, name: str, mounts: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    wanted = {integration.mount for integration in context.spec.integrations}
    for mount in mounts:
        yield from _beyond(f"{name}.volumeMounts", mount, {"name", "mountPath", "readOnly"})
        if name == "app" and (mount["mountPath"] not in wanted or mount.get("readOnly") is not True):
            yield f"mounted at {mount['mountPath']}"


def _variables(context: RenderContext, name: str, variables: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    allowed = {"app": _named(context, "app"), "fill": _named(context, "fill"), "relay": _named(context, "relay")}.get(name, set())
    for variable in variables:
        match variable:
            case {"valueFrom": {"secretKeyRef": {"name": str(secret), "key": str(key), **more}, **others}}:
                if more or others or (secret, key) not in allowed:
                    yield f"{name} reads {key} of {secret}"
            case {"valueFrom": other}:
                yield f"{name} reads {other}"
            case {"name": str(), **value}:
                yield from _beyond(f"{name}.env", value, {"value"})
            case _:
                yield f"{name}: {variable}"


def _named(context: RenderContext, name: str) -> set[tuple[str, str]]:
    """Give the Secrets and keys that a container may read: each sees only those that are meant for it."""
    spec = context.spec
    filled = [i for i in spec.integrations if isinstance(i, GitLfs | Bucket)]
    meant: dict[str, list[object]] = {
        "app": [variable.value for variable in spec.env],
        "relay": [spec.basic_auth],
        "fill": [key for i in filled for key in (getattr(i, "password", None), getattr(i, "access_key", None))],
    }
    meant["fill"] += [getattr(i, "secret_key", None) for i in filled]
    key = "bcrypt" if name == "relay" else "value"
    refs = [value.name for value in meant[name] if isinstance(value, SecretRef)]
    return {(secret_object(n, context.secrets[n], context.wider.get(n, "project")), key) for n in refs}
