"""The promises of `domain.ports.Images`, held by the registry adapter against a small true registry on loopback."""

import hashlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from adapters.images.resolving import RegistryImages
from domain.errors import Refused
from domain.images import DOCKER_HUB, parse_reference
from domain.ports import Image
from tests.lab.cluster import Lab

MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"


class Shelf:
    """What a registry holds, and how it behaves."""

    def __init__(self) -> None:
        self.manifests: dict[str, tuple[str, bytes]] = {}
        self.blobs: dict[str, bytes] = {}
        self.token = ""
        self.lies = False
        self.says = ""
        self.asked: list[str] = []
        self.status = 0
        self.host = ""

    def push(self, tag: str, *, ports: tuple[str, ...] = ()) -> str:
        exposed: dict[str, dict[str, str]] = {port: {} for port in ports}
        config = json.dumps({"config": {"ExposedPorts": exposed}}).encode()
        self.blobs[digest(config)] = config
        body = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": {"digest": digest(config)}}).encode()
        return self.keep(tag, MANIFEST, body)

    def said(self, body: bytes) -> str:
        return self.says or (digest(b"other") if self.lies else digest(body))

    def keep(self, tag: str, kind: str, body: bytes) -> str:
        self.manifests[tag] = self.manifests[digest(body)] = (kind, body)
        return digest(body)


def digest(body: bytes) -> str:
    return f"sha256:{hashlib.sha256(body).hexdigest()}"


class Answering(BaseHTTPRequestHandler):
    shelf: Shelf

    def do_GET(self) -> None:
        self.shelf.asked.append(self.path)
        if self.path.startswith("/token?"):
            self.answer(200, json.dumps({"token": self.shelf.token}).encode())
        elif self.shelf.token and self.headers.get("Authorization") != f"Bearer {self.shelf.token}":
            realm = f'Bearer realm="http://{self.shelf.host}/token",service="lab",scope="repository:team/app:pull"'
            self.answer(401, b"{}", **{"WWW-Authenticate": realm})
        elif self.shelf.status:
            self.answer(self.shelf.status, b"no")
        else:
            self.give(*self.path.removeprefix("/v2/team/app/").split("/", 1))

    def give(self, what: str, name: str = "") -> None:
        assert what != "manifests" or MANIFEST in self.headers["Accept"]
        if what == "manifests" and name in self.shelf.manifests:
            kind, body = self.shelf.manifests[name]
            self.answer(200, body, **{"Content-Type": kind, "Docker-Content-Digest": self.shelf.said(body)})
        elif what == "blobs" and name in self.shelf.blobs:
            self.answer(200, self.shelf.blobs[name])
        else:
            self.answer(404, json.dumps({"errors": [{"code": "MANIFEST_UNKNOWN"}]}).encode())

    def answer(self, status: int, body: bytes, **headers: str) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (the base class's name)
        """Say nothing."""


def handler(held: Shelf) -> type[Answering]:
    class Bound(Answering):
        shelf = held

    return Bound


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    shelf = Shelf()
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler(shelf))
    shelf.host = f"127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield shelf
    server.shutdown()
    server.server_close()
    thread.join()


DEEP = b'{"manifests": [{"platform": {"os": %s, "architecture": 1}, "digest": 1}]}' % (b"[" * 900 + b"]" * 900)


def resolve(shelf: Shelf, name: str) -> Image | None:
    return RegistryImages().resolve(f"{shelf.host}/team/app{name}")


def test_a_tag_resolves_to_the_digest_it_stands_for_now(shelf: Shelf) -> None:
    first = shelf.push("1")
    assert resolve(shelf, ":1") == Image(first)
    second = shelf.push("1", ports=("8000/tcp",))
    assert first != second
    assert resolve(shelf, ":1") == Image(second, (8000,))


def test_no_tag_means_latest_and_a_digest_means_itself(shelf: Shelf) -> None:
    latest = shelf.push("latest", ports=("80/tcp", "53/udp", "9000"))
    assert resolve(shelf, "") == Image(latest, (80, 9000))
    assert resolve(shelf, f"@{latest}") == Image(latest, (80, 9000))
    assert resolve(shelf, f":gone@{latest}") == Image(latest, (80, 9000))


def test_an_index_resolves_to_its_own_digest_and_a_platforms_ports(shelf: Shelf) -> None:
    image = shelf.push("amd", ports=("7000/tcp",))
    odd = {"digest": digest(b"none"), "platform": {"os": "unknown", "architecture": "unknown"}}
    mine = {"digest": image, "platform": {"os": "linux", "architecture": "amd64"}}
    index = shelf.keep("1", INDEX, json.dumps({"mediaType": INDEX, "manifests": [odd, mine]}).encode())
    assert resolve(shelf, ":1") == Image(index, (7000,))


def test_an_anonymous_token_is_fetched_where_one_is_asked_for(shelf: Shelf) -> None:
    image = shelf.push("1", ports=("80/tcp",))
    shelf.token = "visitor"
    assert resolve(shelf, ":1") == Image(image, (80,))


def test_an_image_that_the_registry_does_not_have_is_refused(shelf: Shelf) -> None:
    with pytest.raises(Refused) as refusal:
        resolve(shelf, ":none")
    assert refusal.value.code == "image-unknown"
    assert ":none" in refusal.value.message


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500])
def test_a_registry_that_does_not_answer_properly_cannot_be_asked(shelf: Shelf, status: int) -> None:
    shelf.push("1")
    shelf.status = status
    assert resolve(shelf, ":1") is None


def test_a_digest_that_does_not_fit_the_bytes_is_not_believed(shelf: Shelf) -> None:
    shelf.push("1")
    shelf.lies = True
    assert resolve(shelf, ":1") is None


def test_the_digest_is_known_also_where_the_configuration_is_not(shelf: Shelf) -> None:
    image = shelf.push("1", ports=("80/tcp",))
    shelf.blobs.clear()
    assert resolve(shelf, ":1") == Image(image)


def test_a_blob_or_a_platforms_manifest_of_other_bytes_tells_no_ports(shelf: Shelf) -> None:
    image = shelf.push("1", ports=("80/tcp",))
    (blob,) = shelf.blobs
    shelf.blobs[blob] = json.dumps({"config": {"ExposedPorts": {"22/tcp": {}}}}).encode()
    assert resolve(shelf, ":1") == Image(image)

    shelf.push("amd", ports=("80/tcp",))
    mine = {"digest": digest(b"another"), "platform": {"os": "linux", "architecture": "amd64"}}
    shelf.manifests[digest(b"another")] = shelf.manifests["amd"]
    index = shelf.keep("2", INDEX, json.dumps({"mediaType": INDEX, "manifests": [mine]}).encode())
    assert resolve(shelf, ":2") == Image(index)


@pytest.mark.parametrize("said", ["sha256:zz", "sha256:" + "A" * 64, "sha512:" + "0" * 128, "\x1b[31m", "x" * 9000, "../../x"])
def test_a_digest_that_is_none_is_not_believed(shelf: Shelf, said: str) -> None:
    shelf.push("1")
    shelf.says = said
    images = RegistryImages()
    assert images.resolve(f"{shelf.host}/team/app:1") is None
    assert images.because == f"{shelf.host} names the manifest by what is no sha256 digest"


@pytest.mark.parametrize(
    "said", ["sha256:zz", "sha256:" + "0" * 63, "../../../etc/passwd", "", None, 7, ["a"], "sha256:" + "0" * 64 + "\n"]
)
def test_a_descriptor_whose_digest_is_none_is_not_asked_for(shelf: Shelf, said: object) -> None:
    body = json.dumps({"schemaVersion": 2, "config": {"digest": said}}).encode()
    shelf.keep("1", MANIFEST, body)
    assert resolve(shelf, ":1") == Image(digest(body))
    assert shelf.asked == ["/v2/team/app/manifests/1"]


def test_ports_are_those_that_there_are_and_not_more_than_anybody_means(shelf: Shelf) -> None:
    odd = ("0/tcp", "65535", "65536/tcp", "99999", "-1", "8e1", "80/tcp", "80", "80/udp", "\u0668\u0660", "080/tcp")
    image = shelf.push("1", ports=odd)
    assert resolve(shelf, ":1") == Image(image, (80, 65535))
    image = shelf.push("2", ports=tuple(f"{port}/tcp" for port in range(1, 1000)))
    assert resolve(shelf, ":2") == Image(image)


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"manifests": [1]}', b'{"config": 1}', b"[" * 99_999, DEEP])
def test_nonsense_for_a_manifest_is_no_traceback(shelf: Shelf, body: bytes) -> None:
    shelf.keep("1", MANIFEST, body)
    answer = resolve(shelf, ":1")
    assert answer is None or answer == Image(digest(body))


def test_a_host_where_nobody_listens_cannot_be_asked() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        assert RegistryImages().resolve(f"127.0.0.1:{reserved.getsockname()[1]}/team/app:1") is None


def test_a_host_without_an_address_cannot_be_asked_and_that_takes_little_time() -> None:
    began = time.monotonic()
    assert RegistryImages().resolve("registry.invalid/team/app:1") is None
    assert time.monotonic() - began < 20


def test_a_registry_that_never_speaks_is_given_up_after_three_seconds() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        began = time.monotonic()
        assert RegistryImages().resolve(f"127.0.0.1:{silent.getsockname()[1]}/team/app:1") is None
        assert 2 < time.monotonic() - began < 20


@pytest.mark.lab
def test_a_real_registry_answers_as_the_small_one_does(lab: Lab) -> None:
    image = lab.probe_app("resolved")
    answer = RegistryImages().resolve(image.ref)
    assert answer is not None
    assert answer.digest == image.digest
    assert RegistryImages().resolve(image.by_digest) == answer
    with pytest.raises(Refused):
        RegistryImages().resolve(f"{lab.registry}/team/probe-app:none")
    with pytest.raises(Refused):
        RegistryImages().resolve(f"{lab.registry}/team/nothing:1")


@pytest.mark.lab
def test_a_real_registry_behind_a_login_cannot_be_asked(lab: Lab) -> None:
    assert RegistryImages().resolve(lab.probe_app("resolved").at(lab.private_registry).ref) is None


@pytest.mark.parametrize(
    ("image", "host", "repository", "tag"),
    [
        ("nginx", DOCKER_HUB, "library/nginx", "latest"),
        ("team/app:2", DOCKER_HUB, "team/app", "2"),
        ("docker.io/nginx:1", DOCKER_HUB, "library/nginx", "1"),
        ("registry.example/app", "registry.example", "app", "latest"),
        ("localhost/app:1", "localhost", "app", "1"),
        ("127.0.0.1:5000/a/b/c:v1.2-x", "127.0.0.1:5000", "a/b/c", "v1.2-x"),
        ("[::1]:5000/a", "[::1]:5000", "a", "latest"),
        (f"app@sha256:{'0' * 64}", DOCKER_HUB, "library/app", ""),
    ],
)
def test_an_images_name_is_taken_apart_with_dockers_defaults(image: str, host: str, repository: str, tag: str) -> None:
    reference = parse_reference(image)
    assert reference is not None
    assert (reference.host, reference.repository, reference.tag) == (host, repository, tag)
    assert reference.pinned("sha256:x") == image.partition("@")[0].removesuffix(f":{tag}") + "@sha256:x"


@pytest.mark.parametrize("image", ["", "App", "a b", "a:", "a@sha256:12", "/a", "a//b", "a:b:c", "http://a/b", "a" * 600, "a\n"])
def test_what_is_no_images_name_is_told_as_such(image: str) -> None:
    assert parse_reference(image) is None
    with pytest.raises(Refused, match="not an image's name"):
        RegistryImages().resolve(image)
