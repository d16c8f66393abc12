"""Registries, git servers and object stores that do anything: every question ends in its bounds, and says whose fault it was."""

import gzip
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from ipaddress import ip_address
from pathlib import Path
from threading import Event

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.integration.hostile_server import CANARY, KINDS, OK, Hostile, asked, hostile, whole

MIB = 1024 * 1024
COMMIT = b"4f" * 20
ENTRY = b"<Contents><Key>x/%s</Key><LastModified>%s</LastModified><ETag>e</ETag><Size>%s</Size></Contents>"
LIST = b'<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>bucket</Name>%s</ListBucketResult>'
OBJECT = ENTRY % (b"a", b"2026-11-22T12:00:00.000Z", b"1")
ADVERTISED = "application/x-git-upload-pack-advertisement"


def packet(line: bytes) -> bytes:
    return b"%04x" % (len(line) + 4) + line


def refs(*lines: bytes) -> bytes:
    return packet(b"# service=git-upload-pack\n") + b"0000" + b"".join(packet(line) for line in lines) + b"0000"


GOOD = {
    "registry": whole(b"{}")[0],
    "git": whole(refs(COMMIT + b" refs/heads/main\x00agent=x\n"), kind=ADVERTISED)[0],
    "bucket": whole(LIST % OBJECT, kind="application/xml")[0],
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_control_a_good_answer_is_taken(kind: str) -> None:
    with hostile(lambda _: [GOOD[kind]]) as server:
        answer, why = asked(kind, server.host)
    assert (len(answer) >= 40, why) == (True, "")


@pytest.mark.parametrize("kind", KINDS)
def test_one_byte_at_a_time_ends_with_the_time_of_the_whole_question(kind: str) -> None:
    began = time.monotonic()
    with hostile(lambda _: server.drip(GOOD[kind])) as server:
        answer, why = asked(kind, server.host, seconds=1.0)
    assert (answer, why) == ("", f"{server.host} took longer than 1 seconds in all")
    with hostile(lambda _: server.drip(GOOD[kind])) as server:
        assert asked(kind, server.host, step=0.5) == ("", f"{server.host} took longer than 0.5 seconds for one answer")
    assert time.monotonic() - began < 15


@pytest.mark.parametrize("kind", KINDS)
def test_the_control_without_that_bound_the_same_server_is_waited_for_to_its_end(kind: str) -> None:
    """Patience with each byte alone, which is all that there was, holds for as long as the server likes."""
    with hostile(lambda _: server.drip(GOOD[kind], 0.008)) as server:
        began = time.monotonic()
        answer, _ = asked(kind, server.host, seconds=600, step=600)
        took = time.monotonic() - began
    assert answer
    assert took > len(GOOD[kind]) * 0.008


@pytest.mark.parametrize("kind", ["git", "bucket"])
def test_a_handshake_that_drips_ends_too(kind: str) -> None:
    began = time.monotonic()
    with hostile(lambda _: server.drip(b"")) as server:
        server.answer = lambda _: []
        answer, why = asked(kind, server.host, scheme="https", seconds=2.0, patience=0.7)
    assert (answer, why.startswith(server.host)) == ("", True)
    assert time.monotonic() - began < 15


@pytest.mark.parametrize("kind", ["git", "bucket"])
def test_a_name_that_is_looked_up_for_ever_is_not_waited_for(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    over, began = Event(), time.monotonic()

    def waiting(*_: object, **__: object) -> list[object]:
        over.wait(20)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", waiting)
    answer, why = asked(kind, "slow.example", patience=0.5)
    assert (answer, why) == ("", "slow.example has no address: its name was looked up for 0.5 seconds")
    assert time.monotonic() - began < 15
    over.set()


def vouched_for(folder: Path) -> Path:
    """Make a certificate of 127.0.0.1 that vouches for itself, and its key in the same file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "here")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key()).serial_number(7)
    made = made.not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
    made = made.add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file = folder / "here.pem"
    file.write_bytes(made.sign(key, SHA256()).public_bytes(Encoding.PEM) + private)
    return file


@pytest.mark.parametrize("kind", ["git", "bucket"])
def test_with_tls_it_is_the_same(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = vouched_for(tmp_path)
    with hostile(lambda _: [GOOD[kind]], certificate=certificate) as server:
        answer, why = asked(kind, server.host, scheme="https")
        assert (answer, why.startswith(f"{server.host} has a certificate that is not trusted here")) == ("", True)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert len(asked(kind, server.host, scheme="https")[0]) >= 40
        server.answer = lambda _: server.drip(GOOD[kind])
        assert asked(kind, server.host, scheme="https", seconds=1.0)[1] == f"{server.host} took longer than 1 seconds in all"
        server.answer = lambda _: forever(b"x" * 8000, OK + b"\r\n")
        assert asked(kind, server.host, scheme="https", answer=MIB)[1] == f"{server.host} answered more than 1 MiB at once"
    with hostile(lambda _: [OK]) as server:
        assert asked(kind, server.host, scheme="https", patience=0.5)[0] == ""


def forever(part: bytes, first: bytes = b"") -> Iterator[bytes]:
    yield first
    while True:
        yield part


ENDLESS: dict[str, tuple[Callable[[], Iterator[bytes]], str]] = {
    "headers": (lambda: forever(b"X-More: " + b"x" * 8000 + b"\r\n", OK), "sent headers of more than 64 KiB"),
    "continues": (lambda: forever(b"HTTP/1.1 100 Continue\r\n\r\n" * 100), "sent headers of more than 64 KiB"),
    "one header": (lambda: forever(b"x" * 8000, OK + b"X: "), ""),
    "status": (lambda: forever(b"x" * 8000, b"HTTP/1.1 200 "), ""),
    "body": (lambda: forever(b"<a>" * 20000, OK + b"\r\n"), "at once"),
    "chunks": (lambda: forever(b"4\r\n<a/>\r\n" * 5000, OK + b"Transfer-Encoding: chunked\r\n\r\n"), "at once"),
    "chunk of any size": (lambda: forever(b"x" * 8000, OK + b"Transfer-Encoding: chunked\r\n\r\n" + b"f" * 15 + b"\r\n"), ""),
    "chunk's line": (lambda: forever(b"f" * 8000, OK + b"Transfer-Encoding: chunked\r\n\r\n"), ""),
    "trailers": (lambda: forever(b"X: y\r\n" * 1000, OK + b"Transfer-Encoding: chunked\r\n\r\n0\r\n"), ""),
}


@pytest.mark.parametrize("what", ENDLESS)
@pytest.mark.parametrize("kind", KINDS)
def test_what_has_no_end_is_read_to_its_bound(kind: str, what: str) -> None:
    endless, words = ENDLESS[what]
    with hostile(lambda _: endless()) as server:
        answer, why = asked(kind, server.host, seconds=20, answer=MIB, whole=3 * MIB)
    assert (answer, why.startswith(server.host)) == ("", True)
    assert words in why
    assert "longer than 20 seconds" not in why


def test_redirects_without_end_and_pages_without_end_are_counted() -> None:
    page = LIST % (b"<IsTruncated>true</IsTruncated><NextContinuationToken>%d</NextContinuationToken>" + OBJECT)
    with hostile(lambda _: whole(page % len(server.seen), kind="application/xml")) as server:
        assert asked("bucket", server.host, requests=20) == ("", f"{server.host} needed more than 20 requests")
        assert len(server.seen) == 20
    page = LIST % b"<IsTruncated>true</IsTruncated>"
    with hostile(lambda _: whole(page, kind="application/xml")) as server:
        assert asked("bucket", server.host, requests=20)[0] == ""
    for kind in KINDS:
        with hostile(lambda _: whole(b"", f"Location: /x/info/refs?n={len(server.seen)}", status="302 Found")) as server:
            assert asked(kind, server.host) == ("", f"{server.host} redirects more than 3 times")
            assert len(server.seen) == 4


def test_all_pages_together_have_a_bound() -> None:
    page = LIST % (b"<IsTruncated>true</IsTruncated><NextContinuationToken>%d</NextContinuationToken>" + OBJECT * 1000)
    with hostile(lambda _: whole(page % len(server.seen), kind="application/xml")) as server:
        answer, why = asked("bucket", server.host, whole=MIB)
    assert (answer, why) == ("", f"{server.host} answered more than 1 MiB in all")


@pytest.mark.parametrize("length", ["-1", "many", "1, 2", "9" * 5000, "5", "1" * 18, "", "\xb2", "0x10"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_length_that_is_none_is_the_servers_fault(kind: str, length: str) -> None:
    lied = GOOD[kind].partition(b"\r\n\r\n")[2]
    head = f"Content-Type: {ADVERTISED if kind == 'git' else 'application/xml'}\r\nContent-Length: {length}\r\n\r\n"
    with hostile(lambda _: [OK + head.encode("latin-1") + lied]) as server:
        answer, why = asked(kind, server.host, patience=0.5, seconds=5)
    assert answer or server.host in why


BROKEN = {
    "nothing": b"",
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00",
    "cut in the head": OK + b"Content-Le",
    "cut in the body": OK + b"Content-Length: 100\r\n\r\n{",
    "cut in a chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n64\r\n{",
    "chunk garbage": OK + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
    "negative chunk": OK + b"Transfer-Encoding: chunked\r\n\r\n-5\r\n{}\r\n0\r\n\r\n",
    "status 0": b"HTTP/1.1 0 x\r\n\r\n",
    "status 600": b"HTTP/1.1 600 x\r\nContent-Length: 0\r\n\r\n",
    "status 101": b"HTTP/1.1 101 x\r\n\r\n",
    "status 199": b"HTTP/1.1 199 x\r\nContent-Length: 0\r\n\r\n",
    "status 99999": b"HTTP/1.1 99999 x\r\n\r\n",
    "status text": b"HTTP/1.1 two hundred\r\n\r\n",
    "HTTP/9": b"HTTP/9.9 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    "empty": OK + b"Content-Length: 0\r\n\r\n",
    "header without a name": OK + b": x\r\n\x00\xff: \xfe\r\nContent-Length: 2\r\n\r\n{}",
    "dates": b"HTTP/1.1 503 x\r\nRetry-After: \xff\r\nDate: yesterday\r\nLast-Modified: 99\r\nContent-Length: 0\r\n\r\n",
    "retry for ever": b"HTTP/1.1 429 x\r\nRetry-After: 999999999\r\nContent-Length: 0\r\n\r\n",
    "retry never": b"HTTP/1.1 503 x\r\nRetry-After: -1\r\nContent-Length: 0\r\n\r\n",
    "kind": OK + b"Content-Type: \xff;;;=\r\nContent-Length: 2\r\n\r\n{}",
    "charset": OK + b"Content-Type: application/xml; charset=no-such\r\nContent-Length: 2\r\n\r\n{}",
    "no UTF-8": OK + b"Content-Type: application/json\r\nContent-Length: 4\r\n\r\n\xff\xfe{}",
    "depth": OK + b"Content-Length: 1824\r\n\r\n" + b'{"errors":[{"code":%s}]}' % (b"[" * 900 + b"]" * 900),
    "depth for an error": b"HTTP/1.1 404 x\r\nContent-Length: 1823\r\n\r\n"
    + b'{"errors":[{"code":%s}]}' % (b"[" * 900 + b"]" * 900),
    "surrogates": OK + b'Content-Length: 34\r\n\r\n{"errors":[{"code":"\\ud800\\udfff"}]}',
    "many headers": OK + b"X: y\r\n" * 500 + b"\r\n",
    "redirect to nothing": b"HTTP/1.1 302 x\r\nLocation: http://[\r\nContent-Length: 0\r\n\r\n",
    "redirect to a file": b"HTTP/1.1 302 x\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n",
    "redirect to a port": b"HTTP/1.1 302 x\r\nLocation: http://x:99999/\r\nContent-Length: 0\r\n\r\n",
    "redirect to bytes": b"HTTP/1.1 302 x\r\nLocation: http://\xff\x1b[31m/\r\nContent-Length: 0\r\n\r\n",
    "redirect to a name too long": b"HTTP/1.1 302 x\r\nLocation: http://" + b"a" * 300 + b"/\r\nContent-Length: 0\r\n\r\n",
    "redirect to a label too long": b"HTTP/1.1 302 x\r\nLocation: http://" + b"a" * 70 + b".b/\r\nContent-Length: 0\r\n\r\n",
    "redirect with a user": b"HTTP/1.1 302 x\r\nLocation: http://a@b/\r\nContent-Length: 0\r\n\r\n",
    "challenge garbage": b'HTTP/1.1 401 x\r\nWWW-Authenticate: Bearer realm="\x01\xff\r\nContent-Length: 0\r\n\r\n',
    "challenge at length": b"HTTP/1.1 401 x\r\nWWW-Authenticate: Bearer " + b"a" * 60000 + b"\r\nContent-Length: 0\r\n\r\n",
    "realm is nothing": b'HTTP/1.1 401 x\r\nWWW-Authenticate: Bearer realm=""\r\nContent-Length: 0\r\n\r\n',
    "realm is a bracket": b'HTTP/1.1 401 x\r\nWWW-Authenticate: Bearer realm="https://[x"\r\nContent-Length: 0\r\n\r\n',
    "realm is a number": b'HTTP/1.1 401 x\r\nWWW-Authenticate: Bearer realm="https://a:b"\r\nContent-Length: 0\r\n\r\n',
    "no realm": b'HTTP/1.1 401 x\r\nWWW-Authenticate: Bearer service="a"\r\nContent-Length: 0\r\n\r\n',
    "a scheme of its own": b"HTTP/1.1 401 x\r\nWWW-Authenticate: \xff\xff\r\nContent-Length: 0\r\n\r\n",
}


@pytest.mark.parametrize("what", BROKEN)
@pytest.mark.parametrize("kind", KINDS)
def test_every_error_of_a_servers_is_told_as_its_own(kind: str, what: str) -> None:
    with hostile(lambda _: [BROKEN[what]]) as server:
        answer, why = asked(kind, server.host, patience=1.0, seconds=5)
    assert answer in {"", "source-login", "source-missing"} or answer.startswith("sha256:")
    assert answer or server.host in why or why.startswith("the registry's answer is")
    assert why.isprintable()
    assert CANARY not in why


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=60), st.sampled_from([b"", OK, OK + b"\r\n", OK + b"Transfer-Encoding: chunked\r\n\r\n"]))
def test_any_bytes_on_the_wire_are_answered(said: bytes, before: bytes) -> None:
    with hostile(lambda _: [before + said]) as server:
        for kind in KINDS:
            answer, why = asked(kind, server.host, patience=0.5, seconds=2)
            assert (not answer and server.host in why) or answer == "source-missing" or why.startswith("the registry's")


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_decompressed(kind: str) -> None:
    bomb = gzip.compress(b"<a/>" * MIB)
    with hostile(lambda _: whole(bomb, "Content-Encoding: gzip")) as server:
        answer, why = asked(kind, server.host)
    assert (answer, why) == ("", f"{server.host} answers compressed, which it was not asked for")
    assert "gzip" not in server.seen[0]


XML = {
    "a document type": b'<!DOCTYPE a [<!ENTITY b "c">]>' + LIST % OBJECT,
    "entities upon entities": b'<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]>'
    + LIST % (ENTRY % (b"&c;", b"", b"1")),
    "an entity of a file": b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>' + LIST % (ENTRY % (b"&b;", b"", b"1")),
    "depth": b"<a>" * 100_000,
    "many elements": b"<a>" + b"<b/>" * 200_000 + b"</a>",
    "a far year": LIST % (ENTRY % (b"a", b"9999-12-31T23:59:59.999999Z", b"1")),
    "the first year": LIST % (ENTRY % (b"a", b"0001-01-01T00:00:00.000Z", b"1")),
    "a size below nothing": LIST % (ENTRY % (b"a", b"2026-11-22T12:00:00.000Z", b"-1")),
    "a size beyond all": LIST % (ENTRY % (b"a", b"2026-11-22T12:00:00.000Z", b"9" * 400)),
    "a name of two lines": LIST % (ENTRY % (b"a\n;1;b", b"2026-11-22T12:00:00.000Z", b"1")),
    "a name beyond all": LIST % (ENTRY % (b"a" * 5000, b"2026-11-22T12:00:00.000Z", b"1")),
    "a tag beyond all": (LIST % OBJECT).replace(b"<ETag>e", b"<ETag>" + b"e" * 5000),
    "another root": b"<a/>",
}


@pytest.mark.parametrize("what", XML)
def test_a_listing_that_no_store_gives_is_none(what: str) -> None:
    with hostile(lambda _: whole(XML[what], kind="application/xml")) as server:
        answer, why = asked("bucket", server.host)
    assert (answer, server.host in why) == ("", True)


def test_a_region_that_is_none_is_not_followed() -> None:
    error = b"<Error><Code>AuthorizationHeaderMalformed</Code></Error>"
    answer = whole(error, "x-amz-bucket-region: evil.example/?", status="400 Bad", kind="application/xml")
    with hostile(lambda _: answer) as server:
        assert asked("bucket", server.host) == ("", f"http://{server.host} answers with AuthorizationHeaderMalformed")
        assert len(server.seen) == 1


def test_a_stores_own_words_are_not_repeated() -> None:
    error = b"<Error><Code>AccessDenied %s \n now</Code></Error>" % CANARY.encode()
    with hostile(lambda _: whole(error, status="403 No", kind="application/xml")) as server:
        code, told = asked("bucket", server.host)
    assert (code, CANARY in told, "status 403" in told) == ("source-login", False, True)


def million() -> Iterator[bytes]:
    for block in range(100):
        yield b"".join(packet(COMMIT + b" refs/heads/%d\n" % (block * 10_000 + n)) for n in range(10_000))


def listed_refs(_: str) -> Iterable[bytes]:
    yield (
        OK
        + f"Content-Type: {ADVERTISED}\r\nConnection: close\r\n\r\n".encode()
        + packet(b"# service=git-upload-pack\n")
        + b"0000"
    )
    yield packet(COMMIT + b" refs/heads/main\x00agent=x\n")
    yield from million()
    yield b"0000"


def test_a_million_refs_are_not_read() -> None:
    with hostile(listed_refs) as server:
        assert asked("git", server.host) == ("", f"{server.host} answered more than 16 MiB at once")
    with hostile(listed_refs) as server:
        assert asked("git", server.host, answer=100 * MIB, whole=100 * MIB) == ("", f"{server.host} lists more than 100000 refs")


def test_what_a_git_server_adds_to_its_refs_is_no_noise_on_the_terminal(capfd: pytest.CaptureFixture[str]) -> None:
    version = packet(b"# service=git-upload-pack\n") + b"0000" + packet(b"version 2\n") + packet(b"ls-refs\n") + b"0000"
    listed = packet(COMMIT + b" refs/heads/main \x1b[31mred\n") + b"0000"

    def answer(path: str) -> Iterable[bytes]:
        if path.endswith("git-upload-pack"):
            return whole(listed, kind="application/x-git-upload-pack-result")
        return whole(version, kind=ADVERTISED)

    with hostile(answer) as server:
        answer_given, _ = asked("git", server.host)
    assert answer_given in {"", COMMIT.decode()}
    assert capfd.readouterr().err == ""


MEMORY = f"""
import resource, sys
sys.path.insert(0, ".")
from tests.integration.hostile_server import asked
resource.setrlimit(resource.RLIMIT_AS, ({1024 * MIB}, {1024 * MIB}))
print(asked("bucket", sys.argv[1], answer=int(sys.argv[2]), whole=2 * int(sys.argv[2]), seconds=60)[1])
print(next(int(line.split()[1]) // 1024 for line in open("/proc/self/status") if line.startswith("VmHWM")))
"""


def in_one_gibibyte(server: Hostile, most: int) -> tuple[str, int]:
    """Ask in a process of its own that cannot have more; give what it says, and the MiB that it needed."""
    command = [sys.executable, "-c", MEMORY, server.host, str(most)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    said, needed = done.stdout.splitlines()
    return said, int(needed)


def large_listing(block: bytes) -> Iterable[bytes]:
    yield OK + b"Content-Type: application/xml\r\nConnection: close\r\n\r\n" + (LIST % b"").partition(b"</L")[0]
    for _ in range(300):
        yield block
    yield b"</ListBucketResult>"


MANY_OBJECTS = OBJECT * (MIB // len(OBJECT))
LONG_NAME = ENTRY % (b"a" * MIB, b"2026-11-22T12:00:00.000Z", b"1")


@pytest.mark.parametrize("block", [MANY_OBJECTS, LONG_NAME], ids=["objects", "names"])
def test_300_mib_of_a_listing_take_no_memory(block: bytes) -> None:
    with hostile(lambda _: large_listing(block)) as server:
        said, needed = in_one_gibibyte(server, 4 * MIB)
    assert (said, needed < 200) == (f"{server.host} answered more than 4 MiB at once", True)


def test_the_control_without_the_bound_one_gibibyte_is_not_enough() -> None:
    with hostile(lambda _: large_listing(LONG_NAME)) as server:
        said, needed = in_one_gibibyte(server, 400 * MIB)
    assert (server.host in said, needed > 600) == (True, True)
