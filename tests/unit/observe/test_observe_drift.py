"""What a sight of our own objects tells of other hands."""

from datetime import timedelta

from domain.actions import Unknown
from domain.objects import Fields, Mark
from domain.observations import Manager
from domain.seen import (
    AppliedState,
    Change,
    Drifted,
    DriftEnded,
    UnmanagedSeen,
)
from tests.unit.observe.bridge import (
    ALL,
    ENV,
    IMAGE,
    NOON,
    OURS,
    WORKLOAD,
    Bridge,
    rollout,
    workload,
)

HOUR = timedelta(hours=1)
DNS = "spec.template.spec.dnsPolicy"
SIDECAR = "spec.template.spec.containers[name=proxy].image"
RESTARTED_AT = "spec.template.metadata.annotations.kubectl.kubernetes.io/restartedAt"


def kept() -> Bridge:
    """A Deployment stands there as we left it, at resourceVersion 100."""
    bridge = Bridge()
    bridge.applied()
    return bridge


def changed(**fields: object) -> Fields:
    return {**ALL, **fields}  # type: ignore[dict-item] # scalars all


def lost(path: str) -> Fields:
    return {other: value for other, value in ALL.items() if other != path}


def test_an_object_as_we_left_it_is_no_news() -> None:
    assert kept().sees(workload()) == []


def test_a_changed_field_is_drift_and_has_its_author() -> None:
    drift = workload(changed(**{IMAGE: "web:9"}), Manager(IMAGE, "kubectl-edit", NOON), resource_version="105")

    assert kept().sees(drift) == [Drifted(WORKLOAD, "u1", "105", (Change(IMAGE, "web:1", "web:9", "kubectl-edit", NOON),))]


def test_a_field_taken_away_is_drift_of_unknown_hands() -> None:
    (told,) = kept().sees(workload(lost("spec.replicas")))

    assert isinstance(told, Drifted)
    assert told.changes == (Change("spec.replicas", 2, "absent", "unknown"),)


def test_the_same_drift_again_is_no_news_and_other_drift_replaces_it() -> None:
    bridge = kept()
    bridge.sees(workload(changed(**{"spec.replicas": 5}), resource_version="105"))

    assert bridge.sees(workload(changed(**{"spec.replicas": 5}), resource_version="106")) == []
    (told,) = bridge.sees(workload(changed(**{"spec.replicas": 6}), resource_version="107"))
    assert isinstance(told, Drifted)
    assert told.changes == (Change("spec.replicas", 2, 6, "unknown"),)


def test_the_same_value_by_another_hand_is_another_drift() -> None:
    bridge, field = kept(), changed(**{IMAGE: "web:9"})
    bridge.sees(workload(field, Manager(IMAGE, "kubectl-edit", NOON), resource_version="105"))

    (told,) = bridge.sees(workload(field, Manager(IMAGE, "helm", NOON), resource_version="106"))
    assert isinstance(told, Drifted)
    assert told.changes == (Change(IMAGE, "web:1", "web:9", "helm", NOON),)


def test_the_same_value_in_place_of_another_that_we_wrote_is_another_drift() -> None:
    bridge = kept()
    bridge.sees(workload(changed(**{"spec.replicas": 5}), resource_version="105"))
    bridge.applied_state = AppliedState({**OURS, "spec.replicas": 3}, {**ALL, "spec.replicas": 3})

    (told,) = bridge.sees(workload(changed(**{"spec.replicas": 5}), resource_version="106"))
    assert isinstance(told, Drifted)
    assert told.changes == (Change("spec.replicas", 3, 5, "unknown"),)


def test_the_time_of_a_change_is_not_that_of_what_its_manager_wrote_since() -> None:
    """managedFields have one time a manager: the image of 12:00 is not of 13:00 because another field is."""
    bridge, args = kept(), "spec.template.spec.containers[name=app].args[0]"
    one, other = Manager(IMAGE, "kubectl-edit", NOON), Manager(args, "kubectl-edit", NOON + HOUR)
    bridge.sees(workload(changed(**{IMAGE: "web:9"}), one, resource_version="105"))

    (told,) = bridge.sees(
        workload(
            changed(**{IMAGE: "web:9", args: "x"}), Manager(IMAGE, "kubectl-edit", NOON + HOUR), other, resource_version="106"
        )
    )

    assert isinstance(told, Drifted)
    assert {change.path: change.at for change in told.changes} == {IMAGE: NOON, args: NOON + HOUR}
    assert told.before == (IMAGE,)


def test_drift_that_others_undo_has_ended() -> None:
    bridge = kept()
    bridge.sees(workload(changed(**{"spec.replicas": 5}), resource_version="105"))

    assert bridge.sees(workload(resource_version="106")) == [DriftEnded(WORKLOAD, "u1", "106", "reverted")]
    assert bridge.deployment.objects[WORKLOAD].changes == ()


def test_a_frame_from_before_our_last_write_is_passed_over() -> None:
    assert kept().sees(workload(changed(**{"spec.replicas": 5}), resource_version="99")) == []
    assert kept().sees(rollout(resource_version="99")) == []


def test_numbers_of_versions_are_compared_as_numbers() -> None:
    bridge = Bridge()
    bridge.applied(resource_version="99")

    assert len(bridge.sees(workload(changed(**{"spec.replicas": 5}), resource_version="100"))) == 1


def test_versions_that_are_no_numbers_are_taken_as_they_come() -> None:
    assert len(kept().sees(workload(changed(**{"spec.replicas": 5}), resource_version="abc"))) == 1


def test_values_that_may_be_secret_are_masked_on_both_sides() -> None:
    (told,) = kept().sees(workload(changed(**{ENV: "hush-hush"})))

    assert isinstance(told, Drifted)
    (change,) = told.changes
    assert "hush" not in repr(told)
    assert (change.was, change.now) == ("masked", "masked, not the same")


def test_an_added_header_of_a_probe_is_masked_too() -> None:
    path = "spec.template.spec.containers[name=app].livenessProbe.httpGet.httpHeaders[0].value"

    assert "hush" not in repr(kept().sees(workload(changed(**{path: "hush"}))))


def test_the_manager_with_the_longest_path_and_then_the_latest_did_it() -> None:
    managers = (
        Manager("spec", "everything", NOON + HOUR),
        Manager(IMAGE, "first", NOON),
        Manager(IMAGE, "last", NOON + HOUR),
        Manager(IMAGE[:-1], "no-part-of-the-path", NOON + HOUR),
    )
    (told,) = kept().sees(workload(changed(**{IMAGE: "web:9", "spec.replicas": 5}), *managers))

    assert isinstance(told, Drifted)
    assert [change.manager for change in told.changes] == ["everything", "last"]


def test_without_what_the_server_answered_drift_cannot_be_judged() -> None:
    bridge = kept()
    bridge.applied_state = None

    assert bridge.sees(workload(changed(**{"spec.replicas": 5}))) == []


def test_while_we_act_on_an_object_nothing_is_told_of_it() -> None:
    bridge = kept()
    bridge.begins(action="A2")

    assert bridge.sees(workload(changed(**{"spec.replicas": 5}))) == []


def test_others_labels_are_not_ours() -> None:
    assert kept().sees(workload(changed(**{"metadata.labels.team": "blue"}))) == []


# --- unmanaged


def test_what_others_add_to_our_pod_template_is_told_once() -> None:
    bridge = kept()
    added = workload(changed(**{SIDECAR: "proxy:1"}), Manager(SIDECAR, "mesh", NOON))

    assert bridge.sees(added) == [UnmanagedSeen(WORKLOAD, "u1", (Change(SIDECAR, "absent", "proxy:1", "mesh", NOON),))]
    assert bridge.sees(added) == []
    gone = (Change(SIDECAR, "proxy:1", "absent", "unknown"),)
    assert bridge.sees(workload()) == [UnmanagedSeen(WORKLOAD, "u1", (), gone=gone)]


def test_a_servers_default_that_others_change_is_told_as_unmanaged() -> None:
    (told,) = kept().sees(workload(changed(**{DNS: "None"})))

    assert told == UnmanagedSeen(WORKLOAD, "u1", (Change(DNS, "ClusterFirst", "None", "unknown"),))


def test_a_restart_by_kubectl_is_seen() -> None:
    (told,) = kept().sees(workload(changed(**{RESTARTED_AT: "2026-01-01T12:00:00Z"})))

    assert isinstance(told, UnmanagedSeen)


def test_what_the_server_fills_in_outside_the_template_is_no_news() -> None:
    assert kept().sees(workload(changed(**{"spec.revisionHistoryLimit": 10}))) == []


def test_after_a_write_of_unknown_outcome_our_own_change_is_no_drift() -> None:
    bridge = kept()
    bridge.begins(action="A2")
    bridge.acts(Unknown("A2", WORKLOAD, "no answer"))
    ours = Mark("ledger", "A2", 0, 3)

    assert bridge.sees(workload(changed(**{"spec.replicas": 5}), mark=ours)) == []
    assert len(bridge.sees(workload(changed(**{"spec.replicas": 5})))) == 1


def test_ten_thousand_foreign_fields_are_told_as_some_and_a_number() -> None:
    bridge = kept()
    added = {f"spec.template.spec.containers[name=app].env[name=X{n:05}{'x' * 5000}].name": "y" * 5000 for n in range(10_000)}
    (fact,) = bridge.sees(workload(fields={**ALL, **added}, resource_version="101"))
    assert isinstance(fact, Drifted)
    assert len(fact.changes) == 101
    assert fact.changes[-1].path == "(9900 more fields)"
    assert all(len(change.path) <= 500 and len(str(change.now)) <= 500 for change in fact.changes)
    assert bridge.sees(workload(fields={**ALL, **added}, resource_version="102")) == []


def test_no_number_of_additions_hides_the_field_that_was_changed() -> None:
    bridge = kept()
    added = {f"spec.template.spec.containers[name=app].env[name=X{n:05}].name": "y" for n in range(500)}

    (fact,) = bridge.sees(workload(fields={**changed(**{IMAGE: "shop:9"}), **added}, resource_version="101"))

    assert isinstance(fact, Drifted)
    assert IMAGE in [change.path for change in fact.changes]
