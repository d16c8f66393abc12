"""What others add: drift where the promise changes, told once where not; what is gone is told, and nothing without end."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.actions import Decided, Remove, Succeeded
from domain.objects import Fields, Kind, Mark, ObjectRef
from domain.observations import GoneSeen, Manager, ObjectSeen, Writer
from domain.seen import (
    AdmissionChanged,
    AppliedState,
    Change,
    Drifted,
    MarkCleared,
    MarkDoubted,
    ObjectLeaving,
    ObjectVanished,
    UnmanagedSeen,
)
from domain.unmanaged_rules import verdict
from tests.unit.observe.bridge import ALL, ENV, IMAGE, MARK, NAME, NOON, OURS, PROOF, SERVICE, WORKLOAD, Bridge, workload

MINUTE = timedelta(minutes=1)
APP = "spec.template.spec.containers[name=app]"
STRAY = f"{APP}.env[name=STRAY].value"
NOTE = "metadata.annotations.a.example/note"
RESTARTED = "spec.template.metadata.annotations.kubectl.kubernetes.io/restartedAt"
SELECTED: Fields = {"spec.selector.deadreckon.dev/deployment": NAME, "spec.ports[port=80].port": 80}
STANDS: Fields = {**SELECTED, "spec.sessionAffinity": "None", "spec.clusterIP": "10.0.0.7"}


def served(fields: Fields, *managers: Manager, at: int = 101) -> ObjectSeen:
    return ObjectSeen(SERVICE, "s1", str(at), 1, MARK, NAME, fields, managers)


def with_service() -> Bridge:
    bridge = Bridge(applied_state=AppliedState(SELECTED, STANDS, whole=True, at=NOON))
    bridge.applied(SERVICE, uid="s1")
    return bridge


def kept(**settled: object) -> Bridge:
    bridge = Bridge(applied_state=AppliedState(OURS, ALL, **{"whole": True, "at": NOON, **settled}))  # type: ignore[arg-type]
    bridge.applied()
    return bridge


def test_a_key_added_to_a_services_selector_is_drift() -> None:
    path, hand = "spec.selector.stray", Manager("spec.selector", "kubectl-patch", NOON + MINUTE)

    (told,) = with_service().sees(served({**STANDS, path: "x"}, hand))

    added = Change(path, "absent", "x", "kubectl-patch", NOON + MINUTE)
    assert told == Drifted(SERVICE, "s1", "101", (added,), since=NOON)


def test_a_default_that_a_hand_sets_otherwise_is_drift_where_requests_go_by_it() -> None:
    (told,) = with_service().sees(served({**STANDS, "spec.sessionAffinity": "ClientIP"}))

    assert isinstance(told, Drifted)
    assert told.changes == (Change("spec.sessionAffinity", "None", "ClientIP", "unknown"),)


def test_what_the_server_allots_is_no_news() -> None:
    assert with_service().sees(served({**STANDS, "spec.clusterIP": "10.0.0.8", "spec.ports[port=80].nodePort": 30_000})) == []


def test_an_addition_that_stood_when_we_wrote_is_drift_only_if_somebody_owns_it() -> None:
    """Server-side apply leaves it to its owner; what admission puts in is nobody's, and would be fought for ever."""
    bridge = with_service()
    bridge.applied_state = AppliedState(SELECTED, {**STANDS, "spec.externalIPs[0]": "192.0.2.7"}, whole=True)
    stood = {**STANDS, "spec.externalIPs[0]": "192.0.2.7"}

    assert bridge.looks(served(stood)) == ()
    (told,) = bridge.sees(served(stood, Manager("spec.externalIPs", "kubectl-edit", NOON)))
    assert isinstance(told, Drifted)


def test_what_somebody_owns_at_the_servers_own_default_is_no_drift() -> None:
    """Whoever applies a whole object owns its defaults too."""
    assert with_service().sees(served(STANDS, Manager("spec.sessionAffinity", "helm", NOON))) == []


def test_what_an_engine_of_before_left_alone_is_left_alone_until_it_changes_or_we_write() -> None:
    """An upgrade touches no running pod."""
    bridge = kept(whole=False)
    bridge.records(
        "seen/shop/web", "shop/web", UnmanagedSeen(WORKLOAD, "u1", (Change(STRAY, "absent", "masked", "kubectl-edit"),))
    )
    seen = workload({**ALL, STRAY: "x"}, Manager(STRAY, "kubectl-edit", NOON))

    assert bridge.looks(seen) == ()
    bridge.applied_state = AppliedState(OURS, {**ALL, STRAY: "x"}, whole=True)
    facts = bridge.sees(seen)
    assert [type(fact) for fact in facts] == [Drifted, UnmanagedSeen]
    assert facts[1] == UnmanagedSeen(WORKLOAD, "u1", ())


def test_a_container_of_others_is_left_alone_whatever_is_in_it() -> None:
    theirs = "spec.template.spec.containers[name=mesh]"

    (told,) = kept().sees(workload({**ALL, f"{theirs}.image": "mesh:1", f"{theirs}.env[name=A].value": "1"}))

    assert isinstance(told, UnmanagedSeen)
    assert verdict("Deployment", f"{theirs}.env[name=A].value", OURS) == "unmanaged"


def test_the_order_of_variables_is_drift_and_others_between_ours_are_none_of_it() -> None:
    path = f"{APP}.env(order)"
    bridge = kept()
    bridge.applied_state = AppliedState({**OURS, path: '["C", "B", "A"]'}, ALL, whole=True)

    assert bridge.looks(workload({**ALL, path: '["C", "MESH", "B", "A"]'})) == ()
    (told,) = bridge.sees(workload({**ALL, path: '["A", "B", "C"]'}))
    assert isinstance(told, Drifted)
    assert told.changes == (Change(path, "C, B, A", "A, B, C", "unknown"),)


# --- unmanaged


def test_a_label_and_a_note_on_any_kind_are_told_once_with_their_hand() -> None:
    bridge = with_service()
    seen = served({**STANDS, NOTE: "x"}, Manager(NOTE, "kubectl-annotate", NOON + MINUTE))

    assert bridge.sees(seen) == [UnmanagedSeen(SERVICE, "s1", (Change(NOTE, "absent", "x", "kubectl-annotate", NOON + MINUTE),))]
    assert bridge.sees(seen) == []


def test_a_note_that_is_rewritten_for_ever_is_one_fact() -> None:
    bridge = with_service()
    told = [
        fact
        for beat in range(500)
        for fact in bridge.sees(
            served({**STANDS, NOTE: str(beat)}, Manager(NOTE, "operator", NOON + beat * MINUTE), at=101 + beat)
        )
    ]
    assert len(told) == 1


def test_notes_that_controllers_keep_are_not_told() -> None:
    noise = "metadata.annotations.deployment.kubernetes.io/revision"
    assert kept().sees(workload({**ALL, noise: "2"}, Manager(noise, "kube-controller-manager", NOON))) == []


def test_an_old_addition_is_not_told_again_when_another_comes_and_what_is_gone_is_told() -> None:
    """`kubectl rollout restart`, then `rollout undo`."""
    bridge = kept()
    restart = Manager(RESTARTED, "kubectl-rollout", NOON + MINUTE)
    noted = Manager(NOTE, "kubectl-annotate", NOON + 2 * MINUTE)
    bridge.sees(workload({**ALL, RESTARTED: "1"}, restart))

    (both,) = bridge.sees(workload({**ALL, RESTARTED: "1", NOTE: "x"}, restart, noted, resource_version="102"))
    (gone,) = bridge.sees(workload({**ALL, NOTE: "x"}, noted, resource_version="103"))

    assert isinstance(both, UnmanagedSeen)
    assert both.before == (RESTARTED,)
    assert isinstance(gone, UnmanagedSeen)
    assert gone.before == (NOTE,)
    assert gone.gone == (Change(RESTARTED, "1", "absent", "unknown"),), "kubectl-annotate left a trace of another deed"


def test_what_others_added_is_known_beyond_our_next_write() -> None:
    bridge = kept()
    seen = workload({**ALL, RESTARTED: "1"}, Manager(RESTARTED, "kubectl-rollout", NOON))
    bridge.sees(seen)
    bridge.applied(resource_version="110")
    bridge.applied_state = AppliedState(OURS, {**ALL, RESTARTED: "1"}, whole=True)

    again = workload({**ALL, RESTARTED: "1"}, Manager(RESTARTED, "kubectl-rollout", NOON), resource_version="111")
    assert bridge.sees(again) == []
    (told,) = bridge.sees(workload(resource_version="112"))
    assert isinstance(told, UnmanagedSeen)
    assert [change.path for change in told.gone] == [RESTARTED]


# --- admission


def test_what_admission_made_is_told_once_and_again_only_where_it_makes_something_else() -> None:
    bridge = kept(admitted=((IMAGE, "web:0", "web:1"), (ENV, "asked", "hush")))
    (told,) = bridge.sees(workload())

    assert told == AdmissionChanged(
        WORKLOAD, "u1", (Change(IMAGE, "web:0", "web:1", "unknown"), Change(ENV, "masked", "masked", "unknown"))
    )
    bridge.applied(resource_version="110")
    assert bridge.sees(workload(resource_version="111")) == [], "our next write, with the same in its answer"
    bridge.applied_state = AppliedState(OURS, ALL, whole=True)
    assert bridge.sees(workload(resource_version="112")) == [AdmissionChanged(WORKLOAD, "u1", ())]


def test_what_admission_made_of_a_write_before_it_was_compared_whole_is_not_told() -> None:
    bridge = kept(admitted=((IMAGE, "web:0", "web:1"),))
    assert bridge.applied_state is not None
    bridge.applied_state = replace(bridge.applied_state, whole=False)

    assert not [fact for fact in bridge.sees(workload()) if isinstance(fact, AdmissionChanged)]


# --- marks


@pytest.mark.parametrize("mark", [Mark("ledger", "FORGED", 0, 3), Mark("ledger", "A1", 0, 2)])
def test_a_forged_mark_of_ours_is_told_with_its_hand(mark: Mark) -> None:
    bridge = kept()
    hand = Manager("metadata.labels.deadreckon.dev/action", "kubectl-label", NOON + MINUTE)
    forged = workload(ALL, hand, mark=mark, proof="none of this ledger's")

    (told,) = bridge.sees(forged)

    assert isinstance(told, MarkDoubted)
    assert (told.action, told.ahead, told.manager, told.at) == (mark.action, False, "kubectl-label", NOON + MINUTE)
    assert bridge.sees(forged) == []
    assert not bridge.deployment.doubted, "it stops nothing"
    assert bridge.sees(workload(proof=PROOF, resource_version="105")) == [MarkCleared(WORKLOAD, "u1")]


# --- the end


def test_a_deletion_is_told_with_what_it_waits_for_and_the_last_who_wrote() -> None:
    leaving = workload(
        deleting=True,
        writers=(Writer("kubectl-edit", NOON),),
        finalizers=("foregroundDeletion", "a.example/keep"),
        deleted_at=NOON + MINUTE,
    )

    assert kept().sees(leaving) == [ObjectLeaving(WORKLOAD, "u1", ("kubectl-edit",), ("a.example/keep",), NOON + MINUTE)]


def removed(bridge: Bridge, ref: ObjectRef = WORKLOAD) -> None:
    bridge.acts(Decided(4, NOON, "1", "p", (Remove("R1", ref, "u1", "deleted"),)))
    bridge.acts(Succeeded("R1", ref, "deleted", wrote=True, uid="u1"))


def test_a_deletion_of_ours_that_hangs_says_on_what() -> None:
    bridge = kept()
    removed(bridge)

    assert bridge.sees(workload(deleting=True, finalizers=("foregroundDeletion",))) == []
    hangs = workload(deleting=True, finalizers=("foregroundDeletion", "a.example/keep"), resource_version="105")
    assert bridge.sees(hangs) == [ObjectLeaving(WORKLOAD, "u1", (), ("a.example/keep",), None, ours=True)]
    assert bridge.sees(hangs) == []


def test_whoever_wrote_a_deleted_object_last_is_named_as_that_and_never_where_we_deleted_it() -> None:
    gone = GoneSeen(WORKLOAD, "u1", "120", NAME, ("kubectl-edit", "deadreckon"))
    ours = kept()
    removed(ours)

    assert kept().sees(gone) == [ObjectVanished(WORKLOAD, "u1", "seen", ("kubectl-edit", "deadreckon"))]
    assert ours.sees(gone) == [ObjectVanished(WORKLOAD, "u1", "seen")]


def test_each_kind_that_we_write_has_its_row() -> None:
    assert verdict(Kind.NETWORK_POLICY.value, "spec.egress[0].to", ()) == "drift"
    assert verdict(Kind.DISRUPTION_BUDGET.value, "spec.minAvailable", ()) == "drift"
    assert verdict(Kind.AUTOSCALER.value, "spec.behavior.scaleUp.selectPolicy", ()) == "drift"
    assert verdict(Kind.ROUTE.value, "spec.rules[1].backendRefs[0].name", ()) == "drift"
    assert verdict(Kind.JOB.value, "spec.parallelism", ()) == "drift"
