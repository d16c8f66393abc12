"""Specs for properties: any that the format allows, small ones first."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

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

INT32 = 2**31 - 1
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12)
lines = texts.filter(str.isprintable)
names = st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=128).filter(
    lambda name: name.isprintable() and name == name.strip()
) | st.sampled_from(["web", "my cool deployment", "org/app", "2fast", "-", "ÄÖ", "x" * 128])
images = st.sampled_from(["web:1", "registry.example/team/app", f"registry.example:5000/app@sha256:{'a' * 64}"])
secret_names = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,127}", fullmatch=True)
secrets = st.builds(SecretRef, secret_names)
values = st.builds(Literal, texts.filter(lambda text: not text.lower().startswith("secret:"))) | secrets
variables = st.lists(
    st.builds(EnvVar, st.from_regex(r"[_A-Za-z][-._a-zA-Z0-9]{0,20}", fullmatch=True), values),
    max_size=4,
    unique_by=lambda variable: variable.name,
)
ports = st.lists(st.integers(1, 65535), max_size=4, unique=True)
headers = st.lists(st.builds(Header, st.from_regex(r"[-A-Za-z0-9]{1,20}", fullmatch=True), lines), max_size=2)
asked = st.builds(
    HttpCheck,
    lines.map(lambda path: f"/{path}"),
    st.integers(1, 65535),
    headers.map(tuple).filter(lambda some: not any(header.value.startswith("secret:") for header in some)),
)
ran = st.builds(ExecCheck, st.lists(texts, min_size=1, max_size=3).map(tuple))
seconds = st.integers(1, 90) | st.just(INT32)
probes = st.none() | st.builds(
    Probe,
    asked | ran,
    initial_delay=st.integers(0, 1000),
    period=seconds,
    timeout=seconds,
    failure_threshold=seconds,
)

percents = st.integers(1, 100).map(float) | st.floats(0.001, 1_000_000)
durations = st.sampled_from([0.01, 0.15, 1.2, 2.0]) | st.floats(0.01, 1_000_000)


usages = st.builds(Metric, st.sampled_from(["cpu", "memory"]), percents)
# Requests are timed only where there is an endpoint.
metrics = {
    endpoint: st.lists(each, min_size=1, max_size=3, unique_by=lambda metric: metric.name).map(tuple)
    for endpoint, each in (
        (False, usages),
        (True, usages | st.builds(Metric, st.just("requestDuration"), durations)),
    )
}
beyond = st.integers(0, 5) | st.just(1000)
machines = st.sampled_from(["C3", "C4", "A100", "A100-80Gx8", "H100x2"])
counts = st.integers(0, 4) | st.integers(0, 1000)


@st.composite
def resources(draw: st.DrawFn) -> Resources:
    """What replicas get, with autoscaling that fits, or none."""
    replicas, listening, scaling = draw(counts), tuple(draw(ports)), None
    if draw(st.booleans()):
        most, enabled = min(1000, max(1, replicas) + draw(beyond)), draw(st.booleans())
        said, by = (True, True) if enabled else draw(st.tuples(st.booleans(), st.booleans()))
        scaling = Autoscaling(most if said else 0, draw(metrics[bool(listening)]) if by else (), enabled)
    return Resources(draw(machines), replicas, listening, scaling)


steps = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,20}", fullmatch=True)
volume_names = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,20}[a-z0-9])?", fullmatch=True)
folders = st.sampled_from(["/models", "/some/s3/mount", "/opt/integrations", "/mnt/ä ö"])
git_urls = st.sampled_from(["https://huggingface.co/org/model", "http://git.example:8080/a/b.git", "https://[2001:db8::1]/x"])
refs = st.sampled_from(["", "main", "v1.0", "refs/heads/some/branch", "4f24fd9", "a" * 40])
logins = st.sampled_from(["", "hf-user", "me@example.com"]).flatmap(
    lambda user: st.tuples(st.just(user), secrets if user else st.none() | secrets)
)
buckets = st.sampled_from(["s3://my-bucket", "s3://my-bucket/some/prefix", "s3://a.b-c/ü/x=1"])
keys = st.just((None, None)) | st.tuples(
    secrets | st.builds(Literal, st.sampled_from(["AKIAIOSFODNN7EXAMPLE", "id/+="])), secrets
)
stores = st.sampled_from(["", "https://s3.example", "http://minio.storage:9000", "https://x.example/storage/v1/s3"])
spaces = st.sampled_from(["https://nyc3.digitaloceanspaces.com", "https://store.example:9000"])
regions = st.sampled_from(["", "us-east-1"])


kinds = st.sampled_from(["git-lfs", "s3", "spaces", "model", "volume"])
model_ids = st.sampled_from(["moXXXXXXXX", "llama-3.1_8b"])


@st.composite
def integration(draw: st.DrawFn) -> Integration:
    """Any integration, mounted where the format may say."""
    name, folder, kind = draw(steps), draw(folders), draw(kinds)
    where = f"{folder}/{name}"
    if kind == "git-lfs":
        user, password = draw(logins)
        return GitLfs(name, where, draw(git_urls), draw(refs), user, password)
    if kind == "model":
        return Model(name, "/opt/models" if draw(st.booleans()) else where, draw(model_ids))
    if kind == "volume":
        volume = draw(volume_names)
        return Volume(volume, f"{folder}/{volume}")
    access, secret = draw(keys)
    if kind == "s3":
        return Bucket(name, where, draw(buckets), "s3", draw(stores), draw(regions), access, secret)
    return Bucket(name, where, draw(buckets), "spaces", draw(spaces), draw(regions), access, secret)


def apart(some: Sequence[Integration]) -> bool:
    """Tell whether names and mounts are each their own, and no mount lies in another."""
    mounts = sorted(integration.mount + "/" for integration in some)
    nested = any(later.startswith(earlier) for earlier, later in pairwise(mounts))
    return not nested and len({integration.name for integration in some}) == len(some)


def fitting(some: Sequence[Integration]) -> tuple[Integration, ...]:
    """Leave out what would stand in another's way."""
    kept: tuple[Integration, ...] = ()
    for each in some:
        kept = (*kept, each) if apart((*kept, each)) else kept
    return kept


integrations = st.lists(integration(), max_size=5).map(fitting)
registries = st.sampled_from(["", "my-registry", "My Registry/1"])


def whole(password: SecretRef | None, **fields: Any) -> Spec:  # noqa: ANN401 (the fields of a spec, drawn below)
    """Make a spec; the endpoint's password only where there is one."""
    return Spec(**fields, basic_auth=password if fields["resources"].ports else None)


specs = st.builds(
    whole,
    st.none() | secrets,
    name=names,
    image=images,
    resources=resources(),
    enabled=st.booleans(),
    command=st.lists(texts, max_size=3).map(tuple),
    env=variables.map(tuple),
    health=st.builds(HealthChecks, probes, probes, probes),
    integrations=integrations,
    registry=registries,
    rollout_deadline=st.none() | st.integers(1, INT32),
    exact_probes=st.booleans(),
)
