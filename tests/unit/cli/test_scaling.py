"""What is autoscaled, at the command line: `scale` sets its floor, `plan` says what ends with it, `get` shows it."""

import pytest

from tests.unit.cli.typed import HEALTH, Reckon

RESOURCES = "resources: {machineType: C4, replicas: 2, ports: [8000]"
AUTOSCALING = "{maxReplicas: 5, metrics: [{metric: cpu, summary: average, value: 50}]}"
SCALED = HEALTH.replace(RESOURCES, f"{RESOURCES}, autoscaling: {AUTOSCALING}")


@pytest.fixture
def scaled(reckon: Reckon) -> Reckon:
    assert "autoscaling" in SCALED
    one = reckon.with_an_engine()
    assert one("submit", reckon.file(SCALED), "--detach").exit_code == 0
    return one


def test_to_scale_what_is_autoscaled_sets_its_floor_and_says_so(scaled: Reckon) -> None:
    result = scaled("scale", "model server", "3", "--detach")

    assert result.exit_code == 0
    assert "its autoscaler runs 3 to 5 replicas" in result.stderr


def test_a_floor_over_the_ceiling_is_refused_with_the_cure(scaled: Reckon) -> None:
    result = scaled("scale", "model server", "9", "--detach")

    assert result.exit_code == 3
    assert "autoscaled up to 5 replicas" in result.stderr
    assert "--set resources.autoscaling.maxReplicas=9 --set resources.replicas=9" in result.stderr


def test_the_cure_works(scaled: Reckon) -> None:
    sets = ("--set", "resources.autoscaling.maxReplicas=9", "--set", "resources.replicas=9")

    assert scaled("submit", "--name", "model server", *sets, "--detach").exit_code == 0


def test_a_floor_of_none_is_refused_and_stop_is_named(scaled: Reckon) -> None:
    result = scaled("scale", "model server", "0", "--detach")

    assert result.exit_code == 3
    assert "reckon stop 'model server'" in result.stderr


def test_get_shows_the_bounds_and_what_it_goes_by(scaled: Reckon) -> None:
    shown = scaled("get", "model server").stdout

    assert "autoscaled 2\N{EN DASH}5; cpu at 50 %" in shown


def test_switching_off_and_on_again_by_set_is_a_version_like_any_other(scaled: Reckon) -> None:
    off = scaled("submit", "--name", "model server", "--set", "resources.autoscaling.enabled=false", "--detach")

    assert off.exit_code == 0
    assert "autoscaled" not in scaled("get", "model server").stdout
