"""Whose hand it was: named where the audit log leaves no doubt, else all who may have been it, and nobody where it is silent."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.audit import RequestWitnessed
from domain.facts import Fact, replica_stream, seen_stream
from domain.nodes_seen import NodeCordoned, NodeUncordoned
from domain.objects import Kind, ObjectRef
from domain.pod_facts import ReplicaLeaving
from domain.record import EventMetadata, Recorded, Who
from domain.replica import ReplicaGone
from domain.scaling import ScaledByHand
from domain.seen import Change, Drifted, DriftEnded, ObjectVanished, UnmanagedSeen
from projections.attribution import Attribution, attribution
from projections.traces import follows
from tests.unit.one_deployment import KEY, NOON, WORKLOAD

SERVICE = ObjectRef(Kind.SERVICE.value, KEY.namespace, KEY.object_name)
POD = ObjectRef(Kind.POD.value, KEY.namespace, f"{KEY.object_name}-abc-x1")
NODE = ObjectRef("Node", "", "n1")
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


def asked(
    user: str = "alice", verb: str = "patch", ref: ObjectRef = WORKLOAD, *, at: datetime = NOON, **more: object
) -> RequestWitnessed:
    request = RequestWitnessed(f"{user}{at}", verb, ref, "", "", "", user, "", "kubectl/v1.33.1", 200, "", at)
    return replace(request, **more)  # type: ignore[arg-type]  # fields by their names


def seen(fact: Fact, *, at: datetime = NOON + SECOND, stream: str = "") -> Recorded[Fact]:
    about = EventMetadata("f1", Who("engine", "engine"), KEY.subject, observed_at=at)
    return Recorded(9, stream or seen_stream(KEY.subject), 1, at + SECOND, fact, about)


def drifted(manager: str = "kubectl-edit", version: str = "") -> Drifted:
    """A change without a time, as `kubectl scale` leaves it; our own last write was a minute ago."""
    return Drifted(WORKLOAD, "u1", version, (Change("spec.replicas", 2, 5, manager),), since=NOON - timedelta(minutes=1))


def vanished(ref: ObjectRef = SERVICE, how: str = "seen") -> ObjectVanished:
    return ObjectVanished(ref, "u1", how)  # type: ignore[arg-type]  # one of its words


def test_the_only_one_who_wrote_it_then_under_that_manager_is_named() -> None:
    by_alice = asked(manager="kubectl-edit")
    others = (asked("bob", manager="helm"), asked("carol", manager="kubectl-edit", at=NOON - timedelta(hours=1)))

    found = attribution(seen(drifted()), (by_alice, *others))

    assert found == Attribution("recorded", (by_alice,))
    assert str(found) == "alice (by kubectl-edit)"


def test_a_manager_that_was_not_named_is_the_programs_own_name() -> None:
    assert attribution(seen(drifted("kubectl")), (asked(),)).surety == "recorded"


def test_who_took_our_own_managers_name_is_named_by_it() -> None:
    assert attribution(seen(drifted("deadreckon (somebody else's)")), (asked(manager="deadreckon"),)).users == ("alice",)


def test_two_who_may_have_been_it_are_both_named_and_none_is_chosen() -> None:
    found = attribution(seen(drifted("kubectl")), (asked(), asked("bob")))

    assert found.surety == "one of several"
    assert set(found.users) == {"alice", "bob"}
    assert str(found).startswith("one of ")


def test_the_resource_version_tells_though_it_was_seen_late() -> None:
    late = seen(replace(drifted("kubectl", "77"), since=None), at=NOON + timedelta(days=2))

    assert attribution(late, (asked(),)).surety == "not known"
    assert attribution(late, (asked(resource_version="77"),)).surety == "recorded"
    assert attribution(late, (asked(resource_version="78"),)).surety == "not known"


@pytest.mark.parametrize(
    "other",
    [
        asked(code=403),
        asked(ref=SERVICE),
        asked(verb="delete"),
        asked(at=NOON + timedelta(minutes=1)),
        asked(at=NOON - timedelta(minutes=30)),
        asked(manager="helm"),
        asked(uid="u2"),
    ],
)
def test_a_request_that_cannot_have_been_it_is_not_named(other: RequestWitnessed) -> None:
    assert attribution(seen(drifted("kubectl")), (other,)) == Attribution()


def test_a_field_that_is_gone_has_no_manager_so_anybodys_write_may_be_it() -> None:
    assert attribution(seen(drifted("unknown")), (asked(manager="helm"),)).surety == "recorded"
    assert attribution(seen(drifted("unknown")), (asked(manager="helm"), asked("bob"))).surety == "one of several"


def test_what_we_put_right_ourselves_was_no_other_hand() -> None:
    ended = DriftEnded(WORKLOAD, "u1", "9", "corrected")
    assert attribution(seen(ended), (asked(),)) == Attribution()
    assert attribution(seen(replace(ended, how="reverted")), (asked(),)).surety == "recorded"


def test_who_deleted_an_object_is_named_and_who_wrote_it_last_is_not() -> None:
    deleted = asked("bob", "delete", SERVICE)

    assert attribution(seen(vanished()), (asked("alice", "patch", SERVICE), deleted)).requests == (deleted,)
    assert attribution(seen(vanished()), (asked("alice", "patch", SERVICE),)) == Attribution()


def test_a_deletion_of_a_whole_collection_may_have_been_it() -> None:
    whole = asked("bob", "deletecollection", replace(SERVICE, name=""))
    found = attribution(seen(vanished()), (whole,))
    assert (found.surety, str(found)) == ("one of several", "perhaps bob")


def test_what_vanished_while_nobody_looked_is_never_told_as_certain() -> None:
    found = attribution(seen(vanished(how="missed")), (asked("bob", "delete", SERVICE, at=NOON - timedelta(hours=5)),))
    assert found.surety == "one of several"


def test_a_deletion_of_the_object_before_is_none_of_this_one() -> None:
    earlier = asked("bob", "delete", SERVICE, at=NOON - timedelta(minutes=10))
    assert attribution(seen(vanished()), (earlier,)) == Attribution()
    assert attribution(seen(vanished()), (replace(earlier, uid="u0"),)) == Attribution()
    assert attribution(seen(vanished()), (replace(earlier, uid="u1"),)).surety == "recorded"


@pytest.mark.parametrize("fact", [ReplicaLeaving(), ReplicaGone("seen")])
def test_the_first_who_deleted_or_evicted_a_pod_is_named(fact: Fact) -> None:
    evicted = asked("alice", "create", POD, subresource="eviction", code=201)
    again = asked("system:serviceaccount:kube-system:replicaset-controller", "delete", POD, at=NOON + SECOND)
    refused = asked("bob", "create", POD, subresource="eviction", code=429)

    found = attribution(seen(fact, stream=replica_stream("p1")), (refused, evicted, again), POD.name)

    assert str(found) == "alice (by kubectl)"


def test_a_controller_is_called_what_it_is() -> None:
    deleted = asked("system:serviceaccount:kube-system:replicaset-controller", "delete", POD)
    found = attribution(seen(ReplicaLeaving(), stream=replica_stream("p1")), (deleted,), f"{POD.namespace}/{POD.name}")
    assert str(found) == "the ReplicaSet controller"


def test_whom_one_acted_as_is_named_too() -> None:
    assert str(attribution(seen(drifted("kubectl")), (asked(acting_as="root"),))) == "alice (as root) (by kubectl)"


def test_a_scaling_by_hand_is_of_the_only_workload_that_it_can_be_of() -> None:
    scaled = seen(ScaledByHand("u1", 2, 5, "kubectl"))
    assert attribution(scaled, (asked(subresource="scale"), asked("bob", ref=SERVICE))).users == ("alice",)


EARLIER, ARGS, LABEL = NOON - timedelta(seconds=40), "spec.template.spec.args[0]", "spec.template.metadata.labels.x"


def of_two(*, before: tuple[str, ...] = (), manager: str = "kubectl-edit") -> Recorded[Fact]:
    changes = (Change(LABEL, "absent", "y", "kubectl-edit", EARLIER), Change(ARGS, "absent", "--debug", manager, NOON))
    return seen(UnmanagedSeen(WORKLOAD, "u1", changes, before=before))


def test_changes_that_two_made_are_not_said_to_be_one_persons() -> None:
    """`carol` added the label 40 s before `alice` changed the arguments, under the same manager's name."""
    alice, carol = asked(manager="kubectl-edit"), asked("carol", manager="kubectl-edit", at=EARLIER)

    found = attribution(of_two(), (carol, alice))
    assert (found.surety, set(found.users)) == ("one of several", {"alice", "carol"})
    assert attribution(of_two(), (replace(carol, user="alice"), alice)).surety == "recorded"
    assert attribution(of_two(), (alice,)).surety == "one of several"


@pytest.mark.parametrize("manager", ["kubectl-edit", "kubectl-patch"])
def test_of_a_drift_that_goes_on_the_hand_of_what_is_new_is_named(manager: str) -> None:
    alice, carol = asked(manager=manager), asked("carol", manager="kubectl-edit", at=EARLIER)

    assert attribution(of_two(before=(LABEL,), manager=manager), (carol, alice)) == Attribution("recorded", (alice,))


def test_whoever_wrote_in_another_second_under_the_same_managers_name_is_not_meant() -> None:
    """managedFields have the very second, by the clock of the API server that wrote the request into its log."""
    changed = seen(UnmanagedSeen(WORKLOAD, "u1", (Change(ARGS, "absent", "x", "kubectl", NOON),)))
    mine = asked("alice", manager="kubectl", at=NOON + 0.4 * SECOND)
    others = (asked("bob", manager="kubectl", at=NOON - 0.5 * SECOND), asked("carol", manager="kubectl", at=NOON + SECOND))

    assert attribution(changed, (mine, *others)) == Attribution("recorded", (mine,))


def test_who_took_something_back_came_after_who_did_it() -> None:
    cordon, uncordon = (asked(user, ref=NODE, at=at) for user, at in (("alice", NOON), ("bob", NOON + 5 * SECOND)))
    set_, back = seen(NodeCordoned("n1", "kubectl", NOON)), seen(NodeUncordoned("n1", "unknown"), at=NOON + 6 * SECOND)

    assert attribution(back, (cordon, uncordon)).surety == "one of several"
    assert attribution(back, (cordon, uncordon), before=(set_,)) == Attribution("recorded", (uncordon,))
    at_once = asked("bob", ref=NODE, at=NOON + 0.2 * SECOND)
    assert attribution(back, (cordon, at_once), before=(set_,)) == Attribution("recorded", (at_once,)), (
        "of one second, it was not the first"
    )
    assert attribution(back, (cordon,), before=(set_,)).surety == "not known"


def test_the_fact_that_another_follows_is_about_the_same_object_and_tells_of_a_hand() -> None:
    first, other = seen(drifted()), replace(seen(ObjectVanished(SERVICE, "u2", "seen")), position=10)
    back = replace(seen(DriftEnded(WORKLOAD, "u1", "", "reverted"), at=NOON + 2 * SECOND), position=11)

    assert list(follows(back, (back, other, first))) == [first]
    assert list(follows(back, (back, other))) == []


def test_two_facts_of_one_sight_may_be_of_one_write() -> None:
    """A patch that changes a field of ours and adds a label is told twice: neither fact comes before the other."""
    changed, added = seen(drifted()), replace(seen(UnmanagedSeen(WORKLOAD, "u1", ())), position=10)

    assert list(follows(added, (added, changed))) == []


def test_what_was_written_before_our_own_last_write_did_not_make_what_is_told_of_it() -> None:
    scaled = seen(replace(drifted(), since=NOON - 10 * SECOND))

    assert attribution(scaled, (asked("bob", manager="kubectl-edit", at=NOON - 11 * SECOND),)).surety == "not known"
    assert attribution(seen(drifted()), (asked("bob", manager="kubectl-edit", at=NOON - 11 * SECOND),)).users == ("bob",)


def test_what_was_seen_late_may_be_of_an_earlier_write_than_its_managers_last() -> None:
    """alice set the field while no engine ran, then bob wrote another field under the same manager's name."""
    image = Change("spec.template.spec.containers[name=app].image", "a", "b", "kubectl-edit", NOON)
    writes = (asked("alice", manager="kubectl-edit", at=NOON - 4 * MINUTE), asked("bob", manager="kubectl-edit"))
    fact = Drifted(WORKLOAD, "u1", "", (image,), since=NOON - 9 * MINUTE)

    assert attribution(seen(fact, at=NOON + 5 * MINUTE), writes).surety == "one of several"
    assert attribution(seen(fact), writes) == Attribution("recorded", (writes[1],)), (
        "seen as it happened, it was the write of that second"
    )


def test_who_took_something_away_while_nobody_looked_is_not_whoever_wrote_last() -> None:
    gone = Drifted(WORKLOAD, "u1", "", (Change("spec.minReadySeconds", 5, "absent", "unknown"),), since=NOON - 60 * MINUTE)
    writes = (asked("bob", at=NOON - 25 * MINUTE), asked("carol", at=NOON - 1 * MINUTE))

    assert attribution(seen(gone), writes).surety == "one of several"


def test_a_change_without_a_time_is_not_sought_in_the_second_of_another() -> None:
    changes = (Change(ARGS, "absent", "x", "kubectl", NOON), Change(LABEL, "y", "absent", "unknown"))
    fact = Drifted(WORKLOAD, "u1", "", changes, since=NOON - 9 * MINUTE)

    found = attribution(seen(fact), (asked("bob", at=NOON - 3 * MINUTE), asked("alice", manager="kubectl")))

    assert (found.surety, set(found.users)) == ("one of several", {"alice", "bob"})


def test_who_deleted_the_second_object_of_a_name_is_not_who_deleted_the_first() -> None:
    first = seen(ObjectVanished(SERVICE, "u1", "seen"))
    second = replace(seen(ObjectVanished(SERVICE, "u2", "seen"), at=NOON + 31 * SECOND), position=12)
    deletions = (asked("alice", "delete", SERVICE), asked("carol", "delete", SERVICE, at=NOON + 30 * SECOND))

    assert attribution(first, deletions).users == ("alice",)
    assert attribution(second, deletions, before=follows(second, (first,))) == Attribution("recorded", (deletions[1],))


def test_a_slow_request_that_overlaps_what_came_before_may_still_have_been_it() -> None:
    slow = asked("xaver", at=NOON, answered_at=NOON + 0.9 * SECOND)
    earlier = asked("alice", manager="kubectl-edit", at=NOON + 0.1 * SECOND)
    other = asked("yves", at=NOON + 0.5 * SECOND)
    set_ = seen(drifted(), at=NOON + 0.3 * SECOND)
    back = replace(seen(DriftEnded(WORKLOAD, "u1", "", "reverted")), position=11)

    assert set(attribution(back, (slow, earlier, other), before=(set_,)).users) == {"xaver", "yves"}


def test_what_is_left_of_an_earlier_hand_does_not_name_it_for_what_is_taken_back() -> None:
    left = (Change(LABEL, "absent", "y", "kubectl-edit", EARLIER),)
    gone = (Change(ARGS, "--debug", "absent", "unknown"),)
    fact = seen(UnmanagedSeen(WORKLOAD, "u1", left, before=(LABEL,), gone=gone))
    requests = (asked("carol", manager="kubectl-edit", at=EARLIER), asked("alice", manager="kubectl-edit"))

    assert attribution(fact, requests).users == ("alice", "carol")
    assert attribution(fact, requests).surety == "one of several"
