"""The relay's configuration, read by Caddy itself: for whatever a spec says it is valid, and leads to the application alone."""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings

from domain.objects import Json
from domain.spec import HealthChecks, HttpCheck, Probe, Resources, SecretRef, Spec
from reconciler.relay import caddyfile, ports
from tests.lab.fixtures import need_control_plane
from tests.lab.toolchain import binaries
from tests.specs import specs

pytestmark = pytest.mark.lab

SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.function_scoped_fixture]
HASH = "$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy"
CHECKS = HealthChecks(readiness=Probe(HttpCheck("/{env.X}", 26182)), liveness=Probe(HttpCheck("/", 65535)))
PROTECTED = Spec(
    "web", "web:1", Resources("C4", 1, (26180, 26181, 65535)), basic_auth=SecretRef("door"), exact_probes=True, health=CHECKS
)


@pytest.fixture(scope="module")
def caddy() -> Path:
    need_control_plane("cluster")
    return binaries("caddy") / "caddy"


def adapted(caddy: Path, text: str) -> Json:
    """Let Caddy check a configuration, and give it in Caddy's own form. Raises CalledProcessError with its words."""
    command = [str(caddy), "adapt", "--validate", "--adapter", "caddyfile", "--config", "-"]
    environment = {**os.environ, "RELAY_PASSWORD_HASH": HASH}
    done = subprocess.run(command, input=text, env=environment, capture_output=True, text=True, check=True)
    configuration: Json = json.loads(done.stdout)
    return configuration


def found(content: Json, key: str) -> Iterator[Any]:
    """Give each value that stands under a key, at any depth."""
    if isinstance(content, Mapping):
        for name, value in content.items():
            yield from (value,) if name == key else found(value, key)
    elif isinstance(content, Sequence) and not isinstance(content, str):
        for value in content:
            yield from found(value, key)


def leads_astray(configuration: Json, spec: Spec) -> list[str]:
    """Name what listens, is asked, is served from files or runs beside what must."""
    own, health = ports(spec), spec.health
    kept = [getattr(health, name) for name in own.probes]
    meant = {spec.resources.ports[0], *(probe.check.port for probe in kept)}
    listening = {place for places in found(configuration, "listen") for place in places}
    asked = set(found(configuration, "dial"))
    handlers = set(found(configuration, "handler"))
    accounts = {account["username"] for accounts in found(configuration, "accounts") for account in accounts}
    wanted: set[str] = {"paperspace"} if spec.basic_auth else set()
    places = {own.serving, own.measures, *own.probes.values()}
    beyond = [f"listens at {place}" for place in listening ^ {f":{port}" for port in places}]
    beyond += [f"asks {place}" for place in asked ^ {f"127.0.0.1:{port}" for port in meant}]
    beyond += [f"does {what}" for what in handlers - HANDLERS]
    beyond += [f"lets {name} in" for name in accounts ^ wanted]
    return beyond


HANDLERS = {"subroute", "reverse_proxy", "metrics", "static_response", "authentication", "headers", "vars"}


@settings(max_examples=25, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=SLOW)
@example(spec=PROTECTED)
@given(spec=specs.filter(lambda spec: spec.relayed))
def test_whatever_a_spec_says_its_relay_leads_to_the_application_alone(caddy: Path, spec: Spec) -> None:
    assert leads_astray(adapted(caddy, caddyfile(spec)), spec) == []


@pytest.mark.parametrize(
    "injected",
    [
        "\thandle /files* {\n\t\tfile_server browse\n\t}\n",
        "\treverse_proxy /meta* 169.254.169.254:80\n",
        "\trespond /x 200\n}\nhttp://:9999 {\n",
        "\tbasic_auth {\n\t\tevil {env.RELAY_PASSWORD_HASH}\n\t}\n",
    ],
    ids=["files", "another host", "another port", "another user"],
)
def test_the_control_what_is_written_into_it_is_found(caddy: Path, injected: str) -> None:
    text = caddyfile(PROTECTED).replace("\t@grpc header", f"{injected}\t@grpc header")
    assert leads_astray(adapted(caddy, text), PROTECTED) != []


def test_the_control_what_caddy_cannot_read_is_found(caddy: Path) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        adapted(caddy, caddyfile(PROTECTED).replace("reverse_proxy", "reverse_proxi"))
