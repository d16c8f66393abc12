"""The rule by which the score is made: what is right in each column, and that a product that guesses scores badly."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.history.rating import LONGEST, Row, Told, flaws, rate, score
from tests.history.truth import Truth

THEN = datetime(2026, 11, 28, 12, 0, 0, tzinfo=UTC)
TRUTH = Truth(
    ("Drifted",),
    THEN,
    THEN + timedelta(seconds=1),
    about='"kind": "Service"',
    holds=("spec.type",),
    user="alice",
    manager="k9s",
    values=("NodePort",),
    words=("Service", "type"),
)
NOBODY = replace(TRUTH, user="", manager="")
EXIT = Truth(("Restarted",), THEN, THEN, cause=("liveness",), unknown="the kubelet has said nothing of it")


def line(**changed: Any) -> dict[str, Any]:  # noqa: ANN401 (whatever a line holds)
    """Give a line as `reckon events -o json` has it."""
    data = {"ref": {"kind": "Service", "name": "web-1"}, "changes": [{"path": "spec.type", "now": "NodePort"}]}
    whole = {
        "fact": "Drifted",
        "at": THEN.isoformat(),
        "recorded_at": THEN.isoformat(),
        "replica": "",
        "who": "engine",
        "asked_by": "alice (by k9s)",
        "asked_surety": "recorded",
        "text": "k9s changed Service web-1: type ClusterIP -> NodePort; the audit log names alice (by k9s)",
        "data": data,
    }
    return {**whole, **changed}


def why(root: str = "person", end: str = "alice (by k9s) asked for it", *links: tuple[str, str]) -> dict[str, Any]:
    """Give an answer as `reckon why -o json` has it."""
    return {"root": root, "end": end, "chain": [{"surety": surety, "text": text} for surety, text in links]}


def rated(truth: Truth = TRUTH, *, causes: dict[str, Any] | None = None, audited: bool = True, **changed: Any) -> Row:  # noqa: ANN401
    return rate(truth, Told([line(**changed)], (), causes or why(), audited))


def test_what_is_told_as_it_was_is_right_in_every_column() -> None:
    assert rated() == Row("yes", "yes", "yes", "yes", "yes", "yes")
    assert rated().right


def test_what_is_not_told_is_not_found_and_what_only_the_project_tells_is_found_in_part() -> None:
    assert rate(TRUTH, Told([])) == Row("no")
    assert rate(TRUTH, Told([], [line()], why())).found == "part"


@pytest.mark.parametrize(
    "changed",
    [
        {"fact": "Succeeded"},
        {"data": {"ref": {"kind": "Deployment"}, "changes": [{"path": "spec.type"}]}},
        {"data": {"ref": {"kind": "Service"}, "changes": [{"path": "spec.ports"}]}},
        {"recorded_at": (THEN - timedelta(minutes=1)).isoformat()},
    ],
)
def test_another_fact_object_or_field_or_one_of_before_is_not_it(changed: dict[str, Any]) -> None:
    assert rated(**changed).found == "no"


@pytest.mark.parametrize(("seconds", "rate_"), [(-2, "yes"), (3, "yes"), (-4, "no"), (5, "no")])
def test_the_time_may_lie_outside_the_interval_by_the_stated_slack_only(seconds: int, rate_: str) -> None:
    assert rated(at=(THEN + timedelta(seconds=seconds)).isoformat()).when == rate_


@pytest.mark.parametrize(
    ("asked_by", "surety", "rate_"),
    [
        ("alice (by k9s)", "recorded", "yes"),
        ("alice (by k9s)", "beside", "part"),
        ("one of alice and bob", "recorded", "part"),
        ("", "not known", "no"),
        ("bob (by k9s)", "recorded", "wrong"),
        ("malice (by k9s)", "recorded", "no"),
    ],
)
def test_with_an_audit_log_who_is_the_very_user(asked_by: str, surety: str, rate_: str) -> None:
    assert rated(asked_by=asked_by, asked_surety=surety).who == rate_


def test_without_an_audit_log_who_is_the_manager_and_a_person_is_a_guess() -> None:
    assert rated(audited=False, asked_by="").who == "yes"
    assert rated(audited=False, asked_by="", text="someone changed Service web-1: type").who == "no"
    assert rated(audited=False).who == "wrong"


def test_who_is_named_for_what_nobody_asked_for_is_wrong() -> None:
    assert rated(NOBODY, asked_by="").who == "-"
    assert rated(NOBODY, asked_by="the ReplicaSet controller").who == "-"
    assert rated(NOBODY).who == "wrong"


def test_an_order_is_by_the_person_of_its_own_record() -> None:
    order = replace(TRUTH, ordered=True)
    assert rated(order, who="alice").who == "yes"
    assert rated(order, who="root as alice").who == "yes"
    assert rated(order, who="root", text="root (as alice) changed the type of a Service").who == "yes"
    assert rated(order, who="root", text="root changed the type of a Service").who == "wrong"


def test_a_cause_that_ends_with_another_person_is_wrong_and_one_beside_is_none() -> None:
    assert rated(causes=why(end="root ordered it")).cause == "wrong"
    probe = replace(NOBODY, cause=("liveness",))
    assert rated(probe, causes=why("cluster", "the kubelet ended it", ("recorded", "its liveness probe failed"))).cause == "yes"
    assert rated(probe, causes=why("cluster", "the kubelet ended it", ("beside", "its liveness probe failed"))).cause == "no"


def test_a_chain_may_end_with_who_ordered_what_it_came_of_where_the_kind_says_who() -> None:
    causes = why("person", "root ordered it", ("asked", "finds no node: Insufficient cpu"))
    full = replace(NOBODY, cause=("Insufficient cpu",))
    assert rated(full, causes=causes).cause == "wrong"
    assert rated(replace(full, also=("root",)), causes=causes).cause == "yes"
    assert rated(replace(full, also=("root",)), causes=why("person", "bob ordered it")).cause == "wrong"


def test_where_the_cause_cannot_be_known_only_not_known_is_right() -> None:
    told = line(fact="Restarted")
    answers = {root: rate(EXIT, Told([told], (), why(root, "it ended"))).cause for root in ("unknown", "cluster")}
    assert answers == {"unknown": "yes", "cluster": "wrong"}


def test_values_must_stand_in_the_fact_as_they_are() -> None:
    two = replace(TRUTH, values=("NodePort", "30080"))
    assert (rated(two).fidelity, rated(replace(two, values=("30080",))).fidelity) == ("part", "no")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Service type " + "x" * LONGEST,
        "Service type of 10cb337a-7bf3-4f8d-9043-e3cd214a4a2e",
        'Service type {"a": 1}',
        "Service was changed",
        "type was changed",
    ],
)
def test_what_is_long_raw_or_names_not_what_it_is_about_does_not_read_well(text: str) -> None:
    assert flaws(TRUTH, line(text=text))


def test_of_several_facts_that_could_tell_it_the_one_of_its_time_is_taken() -> None:
    late = line(at=(THEN + timedelta(minutes=5)).isoformat())
    assert rate(TRUTH, Told([late, line()], (), why())).when == "yes"


def test_a_product_that_names_whoever_was_near_or_always_says_completed_scores_badly() -> None:
    """The control: guesses are found out, in the columns where they are made."""
    truths = [replace(TRUTH, user=user) for user in ("alice", "bob", "carol")]
    guessed = [rate(truth, Told([line()], (), why())) for truth in truths]
    always = [rate(EXIT, Told([line(fact="Restarted")], (), why("cluster", "the application completed"))) for _ in truths]
    assert score([*guessed, *always])["all"] == (1, 6)
    assert score([*guessed, *always])["wrong"] == (5, 6)
    assert score([*guessed, *always])["cause"] == (1, 6)
