"""Where API servers post their audit log: heard is who shows the token; well is what is on record."""

import json
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from adapters.audit_log.webhook import LARGEST, AuditServer, read_token
from domain.audit import RequestWitnessed
from domain.errors import Unfit
from tests.unit.audit_log.entries import entry
from tests.unit.serving.strangers import asked, status

TOKEN = "a-token-that-nobody-guesses"
WHOLE = {"kind": "EventList", "apiVersion": "audit.k8s.io/v1", "items": [entry(1), entry(2)]}


@contextmanager
def serving(heard: list[RequestWitnessed], *, leads: bool = True) -> Generator[int]:
    def recorded(requests: Sequence[RequestWitnessed], _: float) -> bool:
        heard.extend(requests if leads else ())
        return leads

    server = AuditServer(("127.0.0.1", 0), recorded, token=TOKEN, certificate=None)
    try:
        yield server.port
    finally:
        server.close()


def post(body: bytes | None = None, *headers: str, token: str = TOKEN, method: str = "POST", length: int | None = None) -> bytes:
    body = json.dumps(WHOLE).encode() if body is None else body
    lines = [f"{method} /audit HTTP/1.1", "Host: x", f"Authorization: Bearer {token}", "Connection: close", *headers]
    lines += [f"Content-Length: {len(body) if length is None else length}"] if method == "POST" else []
    return "\r\n".join([*lines, "", ""]).encode() + body


def test_what_is_posted_with_the_token_is_on_record_when_it_is_answered() -> None:
    heard: list[RequestWitnessed] = []
    with serving(heard) as port:
        assert status(asked(port, post())) == 200
    assert [request.audit_id for request in heard] == ["audit-1", "audit-2"]


@pytest.mark.parametrize("token", ["", "x", TOKEN[:-1], f"{TOKEN}x", "é" * 30])
def test_who_does_not_show_the_token_is_not_heard_and_nothing_of_theirs_is_read(token: str) -> None:
    heard: list[RequestWitnessed] = []
    with serving(heard) as port:
        # It says that much will come and sends nothing: it is answered at once all the same.
        assert status(asked(port, post(b"", token=token, length=LARGEST))) == 401
        assert status(asked(port, post(b"", token=token, method="GET"))) == 401
    assert not heard


def test_an_engine_that_does_not_lead_asks_to_come_again_to_another() -> None:
    with serving([], leads=False) as port:
        answer = asked(port, post()).decode()
    assert status(answer.encode()) == 503
    assert "Retry-After: 1\r\n" in answer
    assert "Connection: close\r\n" in answer


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (post(b"{}"), 400),
        (post(b"[" * 100_000), 400),
        (post(b"\xff\x00"), 400),
        (post(b"", length=LARGEST + 1), 413),
        (post(b"", "Transfer-Encoding: chunked"), 413),
        (post(b"", length=-1), 413),
        (post(b"", method="GET"), 404),
        (post(b"", method="PUT"), 405),
    ],
)
def test_what_is_no_post_of_an_audit_log_is_refused(request_: bytes, code: int) -> None:
    heard: list[RequestWitnessed] = []
    with serving(heard) as port:
        assert status(asked(port, request_)) == code
        assert status(asked(port, post())) == 200, "the next is served"
    assert len(heard) == 2


def test_a_list_in_which_nothing_is_told_needs_no_leader() -> None:
    nothing = json.dumps({**WHOLE, "items": [entry(1, verb="get"), None, []]}).encode()
    with serving([], leads=False) as port:
        assert status(asked(port, post(nothing))) == 200


def test_a_token_that_could_be_guessed_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text(f"{TOKEN}\n")
    assert read_token(file) == TOKEN
    for bad in ("", "short", "a" * 20 + "\n" + "b" * 20, "é" * 20):
        file.write_text(bad)
        with pytest.raises(Unfit, match="token"):
            read_token(file)
    with pytest.raises(Unfit, match="cannot be read"):
        read_token(tmp_path / "nowhere")
