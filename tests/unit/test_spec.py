"""What a spec says beyond its fields: how many replicas, how long a rollout may stand still, which secrets, whether a relay."""

from dataclasses import replace

import pytest

from domain.spec import (
    Autoscaling,
    Bucket,
    EnvVar,
    ExecCheck,
    GitLfs,
    HealthChecks,
    Literal,
    Metric,
    Model,
    Probe,
    Resources,
    SecretRef,
    Spec,
    Volume,
)

CHECK = ExecCheck(("true",))
CPU, TIMED = (Metric("cpu", 80),), (Metric("cpu", 80), Metric("requestDuration", 0.2))
PLAIN = Spec("web", "web:1", Resources("C4", replicas=2, ports=(80,)))


def scaled(most: int, *, replicas: int = 2, metrics: tuple[Metric, ...] = CPU, enabled: bool = True) -> Spec:
    autoscaling = Autoscaling(most, metrics, enabled)
    return replace(PLAIN, resources=Resources("C4", replicas, (80,), autoscaling))


def checked(startup: Probe | None = None, readiness: Probe | None = None) -> Spec:
    return replace(PLAIN, health=HealthChecks(startup, readiness, Probe(CHECK, initial_delay=1000)))


@pytest.mark.parametrize(
    ("spec", "wanted", "ceiling"),
    [
        (PLAIN, 2, 2),
        (replace(PLAIN, resources=Resources("C4", replicas=0)), 0, 0),
        (replace(PLAIN, enabled=False), 0, 0),
        (scaled(5), 2, 5),
        (scaled(5, replicas=0), 1, 5),
        (scaled(5, replicas=1), 1, 5),
        (scaled(1), 2, 2),
        (scaled(5, replicas=0, enabled=False), 0, 0),
        (scaled(5, enabled=False), 2, 2),
        (replace(scaled(5), enabled=False), 0, 0),
    ],
)
def test_how_many_replicas_shall_run_and_how_many_may(spec: Spec, wanted: int, ceiling: int) -> None:
    assert (spec.replicas_wanted, spec.ceiling) == (wanted, ceiling)


def test_only_autoscaling_that_is_switched_on_of_what_runs_is_in_force() -> None:
    assert scaled(5).autoscaled == Autoscaling(5, CPU)
    assert PLAIN.autoscaled is None
    assert scaled(5, enabled=False).autoscaled is None
    assert replace(scaled(5), enabled=False).autoscaled is None


PASSWORD, EXACT = replace(PLAIN, basic_auth=SecretRef("door")), replace(PLAIN, exact_probes=True)


@pytest.mark.parametrize(
    ("spec", "relayed", "timed"),
    [
        (PLAIN, False, False),
        (scaled(5), False, False),
        (scaled(5, metrics=TIMED), True, True),
        (scaled(5, metrics=TIMED, enabled=False), True, False),
        (replace(scaled(5, metrics=TIMED), enabled=False), True, False),
        (PASSWORD, True, False),
        (EXACT, True, False),
    ],
)
def test_a_relay_stands_beside_what_is_timed_asked_for_a_password_or_kept_exactly(spec: Spec, relayed: bool, timed: bool) -> None:
    assert (spec.relayed, spec.timed) == (relayed, timed)
    without = replace(spec, resources=replace(spec.resources, ports=()))
    assert (without.relayed, without.timed) == (False, False), "of what listens on no port nothing can be relayed"


@pytest.mark.parametrize(
    ("spec", "budget"),
    [
        (PLAIN, 0),
        (checked(startup=Probe(CHECK, 7, period=10, failure_threshold=30)), 307),
        (checked(readiness=Probe(CHECK, 20, period=5)), 25),
        (checked(Probe(CHECK, 7, period=10, failure_threshold=30), Probe(CHECK, 20, period=5)), 332),
    ],
)
def test_a_replica_may_take_as_long_as_its_checks_of_startup_and_readiness_allow(spec: Spec, budget: int) -> None:
    assert spec.startup_budget == budget


@pytest.mark.parametrize(
    ("spec", "deadline"),
    [
        (PLAIN, 600),
        (replace(PLAIN, rollout_deadline=90), 90),
        (replace(PLAIN, rollout_deadline=9), 60),
        (checked(readiness=Probe(CHECK, 700, period=5)), 765),
        (replace(PLAIN, rollout_deadline=2**31 - 1), 2**31 - 1),
        (checked(startup=Probe(CHECK, 0, period=2**31 - 1, failure_threshold=2**31 - 1)), 2**31 - 1),
    ],
)
def test_a_rollout_may_stand_still_for_so_long_and_always_long_enough_to_become_ready(spec: Spec, deadline: int) -> None:
    assert spec.deadline(600) == deadline


def test_each_secret_is_named_once_in_the_order_in_which_it_is_met() -> None:
    bucket = Bucket("b", "/b", "s3://b", access_key=SecretRef("id"), secret_key=SecretRef("key"))
    spec = replace(
        PLAIN,
        env=(EnvVar("A", SecretRef("token")), EnvVar("B", Literal("plain")), EnvVar("C", SecretRef("token"))),
        integrations=(
            GitLfs("g", "/g", "https://x", password=SecretRef("git")),
            bucket,
            replace(bucket, name="c", access_key=Literal("id")),
            GitLfs("h", "/h", "https://y"),
            Model("m", "/m", "m1"),
            Volume("v", "/v"),
        ),
        basic_auth=SecretRef("door"),
    )

    assert spec.secret_variables == ("token", "git", "id", "key")
    assert spec.secrets == ("token", "git", "id", "key", "door")
    assert replace(spec, basic_auth=SecretRef("git")).secrets == ("token", "git", "id", "key")
    assert replace(spec, basic_auth=None).secrets == spec.secret_variables
    assert PLAIN.secrets == ()
