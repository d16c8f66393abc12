"""Health checks: all limits, and a warning for each that can never pass."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.spec_file.reading import SpecReading, read_spec
from domain.machines import Catalogue, Machine
from domain.spec import ExecCheck, Header, HttpCheck, Probe
from projections.spec_diff import startup_budget
from tests.at_night import at_night

CATALOGUE = Catalogue({"C4": Machine("C4", 1800, 3686)})
TIMINGS = {"initialDelaySeconds": (0, 1000, 0), "periodSeconds": (1, None, 10), "timeoutSeconds": (1, None, 1)}
LIMITS = {**TIMINGS, "failureThreshold": (1, None, 3)}


def reading(checks: dict[str, Any], **more: object) -> SpecReading:
    document = {"name": "a", "image": "a", "resources": {"machineType": "C4", "ports": [80, 90]}, "healthChecks": checks, **more}
    return read_spec(json.dumps(document).encode(), file="a.json", catalogue=CATALOGUE)


def codes(checks: dict[str, Any], **more: object) -> list[str]:
    found = reading(checks, **more)
    assert found.problems == ()
    return [warning.code for warning in found.warnings]


@settings(max_examples=at_night(300))
@given(
    st.sampled_from(["startup", "readiness", "liveness"]),
    st.fixed_dictionaries({}, optional={name: st.integers(-2, 1005) | st.integers(0, 2**32) for name in LIMITS}),
)
def test_timings_are_taken_within_their_limits_and_refused_beyond(kind: str, timings: dict[str, int]) -> None:
    found = reading({kind: {"path": "/", **timings}})
    beyond = {name for name, value in timings.items() if not LIMITS[name][0] <= value <= (LIMITS[name][1] or 2**31 - 1)}
    assert {problem.path.rpartition(".")[2] for problem in found.problems} == beyond
    if found.spec is None:
        return
    probe = getattr(found.spec.health, kind)
    said = {name: timings.get(name, LIMITS[name][2]) for name in LIMITS}
    assert probe == Probe(HttpCheck("/", 80), *said.values())
    assert ("probe-timeout" in [one.code for one in found.warnings]) is (said["timeoutSeconds"] > said["periodSeconds"])


def test_a_check_over_http_or_by_a_command_is_read_whole() -> None:
    headers = [{"name": "X-A", "value": "b"}, {"name": "Host", "value": "inner"}]
    spec = reading(
        {"readiness": {"path": "/x?y=1", "port": 90, "headers": headers}, "liveness": {"exec": {"command": ["cat", "/a"]}}}
    ).spec
    assert spec is not None
    assert spec.health.readiness == Probe(HttpCheck("/x?y=1", 90, (Header("X-A", "b"), Header("Host", "inner"))))
    assert spec.health.liveness == Probe(ExecCheck(("cat", "/a")))


@pytest.mark.parametrize(
    ("checks", "code"),
    [
        ({"readiness": {"path": "/", "port": 81}}, "probe-port"),
        ({"readiness": {"path": "/", "timeoutSeconds": 11}}, "probe-timeout"),
        ({"startup": {"path": "/", "initialDelaySeconds": 60, "periodSeconds": 1}}, "probe-budget"),
        ({"readiness": {"path": "http://localhost:80/"}}, "probe-path"),
        ({"liveness": {"exec": {"command": ["cat /tmp/alive"]}}}, "one-word-command"),
        ({"readiness": {"path": "/", "initialDelaySeconds": 40}, "liveness": {"path": "/"}}, "probe-budget"),
    ],
)
def test_what_can_never_pass_is_warned_about(checks: dict[str, Any], code: str) -> None:
    assert code in codes(checks)


def test_what_passes_is_not() -> None:
    startup = {"path": "/startup", "periodSeconds": 10, "failureThreshold": 6}
    assert codes({"startup": startup, "readiness": {"path": "/", "initialDelaySeconds": 40}, "liveness": {"path": "/"}}) == []
    assert codes({"readiness": {"path": "/a://b"}, "liveness": {"exec": {"command": ["/bin/sh", "-c", "cat x"]}}}) == [
        "probe-path"
    ]


def test_what_has_no_effect_is_told() -> None:
    startup = {"startup": {"path": "/", "failureThreshold": 6}}
    assert codes(startup, deadreckon={"rolloutDeadlineSeconds": 119}) == ["no-effect"]
    assert codes(startup, deadreckon={"rolloutDeadlineSeconds": 120, "probes": "exact"}) == []
    assert codes({}, deadreckon={"probes": "exact"}) == ["no-effect"]
    assert codes({}, command=["python app.py"]) == ["one-word-command"]


def test_the_startup_budget_is_told_in_words() -> None:
    spec = reading({"startup": {"path": "/", "periodSeconds": 10, "failureThreshold": 6}}).spec
    assert spec is not None
    assert startup_budget(spec.health.startup) == "60 s to start: 6 tries, 10 s apart"
