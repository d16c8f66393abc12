"""Whatever stands in a cluster, what is read of it has a bound: texts, numbers, times, and lists of them."""

import json
import math
import time as clock
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kubernetes.utils import quantity

from adapters.cluster.connection import Answer
from adapters.cluster.requests import frame_of
from adapters.observations import tolerant
from adapters.observations.frames import watch_event
from adapters.observations.quantities import amount, normal
from domain.marks import UNREADABLE
from domain.observations import AutoscalerSeen, EventSeen, Exit, ObjectSeen, PodSeen

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
HUGE = "9" * 61


def pod(**status: object) -> dict[str, Any]:
    labels = {"deadreckon.dev/incarnation": HUGE, "deadreckon.dev/position": f"{HUGE}.{HUGE}"}
    metadata = {"uid": "u", "name": "p", "namespace": "n", "creationTimestamp": "9999-12-31T23:59:59Z", "labels": labels}
    return {"metadata": metadata, "status": status}


def test_a_long_text_is_cut_and_says_how_much_of_it_is_missing() -> None:
    said = tolerant.text({"message": "x" * 1_000_000}, "message")
    assert len(said) < 5000
    assert said.endswith("… (995904 more characters were cut)")


@pytest.mark.parametrize("raw", [b'"a\\u0000b"', b'"a\\ud800b"', b'"a\\uDFFFb"', b'"a\xed\xa0\x80b"', b'"a\xffb"'])
def test_what_no_ledger_can_keep_is_shown_as_a_mark_wherever_it_stands(raw: bytes) -> None:
    for content in (Answer(200, b'{"a": [{' + raw + b": " + raw + b"}]}").content, (frame_of(_frame(raw)) or ("", {}))[1]):
        said = json.dumps(content, ensure_ascii=False)
        said.encode()
        assert "\ufffd" in said
        assert "\0" not in said


def _frame(raw: bytes) -> bytes:
    return b'{"type": "ADDED", "object": {"a": [{' + raw + b": " + raw + b"}]}}"


def test_a_pair_of_halves_is_the_character_that_it_stands_for() -> None:
    assert Answer(200, b'{"a": "\\ud83d\\ude00"}').content == {"a": "\U0001f600"}


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e400", "9" * 400, "-" + "9" * 30, "1" + "0" * 5000])
def test_a_number_that_is_none_is_read_as_nothing(number: str) -> None:
    content = Answer(200, f'{{"n": {number}, "m": 1}}'.encode()).content
    assert content == {"n": None, "m": 1}


def test_a_pod_full_of_huge_numbers_and_late_times_is_a_pod_without_them() -> None:
    ended = {"exitCode": 2**60, "finishedAt": "0001-01-01T00:00:00Z"}
    containers: list[dict[str, object]] = [
        {"name": "app", "restartCount": 2**62, "lastState": {"terminated": ended}, "state": {"running": {}}}
    ]
    (seen,) = watch_event("Pod", "ADDED", pod(containerStatuses=containers), NOON).observations
    assert isinstance(seen, PodSeen)
    assert (seen.incarnation, seen.created_at) == (0, None)
    assert seen.container is not None
    assert seen.container.restarts == 0
    assert isinstance(seen.container.last_exit, Exit)
    assert (seen.container.last_exit.code, seen.container.last_exit.finished_at) == (0, None)


def test_a_mark_of_sixty_digits_is_no_place_in_any_ledger() -> None:
    seen = watch_event("Service", "ADDED", {**pod(), "spec": {}}, NOON).observations[0]
    assert isinstance(seen, ObjectSeen)
    assert (seen.mark.timeline, seen.mark.position) == (0, UNREADABLE)


def test_an_autoscaler_with_ten_thousand_impossible_metrics_is_read_as_one_with_few() -> None:
    metrics = [
        {"type": "Resource", "resource": {"name": f"m{n}", "target": {"averageUtilization": 10**400}}} for n in range(10_000)
    ]
    obj = {**pod(currentReplicas=10**30), "spec": {"metrics": metrics}}
    seen = watch_event("HorizontalPodAutoscaler", "ADDED", obj, NOON).observations[1]
    assert isinstance(seen, AutoscalerSeen)
    assert (seen.current, len(seen.measured), {one.target for one in seen.measured}) == (0, 20, {0.0})


def test_a_quantity_of_a_megabyte_takes_no_time() -> None:
    began = clock.process_time()
    assert amount("1" * 1_000_000 + "x") == 0
    assert normal("1" * 1_000_000 + "x").startswith("111")
    assert clock.process_time() - began < 0.5


NO_QUANTITIES = "Infinity -Inf NaN sNaN Infi nan 1_000 1K 0x10 m Ei True 1e999 1e999999 -1e-999 9e99E 1e3Mi \uff11 \u0661m"


@pytest.mark.parametrize("text", [*NO_QUANTITIES.split(), "", " 1", "1\n", "9" * 41, "1." + "9" * 41, "9" * 5000 + "E"])
def test_what_only_the_clients_reader_takes_for_a_quantity_is_none(text: str) -> None:
    assert amount(text) == 0
    assert normal(text) == text


@pytest.mark.parametrize("number", [float("inf"), float("nan"), 1e300, True])
def test_a_number_that_is_no_quantity_is_nothing(number: float) -> None:
    assert amount(number) == 0


def test_without_the_bounds_the_clients_reader_would_take_them() -> None:
    """The control."""
    parse_quantity = cast("Any", quantity).parse_quantity
    assert not parse_quantity("NaN").is_finite()
    assert (parse_quantity("1_000"), parse_quantity("\uff11"), parse_quantity(" 1")) == (1000, 1, 1)
    assert parse_quantity("1e999999").adjusted() == 999_999


@pytest.mark.parametrize(("text", "worth"), [("1e3", 1000), ("129e6", 129_000_000), ("5E-1", Decimal("0.5")), ("1E", 10**18)])
def test_a_quantity_may_be_written_with_a_power_of_ten(text: str, worth: Decimal) -> None:
    assert amount(text) == worth


@given(st.from_regex(r"[+-]?[0-9]{1,40}(\.[0-9]{1,40})?([KMGTPE]i|[numkMGTPE]|[eE][+-]?[0-9]{1,2})?", fullmatch=True))
def test_every_quantity_within_the_bounds_is_a_number_that_a_float_holds(text: str) -> None:
    assert math.isfinite(float(amount(text)))
    assert float(amount(normal(text))) == pytest.approx(float(amount(text)))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.sampled_from(["Pod", "Event", "Deployment", "Job", "HorizontalPodAutoscaler"]), st.dictionaries(st.text(), JSON), JSON)
def test_anything_that_an_api_server_may_say_becomes_a_glance_that_can_be_written_down(
    kind: str, status: dict[str, Any], message: object
) -> None:
    obj = {"metadata": {"uid": "u"}, "status": status, "message": message, "reason": message, "count": message}
    for observation in watch_event(kind, "ADDED", tolerant.parsed(json.dumps(obj).encode()), NOON).observations:  # type: ignore[arg-type]
        repr(observation).encode()
        if isinstance(observation, EventSeen):
            assert len(observation.message) < 5000
            assert abs(observation.count) <= tolerant.WHOLE
