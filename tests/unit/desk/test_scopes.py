"""Secrets of the project, the cluster and the team: which counts, who is told, and that no value is kept."""

from base64 import b64decode, b64encode

import pytest
from bcrypt import checkpw

from adapters.desk.submission import SubmissionRequest
from domain.actions import Decided, Outcome
from domain.errors import Refused
from domain.facts import actions_stream
from domain.names import Key, namespace_of
from domain.objects import Manifest
from domain.orders import Submitted
from domain.project import CLUSTER, PROJECT, SCOPES, TEAM, Scope, secret_object, shared_namespace
from tests.unit.desk.opened import ANN, SPEC, WITH_SECRET, Opened

VALUE = b"hunter2-very-private"
EACH = pytest.mark.parametrize("scope", SCOPES)
PROTECTED = SPEC + b"basicAuthKey: secret:token\n"


def stored(opened: Opened, scope: Scope, version: int = 1) -> dict[str, bytes]:
    namespace = namespace_of("shop") if scope == PROJECT else shared_namespace(opened.ledger.identity)
    found = opened.cluster.store.get("Secret", namespace, secret_object("token", version, scope))
    assert found is not None
    return {key: b64decode(value) for key, value in found["data"].items()}


def pinned(opened: Opened, text: bytes = WITH_SECRET) -> Submitted:
    return opened.submit(text).order


@EACH
def test_a_value_is_in_the_cluster_with_its_hash_and_not_in_the_ledger(scope: Scope) -> None:
    opened = Opened()
    opened.vault.set("shop", "token", VALUE, ANN, scope)
    opened.submit(WITH_SECRET)
    held = stored(opened, scope)
    assert held["value"] == VALUE
    assert checkpw(VALUE, held["bcrypt"])
    kept = opened.everything_kept()
    assert opened.desk.project("shop").secrets == ({"token": 1} if scope == PROJECT else {})
    for form in (VALUE, b64encode(VALUE), held["bcrypt"], b64encode(held["bcrypt"])):
        assert form.decode() not in kept


def test_the_project_comes_before_the_cluster_and_the_cluster_before_the_team() -> None:
    opened = Opened()
    for scope in reversed(SCOPES):
        opened.vault.set("shop", "token", VALUE, ANN, scope)
        order = pinned(opened)
        assert dict(order.wider_secrets).get("token", PROJECT) == scope
    opened.submit()  # without it
    ways: tuple[tuple[Scope, Scope], ...] = ((PROJECT, CLUSTER), (CLUSTER, TEAM))
    for scope, left in ways:
        opened.vault.remove("shop", "token", ANN, scope)
        assert dict(pinned(opened).wider_secrets)["token"] == left
        opened.submit()


def test_another_project_has_the_wider_scopes_and_not_the_projects_own() -> None:
    opened = Opened()
    opened.vault.set("shop", "token", VALUE, ANN, "project")
    opened.vault.set("shop", "key", VALUE, ANN, "team")
    reach = opened.desk.archive.reach("other")
    assert (dict(reach.secrets), dict(reach.wider)) == ({"key": 1}, {"key": "team"})


def test_a_secret_that_is_nowhere_is_refused_with_all_three_scopes_named() -> None:
    opened = Opened()
    with pytest.raises(Refused) as refused:
        opened.submit(WITH_SECRET)
    assert refused.value.code == "missing-secret"
    assert all(word in str(refused.value) for word in ("project 'shop'", "cluster", "team"))


def test_a_scaling_and_a_rollback_keep_the_scope_and_version_that_were_pinned() -> None:
    opened = Opened()
    opened.vault.set("shop", "token", VALUE, ANN, "team")
    first = pinned(opened)
    opened.vault.set("shop", "token", VALUE, ANN, "project")
    scaled = opened.scale(3).order
    assert (scaled.secrets, scaled.wider_secrets, scaled.template) == (first.secrets, first.wider_secrets, first.template)
    assert pinned(opened).wider_secrets == ()
    back = opened.rollback(1).order
    assert (back.secrets, back.wider_secrets, back.objects) == (first.secrets, first.wider_secrets, first.objects)


def test_a_version_carries_a_copy_that_holds_no_value() -> None:
    opened = Opened()
    opened.vault.set("shop", "token", VALUE, ANN, "cluster")
    order = pinned(opened)
    [copy] = [one for one in order.objects if one.ref.kind == "Secret"]
    body = opened.ledger.document(copy.body)
    assert body is not None
    assert "data" not in Manifest(copy.ref, body.decode()).content


@pytest.mark.parametrize("scope", ["cluster", "team"])
def test_a_wider_secret_that_any_project_uses_cannot_be_removed(scope: Scope) -> None:
    opened = Opened()
    opened.vault.set("elsewhere", "token", VALUE, ANN, scope)
    opened.submit(WITH_SECRET)
    with pytest.raises(Refused, match="used by 'shop/web'"):
        opened.vault.remove("elsewhere", "token", ANN, scope)
    opened.submit()
    opened.vault.remove("elsewhere", "token", ANN, scope)
    with pytest.raises(Refused, match="no secret"):
        opened.submit(WITH_SECRET)


def test_a_nearer_secret_of_the_same_name_is_not_in_use() -> None:
    opened = Opened()
    opened.vault.set("shop", "token", VALUE, ANN, "team")
    opened.submit(WITH_SECRET)
    opened.vault.set("shop", "token", VALUE, ANN, "project")
    opened.vault.remove("shop", "token", ANN, "project")
    with pytest.raises(Refused, match="used by 'web'"):
        opened.vault.remove("shop", "token", ANN, "team")


def test_the_list_says_who_set_it_who_uses_it_and_what_is_shadowed() -> None:
    opened = Opened()
    for scope in ("team", "cluster"):
        opened.vault.set("shop", "token", VALUE, ANN, scope)
    opened.submit(WITH_SECRET)
    opened.vault.set("shop", "token", VALUE, ANN, "cluster")
    cluster, team = opened.vault.listed("shop")
    assert (cluster.scope, cluster.version, cluster.set_by, cluster.shadowed_by) == ("cluster", 2, "ann", None)
    assert [(use.name, use.version, use.pinned) for use in cluster.uses] == [("web", 1, 1)]
    assert (team.scope, team.used_by, team.shadowed_by) == ("team", (), "cluster")
    assert [kept.used_by for kept in opened.vault.listed("other")] == [("shop/web",), ()]


@EACH
def test_every_write_is_in_the_record_and_the_other_way_round(scope: Scope) -> None:
    opened = Opened()
    opened.vault.set("shop", "token", VALUE, ANN, scope)
    facts = [recorded.fact for recorded in opened.ledger.read(actions_stream("shop" if scope == PROJECT else "*"))]
    intended = {action.id for fact in facts if isinstance(fact, Decided) for action in fact.actions}
    assert intended == {line.audit for line in opened.cluster.audit}
    assert intended == {fact.action for fact in facts if isinstance(fact, Outcome)}


def test_versions_of_different_scopes_count_apart_and_are_never_reused() -> None:
    opened = Opened()
    assert [opened.vault.set("shop", "token", VALUE, ANN, scope) for scope in ("team", "team", "cluster", "project")] == [
        1,
        2,
        1,
        1,
    ]
    opened.vault.remove("shop", "token", ANN, "team")
    assert opened.vault.set("shop", "token", VALUE, ANN, "team") == 3


def test_a_password_too_long_for_its_hash_cannot_protect_an_endpoint() -> None:
    opened = Opened()
    opened.vault.set("shop", "token", b"x" * 73, ANN)
    assert set(stored(opened, PROJECT)) == {"value"}
    with pytest.raises(Refused, match="72 bytes") as refused:
        opened.submit(PROTECTED)
    assert refused.value.code == "basic-auth-secret"
    opened.vault.set("shop", "token", b"x" * 72, ANN)
    assert opened.submit(PROTECTED).order.secrets == (("token", 2),)


def test_facts_of_wider_scopes_are_about_no_deployment() -> None:
    opened = Opened()
    opened.vault.set("shop", "token", VALUE, ANN, "team")
    assert opened.desk.archive.keys("shop") == ()
    assert opened.desk.archive.keys("*team") == ()
    opened.desk.submit(SubmissionRequest("shop", WITH_SECRET, "web.yaml"), ANN)
    assert opened.desk.archive.keys("shop") == (Key("shop", "web"),)
