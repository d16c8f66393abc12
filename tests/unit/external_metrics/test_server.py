"""The HTTPS server: who comes with the API server's certificate is answered, nobody else."""

import json
import socket
import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from adapters.external_metrics.answers import MetricsAnswer
from adapters.external_metrics.server import MetricsServer
from adapters.serving.listener import room
from tests.unit.serving.strangers import sitting, still_open

NOW = datetime.now(UTC)  # noqa: TID251 (TLS itself looks at the clock)
Key = ec.EllipticCurvePrivateKey


def certificate(name: str, key: Key, issuer: str, by: Key, *, authority: bool = False) -> bytes:
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(hours=1))
        .not_valid_after(NOW + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .sign(by, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM)


def pem(key: Key) -> bytes:
    plain = serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)


@pytest.fixture(scope="module")
def authority() -> tuple[Key, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    return key, certificate("front", key, "front", key, authority=True)


@pytest.fixture
def server(authority: tuple[Key, bytes]) -> Iterator[MetricsServer]:
    def answers(target: str) -> MetricsAnswer:
        return MetricsAnswer(200, {"asked": target})

    one = MetricsServer(("127.0.0.1", 0), answers, authority=authority[1].decode(), names=["front-proxy"], now=NOW)
    yield one
    one.close()


def ask(server: MetricsServer, folder: Path, name: str = "", issued: tuple[str, Key] | None = None) -> tuple[int, object]:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    if issued:
        key = ec.generate_private_key(ec.SECP256R1())
        (folder / "client.pem").write_bytes(pem(key) + certificate(name, key, *issued))
        context.load_cert_chain(folder / "client.pem")
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as plain, context.wrap_socket(plain) as line:
        line.sendall(b"GET /apis HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        said = b""
        while chunk := line.recv(65_536):
            said += chunk
    head, _, body = said.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


def test_the_api_server_is_answered(server: MetricsServer, authority: tuple[Key, bytes], tmp_path: Path) -> None:
    assert ask(server, tmp_path, "front-proxy", ("front", authority[0])) == (200, {"asked": "/apis"})


def test_another_name_of_the_same_authority_is_not(server: MetricsServer, authority: tuple[Key, bytes], tmp_path: Path) -> None:
    assert ask(server, tmp_path, "someone", ("front", authority[0]))[0] == 403


def test_who_comes_without_a_certificate_or_with_his_own_does_not_even_get_to_ask(server: MetricsServer, tmp_path: Path) -> None:
    for issued in (None, ("front", ec.generate_private_key(ec.SECP256R1()))):
        with pytest.raises((ssl.SSLError, ConnectionError, IndexError)):
            ask(server, tmp_path, "front-proxy", issued)


def test_who_says_nothing_holds_up_nobody(server: MetricsServer, authority: tuple[Key, bytes], tmp_path: Path) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5):
        assert ask(server, tmp_path, "front-proxy", ("front", authority[0]))[0] == 200


def test_a_crowd_that_never_shakes_hands_holds_up_nobody(
    server: MetricsServer, authority: tuple[Key, bytes], tmp_path: Path
) -> None:
    with sitting(server.port, 214, b"") as others:
        assert ask(server, tmp_path, "front-proxy", ("front", authority[0]))[0] == 200
        assert still_open(others) <= room()
