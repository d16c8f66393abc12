"""What is read of a pod beside its status: why it goes, its checks, what can be made other than its template."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.observations.departures import departure
from adapters.observations.pod_specs import pod_spec_seen
from domain.observations import UNTOLD_NOTES, Departure

UNTIL = datetime(2026, 1, 1, 12, 0, 30, tzinfo=UTC)


def pod(spec: dict[str, Any] | None = None, status: dict[str, Any] | None = None, **metadata: object) -> dict[str, Any]:
    return {"metadata": metadata, "spec": spec or {}, "status": status or {}}


def leaving(grace: object = 30, **status: object) -> Departure:
    return departure(pod(None, status, deletionTimestamp="2026-01-01T12:00:30Z", deletionGracePeriodSeconds=grace))


def target(status: str = "True") -> list[dict[str, str]]:
    return [{"type": "DisruptionTarget", "status": status, "reason": "EvictionByEvictionAPI", "message": "evicting"}]


def test_a_deletion_was_asked_for_its_grace_period_before_its_time() -> None:
    assert leaving() == Departure(UNTIL - timedelta(seconds=30), 30)
    assert leaving(0) == Departure(UNTIL, 0)


@pytest.mark.parametrize("grace", [-1, 2**60, "30", None, 1.5])
def test_a_grace_period_that_is_none_says_nothing_of_the_time(grace: object) -> None:
    assert leaving(grace) == Departure()


def test_the_condition_says_why_where_it_holds() -> None:
    assert leaving(conditions=target()).reason == "EvictionByEvictionAPI"
    assert leaving(conditions=target("False")).reason == ""


@pytest.mark.parametrize(
    ("probes", "checks", "spared"),
    [
        ({}, (), None),
        ({"readinessProbe": {"periodSeconds": 5}}, ("readiness",), None),
        ({"livenessProbe": {"periodSeconds": 10, "failureThreshold": 3}}, ("liveness",), 20.0),
        ({"livenessProbe": {"tcpSocket": {}}}, ("liveness",), 20.0),
        ({"livenessProbe": {"initialDelaySeconds": 7, "periodSeconds": 1, "failureThreshold": 1}}, ("liveness",), 7.0),
        ({"startupProbe": {"periodSeconds": 1}, "livenessProbe": {"periodSeconds": 10}}, ("startup", "liveness"), 2.0),
    ],
)
def test_a_container_is_spared_until_its_checks_can_have_failed(
    probes: dict[str, Any], checks: tuple[str, ...], spared: float | None
) -> None:
    seen = pod_spec_seen(
        pod({"containers": [{"name": "proxy", "livenessProbe": {"periodSeconds": 1}}, {"name": "app", **probes}]})
    )

    assert (seen.checks, seen.spared) == (checks, spared)


def test_the_maker_and_the_node_are_no_hands() -> None:
    label: dict[str, Any] = {"f:metadata": {"f:labels": {"f:app": {}}}}
    made: dict[str, Any] = {"f:metadata": {"f:generateName": {}, "f:labels": {"f:app": {}}}}
    entries: list[dict[str, Any]] = [
        {"manager": "kubectl-label", "operation": "Update", "time": "2026-01-01T12:00:00Z", "fieldsV1": label},
        {"manager": "kube-controller-manager", "operation": "Update", "time": "2026-01-01T12:00:01Z", "fieldsV1": made},
        {"manager": "kubelet", "operation": "Update", "subresource": "status", "fieldsV1": {"f:status": {}}},
    ]

    seen = pod_spec_seen(pod(managedFields=entries))

    assert [(one.path, one.name) for one in seen.managers] == [("metadata.labels.app", "kubectl-label")]
    assert [one.name for one in seen.writers] == ["kubectl-label"]


def test_kubectls_copy_of_all_that_was_applied_is_never_looked_at() -> None:
    notes = {"kubectl.kubernetes.io/last-applied-configuration": '{"env":[{"value":"hush"}]}', "team": "blue"}

    assert pod_spec_seen(pod(annotations=notes)).fields == {"metadata.annotations.team": "blue", "spec": "{}"}


def test_of_a_pod_with_endless_annotations_none_is_looked_at() -> None:
    seen = pod_spec_seen(pod(annotations={f"a-{number}": "x" for number in range(101)}))

    assert seen.fields == {UNTOLD_NOTES: "present", "spec": "{}"}


@pytest.mark.parametrize("odd", [None, [], "x", 5, {"containers": "x"}, {"containers": [None, 5]}])
def test_what_makes_no_sense_is_read_as_nothing(odd: Any) -> None:  # noqa: ANN401 (any JSON)
    seen = pod_spec_seen({"metadata": odd, "spec": odd})

    assert (seen.checks, seen.spared, seen.controlled) == ((), None, False)
