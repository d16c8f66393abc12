"""The endpoint: host names that fit DNS and are nobody else's, an Ingress or a route, and projects that are apart."""

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import Refused
from domain.hosts import host
from domain.names import Key
from domain.platform import Platform, choose
from domain.spec import Resources, SecretRef
from tests.specs import names
from tests.unit.desired.test_rendering import SPEC, one, rendered

PATTERN = "{name}.{project}.apps.example.com"
INGRESS = Platform(ingress_class="nginx", hosts=PATTERN)
GATEWAY = Platform(gateway="edge/public", hosts=PATTERN, tls_secret="wildcard")
PATTERNS = [PATTERN, "{name}.apps.example.com", "{name}-{project}.example.com", "{project}.{name}.example.com"]


def kinds(platform: Platform) -> set[str]:
    return {manifest.ref.kind for manifest in rendered(platform=platform).manifests}


@pytest.mark.parametrize(
    ("key", "pattern", "made"),
    [
        (Key("default", "web"), PATTERN, r"web\.default\.apps\.example\.com"),
        (Key("default", "web app"), PATTERN, r"web-app-[a-z2-7]{26}\.default\.apps\.example\.com"),
        (Key("Big Team", "web"), PATTERN, r"web\.big-team-[a-z2-7]{26}\.apps\.example\.com"),
        (Key("default", "web"), "{name}.apps.example.com", r"web-[a-z2-7]{26}\.apps\.example\.com"),
        (Key("default", "web"), "{name}-{project}.example.com", r"web-default\.example\.com"),
        (Key("a", "b-c"), "{name}-{project}.example.com", r"b-c-a-[a-z2-7]{26}\.example\.com"),
    ],
)
def test_a_host_is_the_name_where_it_can_be_and_gets_a_hash_where_it_must(key: Key, pattern: str, made: str) -> None:
    assert re.fullmatch(made, host(pattern, key))


@given(st.builds(Key, names.filter(lambda name: "/" not in name), names), st.sampled_from(PATTERNS))
def test_every_host_fits_dns(key: Key, pattern: str) -> None:
    made = host(pattern, key)
    assert len(made) <= 253
    assert all(re.fullmatch(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", label) for label in made.split("."))


@given(
    st.lists(
        st.builds(Key, st.text("ab-", min_size=1, max_size=4), st.text("ab-A", min_size=1, max_size=4)),
        min_size=2,
        max_size=8,
        unique=True,
    ),
    st.sampled_from(PATTERNS),
)
def test_no_two_deployments_share_a_host(keys: list[Key], pattern: str) -> None:
    assert len({host(pattern, key) for key in keys}) == len(keys)


def test_an_ingress_leads_the_host_to_the_first_port() -> None:
    rendering = rendered(platform=INGRESS)
    ingress = one(rendering, "Ingress")["spec"]
    [rule] = ingress["rules"]
    [path] = rule["http"]["paths"]
    assert ingress["ingressClassName"] == "nginx"
    assert "tls" not in ingress
    assert path["backend"]["service"]["port"] == {"number": 8000}
    assert rendering.endpoint == f"http://{rule['host']}/"


def test_with_a_tls_secret_the_url_says_https() -> None:
    rendering = rendered(platform=replace(INGRESS, tls_secret="wildcard"))
    [tls] = one(rendering, "Ingress")["spec"]["tls"]
    assert tls["secretName"] == "wildcard"
    assert rendering.endpoint == f"https://{tls['hosts'][0]}/"


def test_where_there_is_a_gateway_a_route_hangs_on_it_in_place_of_an_ingress() -> None:
    whole = one(rendered(platform=GATEWAY), "HTTPRoute")
    route = whole["spec"]
    assert whole["apiVersion"] == "gateway.networking.k8s.io/v1"
    assert whole["metadata"]["name"] == one(rendered(), "Service")["metadata"]["name"]
    assert [rule["matches"] for rule in route["rules"]] == [[{"path": {"type": "PathPrefix", "value": "/"}}]]
    assert route["hostnames"] == [rendered(platform=GATEWAY).endpoint.removeprefix("https://").removesuffix("/")]
    assert route["parentRefs"] == [{"name": "public", "namespace": "edge"}]
    assert route["rules"][0]["backendRefs"][0]["port"] == 8000
    assert "Ingress" not in kinds(GATEWAY)


@pytest.mark.parametrize("platform", [Platform(), Platform(hosts=PATTERN), Platform(ingress_class="nginx")])
def test_without_a_class_or_without_hosts_there_is_no_endpoint(platform: Platform) -> None:
    assert not kinds(platform) & {"Ingress", "HTTPRoute"}
    assert rendered(platform=platform).endpoint == ""


def test_a_deployment_without_ports_has_no_endpoint_and_a_stopped_one_keeps_its_own() -> None:
    assert rendered(replace(SPEC, resources=Resources("C4")), platform=INGRESS).endpoint == ""
    assert rendered(replace(SPEC, enabled=False), platform=INGRESS).endpoint == rendered(platform=INGRESS).endpoint


def test_another_projects_pods_are_not_let_in_an_ingress_is_and_figures_are_open() -> None:
    spec = one(rendered(replace(SPEC, basic_auth=SecretRef("key"))), "NetworkPolicy")["spec"]
    known, figures = spec["ingress"]
    assert known["from"] == [
        {"podSelector": {}},
        {"namespaceSelector": {"matchExpressions": [{"key": "deadreckon.dev/project", "operator": "DoesNotExist"}]}},
    ]
    assert figures == {"ports": [{"port": 26_181, "protocol": "TCP"}]}
    assert spec["podSelector"] == {"matchLabels": one(rendered(), "Deployment")["spec"]["selector"]["matchLabels"]}


def test_the_owner_may_let_all_of_the_cluster_in() -> None:
    assert "NetworkPolicy" not in kinds(choose(Platform(), [("projects-apart", "false")]))


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        ("hosts", "apps.example.com"),
        ("hosts", "{name}"),
        ("hosts", "{name}.{team}.example.com"),
        ("hosts", "{name}.Example.com"),
        ("hosts", "-{name}.example.com"),
        ("hosts", "{name}.example.com\n"),
        ("gateway", "public"),
        ("metrics-service", "deadreckon:8443"),
    ],
)
def test_a_choice_that_would_make_no_endpoint_is_refused(choice: str, text: str) -> None:
    with pytest.raises(Refused):
        choose(Platform(), [(choice, text)])


def test_what_is_a_pattern_is_taken_and_nothing_takes_it_away() -> None:
    for pattern in PATTERNS:
        assert choose(Platform(), [("hosts", pattern)]).hosts == pattern
    assert choose(Platform(hosts=PATTERN), [("hosts", "")]).hosts == ""
