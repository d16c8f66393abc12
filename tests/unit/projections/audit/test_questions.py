"""What an auditor asks: uses of a secret, requests and their traces, actors, foreign hands; each with its facts."""

from dataclasses import replace

from domain.actions import Decided
from domain.audit import RequestWitnessed
from domain.names import MANAGER
from domain.nodes_seen import NodeCordoned
from domain.objects import ObjectRef
from domain.orders import Submitted
from domain.pod_facts import ReplicaChanged, ReplicaLeaving
from domain.record import Recorded, Who
from domain.seen import Change, ObjectLeaving
from domain.shared_seen import SecretChanged
from projections.audit.actors import actors
from projections.audit.calls import calls
from projections.audit.foreign import hands
from projections.audit.secret import uses
from tests.stories import NOON, Story, story


def with_secret(told: Story, version: int) -> None:
    """Let the newest order be rendered with a secret."""
    last = next(n for n in reversed(range(len(told.history))) if isinstance(told.history[n].fact, Submitted))
    recorded = told.history[last]
    assert isinstance(recorded.fact, Submitted)
    fact = replace(recorded.fact, secrets=(("db", version),))
    told.log.history[last] = Recorded(
        recorded.position, recorded.stream, recorded.version, recorded.recorded_at, fact, recorded.metadata
    )


def test_a_use_of_a_secret_lasts_from_its_version_to_the_next_one() -> None:
    told = story("shop").submitted()
    with_secret(told, 1)
    told.later(hours=1).submitted(image="shop:2", who="bob")
    with_secret(told, 2)
    told.later(hours=1).submitted(image="shop:3")
    first, second = uses(told.about, "db")
    assert (first.version, first.pinned, second.version, second.pinned, second.who) == (1, 1, 2, 2, "bob")
    assert first.until == second.since
    assert second.until is not None
    assert uses(told.about, "db", 2) == (second,)
    assert uses(told.about, "other") == ()


def test_a_use_ends_with_the_deletion_of_the_deployment() -> None:
    told = story("shop").submitted()
    with_secret(told, 1)
    told.later(hours=1).deleted()
    (use,) = uses(told.about, "db")
    assert use.until == told.now


def test_every_request_is_told_with_its_outcome_and_whether_the_audit_log_shows_it() -> None:
    told = story("shop").submitted().applied()
    ids = [action.id for recorded in told.about if isinstance(recorded.fact, Decided) for action in recorded.fact.actions]
    assert {call.audited for call in calls(told.about)} == {"not asked"}
    found = calls(told.about, {ids[0]: "system:serviceaccount:deadreckon:engine"})
    assert [call.audit_id for call in found] == ids
    assert found[0].audited == "yes"
    assert found[0].user.endswith(":engine")
    assert {call.audited for call in found[1:] if call.wrote} <= {"no"}
    assert all(call.told > call.decided for call in found)


def test_a_request_without_an_outcome_is_under_way() -> None:
    told = story("shop").submitted().applied()
    decisions = [recorded for recorded in told.about if isinstance(recorded.fact, Decided)]
    assert calls(decisions)[0].outcome == "under way"
    assert calls(decisions, {})[0].audited == "not to be expected"


def test_actors_are_people_engines_and_field_managers_each_once() -> None:
    told = story("shop").bound().led("laptop-1").submitted(who="ann").applied().drifted(manager="kubectl-edit")
    told.later(hours=1).scaled(3, who="bob").drifted(manager="kubectl-edit")
    named = {(actor.name, actor.role): actor for actor in actors(told.history)}
    assert {name for name, _ in named} == {"laptop-1", "ann", "bob", "kubectl-edit"}
    assert named["kubectl-edit", "field manager"].times == 2
    assert named["ann", "person"].how == "claimed, not proved"


def test_foreign_hands_are_told_and_what_we_removed_ourselves_is_none_of_them() -> None:
    told = story("shop").submitted().applied().ready().healthy().drifted()
    assert [type(recorded.fact).__name__ for recorded in hands(told.about)] == ["Drifted"]
    told.deleted().gone()
    assert [type(recorded.fact).__name__ for recorded in hands(told.about)] == ["Drifted"]


def test_hands_on_replicas_nodes_namespaces_and_secrets_are_hands_and_an_eviction_is_one() -> None:
    told = story("shop").submitted().applied().ready()
    secret = ObjectRef("Secret", "shop", "db")
    change = Change("spec.containers[0].image", "shop:1", "shop:evil", "kubectl-set")
    for fact in (
        ReplicaChanged((change,)),
        ReplicaLeaving(reason="EvictionByEvictionAPI"),
        ReplicaLeaving(reason="DeletionByTaintManager"),
        NodeCordoned("node-1", "kubectl"),
        SecretChanged(secret, "7", "kubectl-edit"),
        SecretChanged(secret, "8", MANAGER),
        ObjectLeaving(secret, "u1", ("helm",), ours=True),
    ):
        told.saw(fact)
    found = [recorded.fact for recorded in hands(told.history)]
    assert [type(fact).__name__ for fact in found] == ["ReplicaChanged", "ReplicaLeaving", "NodeCordoned", "SecretChanged"]
    named = {(actor.name, actor.how) for actor in actors(told.history) if actor.role == "field manager"}
    assert named == {
        ("kubectl-set", "wrote a replica of ours"),
        ("kubectl", "cordoned or uncordoned its node"),
        ("kubectl-edit", "wrote a Secret in use"),
        ("helm", "wrote to what was deleted"),
    }


def test_a_user_of_the_api_server_who_acted_as_another_is_told_apart_from_the_same_user_in_his_own_name() -> None:
    told = story("shop").submitted()
    asked = RequestWitnessed(
        "a1", "patch", ObjectRef("Deployment", "shop", "shop"), "", "", "", "alice", "", "kubectl", 200, "", NOON
    )
    for request in (asked, replace(asked, audit_id="a2", acting_as="root"), replace(asked, audit_id="a3", acting_as="root")):
        told.saw(request)
    found = [(one.name, one.acting_as, one.times) for one in actors(told.history) if one.role == "user of the API server"]
    assert found == [("alice", "", 1), ("alice", "root", 2)]


def test_an_account_named_as_if_it_acted_for_another_is_no_other_account() -> None:
    told = story("shop").submitted(who="ann (as bob)").submitted(who="ann")
    last = told.log.history[-1]
    told.log.history[-1] = replace(last, metadata=replace(last.metadata, who=Who("ann", "claimed", "bob")))
    assert [(one.name, one.acting_as) for one in actors(told.history)] == [("ann (as bob)", ""), ("ann", "bob")]
