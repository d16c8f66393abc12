"""Writes to an API server that fails: what surely did not happen, what may have, and what never will."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from adapters.cluster.kubernetes import KubernetesCluster
from domain.cluster_ports import Guard
from domain.errors import Contested, DeadreckonError, Rejected, Unreachable
from domain.objects import Live, Manifest, ObjectRef
from tests.integration.scripted_api import Reply, Script, scripted

WEB = ObjectRef("Service", "n", "web")
SERVICE = Manifest.of({"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web", "namespace": "n"}})
LIVE = {"kind": "Service", "metadata": {"name": "web", "namespace": "n", "uid": "u1", "resourceVersion": "7"}}
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
AUDIT = "7b8f2a52-9d4e-4b62-8f0e-3a5b1c2d3e4f"


def asked(answer: Callable[[Reply], None], order: Callable[[KubernetesCluster], object]) -> tuple[object, Script]:
    """What comes of an order that is answered so, and what the server saw."""
    script = Script(broken_lists=[answer])
    with scripted(script) as connection:
        cluster = KubernetesCluster(connection, "scripted", lambda: NOON, lambda: 0.0)
        try:
            return order(cluster), script
        except DeadreckonError as error:
            return error, script


def applied(answer: Callable[[Reply], None]) -> object:
    outcome, script = asked(answer, lambda cluster: cluster.apply(SERVICE, audit=AUDIT))
    assert len(script.requests) == 1, "one request, never repeated"
    return outcome


def test_an_apply_is_one_request_under_its_audit_id() -> None:
    outcome, script = asked(lambda r: r.whole(201, LIVE), lambda cluster: cluster.apply(SERVICE, audit=AUDIT))

    ((line, query, headers),) = script.requests
    assert isinstance(outcome, Live)
    assert (outcome.created, outcome.uid, outcome.ref) == (True, "u1", WEB)
    assert line == "PATCH /api/v1/namespaces/n/services/web"
    assert query == {"fieldManager": "deadreckon", "force": "true", "fieldValidation": "Strict"}
    assert (headers["Audit-ID"], headers["Content-Type"]) == (AUDIT, "application/apply-patch+yaml")
    assert headers["User-Agent"] == "deadreckon/test"


def test_a_dry_run_says_so() -> None:
    _, script = asked(lambda r: r.whole(200, LIVE), lambda c: c.apply(SERVICE, audit=AUDIT, dry_run=True))

    assert script.requests[0][1]["dryRun"] == "All"


@pytest.mark.parametrize("status", [401, 408, 429, 500, 502, 503, 504])
def test_what_may_pass_is_unreachable(status: int) -> None:
    outcome = applied(lambda reply: reply.refuse(status, "Whatever"))

    assert type(outcome).__mro__[1] is Unreachable
    assert str(status) in str(outcome)


def test_a_wait_that_was_asked_for_is_in_the_message() -> None:
    assert "again in 7 s" in str(applied(lambda reply: reply.refuse(429, "TooManyRequests", Retry_After="7")))


@pytest.mark.parametrize("status", [400, 403, 404, 405, 413, 422])
def test_the_api_servers_own_no_is_final(status: int) -> None:
    outcome = applied(lambda reply: reply.refuse(status, "Reason"))

    assert isinstance(outcome, Rejected)
    assert (outcome.rejection.status, outcome.rejection.reason) == (status, "Reason")


@pytest.mark.parametrize("status", [301, 403, 404, 407, 413])
def test_a_no_from_something_in_between_is_not_the_api_servers(status: int) -> None:
    outcome = applied(lambda reply: reply.whole(status, b"<html>not here</html>"))

    assert isinstance(outcome, Unreachable)


def test_a_conflict_is_contested() -> None:
    assert isinstance(applied(lambda reply: reply.refuse(409, "Conflict")), Contested)


def test_a_guard_with_another_uid_is_contested_also_when_it_is_called_invalid() -> None:
    causes = [{"reason": "FieldValueInvalid", "field": "metadata.uid"}]
    status = {"kind": "Status", "code": 422, "reason": "Invalid", "message": "immutable", "details": {"causes": causes}}

    outcome, _ = asked(lambda r: r.whole(422, status), lambda c: c.apply(SERVICE, audit=AUDIT, guard=Guard("u0", "7")))

    assert isinstance(outcome, Contested)


def hang_up(reply: Reply) -> None:
    reply.cut()


def cut_the_answer(reply: Reply) -> None:
    reply.handler.send_response(201)
    reply.handler.send_header("Content-Length", "500")
    reply.handler.end_headers()
    reply.handler.wfile.write(b'{"kind":"Service","metadata":')
    reply.cut()


def garble_the_answer(reply: Reply) -> None:
    reply.whole(201, b'{"kind":"Service","metadata":')


@pytest.mark.parametrize("answer", [hang_up, cut_the_answer, garble_the_answer])
def test_without_a_readable_answer_an_apply_is_unknown_and_never_failed(answer: Callable[[Reply], None]) -> None:
    outcome = applied(answer)

    assert isinstance(outcome, Unreachable)


def test_a_removal_names_the_uid_and_waits_for_dependents() -> None:
    outcome, script = asked(lambda r: r.whole(200, LIVE), lambda c: c.remove(WEB, guard=Guard("u1", "7"), audit=AUDIT))

    assert outcome is True
    assert script.requests[0][0] == "DELETE /api/v1/namespaces/n/services/web"
    assert script.requests[0][2]["Audit-ID"] == AUDIT


def test_only_the_api_server_can_say_that_something_is_not_there() -> None:
    gone, _ = asked(lambda r: r.refuse(404, "NotFound"), lambda c: c.read(WEB))
    lost, _ = asked(lambda r: r.whole(404, b"404 page not found"), lambda c: c.read(WEB))
    removed, _ = asked(lambda r: r.refuse(404, "NotFound"), lambda c: c.remove(WEB, guard=Guard("u1", "7"), audit=AUDIT))
    unknown, _ = asked(lambda r: r.whole(404, b"no upstream"), lambda c: c.remove(WEB, guard=Guard("u1", "7"), audit=AUDIT))

    assert gone is None
    assert isinstance(lost, Unreachable)
    assert removed is False
    assert isinstance(unknown, Unreachable)


def test_a_log_is_read_line_by_line() -> None:
    pod = ObjectRef("Pod", "n", "p")

    def answer(reply: Reply) -> None:
        reply.begin()
        for part in (b"one\ntw", b"o\nthr", "\u00e9\n".encode()[:1], b"\xff\nlast"):
            reply.chunk(part)
        reply.end()

    outcome, script = asked(answer, lambda c: list(c.logs(pod, follow=False, previous=True, since=60, tail=9)))

    assert outcome == ["one", "two", "thr\ufffd\ufffd", "last"]
    assert script.requests[0][0] == "GET /api/v1/namespaces/n/pods/p/log"
    assert script.requests[0][1] == {
        "container": "app",
        "follow": "false",
        "previous": "true",
        "sinceSeconds": "60",
        "tailLines": "9",
    }


def test_a_log_that_breaks_off_says_so() -> None:
    def answer(reply: Reply) -> None:
        reply.begin()
        reply.chunk(b"one\n")
        reply.cut()

    outcome, _ = asked(
        answer, lambda c: list(c.logs(ObjectRef("Pod", "n", "p"), follow=True, previous=False, since=None, tail=None))
    )

    assert isinstance(outcome, Unreachable)
    assert "Pod p" in str(outcome)


def test_nobody_there_is_unreachable() -> None:
    with scripted(Script()) as connection:
        pass
    cluster = KubernetesCluster(connection, "gone", lambda: NOON, lambda: 0.0)

    with pytest.raises(Unreachable):
        cluster.identity()
