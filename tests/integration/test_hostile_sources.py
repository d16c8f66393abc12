"""Servers of integrations that answer anything: asking them gives an identity, a refusal or nothing, and never comes apart."""

import re
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.sources.asking import RemoteSources
from domain.errors import Refused
from domain.filling import is_empty
from domain.spec import Bucket, GitLfs, Literal, SecretRef

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
COMMIT = "4f" * 20
VALUE = "hunter2hunter2"


class Anything(BaseHTTPRequestHandler):
    """Gives the same answer to everybody."""

    answer: ClassVar[tuple[int, str, bytes]] = (200, "", b"")
    location: ClassVar[str] = ""

    def do_GET(self) -> None:
        status, kind, body = self.answer
        length = int(self.headers.get("Content-Length") or 0)
        self.rfile.read(length)
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if self.location:
            self.send_header("Location", self.location)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        self.do_GET()

    def do_HEAD(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the library's name)
        """Say nothing."""


@contextmanager
def serving() -> Generator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Anything)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with serving() as where:
        yield where


def asked(source: GitLfs | Bucket, *, inner: bool = True) -> str:
    """Ask, and take a refusal for an answer."""
    try:
        return RemoteSources(lambda: NOON).identify(source, {"key": VALUE}, inner=inner)
    except Refused as refused:
        return "a value is told" if VALUE in f"{refused} {refused.hint}" else f"refused: {refused.code}"


def git(address: str) -> GitLfs:
    return GitLfs("a", "/a", f"{address}/x", "main", "me", SecretRef("key"))


def bucket(address: str) -> Bucket:
    return Bucket("a", "/a", "s3://bucket/x", "s3", address, "", Literal("ID"), SecretRef("key"))


def packet(line: bytes) -> bytes:
    return f"{len(line) + 4:04x}".encode() + line


SERVICE = packet(b"# service=git-upload-pack\n") + b"0000"
ADVERTISED = "application/x-git-upload-pack-advertisement"


def refs(*lines: bytes) -> bytes:
    return SERVICE + b"".join(packet(line) for line in lines) + b"0000"


HOSTILE_REFS = [
    b"",
    b"\x00" * 100,
    SERVICE,
    SERVICE + b"ffff",
    SERVICE + b"zzzz",
    refs(b"\n"),
    refs(b"x\n"),
    refs(b"\xff\xfe refs/heads/main\x00\n"),
    refs(b"$(touch /tmp/x) refs/heads/main\x00\n"),
    refs(b'"}\n{"x":"y refs/heads/main\x00\n'),
    refs(b"--upload-pack=id refs/heads/main\x00\n"),
    refs(b"z" * 40 + b" refs/heads/main\x00\n"),
    refs(b"4f" * 32 + b" refs/heads/main\x00\n"),
    refs(b"a" * 60000 + b" refs/heads/main\x00\n"),
    refs(b"version 2\n", b"ls-refs\n", b"fetch\n"),
    refs(b"ERR \xff go away\n"),
    b"<html>sign in</html>",
]


@pytest.mark.parametrize("body", HOSTILE_REFS, ids=range(len(HOSTILE_REFS)))
@pytest.mark.parametrize("status", [200, 204, 400, 401, 403, 404, 418, 500, 503])
def test_a_git_server_that_answers_anything_gives_a_commit_a_refusal_or_nothing(address: str, body: bytes, status: int) -> None:
    Anything.answer, Anything.location = (status, ADVERTISED, body), ""
    answer = asked(git(address))
    assert answer == "" or answer.startswith("refused: source-") or re.fullmatch("[0-9a-f]{40}", answer)


def test_the_control_a_git_server_that_answers_well_gives_the_commit(address: str) -> None:
    head = f"{COMMIT} refs/heads/main".encode() + b"\x00agent=x\n"
    Anything.answer, Anything.location = (200, ADVERTISED, refs(head)), ""
    assert asked(git(address)) == COMMIT


LIST = '<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name>%s</ListBucketResult>'
ENTRY = "<Contents><Key>%s</Key><LastModified>%s</LastModified><ETag>e</ETag><Size>%s</Size></Contents>"
HOSTILE_LISTS = [
    "",
    "{}",
    "<",
    "<html>sign in</html>",
    "<a/>",
    LIST % "",
    LIST % "<Contents/>",
    LIST % (ENTRY % ("x/../../etc", "2026-11-22T12:00:00.000Z", "1")),
    LIST % (ENTRY % ("x/a\n;1;b", "2026-11-22T12:00:00.000Z", "-1")),
    LIST % (ENTRY % ("x/a", "yesterday", "1")),
    LIST % (ENTRY % ("x/a", "2026-11-22T12:00:00.000Z", "many")),
    LIST % (ENTRY % ("x/a", "0001-01-01T00:00:00.000Z", "9" * 400)),
    LIST % (ENTRY % ("x/%ff%00", "2026-11-22T12:00:00.000Z", "1")),
    '<!DOCTYPE a [<!ENTITY b "c"><!ENTITY d "&b;&b;&b;">]>' + LIST % (ENTRY % ("x/&d;", "2026-11-22T12:00:00.000Z", "1")),
    '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>' + LIST % (ENTRY % ("x/&b;", "2026-11-22T12:00:00.000Z", "1")),
    "<Error><Code>NoSuchBucket</Code></Error>",
    "<Error><Code>$(id)</Code><Message>hunter2hunter2</Message></Error>",
    "<Error/>",
]


@pytest.mark.parametrize("body", HOSTILE_LISTS, ids=range(len(HOSTILE_LISTS)))
@pytest.mark.parametrize("status", [200, 301, 400, 403, 404, 500])
def test_an_object_store_that_answers_anything_gives_a_digest_a_refusal_or_nothing(address: str, body: str, status: int) -> None:
    Anything.answer, Anything.location = (status, "application/xml", body.encode()), ""
    answer = asked(bucket(address))
    known = r"etags:[0-9a-f]{64};listing:[0-9a-f]{64}(;at:[0-9TZ:-]+)?"
    assert answer == "" or answer.startswith("refused: source-") or re.fullmatch(known, answer)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=60), st.sampled_from([200, 401, 404]), st.booleans())
def test_any_bytes_are_answered(address: str, body: bytes, status: int, framed: bool) -> None:
    Anything.answer, Anything.location = (status, ADVERTISED, refs(body) if framed else body), ""
    assert asked(git(address)) != "a value is told"
    Anything.answer = (status, "application/xml", body)
    assert asked(bucket(address)) != "a value is told"


@pytest.mark.parametrize("source", [git, bucket])
def test_an_address_of_the_platforms_own_is_refused_after_a_redirect_too(address: str, source: type) -> None:
    Anything.answer, Anything.location = (302, "", b""), f"{address}/elsewhere"
    assert asked(source(address), inner=False) == "refused: inner-endpoint"
    assert not asked(source(address), inner=True).startswith("refused: inner")


@pytest.mark.parametrize(
    ("content", "empty"),
    [
        ("", True),
        ("<Contents><Key>x/</Key><Size>0</Size></Contents>", True),
        ("<Contents><Key>xylophone</Key><Size>1</Size><ETag>a</ETag></Contents>", True),
        ("<Contents><Key>x/one</Key><Size>0</Size><ETag>a</ETag></Contents>", False),
    ],
    ids=["no object", "a folder's own mark", "an object whose name only begins alike", "an object of no bytes"],
)
def test_a_bucket_with_no_object_below_its_prefix_is_known_to_hold_nothing(address: str, content: str, *, empty: bool) -> None:
    Anything.answer, Anything.location = (200, "application/xml", (LIST % content).encode()), ""

    assert is_empty(asked(bucket(address))) == empty
