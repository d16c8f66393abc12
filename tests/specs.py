"""Specs for properties: any that the format allows, small ones first."""

from hypothesis import strategies as st

from domain.spec import (
    EnvVar,
    ExecCheck,
    Header,
    HealthChecks,
    HttpCheck,
    Literal,
    Probe,
    Resources,
    SecretRef,
    Spec,
)

INT32 = 2**31 - 1
texts = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=12)
lines = texts.filter(str.isprintable)
names = st.text(st.characters(categories=["L", "N", "P", "Zs"]), min_size=1, max_size=128).filter(
    lambda name: name.isprintable() and name == name.strip()
) | st.sampled_from(["web", "my cool deployment", "org/app", "2fast", "-", "ÄÖ", "x" * 128])
images = st.sampled_from(["web:1", "registry.example/team/app", f"registry.example:5000/app@sha256:{'a' * 64}"])
secret_names = st.from_regex(r"[A-Za-z][A-Za-z0-9_]{0,127}", fullmatch=True)
values = st.builds(Literal, texts.filter(lambda text: not text.lower().startswith("secret:"))) | st.builds(
    SecretRef, secret_names
)
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
specs = st.builds(
    Spec,
    name=names,
    image=images,
    resources=st.builds(
        Resources,
        st.sampled_from(["C3", "C4", "A100", "A100-80Gx8", "H100x2"]),
        st.integers(0, 4) | st.integers(0, 1000),
        ports.map(tuple),
    ),
    enabled=st.booleans(),
    command=st.lists(texts, max_size=3).map(tuple),
    env=variables.map(tuple),
    health=st.builds(HealthChecks, probes, probes, probes),
    rollout_deadline=st.none() | st.integers(1, INT32),
)
