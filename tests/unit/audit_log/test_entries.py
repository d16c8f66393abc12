"""What is read of an entry of an audit log, and what never is."""

import json
from dataclasses import asdict

import pytest

from adapters.observations.audit_entries import all_witnessed, logged_at, request_of, witnessed
from domain.objects import ObjectRef
from tests.unit.audit_log.entries import entry, line
from tests.unit.one_deployment import KEY, NOON


def test_an_entry_says_who_asked_for_what_and_what_came_of_it() -> None:
    query = "?fieldManager=kubectl-edit&dry=no"

    request = request_of(entry(1, verb="patch", query=query, impersonatedUser={"username": "bob"}))

    assert request is not None
    assert (request.user, request.acting_as, request.verb, request.manager) == ("alice", "bob", "patch", "kubectl-edit")
    assert (request.ref, request.code) == (ObjectRef("Service", KEY.namespace, KEY.object_name), 200)
    assert (request.at - NOON).total_seconds() == 1
    assert request.succeeded


@pytest.mark.parametrize(
    "unfit",
    [
        entry(verb="get"),
        entry(stage="RequestReceived"),
        entry(stage="ResponseStarted"),
        entry(query="?dryRun=All"),
        entry(auditID=""),
        entry(verb=["delete"]),
        entry(objectRef=None, verb="get"),
    ],
)
def test_what_is_no_write_or_not_through_is_passed_over(unfit: dict[str, object]) -> None:
    assert request_of(unfit) is None


def test_the_body_of_a_request_or_an_answer_is_never_kept() -> None:
    secret = {"kind": "Secret", "data": {"password": "aHVzaA=="}, "metadata": {"uid": "u7", "resourceVersion": "70"}}
    told = entry(
        verb="update", resource="secrets", name="db", requestObject=secret, responseObject=secret, annotations={"x": "hush"}
    )

    request = request_of(told)

    assert request is not None
    assert (request.uid, request.resource_version) == ("u7", "70")
    assert "aHVzaA==" not in json.dumps(asdict(request), default=str)
    assert "hush" not in json.dumps(asdict(request), default=str)


def test_what_was_refused_is_told_in_the_servers_words_less_the_values_that_it_quotes() -> None:
    words = 'Deployment.apps "web" is invalid: spec.replicas: Invalid value: "hush": must be a number'
    refused = request_of(entry(verb="patch", code=422, responseStatus={"code": 422, "message": words}))
    of_a_secret = request_of(entry(resource="secrets", code=422, responseStatus={"code": 422, "message": "hush"}))

    assert refused is not None
    assert of_a_secret is not None
    assert refused.message == 'Deployment.apps "web" is invalid: spec.replicas: …'
    assert of_a_secret.message == ""


@pytest.mark.parametrize("bad", [b"[" * 100_000, b'{"verb":"delete"', b'[{"verb":"delete"}]', b'"\xff" "verb":"delete"'])
def test_what_is_no_entry_is_said_to_be_none(bad: bytes) -> None:
    prefix = b'"verb":"delete" ' if bad.startswith(b"[[") else b""
    with pytest.raises(ValueError, match=r".+"):
        witnessed(prefix + bad)


def test_hostile_words_are_cut_and_nothing_of_them_is_believed() -> None:
    long = "x" * 100_000
    told = entry(user=long, userAgent=long, query=f"?fieldManager={long}", name=long, responseStatus={"code": 10**30})

    request = request_of(told)

    assert request is not None
    assert max(len(str(value)) for value in asdict(request).values()) < 1000
    assert request.code == 0
    assert not request.succeeded


def test_a_post_is_an_event_list_and_nothing_else() -> None:
    whole = {"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": [entry(1), "x", entry(2, verb="get"), entry(3)]}

    assert [one.audit_id for one in all_witnessed(json.dumps(whole).encode())] == ["audit-1", "audit-3"]
    for other in (b"{}", b"[]", b"x", json.dumps({**whole, "apiVersion": "audit.k8s.io/v2"}).encode()):
        with pytest.raises(ValueError, match=r".+"):
            list(all_witnessed(other))


def test_an_entrys_time_is_found_without_reading_it() -> None:
    at = logged_at(line(5))
    assert at is not None
    assert 5 <= (at - NOON).total_seconds() < 6
    assert logged_at(b"nothing") is None
