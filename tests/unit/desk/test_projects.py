"""What a project's pods keep to, and the platform's choices: on record, in the namespace's label, and in what is rendered."""

from dataclasses import fields

import pytest

from adapters.desk.submission import SubmissionRequest
from domain.actions import Decided, Outcome
from domain.errors import Refused
from domain.facts import actions_stream
from domain.names import namespace_of
from domain.objects import Manifest
from domain.orders import Submitted
from domain.platform import MEANINGS, Platform, written
from tests.unit.desk.opened import ANN, SPEC, Opened

LABEL = "pod-security.kubernetes.io/enforce"


def label(opened: Opened) -> str:
    found = opened.cluster.store.get("Namespace", "", namespace_of("shop"))
    assert found is not None
    return str(found["metadata"]["labels"][LABEL])


def pod(opened: Opened, order: Submitted) -> dict[str, object]:
    [workload] = [one for one in order.objects if one.ref.kind == "Deployment"]
    body = opened.ledger.document(workload.body)
    assert body is not None
    spec: dict[str, object] = Manifest(workload.ref, body.decode()).content["spec"]["template"]["spec"]
    return spec


def test_a_restricted_project_has_the_label_and_renders_by_it() -> None:
    opened = Opened()
    opened.vault.set("shop", "token", b"x", ANN)
    assert label(opened) == "baseline"
    assert opened.projects.secure("shop", "restricted", ANN)
    assert label(opened) == "restricted"
    opened.vault.set("shop", "token", b"y", ANN)
    assert label(opened) == "restricted"
    assert pod(opened, opened.submit().order)["securityContext"] == {
        "runAsNonRoot": True,
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def test_a_namespace_that_is_not_there_is_made_so() -> None:
    opened = Opened()
    opened.projects.secure("shop", "restricted", ANN)
    assert label(opened) == "restricted"


def test_both_ways_lead_back_and_the_same_again_is_no_news() -> None:
    opened = Opened()
    assert opened.projects.secure("shop", "restricted", ANN)
    assert not opened.projects.secure("shop", "restricted", ANN)
    assert opened.projects.secure("shop", "baseline", ANN)
    assert label(opened) == "baseline"


def test_every_write_of_it_is_on_record() -> None:
    opened = Opened()
    opened.projects.secure("shop", "restricted", ANN)
    opened.projects.secure("shop", "baseline", ANN)
    facts = [recorded.fact for recorded in opened.ledger.read(actions_stream("shop"))]
    intended = [action.id for fact in facts if isinstance(fact, Decided) for action in fact.actions]
    assert sorted(intended) == sorted(line.audit for line in opened.cluster.audit)
    assert sorted(intended) == sorted(fact.action for fact in facts if isinstance(fact, Outcome))


def test_deployments_that_were_made_before_are_named() -> None:
    opened = Opened()
    opened.submit()
    assert opened.projects.unfit("shop") == ("web",)
    opened.projects.secure("shop", "restricted", ANN)
    opened.submit()
    assert opened.projects.unfit("shop") == ()


def test_a_rollback_to_what_was_made_before_is_made_anew_for_the_restricted_project() -> None:
    opened = Opened()
    opened.submit()
    opened.submit()
    opened.projects.secure("shop", "restricted", ANN)
    assert "runAsNonRoot" in repr(pod(opened, opened.rollback(1).order))


def test_a_plan_for_a_restricted_project_says_what_restarts_and_leaves_the_namespace_out() -> None:
    opened = Opened()
    opened.submit()
    opened.projects.secure("shop", "restricted", ANN)
    shown = opened.desk.plan(SubmissionRequest("shop", SPEC, "web.yaml"))
    assert shown.restarts
    assert {ref.kind for ref in shown.updated} == {"Deployment"}


def test_projects_are_listed_with_what_they_hold() -> None:
    opened = Opened()
    opened.submit()
    opened.vault.set("other", "token", b"x", ANN)
    opened.vault.set("other", "token", b"x", ANN, "team")
    assert [(one.name, one.deployments, one.secrets, one.pod_security) for one in opened.projects.listed()] == [
        ("other", 0, 1, "baseline"),
        ("shop", 1, 0, "baseline"),
    ]


def test_a_choice_is_on_record_and_the_same_again_is_no_news() -> None:
    opened = Opened()
    assert opened.projects.choose((("storage-size", "5Gi"),), ANN)[1]
    assert not opened.projects.choose((("storage-size", "5Gi"),), ANN)[1]
    assert opened.projects.platform() == Platform(storage_size="5Gi")
    with pytest.raises(Refused, match="no choice 'storage'"):
        opened.projects.choose((("storage", "5Gi"),), ANN)
    with pytest.raises(Refused, match="no choice was given"):
        opened.projects.choose((), ANN)


def test_each_choice_has_a_meaning_and_is_written_as_it_is_made() -> None:
    names = {field.name.replace("_", "-") for field in fields(Platform)}
    assert set(MEANINGS) == names == set(written(Platform()))
    opened = Opened()
    after, _ = opened.projects.choose(tuple(written(Platform(inner_endpoints=True)).items()), ANN)
    assert after == Platform(inner_endpoints=True)
