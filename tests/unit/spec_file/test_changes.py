"""Single changes of a spec, through the same door as a file."""

import pytest

from adapters.spec_file.set_edits import apply_sets
from domain.machines import Catalogue, Machine
from domain.spec import EnvVar, HttpCheck, Literal, Resources, SecretRef, Spec

CATALOGUE = Catalogue({name: Machine(name, 1800, 3686) for name in ("C3", "C4")})
WEB = Spec("web", "web:1", Resources("C4", 2, (8000,)), env=(EnvVar("A", Literal("1")),))


def changed(*sets: str) -> Spec:
    reading = apply_sets(WEB, sets, catalogue=CATALOGUE)
    assert reading.spec is not None, reading.problems
    return reading.spec


def test_nothing_set_is_nothing_changed() -> None:
    assert changed() == WEB


def test_one_field_is_changed_and_the_rest_stands() -> None:
    assert changed("resources.replicas=3").resources == Resources("C4", 3, (8000,))
    assert changed("image=web:2").image == "web:2"
    assert changed("enabled=false").enabled is False
    assert changed("resources.ports=[1, 2]", "resources.ports[2]=3").resources.ports == (1, 2, 3)


def test_a_variable_is_text_and_goes_by_its_name() -> None:
    assert changed("env.A=2", "env.B.C=x=y", "env.S=secret:key").env == (
        EnvVar("A", Literal("2")),
        EnvVar("B.C", Literal("x=y")),
        EnvVar("S", SecretRef("key")),
    )


def test_parents_that_are_missing_are_made() -> None:
    readiness = changed("healthChecks.readiness.path=/ready").health.readiness
    assert readiness is not None
    assert readiness.check == HttpCheck("/ready", 8000)
    assert changed("deadreckon.rolloutDeadlineSeconds=99").rollout_deadline == 99


def test_an_empty_value_takes_a_field_out() -> None:
    assert changed("resources.replicas=").resources.replicas == 1


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("resources.replicas", "bad-change"),
        ("=3", "bad-change"),
        ("a..b=3", "bad-change"),
        ("resources.ports[7]=3", "bad-change"),
        ("image.x=3", "bad-change"),
        ("resources.replicas=[", "bad-change"),
        ("name=other", "bad-change"),
        ("resources.replicas=-1", "out-of-range"),
        ("resources.machineType=C5", "unknown-machine-type"),
        ("resources.replica=2", "unknown-field"),
        ("env.1=2", "bad-value"),
    ],
)
def test_a_wrong_change_is_refused_as_in_a_file(change: str, code: str) -> None:
    reading = apply_sets(WEB, [change], catalogue=CATALOGUE)
    assert reading.spec is None
    assert [(one.code, one.file, one.line) for one in reading.problems] == [(code, "--set", 1)]
