"""Grounds for properties: whole renderings' inputs, of any spec, machine, platform, scope, registry and state of sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from adapters.machines.catalogue import load_catalogue
from domain.machines import Machine, Toleration
from domain.models import ModelSet, sourced
from domain.names import FIRST, Key, slug
from domain.platform import Platform
from domain.project import SCOPES
from domain.spec import (
    Autoscaling,
    Bucket,
    EnvVar,
    ExecCheck,
    GitLfs,
    Header,
    HealthChecks,
    HttpCheck,
    Integration,
    Literal,
    Metric,
    Model,
    Probe,
    Resources,
    SecretRef,
    Spec,
    Volume,
)
from reconciler.render_context import RenderContext
from tests.specs import INT32, specs

LEDGER = "00000000-0000-4000-8000-000000000000"
MACHINES = tuple(load_catalogue().machines.values())


@dataclass(frozen=True)
class Place:
    """A project and its level."""

    project: str
    restricted: bool


PLACES = (Place("any", restricted=False), Place("Any (ü) 2", restricted=True), Place("x" * 63, restricted=False))

_domains = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,8}[a-z0-9])?)?", fullmatch=True)
_prefixed = st.tuples(_domains, st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,10}[A-Za-z0-9])?", fullmatch=True)).map("/".join)
labels = _prefixed | st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,10}[A-Za-z0-9])?", fullmatch=True)
label_values = st.just("") | st.from_regex(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,20}[A-Za-z0-9])?", fullmatch=True)


@st.composite
def tolerations(draw: st.DrawFn) -> Toleration:
    """A toleration that Kubernetes takes: only `Equal` compares with a value."""
    operator = draw(st.sampled_from(["Exists", "Equal"]))
    value = draw(label_values) if operator == "Equal" else ""
    effect = draw(st.sampled_from(["", "NoSchedule", "PreferNoSchedule", "NoExecute"]))
    return Toleration(draw(labels), operator, value, effect)


@st.composite
def machines(draw: st.DrawFn) -> Machine:
    """One of the catalogue's types, or of a platform's own catalogue."""
    shipped = draw(st.sampled_from(MACHINES))
    if draw(st.booleans()):
        return shipped
    resource = draw(st.sampled_from(["", "nvidia.com/gpu", "amd.com/gpu", "nvidia.com/mig-1g.5gb"]))
    chosen = draw(st.dictionaries(labels, label_values, max_size=2))
    return Machine(
        shipped.name,
        draw(st.integers(1, 999_999_999)),
        draw(st.integers(4, 4096) | st.integers(4, 999_999_999)),
        resource,
        draw(st.integers(1, 64)) if resource else 0,
        tuple(sorted(chosen.items())),
        tuple(draw(st.lists(tolerations(), max_size=3, unique=True))),
    )


chosen_platforms = st.builds(
    Platform,
    filler_image=st.sampled_from(["deadreckon/filler:0.1", f"registry.example:5000/f@sha256:{'b' * 64}"]),
    relay_image=st.sampled_from(["caddy:2.11.9", f"registry.example:5000/c@sha256:{'c' * 64}"]),
    storage_class=st.sampled_from(["", "lab-shared", "fast.ssd"]),
    storage_access=st.sampled_from(["ReadWriteMany", "ReadWriteOnce"]),
    storage_size=st.sampled_from(["20Gi", "500Mi", "1Ti"]),
    ingress_class=st.sampled_from(["nginx", "", "my.class"]),
    gateway=st.sampled_from(["", "infra/public", "", "infra/gw.example"]),
    hosts=st.sampled_from(["{name}.{project}.apps.example.com", "{name}-{project}.example.com", "{name}.example.com", ""]),
    tls_secret=st.sampled_from(["", "wildcard"]),
    metrics_service=st.sampled_from(["deadreckon/deadreckon:8443", "ops/reckon-2:443"]),
    inner_endpoints=st.booleans(),
    projects_apart=st.booleans(),
)
platforms = st.sampled_from([True, True, True, False]).flatmap(lambda one: chosen_platforms if one else st.just(Platform()))
commits = st.from_regex(r"[0-9a-f]{40}", fullmatch=True)
listings = st.from_regex(r"listing:[0-9a-f]{64}(;at:2026-11-2[0-9]T00:00:00Z)?", fullmatch=True)
unknown = st.from_regex(r"\?[0-9a-f]{32}", fullmatch=True)
model_sources = st.builds(
    ModelSet,
    st.just(""),
    st.sampled_from(["https://git.example/model", "s3://models/llama"]),
    ref=st.sampled_from(["", "v2"]),
    endpoint=st.sampled_from(["", "https://s3.example"]),
    region=st.sampled_from(["", "us-east-1"]),
    username=st.sampled_from(["", "me"]),
    password=st.sampled_from(["", "modelToken"]),
    access_key_id=st.sampled_from(["", "ID", "secret:modelKey"]),
    secret_access_key=st.sampled_from(["", "modelSecret"]),
)


@dataclass(frozen=True)
class Submission:
    """A spec as it was written, and the ground that came of it: each model with its source in its place."""

    written: Spec
    context: RenderContext


@st.composite
def identities(draw: st.DrawFn, integrations: Sequence[Integration]) -> Mapping[str, str]:
    """What each source stands at; a volume is never filled, some sources could not be asked, and some claims stay."""
    found: dict[str, str] = {}
    for one in integrations:
        if isinstance(one, GitLfs | Bucket):
            kept = st.builds("=fill-{}-{:012x}={}".format, st.just(slug(one.name, 30)), st.integers(0, 16**12 - 1), listings)
            found[one.name] = draw((commits if isinstance(one, GitLfs) else listings) | unknown | kept)
    return found


@st.composite
def submissions(draw: st.DrawFn, places: Sequence[Place] = PLACES) -> Submission:
    """A whole submission, in one of the places."""
    written, place, machine = draw(specs), draw(st.sampled_from(places)), draw(machines())
    if draw(st.booleans()):
        # Most that can be said has no effect on what is stopped.
        written = replace(written, enabled=True)
    ids = {one.id for one in written.integrations if isinstance(one, Model)}
    wanted = sourced(written, {name: draw(model_sources) for name in sorted(ids)})
    scopes = {name: draw(st.sampled_from(SCOPES)) for name in wanted.secrets}
    pinned = draw(st.sampled_from(["", f"@sha256:{'d' * 64}"]))
    context = RenderContext(
        wanted,
        Key(place.project, wanted.name),
        ledger=LEDGER,
        incarnation=draw(st.integers(1, 3) | st.just(INT32)),
        machine=machine,
        image=wanted.image if "@" in wanted.image else wanted.image + pinned,
        secrets={name: draw(st.integers(1, 10**6)) for name in wanted.secrets},
        deadline=wanted.deadline(draw(st.integers(1, 1000))),
        restricted=place.restricted,
        platform=draw(platforms),
        wider={name: scope for name, scope in scopes.items() if scope != "project"},
        registry=(wanted.registry, draw(st.integers(1, 999))) if wanted.registry else None,
        identities=draw(identities(wanted.integrations)),
        ran=draw(st.integers(0, 1000)),
        recorded=draw(st.sampled_from([None, None, Key(place.project, wanted.name).names(FIRST)])),
    )
    return Submission(written, context)


def contexts(places: Sequence[Place] = PLACES) -> st.SearchStrategy[RenderContext]:
    """A whole ground, in one of the places."""
    return submissions(places).map(lambda submission: submission.context)


def everything(place: Place = PLACES[0]) -> tuple[RenderContext, RenderContext]:
    """Two grounds that use all there is at once: one with an Ingress, one with a Gateway's route."""
    spec = Spec(
        "my cool deployment",
        "registry.example/team/app-fixture:0.1.3",
        Resources("A100-80G", 2, (8000, 9000), Autoscaling(5, (Metric("cpu", 50), Metric("memory", 22), _TIMED))),
        command=("/bin/sh", "-c", "while true\ndo\n  sleep .01\ndone\n"),
        env=(EnvVar("some-env", Literal("some-value")), EnvVar("EMPTY", Literal("")), EnvVar("KEY", SecretRef("mine"))),
        health=HealthChecks(
            startup=Probe(HttpCheck("/startup", 8000), failure_threshold=6),
            readiness=Probe(HttpCheck("/", 8000, (Header("Authorization", "some-token"),)), initial_delay=5, timeout=5),
            liveness=Probe(ExecCheck(("cat", "/alive"))),
        ),
        integrations=(
            GitLfs("falcon", "/models/falcon", "https://git.example/models/falcon", "main", "me", SecretRef("git")),
            Bucket("data", "/some/s3/data", "s3://bucket/x", region="us-east-1", access_key=_KEY, secret_key=SecretRef("aws")),
            Bucket("space", "/space", "s3://space", "spaces", "https://nyc3.digitaloceanspaces.com"),
            Volume("kept", "/opt/integrations/kept"),
        ),
        registry="my-registry",
        basic_auth=SecretRef("endpointKey"),
        rollout_deadline=900,
        exact_probes=True,
    )
    ingress = Platform(
        storage_class="lab-shared",
        ingress_class="nginx",
        hosts="{name}.{project}.apps.example.com",
        tls_secret="wildcard",
    )
    context = RenderContext(
        spec,
        Key(place.project, spec.name),
        ledger=LEDGER,
        incarnation=1,
        machine=next(machine for machine in MACHINES if machine.name == spec.resources.machine_type),
        image=f"{spec.image}@sha256:{'d' * 64}",
        secrets=dict.fromkeys(spec.secrets, 3),
        deadline=spec.deadline(600),
        restricted=place.restricted,
        platform=ingress,
        wider={"git": "cluster", "aws": "team", "endpointKey": "team"},
        registry=("my-registry", 2),
        identities={"falcon": "4f" * 20, "data": f"listing:{'5e' * 32}", "space": "?0"},
    )
    return context, replace(context, platform=replace(ingress, gateway="infra/public"))


def sparse(place: Place = PLACES[0]) -> RenderContext:
    """A ground that says as little as may be of each thing, where `everything` says all."""
    context = everything(place)[0]
    tolerated = Toleration("dedicated", "Equal", "gpu", "NoExecute")
    spec = replace(
        context.spec,
        health=HealthChecks(readiness=Probe(HttpCheck("/", 1), initial_delay=0)),
        integrations=(
            GitLfs("bare", "/bare", "https://git.example/bare"),
            Bucket("keyed", "/keyed", "s3://keyed", access_key=SecretRef("id"), secret_key=SecretRef("aws")),
        ),
    )
    return replace(
        context,
        spec=spec,
        machine=replace(context.machine, gpu_resource="", gpus=0, tolerations=(tolerated, Toleration("x", effect=""))),
        secrets=dict.fromkeys(spec.secrets, 1),
        wider={},
        identities={"bare": "?1", "keyed": f"listing:{'5e' * 32};at:2026-11-22T00:00:00Z"},
    )


_TIMED = Metric("requestDuration", 0.15)
_KEY = Literal("AKIAIOSFODNN7EXAMPLE")
