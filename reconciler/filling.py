"""Filling, as objects: for each integration with a source a claim and the Job that fills it, both named by what they hold.

So the same content has the same name in every version: an unchanged source gives the same pod template, which restarts nothing,
and a claim that is full already, which nothing fills again.
"""

import hashlib
from collections.abc import Iterator, Mapping

from domain.filling import FINAL, essence
from domain.names import FIRST, LABEL, slug, told_apart, whole_hash
from domain.objects import Json, Kind, ObjectRef, canonical
from domain.orders import Fill
from domain.spec import Bucket, GitLfs, Integration, Literal, SecretRef, Volume
from reconciler.fill_scripts import FILL_BUCKET, FILL_GIT
from reconciler.render_context import RenderContext
from reconciler.secret_copies import secret_name

Source = GitLfs | Bucket
UNKNOWN = "?"
"""Begins, in `RenderContext.identities`, what stands for an identity that could not be asked: a word never used before."""
STAY = "="
"""Stands around the name of a claim that a version has already and keeps; behind it is its identity, where it is known."""
FULL = "/fill"
TRIES = 3
LONGEST = 24 * 3600
"""Seconds that a fill may take, tries and all."""
NOBODY = 65532
"""Who fills where a project is `restricted`."""
_PROVIDERS = {"s3": "AWS", "spaces": "DigitalOcean"}


def fills(context: RenderContext) -> tuple[Fill, ...]:
    """Say which claims and jobs a spec's integrations need, in the spec's order."""
    return tuple(_fill(context, source) for source in _sources(context))


def _sources(context: RenderContext) -> Iterator[Source]:
    for integration in context.spec.integrations:
        if isinstance(integration, GitLfs | Bucket):
            yield integration


def _fill(context: RenderContext, source: Source) -> Fill:
    name, namespace = claim_name(context, source), context.names.namespace
    claim, job = (ObjectRef(kind.value, namespace, name) for kind in (Kind.CLAIM, Kind.JOB))
    return Fill(source.name, claim, job, identity_of(context, source))


def identity_of(context: RenderContext, source: Source) -> str:
    """Give what a source stood at; empty where it could not be asked."""
    known = context.identities.get(source.name, "")
    if known.startswith(STAY):
        return known.removeprefix(STAY).partition(STAY)[2]
    return "" if known.startswith(UNKNOWN) else known


def claim_name(context: RenderContext, integration: Integration) -> str:
    """Name the claim that holds an integration's content."""
    if isinstance(integration, Volume):
        return integration.name
    known = context.identities.get(integration.name, "")
    if known.startswith(STAY):
        return known.removeprefix(STAY).partition(STAY)[0]
    # Where the content is known its name on the way there does not matter: a branch and a tag of one commit are the same.
    ref = integration.ref if isinstance(integration, GitLfs) and not identity_of(context, integration) else ""
    place = integration.endpoint if isinstance(integration, Bucket) else ""
    content: Json = {
        "deployment": context.key.subject,
        "incarnation": context.incarnation,
        "source": [type(integration).__name__, getattr(integration, "url", ""), place, ref],
        "identity": essence(known),
        "storage": _claim_spec(context),
    }
    return _named_by(canonical(content), integration.name, context)


def _named_by(content: str, name: str, context: RenderContext) -> str:
    """Name a claim: a job's pod adds six to that, and is cut at 63. What was begun otherwise goes on so: its claims are full."""
    if context.names.scheme == FIRST:
        return f"fill-{slug(name, 30)}-{hashlib.sha256(content.encode()).hexdigest()[:12]}"
    return f"fill-{slug(name, 25)}-{whole_hash(content)}"


def mounted(context: RenderContext) -> dict[str, list[dict[str, Json]]]:
    """Give a replica's `volumes` and its container's `volumeMounts`, read-only; nothing where there are no integrations."""
    integrations = sorted(context.spec.integrations, key=lambda integration: integration.mount)
    names = [_volume_name(integration.name, context) for integration in integrations]
    claims = [claim_name(context, integration) for integration in integrations]
    volumes: list[dict[str, Json]] = [
        {"name": name, "persistentVolumeClaim": {"claimName": claim}} for name, claim in zip(names, claims, strict=True)
    ]
    mounts: list[dict[str, Json]] = [
        {"name": name, "mountPath": integration.mount, "readOnly": True}
        for name, integration in zip(names, integrations, strict=True)
    ]
    return {"volumes": volumes, "volumeMounts": mounts} if integrations else {}


def _volume_name(name: str, context: RenderContext) -> str:
    scheme = context.names.scheme
    return f"{slug(name, 40 if scheme == FIRST else 36)}-{told_apart(name, scheme)}"


def filling_objects(context: RenderContext) -> Iterator[Mapping[str, Json]]:
    """Give the claims and the jobs; none while the deployment is stopped, which needs no content."""
    if context.spec.replicas_wanted:
        for source in _sources(context):
            yield {
                "apiVersion": "v1",
                "kind": Kind.CLAIM.value,
                "metadata": context.metadata(claim_name(context, source)),
                "spec": _claim_spec(context),
            }
            yield _job(context, source)


def _claim_spec(context: RenderContext) -> dict[str, Json]:
    platform = context.platform
    storage = {"storageClassName": platform.storage_class} if platform.storage_class else {}
    size: Json = {"requests": {"storage": platform.storage_size}}
    return {"accessModes": [platform.storage_access], "resources": size, **storage}


def _job(context: RenderContext, source: Source) -> Mapping[str, Json]:
    labels = {name: value for name, value in context.labels.items() if name != f"{LABEL}/deployment"}
    # Not the label of the deployment: its Service and its budget must not take a fill's pod for a replica.
    template: Json = {
        "metadata": {"labels": {**labels, f"{LABEL}/fill": context.names.workload}},
        "spec": _pod(context, source),
    }
    final: Json = {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [FINAL]}}
    drained: Json = {"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget", "status": "True"}]}
    job: Json = {
        "backoffLimit": TRIES - 1,
        "activeDeadlineSeconds": LONGEST,
        "podFailurePolicy": {"rules": [final, drained]},
        "suspend": False,
        "template": template,
    }
    metadata = context.metadata(claim_name(context, source))
    return {"apiVersion": "batch/v1", "kind": Kind.JOB.value, "metadata": metadata, "spec": job}


def _pod(context: RenderContext, source: Source) -> dict[str, Json]:
    seccomp: Json = {"type": "RuntimeDefault"}
    # Root may write to any volume; where it must not be, the volume is given to the group.
    user: dict[str, Json] = {"runAsUser": 0}
    if context.restricted:
        user = {"runAsNonRoot": True, "runAsUser": NOBODY, "runAsGroup": NOBODY, "fsGroup": NOBODY}
    pod: dict[str, Json] = {
        "automountServiceAccountToken": False,
        "containers": [_container(context, source)],
        "enableServiceLinks": False,
        "restartPolicy": "Never",
        "securityContext": {**user, "seccompProfile": seccomp},
        # A shell waits for its tool and hears no SIGTERM; a half-filled claim is emptied by whoever fills it next.
        "terminationGracePeriodSeconds": 1,
        "volumes": [{"name": "content", "persistentVolumeClaim": {"claimName": claim_name(context, source)}}],
    }
    # A volume that belongs to one node shall belong to one on which the replicas can run.
    return pod | (context.placed if context.platform.storage_access == "ReadWriteOnce" else {})


def _container(context: RenderContext, source: Source) -> dict[str, Json]:
    security: dict[str, Json] = {"allowPrivilegeEscalation": False}
    if context.restricted:
        security["capabilities"] = {"drop": ["ALL"]}
    script = FILL_GIT if isinstance(source, GitLfs) else FILL_BUCKET
    variables = _git(context, source) if isinstance(source, GitLfs) else _bucket(context, source)
    return {
        # As a replica's, so that its log is read in the same way.
        "name": "app",
        "image": context.platform.filler_image,
        "imagePullPolicy": "IfNotPresent",
        "command": ["/bin/sh", "-c", plain(script)],
        "env": [*variables, _said("HOME", "/tmp"), _said("TZ", "UTC"), _said("FILL_INTO", FULL)],  # noqa: S108 (in its own container)
        "resources": {"requests": {"cpu": "250m", "memory": "256Mi"}, "limits": {"memory": "2Gi"}},
        "securityContext": security,
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": [{"name": "content", "mountPath": FULL}],
    }


def plain(text: str) -> str:
    """Write a text so that Kubernetes puts no variable's value into it: `$(NAME)` in a URL would else become a credential."""
    return text.replace("$", "$$")


def _said(name: str, value: str) -> dict[str, Json]:
    # An empty value is left out by the API server, so it is never written.
    written: dict[str, Json] = {"name": name, "value": plain(value)}
    return written if value else {"name": name}


def _kept(context: RenderContext, name: str, value: Literal | SecretRef | None) -> Iterator[dict[str, Json]]:
    if isinstance(value, Literal):
        yield _said(name, value.value)
    elif value is not None:
        reference: Json = {"name": secret_name(context, value.name), "key": "value"}
        yield {"name": name, "valueFrom": {"secretKeyRef": reference}}


def _git(context: RenderContext, source: GitLfs) -> list[dict[str, Json]]:
    scheme, _, rest = source.url.partition("://")
    return [
        _said("FILL_URL", source.url),
        # A login is given to this host alone, whatever a redirect or a file in the repository says.
        _said("FILL_ORIGIN", f"{scheme}://{rest.partition('/')[0]}"),
        _said("FILL_REF", source.ref),
        _said("FILL_IDENTITY", identity_of(context, source)),
        _said("FILL_USERNAME", source.username),
        *_kept(context, "FILL_PASSWORD", source.password),
    ]


def _bucket(context: RenderContext, source: Bucket) -> list[dict[str, Json]]:
    identity = {part.partition(":")[0]: part.partition(":")[2] for part in identity_of(context, source).split(";")}
    provider = "Other" if source.provider == "s3" and source.endpoint else _PROVIDERS[source.provider]
    settings = {"TYPE": "s3", "PROVIDER": provider, "REGION": source.region, "ENDPOINT": source.endpoint, "ENV_AUTH": "false"}
    return [
        *(_said(f"RCLONE_CONFIG_SOURCE_{name}", value) for name, value in settings.items() if value),
        *_kept(context, "RCLONE_CONFIG_SOURCE_ACCESS_KEY_ID", source.access_key),
        *_kept(context, "RCLONE_CONFIG_SOURCE_SECRET_ACCESS_KEY", source.secret_key),
        _said("FILL_FROM", source.url.removeprefix("s3://")),
        _said("FILL_IDENTITY", identity_of(context, source)),
        _said("FILL_LISTING", identity.get("listing", "")),
        _said("FILL_AT", identity.get("at", "")),
    ]
