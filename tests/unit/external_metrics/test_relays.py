"""A relay's figures, as Caddy 2.11.9 tells them."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from adapters.engine.relays import measuring_port, reading
from adapters.external_metrics.certificate import self_signed
from domain.spec import Resources
from reconciler.relay import ports
from tests.unit.desired.test_relay import TIMED
from tests.unit.desired.test_rendering import SPEC, rendered

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
TOLD = """\
# TYPE caddy_http_request_duration_seconds histogram
caddy_http_request_duration_seconds_bucket{code="200",handler="reverse_proxy",method="GET",server="relay",le="0.005"} 3
caddy_http_request_duration_seconds_sum{code="200",handler="authentication",method="GET",server="relay"} 9.5
caddy_http_request_duration_seconds_count{code="200",handler="authentication",method="GET",server="relay"} 5
caddy_http_request_duration_seconds_sum{code="200",handler="reverse_proxy",method="GET",server="relay"} 1.5
caddy_http_request_duration_seconds_count{code="200",handler="reverse_proxy",method="GET",server="relay"} 5
caddy_http_request_duration_seconds_sum{code="502",handler="reverse_proxy",method="POST",server="relay"} 0.5
caddy_http_request_duration_seconds_count{code="502",handler="reverse_proxy",method="POST",server="relay"} 1
caddy_http_request_duration_seconds_sum{code="101",handler="reverse_proxy",method="GET",server="relay"} 3600
caddy_http_request_duration_seconds_count{code="101",handler="reverse_proxy",method="GET",server="relay"} 1
caddy_http_request_duration_seconds_sum{code="401",handler="authentication",method="GET",server="relay"} 0.1
caddy_http_request_duration_seconds_count{code="401",handler="authentication",method="GET",server="relay"} 2
caddy_http_request_duration_seconds_sum{code="200",handler="metrics",method="GET",server="srv1"} 7
caddy_http_request_duration_seconds_count{code="200",handler="metrics",method="GET",server="srv1"} 70
# TYPE process_start_time_seconds gauge
process_start_time_seconds 1.7723664e+09
"""


def test_what_reached_the_application_is_counted_and_neither_wrong_passwords_nor_open_connections() -> None:
    found = reading(TOLD, "web-x", NOON)
    assert found is not None
    assert (found.requests, found.seconds, found.at) == (6, 2.0, NOON)
    assert found.began == datetime.fromtimestamp(1_772_366_400, UTC)


def test_before_the_first_request_there_are_none() -> None:
    found = reading("process_start_time_seconds 1.7723664e+09\n", "web-x", NOON)
    assert found is not None
    assert (found.requests, found.seconds) == (0, 0.0)


@pytest.mark.parametrize("text", ["", "hello", "caddy_http_request_duration_seconds_sum 3\n"])
def test_what_is_no_relay_says_nothing(text: str) -> None:
    assert reading(text, "web-x", NOON) is None


def test_the_port_is_found_in_what_was_rendered() -> None:
    timed = replace(SPEC, resources=TIMED)
    [manifest] = [one for one in rendered(timed).manifests if one.ref.kind == "Deployment"]
    assert measuring_port(manifest.body.encode()) == ports(timed).measures
    [plain] = [one for one in rendered(replace(SPEC, resources=Resources("C4"))).manifests if one.ref.kind == "Deployment"]
    assert measuring_port(plain.body.encode()) == 0


def test_each_start_makes_a_certificate_of_its_own() -> None:
    assert self_signed(NOON) != self_signed(NOON)
    assert self_signed(NOON).startswith(b"-----BEGIN PRIVATE KEY-----")
