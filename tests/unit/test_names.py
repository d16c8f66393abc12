"""Names on Kubernetes: valid whatever a person wrote, readable in front, and never those of anything else."""

import re

from hypothesis import given
from hypothesis import strategies as st

from domain.hosts import host
from domain.names import FIRST, Key, looks_hashed, namespace_of, scheme_of, slug
from domain.project import SCOPES, registry_object, secret_object, shared_namespace

LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
HOST = rf"(?=.{{1,253}}$){LABEL}(\.{LABEL})*"
OBJECT = r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]*[a-z0-9])?"
"""What a Secret may be called: Kubernetes bounds the whole name, and not each label."""
DIGITS = r"[a-z2-7]{26}"
OF_A_REPLICA_SET, OF_A_POD = len("-5d9c7b8f64"), len("-x7k2p")

words = st.one_of(
    st.text(min_size=1, max_size=12),
    st.text("abAB-._ !/", min_size=1, max_size=5),
    st.text("ab", min_size=60, max_size=200),
    st.sampled_from(
        ["shop", "shop!)#+,{,_", "Shop", "shöp", "sho\u0308p", "\uff53hop", "{project}", "..", "-", "ß", "İ", "\ud800"]
    ),
)


def disguised(word: str) -> list[str]:
    """What somebody could call theirs who wants another's name: that one's own forms, plain and once more."""
    key = Key(word.replace("/", "_"), word)
    early = key.names(FIRST)
    whole = [key.namespace, key.object_name, early.namespace, early.workload]
    return [*whole, *(name.removeprefix("reckon-") for name in whole), *(name.upper() for name in whole)]


hostile = words | words.flatmap(lambda word: st.sampled_from(disguised(word)))
projects = hostile.map(lambda name: name.replace("/", "_"))
keys = st.builds(Key, projects, hostile)
PATTERNS = [
    "{name}.{project}.apps.example.com",
    "{project}.{name}.example.com",
    "{name}.apps.example.com",
    "{name}-{project}.example.com",
    "{project}{name}.example.com",
    "x-{name}a-b{project}.example.com",
    "{name}.{name}-{project}.example.com",
]


def test_two_projects_that_shared_a_namespace_have_one_each() -> None:
    shop, other = Key("shop", "web"), Key("shop!)#+,{,_", "web")
    assert shop.names(FIRST).namespace == other.names(FIRST).namespace, "the control: 32 bits were found by searching"
    assert shop.namespace != other.namespace
    assert re.fullmatch(rf"reckon-shop-{DIGITS}", shop.namespace)
    assert re.fullmatch(rf"reckon-shop-{DIGITS}", other.namespace)


@given(st.lists(keys, min_size=2, max_size=6, unique=True))
def test_no_two_projects_and_no_two_deployments_ever_meet(several: list[Key]) -> None:
    named = {key.project for key in several}
    assert len({namespace_of(project) for project in named}) == len(named)
    assert len({key.object_name for key in several}) == len(several)
    old = {name for key in several for name in (key.names(FIRST).namespace, key.names(FIRST).workload)}
    assert not old & {name for key in several for name in (key.namespace, key.object_name)}, "old and new names never meet"


@given(keys)
def test_every_name_is_one_that_kubernetes_takes(key: Key) -> None:
    assert re.fullmatch(LABEL, key.namespace)
    assert re.fullmatch(r"[a-z]([a-z0-9-]{0,61}[a-z0-9])?", key.object_name), "a Service's name"
    assert len(key.object_name) + OF_A_REPLICA_SET + OF_A_POD <= 63, "a pod's name is not cut"
    for scope in SCOPES:
        assert re.fullmatch(OBJECT, secret_object(key.name, 10**6, scope))
    assert re.fullmatch(OBJECT, registry_object(key.name, 10**6))
    assert re.fullmatch(LABEL, shared_namespace(key.name))


@given(keys)
def test_a_name_carries_128_bits_behind_what_can_be_read(key: Key) -> None:
    for name in (key.namespace, key.object_name, shared_namespace(key.name), secret_object(key.name, 1).removesuffix("-v1")):
        assert re.fullmatch(rf".+-{DIGITS}", name)
        assert looks_hashed(name)
    assert key.namespace.startswith(f"reckon-{slug(key.project, 29)}-")


@given(st.lists(hostile, min_size=2, max_size=6, unique=True))
def test_no_two_secrets_and_no_two_logins_share_an_object(several: list[str]) -> None:
    secrets = [secret_object(name, 1, scope) for name in several for scope in SCOPES]
    logins = [registry_object(name, 1) for name in several]
    assert len({*secrets, *logins}) == 4 * len(several)


@given(keys)
def test_how_a_thing_was_named_is_told_by_its_name(key: Key) -> None:
    for scheme in (1, 2):
        names = key.names(FIRST) if scheme == FIRST else key.names()
        assert (names.scheme, names.project_scheme, scheme_of(names.workload)) == (scheme, scheme, scheme)


@given(st.lists(keys, min_size=2, max_size=6, unique=True), st.sampled_from(PATTERNS))
def test_no_two_deployments_share_a_host_whatever_they_are_called(several: list[Key], pattern: str) -> None:
    assert len({host(pattern, key) for key in several}) == len(several)


@given(keys, st.sampled_from(PATTERNS))
def test_every_host_fits_dns_whatever_it_is_made_of(key: Key, pattern: str) -> None:
    assert re.fullmatch(HOST, host(pattern, key))


def test_names_that_flow_together_have_hosts_of_their_own() -> None:
    dotted = "{name}.{project}.apps.example.com"
    assert host(dotted, Key("c", "a.b")) != host(dotted, Key("b.c", "a"))
    joined = "{name}{project}.example.com"
    assert host(joined, Key("bc", "a")) != host(joined, Key("c", "ab"))


def test_a_project_that_is_called_as_another_is_hashed_is_hashed_again() -> None:
    pattern = "{name}.{project}.apps.example.com"
    there = host(pattern, Key("Shop", "web"))
    label = there.split(".")[1]
    assert host(pattern, Key(label, "web")) != there
    assert host(pattern, Key("shop", "web")) == "web.shop.apps.example.com", "what cannot be mistaken stays as it is"
