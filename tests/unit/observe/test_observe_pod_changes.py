"""What others made of a pod where it stands, and what admission made of it."""

from dataclasses import replace

import pytest

from domain.objects import Fields
from domain.observations import UNTOLD_NOTES, Manager, PodSeen, PodSpecSeen, Writer
from domain.pod_facts import ReplicaAdmitted, ReplicaChanged, ReplicaDisowned
from domain.replica import Restarted
from domain.seen import AppliedState, Change
from tests.unit.observe.bridge import ALL, NOON, OURS, OWNER, SECOND, Bridge, ended, pod, running

BOX = "spec.containers[name=app]"
LABEL = "metadata.labels.app"
HASH = "metadata.labels.pod-template-hash"
TEMPLATE: Fields = {LABEL: "web", HASH: "5b9f8c7d6", f"{BOX}.image": "web:1", f"{BOX}.resources.limits.cpu": "1"}
LATER = NOON + 30 * SECOND
PATCHED = "kubectl-patch"


def made(fields: Fields = TEMPLATE, *managers: Manager, limits: str = "", controlled: bool = True, **more: object) -> PodSeen:
    """A pod whose ReplicaSet's template is known."""
    writers = tuple(Writer(one.name, one.at) for one in managers)
    spec = PodSpecSeen((), None, fields, managers, writers, controlled, limits)
    owner = replace(OWNER, template=TEMPLATE) if controlled else None
    return replace(running(**more), spec=spec, owner=owner)


def lived() -> Bridge:
    bridge = Bridge(applied_state=AppliedState(OURS, {**ALL, "spec.selector.matchLabels.app": "web"}))
    bridge.applied()
    bridge.sees(made())
    return bridge


def test_a_pod_as_its_template_makes_it_is_no_news() -> None:
    assert not any(isinstance(fact, ReplicaChanged | ReplicaAdmitted | ReplicaDisowned) for fact in lived().facts)


def test_an_image_changed_in_place_is_told_with_its_hand_and_once() -> None:
    bridge = lived()
    image = f"{BOX}.image"
    changed = made({**TEMPLATE, image: "web:2"}, Manager(image, PATCHED, LATER))

    assert bridge.sees(changed) == [ReplicaChanged((Change(image, "web:1", "web:2", PATCHED, LATER),))]
    assert bridge.sees(changed) == []


def test_that_it_is_again_as_it_was_is_told_too() -> None:
    bridge = lived()
    image = f"{BOX}.image"
    bridge.sees(made({**TEMPLATE, image: "web:2"}, Manager(image, PATCHED, LATER)))

    (told,) = bridge.sees(made(TEMPLATE, Manager(image, "kubectl-set", LATER)))

    assert told == ReplicaChanged((Change(image, "web:2", "web:1", "kubectl-set", LATER),))
    assert bridge.sees(made(TEMPLATE, Manager(image, "kubectl-set", LATER))) == []


def test_of_a_note_that_others_write_on_a_pod_it_is_told_that_it_came_and_went_however_often_it_changes() -> None:
    bridge, note = lived(), "metadata.annotations.example.com/note"
    hand = Manager(note, "kubectl-annotate", LATER)

    assert bridge.sees(made({**TEMPLATE, note: "1"}, hand)) == [
        ReplicaChanged((Change(note, "absent", "1", "kubectl-annotate", LATER),))
    ]
    assert bridge.sees(made({**TEMPLATE, note: "2"}, hand)) == []
    assert len(bridge.sees(made())) == 1


def test_where_a_pod_has_more_notes_than_are_looked_at_none_is_said_to_be_gone() -> None:
    bridge, note = lived(), "metadata.annotations.example.com/note"
    bridge.sees(made({**TEMPLATE, note: "1"}, Manager(note, "kubectl-annotate", LATER)))

    assert bridge.sees(made({**TEMPLATE, UNTOLD_NOTES: "present"}, Manager(note, "kubectl-annotate", LATER))) == []


def test_where_a_template_has_more_notes_than_are_looked_at_none_of_a_pod_s_is_said_to_be_other() -> None:
    bridge, note = Bridge(), "metadata.annotations.example.com/note"
    bridge.applied()
    many = {**TEMPLATE, UNTOLD_NOTES: "present"}
    owner = replace(OWNER, template=many)
    facts = bridge.sees(replace(made({**TEMPLATE, note: "1"}, Manager(note, "kubectl-annotate", LATER)), owner=owner))

    assert not [fact for fact in facts if isinstance(fact, ReplicaChanged)]


def test_a_size_changed_in_place_is_told() -> None:
    size = f"{BOX}.resources.limits.cpu"

    (told,) = lived().sees(made({**TEMPLATE, size: "2"}, Manager(size, "kubectl-edit", LATER)))

    assert told == ReplicaChanged((Change(size, "1", "2", "kubectl-edit", LATER),))


def test_a_container_that_ends_after_its_image_was_changed_has_no_certain_cause() -> None:
    image = f"{BOX}.image"
    changed = made(
        {**TEMPLATE, image: "web:2"}, Manager(image, PATCHED, LATER), container_id="c2", restarts=1, last_exit=ended(0)
    )

    causes = [fact.cause for fact in lived().sees(changed) if isinstance(fact, Restarted)]

    assert causes == ["unknown"]


def test_a_pod_whose_selected_label_was_changed_is_disowned_and_followed_on() -> None:
    bridge = lived()
    taken = made({**TEMPLATE, LABEL: "debug"}, Manager(LABEL, "kubectl-label", LATER))
    change = Change(LABEL, "web", "debug", "kubectl-label", LATER)

    assert bridge.sees(taken) == [ReplicaDisowned((change,), "kubectl-label", LATER)]
    assert bridge.sees(replace(taken, owner=None)) == []
    assert bridge.deployment.replicas["p1"].disowned
    assert bridge.deployment.replicas["p1"].ready


def test_a_label_taken_away_names_the_only_one_who_wrote() -> None:
    less = {path: value for path, value in TEMPLATE.items() if path != LABEL}
    seen = made(less, controlled=False)
    assert seen.spec is not None
    seen = replace(seen, spec=replace(seen.spec, writers=(Writer("kubectl-label", LATER),)))

    (told,) = lived().sees(seen)

    assert told == ReplicaDisowned((Change(LABEL, "web", "absent", "kubectl-label", LATER),), "kubectl-label", LATER)


def test_a_pod_without_a_controller_is_disowned_whatever_its_labels_say() -> None:
    assert lived().sees(made(controlled=False)) == [ReplicaDisowned((), "unknown", None)]


def test_a_pod_that_is_leaving_is_not_called_disowned() -> None:
    told = lived().sees(replace(made(controlled=False), deleting=True))

    assert not any(isinstance(fact, ReplicaDisowned) for fact in told)


def test_what_admission_made_other_is_told_once_for_a_template() -> None:
    bridge = Bridge()
    size = f"{BOX}.resources.limits.memory"
    limited = made({**TEMPLATE, size: "256Mi"}, limits="LimitRanger plugin set: memory limit for container app")

    first = bridge.sees(limited)
    second = bridge.sees(replace(limited, uid="p2", ref=replace(limited.ref, name=f"{limited.ref.name[:-1]}q")))

    assert [f for f in first if isinstance(f, ReplicaAdmitted)] == [
        ReplicaAdmitted((Change(size, "absent", "256Mi", "LimitRanger"),))
    ]
    assert not any(isinstance(fact, ReplicaAdmitted | ReplicaChanged) for fact in second)


def test_admission_that_no_note_explains_is_only_called_admission() -> None:
    sidecar = "spec.containers[name=proxy].image"

    told = Bridge().sees(made({**TEMPLATE, sidecar: "mesh:1"}))

    assert [f for f in told if isinstance(f, ReplicaAdmitted)] == [
        ReplicaAdmitted((Change(sidecar, "absent", "mesh:1", "admission"),))
    ]


def test_what_the_api_server_fills_into_every_pod_is_not_told() -> None:
    mount = f"{BOX}.volumeMounts[mountPath=/var/run/secrets/kubernetes.io/serviceaccount].name"
    filled = made({**TEMPLATE, mount: "kube-api-access-x", f"{BOX}.resources.requests.cpu": "1"})

    assert not any(isinstance(fact, ReplicaAdmitted | ReplicaChanged) for fact in Bridge().sees(filled))


def test_a_private_value_is_recorded_by_nobody() -> None:
    path = f"{BOX}.env[name=TOKEN].value"

    told = Bridge().sees(made({**TEMPLATE, path: "hush-hush"}))

    assert "hush-hush" not in repr(told)


def test_many_fields_are_told_up_to_a_bound() -> None:
    many: Fields = {**TEMPLATE, **{f"{BOX}.env[name=V{n}].name": f"V{n}" for n in range(1000)}}
    bridge = Bridge()

    for _ in range(20):
        bridge.sees(made(many))

    assert sum(len(fact.changes) for fact in bridge.facts if isinstance(fact, ReplicaAdmitted)) <= 80


def test_without_a_template_nothing_is_compared() -> None:
    seen = made({**TEMPLATE, f"{BOX}.image": "web:9"})

    assert not any(isinstance(f, ReplicaAdmitted | ReplicaChanged) for f in Bridge().sees(replace(seen, owner=OWNER)))
    assert pod().spec is not None


@pytest.mark.parametrize(("told", "tells"), [(59, True), (60, False)])
def test_of_sixty_fields_that_admission_made_other_no_further_one_is_told(told: int, tells: bool) -> None:
    bridge = lived()
    sets = replace(bridge.deployment.replica_sets, admitted={"t1": frozenset(f"spec.x{n}" for n in range(told))})
    bridge.fleet = {name: replace(home, replica_sets=sets) for name, home in bridge.fleet.items()}

    assert any(isinstance(fact, ReplicaAdmitted) for fact in bridge.sees(made({**TEMPLATE, "spec.new": "x"}))) is tells
