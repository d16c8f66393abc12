"""What an autoscaler is answered: what stands in the ledger, and nothing where nothing is known."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.external_metrics.answers import MetricsAnswer, answer, quantity
from domain.deployment import Deployment
from domain.measuring import DurationLost, DurationMeasured
from domain.objects import Kind, ObjectRef
from domain.orders import Rendered
from tests.unit.one_deployment import KEY, Log, submitted

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
MEASURED = DurationMeasured(0.1525, 40, 300.0, (), NOON)
REGISTRATION = Rendered(ObjectRef(Kind.API_SERVICE.value, "", "v1beta1.external.metrics.k8s.io"), "b9")
ROOT = "/apis/external.metrics.k8s.io/v1beta1"


def timed(duration: DurationMeasured | DurationLost | None) -> Deployment:
    order = submitted(1)
    log = Log().takes(replace(order, objects=(*order.objects, REGISTRATION)))
    return replace(log.deployment, duration=duration)


def asked(
    deployment: Deployment,
    *,
    metric: str = "deadreckon-request-duration",
    incarnation: int = 1,
    led: bool = True,
    namespace: str = "",
) -> MetricsAnswer:
    labels = f"deadreckon.dev%2Fdeployment%3D{KEY.object_name}%2Cdeadreckon.dev%2Fincarnation%3D{incarnation}"
    target = f"{ROOT}/namespaces/{namespace or KEY.namespace}/{metric}?labelSelector={labels}"
    return answer(target, lambda: {KEY.object_name: deployment}, lambda: led)


def test_the_recorded_value_is_answered_with_its_time_and_window() -> None:
    said = asked(timed(MEASURED))
    assert said.status == 200
    [item] = said.content["items"]
    assert (item["value"], item["timestamp"], item["windowSeconds"]) == ("152500u", "2026-03-01T12:00:00Z", 300)
    assert item["metricLabels"] == {"deadreckon.dev/deployment": KEY.object_name, "deadreckon.dev/incarnation": "1"}


@pytest.mark.parametrize(
    ("duration", "changes", "words"),
    [
        (None, {}, "not measured yet"),
        (DurationLost("no answer from the relays of web-x"), {}, "no answer from the relays of web-x"),
        (MEASURED, {"led": False}, "no engine leads"),
        (MEASURED, {"incarnation": 2}, "made anew"),
        (MEASURED, {"namespace": "default"}, "no deployment"),
        (MEASURED, {"metric": "queue-length"}, "only deadreckon-request-duration"),
    ],
)
def test_where_nothing_is_known_it_is_said_why_and_no_number_is_made_up(
    duration: DurationMeasured | DurationLost | None, changes: Mapping[str, Any], words: str
) -> None:
    said = asked(timed(duration), **changes)
    assert (said.status, said.content["kind"]) == (404, "Status")
    assert words in said.content["message"]


def test_a_deployment_that_is_not_timed_is_not_answered_for() -> None:
    plain = replace(Log().takes(submitted(1)).deployment, duration=MEASURED)
    assert asked(plain).status == 404


def test_the_group_is_discovered() -> None:
    def nobody() -> Mapping[str, Deployment]:
        return {}

    resources = answer(ROOT, nobody, lambda: True)
    assert [one["name"] for one in resources.content["resources"]] == ["deadreckon-request-duration"]
    assert answer("/apis/external.metrics.k8s.io", nobody, lambda: True).content["kind"] == "APIGroup"
    assert answer("/openapi/v2", nobody, lambda: True).status == 200
    assert answer("/api/v1/secrets", nobody, lambda: True).status == 404
    for selector in ("", "a in (b)", "%00", "deadreckon.dev%2Fdeployment"):
        assert (
            answer(f"{ROOT}/namespaces/x/deadreckon-request-duration?labelSelector={selector}", nobody, lambda: True).status
            == 404
        )


@pytest.mark.parametrize(
    ("seconds", "written"), [(0.0, "0m"), (0.152, "152m"), (1.5, "1500m"), (0.0123, "12300u"), (12.0, "12000m")]
)
def test_seconds_are_written_as_kubernetes_writes_numbers(seconds: float, written: str) -> None:
    assert quantity(seconds) == written
