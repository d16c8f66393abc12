"""How drift, additions, admission and deletions are told: what was changed is named, and nobody who may be innocent is blamed."""

from datetime import UTC, datetime

from domain.objects import ObjectRef
from domain.seen import AdmissionChanged, Change, Drifted, MarkDoubted, ObjectLeaving, ObjectVanished, UnmanagedSeen
from projections.sentences.objects import tell

SERVICE = ObjectRef("Service", "ns", "web")
NOON = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


def test_the_field_that_was_changed_stands_before_what_came_with_it_and_none_is_hidden() -> None:
    came = tuple(Change(f"spec.a{n}", "absent", n, "unknown") for n in range(8))
    kind = Change("spec.type", "ClusterIP", "NodePort", "kubectl-patch")

    said = tell(Drifted(SERVICE, "u", "1", (*came, kind))).text

    assert said.startswith("kubectl-patch changed Service web: type ClusterIP -> NodePort; by whom is not known: a0 absent -> 0")
    assert "more" not in said


def test_beyond_a_bound_the_rest_is_a_number() -> None:
    said = tell(Drifted(SERVICE, "u", "1", tuple(Change(f"spec.a{n:02}", 1, 2, "x") for n in range(40)))).text
    assert said.endswith("and 29 more")


def test_what_was_told_before_comes_after_what_is_new_and_has_no_part_in_whose_hand_it_was() -> None:
    old, new = Change("spec.type", "a", "b", "alice"), Change("spec.x", 1, 2, "bob")
    assert tell(Drifted(SERVICE, "u", "1", (old, new), ("spec.type",))).text == (
        "bob changed Service web: x 1 -> 2; still otherwise: type a -> b"
    )
    assert tell(Drifted(SERVICE, "u", "1", (old,), ("spec.type",))).text == (
        "of what others changed on Service web some is left: type a -> b"
    )


def test_what_is_gone_of_what_others_added_is_told_and_not_the_rest_again() -> None:
    old, gone = Change("metadata.labels.team", "absent", "x", "alice"), Change("metadata.annotations.n", "1", "absent", "unknown")
    said = tell(UnmanagedSeen(SERVICE, "u", (old,), ("metadata.labels.team",), (gone,))).text
    assert said == ("someone took from Service web what was not ours: metadata.annotations.n 1 -> absent")


def test_an_old_fact_of_additions_is_told_as_it_was() -> None:
    added = Change("spec.template.metadata.labels.team", "absent", "x", "alice")
    assert tell(UnmanagedSeen(SERVICE, "u", (added,))).text == (
        "alice added to Service web what is not ours, left alone: template.metadata.labels.team absent -> x"
    )


def test_a_deletion_is_nobodys_certain_deed() -> None:
    managers = ("kubectl-edit", "deadreckon")
    last = "someone deleted it; the API server's audit log says who (last written by kubectl-edit and deadreckon)"
    assert tell(ObjectVanished(SERVICE, "u", "seen", managers)).text == f"Service web is no more: {last}"
    assert tell(ObjectVanished(SERVICE, "u", "missed")).text == "Service web is no more (when is not known)"
    waits = "it waits for finalizer a.example/keep, which its owner has to take off"
    assert tell(ObjectLeaving(SERVICE, "u", managers, ("a.example/keep",), NOON)).text == (
        f"Service web is being deleted, not by us: {last}; {waits}"
    )
    assert tell(ObjectLeaving(SERVICE, "u", (), ("a.example/keep",), NOON, ours=True)).text == (
        f"Service web is being deleted, as we asked, and does not come to its end; {waits}"
    )


def test_admission_is_named_as_such_and_which_policy_is_not_guessed() -> None:
    told = tell(AdmissionChanged(SERVICE, "u", (Change("metadata.labels.tier", "absent", "gold", "unknown"),)))
    assert told.text == (
        "the API server's admission changed Service web: metadata.labels.tier absent -> gold "
        "(a policy or webhook: which one is not in the answer)"
    )
    assert tell(AdmissionChanged(SERVICE, "u", ())).text == "the API server's admission leaves Service web as we asked"


def test_a_forged_mark_names_its_hand_and_what_comes_of_it() -> None:
    said = tell(MarkDoubted(SERVICE, "u", 0, 3, ahead=False, manager="kubectl-label", action="FORGED")).text
    assert said.startswith("kubectl-label changed the mark of ours on Service web (action FORGED)")
    assert "it is not believed" in said
