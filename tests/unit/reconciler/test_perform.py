"""Performing: every guard has its outcome, and nothing is written that a guard forbids."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace

import pytest

from domain.actions import Action, Create, Ensure, Failed, NotAttempted, Remove, Succeeded, Taken, TakeOver, Unknown, Update
from domain.cluster_ports import Guard, TakenOver
from domain.errors import Contested, Rejected, Rejection, Unreachable
from domain.objects import Fields, Live, Manifest, Mark, ObjectRef, flatten
from domain.seen import AppliedState
from reconciler.perform import Done, Task, perform, perform_all, resolve
from tests.signing import SIGNER

MANIFEST = Manifest.of(
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"type": "ClusterIP", "cpu": "1000m"},
    }
)
REF = MANIFEST.ref
OURS = Mark("ledger", "before", 0, 10)
MINE = Mark("ledger", "a1", 0, 20)
THERE = Live(REF, "u1", "100", 1, OURS, {"spec.type": "ClusterIP"}, proof=SIGNER.proof(REF, OURS))


@dataclass
class OneObject:
    """A cluster of one object, which answers as told: a small true fake of the port `Objects`."""

    live: Live | None = None
    on_read: Exception | None = None
    on_write: Exception | None = None
    writes: list[tuple[str, Guard | None, bool]] = field(default_factory=list[tuple[str, Guard | None, bool]])

    def read(self, ref: ObjectRef) -> Live | None:
        if self.on_read:
            raise self.on_read
        return self.live if ref == REF else None

    def apply(self, manifest: Manifest, *, audit: str, guard: Guard | None = None, dry_run: bool = False) -> Live:
        self._write(audit, guard, dry_run=dry_run)
        settled: Fields = {**flatten(manifest.content), "spec.cpu": "1", "spec.clusterIP": "10.0.0.1"}
        if self.live is None:
            return Live(REF, "new", "200", 1, MINE, settled, created=True)
        return replace(self.live, resource_version="200", generation=2, mark=MINE, fields=settled)

    def take_over(self, manifest: Manifest, paths: Collection[str], *, guard: Guard, audit: str) -> TakenOver:
        self._write(audit, guard, dry_run=False)
        assert self.live is not None
        assert manifest == MANIFEST
        return TakenOver(replace(self.live, resource_version="200"), tuple(Taken(path, "kubectl") for path in paths))

    def remove(self, ref: ObjectRef, *, guard: Guard, audit: str) -> bool:
        self._write(audit, guard, dry_run=False)
        return self.read(ref) is not None

    def _write(self, audit: str, guard: Guard | None, *, dry_run: bool) -> None:
        self.writes.append((audit, guard, dry_run))
        if self.on_write:
            raise self.on_write


def create() -> Task:
    return Task(Create("a1", REF, "b", ""), MINE, MANIFEST, SIGNER)


def ensure() -> Task:
    return Task(Ensure("a1", REF, "b", ""), MINE, MANIFEST, SIGNER)


def update(uid: str = "u1") -> Task:
    return Task(Update("a1", REF, "b", uid, ""), MINE, MANIFEST, SIGNER)


def remove(uid: str = "u1") -> Task:
    return Task(Remove("a1", REF, uid, ""), MINE, None, SIGNER)


def take_over(uid: str = "u1") -> Task:
    return Task(TakeOver("a1", REF, "b", uid, ("spec.stray",), ""), MINE, MANIFEST, SIGNER)


ALL = [create(), ensure(), update(), take_over(), remove()]
EACH = pytest.mark.parametrize("task", ALL, ids=lambda task: task.action.verb)


def code(done: Done) -> str:
    outcome = done.outcome
    return (
        outcome.code
        if isinstance(outcome, Failed)
        else outcome.effect
        if isinstance(outcome, Succeeded)
        else type(outcome).__name__
    )


# --- what is written


def test_a_creation_writes_once_without_a_guard_under_its_own_id() -> None:
    cluster = OneObject()

    done = perform(create(), cluster)

    assert code(done) == "created"
    assert cluster.writes == [("a1", None, False)]


def test_an_update_carries_the_uid_and_the_version_that_was_read_just_before() -> None:
    cluster = OneObject(THERE)

    done = perform(update(), cluster)

    assert code(done) == "updated"
    assert cluster.writes == [("a1", Guard("u1", "100"), False)]


def test_what_the_server_settled_on_is_kept_ours_apart_from_all() -> None:
    applied_state = AppliedState.of(perform(create(), OneObject()).settled)

    assert applied_state.ours["spec.cpu"] == "1", "as the server spells it"
    assert "spec.clusterIP" not in applied_state.ours
    assert applied_state.all["spec.clusterIP"] == "10.0.0.1"


def test_a_removal_names_the_uid_that_was_decided_and_the_version_that_was_read() -> None:
    cluster = OneObject(THERE)

    done = perform(remove(), cluster)

    assert isinstance(done.outcome, Succeeded)
    assert (done.outcome.effect, done.outcome.wrote) == ("deleted", True)
    assert cluster.writes == [("a1", Guard("u1", "100"), False)]


# --- the guards


@EACH
@pytest.mark.parametrize("owner", ["", "another"])
def test_what_is_not_ours_is_never_touched(task: Task, owner: str) -> None:
    cluster = OneObject(replace(THERE, mark=Mark(owner)))

    done = perform(task, cluster)

    assert (code(done), cluster.writes) == ("NotOurs", [])


@pytest.mark.parametrize("task", [create(), update(), remove()])
@pytest.mark.parametrize("later", [Mark("ledger", "x", 0, 21), Mark("ledger", "x", 1, 1)])
def test_an_object_that_a_later_decision_wrote_is_left_to_it(task: Task, later: Mark) -> None:
    cluster = OneObject(replace(THERE, mark=later, proof=SIGNER.proof(REF, later)))

    done = perform(task, cluster)

    assert (code(done), cluster.writes) == ("Superseded", [])


@pytest.mark.parametrize("task", [update(), remove()])
@pytest.mark.parametrize("proof", ["", "0" * 32, SIGNER.proof(REF, OURS)])
def test_a_later_mark_without_its_proof_stops_nothing(task: Task, proof: str) -> None:
    cluster = OneObject(replace(THERE, mark=Mark("ledger", "x", 0, 10**9), proof=proof))

    perform(task, cluster)

    assert len(cluster.writes) == 1


@pytest.mark.parametrize("task", [create(), update("u9"), remove("u9")])
def test_an_object_that_only_says_it_is_ours_is_not_adopted(task: Task) -> None:
    elsewhere = SIGNER.proof(replace(REF, namespace="another"), OURS)
    cluster = OneObject(replace(THERE, proof=elsewhere))

    done = perform(task, cluster)

    assert (code(done), cluster.writes) == ("NotOurs", [])
    assert "this ledger did not write it" in done.outcome.message  # type: ignore[union-attr] # a failure has a message


def test_what_a_lost_answer_had_made_is_found_by_the_retry_also_without_a_proof() -> None:
    left = replace(THERE, mark=Mark("ledger", "a0", 0, 10), proof="")
    again = replace(create(), action=Create("a1", REF, "b", "", retry_of="a0"))

    assert code(perform(again, OneObject(left))) == "AlreadyThere"


def test_a_creation_finds_an_object_of_ours_and_tells_its_uid() -> None:
    cluster = OneObject(THERE)

    outcome = perform(create(), cluster).outcome

    assert isinstance(outcome, Failed)
    assert (outcome.code, outcome.uid, cluster.writes) == ("AlreadyThere", "u1", [])


def test_ensuring_what_is_there_writes_nothing() -> None:
    cluster = OneObject(THERE)

    done = perform(ensure(), cluster)

    assert (code(done), cluster.writes) == ("found", [])


@pytest.mark.parametrize(
    ("task", "live", "told"),
    [
        (update(), None, "Gone"),
        (update("u9"), THERE, "Replaced"),
        (remove("u9"), THERE, "Replaced"),
        (update(), replace(THERE, deleting=True), "Terminating"),
        (ensure(), replace(THERE, deleting=True), "Terminating"),
        (remove(), replace(THERE, deleting=True), "leaving"),
        (remove(), None, "absent"),
    ],
)
def test_what_stands_in_the_way_has_its_word_and_nothing_is_written(task: Task, live: Live | None, told: str) -> None:
    cluster = OneObject(live)

    done = perform(task, cluster)

    assert (code(done), cluster.writes) == (told, [])
    assert not isinstance(done.outcome, Succeeded) or not done.outcome.wrote


# --- what goes wrong


@EACH
def test_no_answer_before_the_write_is_a_failure_for_certain(task: Task) -> None:
    cluster = OneObject(THERE, on_read=Unreachable("no route"))

    assert (code(perform(task, cluster)), cluster.writes) == ("Unreachable", [])


@pytest.mark.parametrize("task", [update(), remove()])
def test_no_answer_to_the_write_is_unknown_never_failed(task: Task) -> None:
    assert isinstance(perform(task, OneObject(THERE, on_write=Unreachable("reset"))).outcome, Unknown)


@pytest.mark.parametrize(
    ("error", "told"), [(Contested("409"), "Contested"), (Rejected(Rejection(403, "Forbidden", "quota")), "Forbidden")]
)
@pytest.mark.parametrize("task", [update(), remove()])
def test_a_no_of_the_server_is_told_in_its_own_word(task: Task, error: Exception, told: str) -> None:
    assert code(perform(task, OneObject(THERE, on_write=error))) == told


def test_after_one_that_did_not_succeed_the_rest_is_not_attempted() -> None:
    cluster = OneObject(THERE)

    done = perform_all((update(), create(), update()), cluster, lambda: True)

    assert [code(one) for one in done] == ["updated", "AlreadyThere", "NotAttempted"]


def test_what_needs_nothing_of_one_that_did_not_succeed_is_done() -> None:
    cluster = OneObject(THERE, on_write=Rejected(Rejection(422, "Invalid", "no")))
    other = ObjectRef("Service", REF.namespace, "other")
    there = replace(update(), action=Update("a9", other, "b", "u1", ""))

    done = perform_all((update(), there, take_over()), cluster, lambda: True)

    assert [code(one) for one in done] == ["Invalid", "Gone", "NotAttempted"]


def test_where_the_api_server_does_not_even_answer_a_question_nothing_more_is_tried() -> None:
    other = ObjectRef("Service", REF.namespace, "other")
    there = replace(update(), action=Update("a9", other, "b", "u1", ""))

    done = perform_all((update(), there), OneObject(THERE, on_read=Unreachable("away")), lambda: True)

    assert [code(one) for one in done] == ["Unreachable", "NotAttempted"]


def test_a_take_over_says_what_it_took_and_keeps_no_settlement() -> None:
    done = perform(take_over(), OneObject(THERE))

    assert isinstance(done.outcome, Succeeded)
    assert (done.outcome.effect, done.outcome.wrote) == ("taken over", True)
    assert done.outcome.taken == (Taken("spec.stray", "kubectl"),)
    assert done.settled == b""


def test_who_no_longer_leads_attempts_nothing() -> None:
    cluster = OneObject(THERE)
    answers = iter([True, False])

    done = perform_all((update(), update(), update()), cluster, lambda: next(answers))

    assert [type(one.outcome) for one in done] == [Succeeded, NotAttempted, NotAttempted]
    assert len(cluster.writes) == 1


# --- finding out afterwards


@pytest.mark.parametrize(("task", "effect"), [(update(), "updated"), (create(), "created")])
def test_an_object_that_carries_the_action_proves_it(task: Task, effect: str) -> None:
    cluster = OneObject(replace(THERE, mark=MINE, fields={"spec.type": "a hand was faster"}))

    done = resolve(task, cluster)

    assert isinstance(done.outcome, Succeeded)
    assert (done.outcome.effect, done.outcome.wrote, done.outcome.uid) == (effect, True, "u1")
    assert cluster.writes == [("a1-readback", Guard("u1", "100"), True)], "asked without writing"
    assert AppliedState.of(done.settled).ours["spec.type"] == "ClusterIP", "what the server makes of ours, not what stands"


@pytest.mark.parametrize("live", [None, THERE])
@pytest.mark.parametrize("task", [update(), create()])
def test_an_object_that_does_not_carry_it_leaves_it_unknown(task: Task, live: Live | None) -> None:
    cluster = OneObject(live)

    assert isinstance(resolve(task, cluster).outcome, Unknown)
    assert cluster.writes == []


@pytest.mark.parametrize(
    ("live", "told"),
    [
        (None, "absent"),
        (replace(THERE, uid="u9"), "absent"),
        (replace(THERE, deleting=True), "leaving"),
        (THERE, "Unknown"),
    ],
)
def test_a_removal_is_proved_by_what_is_gone_or_going(live: Live | None, told: str) -> None:
    assert code(resolve(remove(), OneObject(live))) == told


def test_an_ensured_object_is_found_whoever_of_us_made_it() -> None:
    assert code(resolve(ensure(), OneObject(THERE))) == "found"


@pytest.mark.parametrize("error", [Unreachable("no route"), Rejected(Rejection(403, "Forbidden", ""))])
def test_what_cannot_be_found_out_is_raised(error: Exception) -> None:
    with pytest.raises(type(error)):
        resolve(update(), OneObject(THERE, on_read=error))


def test_actions_of_all_kinds_are_tried_here() -> None:
    kinds: set[type[Action]] = {type(task.action) for task in ALL}

    assert kinds == {Create, Ensure, Update, TakeOver, Remove}
