"""What registries are told of a login, and what is made of their answers: small true registries on loopback, and the lab's."""

import json
import threading
from base64 import b64decode, b64encode
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from http.server import ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from adapters.images.resolving import RegistryImages
from domain.errors import Refused
from domain.ports import Image, Login
from tests.contracts.test_images import Answering, Shelf
from tests.lab.cluster import Lab

USER, PASSWORD = "puller", "let-me-in"


class Guarded(Answering):
    """A registry that wants a login: the password itself, or a token for it."""

    bearer = False
    forbidden = False
    elsewhere = ""
    told: list[str]

    def do_GET(self) -> None:  # noqa: N802 (the base class's name)
        """Answer as registries do."""
        given = self.headers.get("Authorization", "")
        self.told.append(given)
        if urlsplit(self.path).path == "/token":
            self.give_token(given)
        elif given != (f"Bearer {USER}-token" if self.bearer else basic()):
            self.answer(401, b"{}", **{"WWW-Authenticate": self.challenge()})
        elif self.forbidden:
            self.answer(403, b"{}")
        elif self.path == "/v2/":
            self.answer(200, b"{}")
        elif self.elsewhere and "/blobs/" in self.path:
            self.answer(307, b"", Location=f"http://{self.elsewhere}{self.path}")
        else:
            self.give(*self.path.removeprefix("/v2/team/app/").split("/", 1))

    def challenge(self) -> str:
        if not self.bearer:
            return 'Basic realm="lab"'
        scope = ',scope="repository:team/app:pull"' if self.path != "/v2/" else ""
        return f'Bearer realm="http://{self.headers["Host"]}/token",service="lab"{scope}'

    def give_token(self, given: str) -> None:
        assert parse_qs(urlsplit(self.path).query)["service"] == ["lab"]
        if given == basic():
            self.answer(200, json.dumps({"access_token": f"{USER}-token"}).encode())
        else:
            self.answer(401, b'{"details": "incorrect username or password"}')


def basic() -> str:
    return f"Basic {b64encode(f'{USER}:{PASSWORD}'.encode()).decode()}"


@contextmanager
def served(held: Shelf, **how: object) -> Generator[tuple[str, list[str]]]:
    told: list[str] = []
    kind = type("Bound", (Guarded,), {"shelf": held, "told": told, **how})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_address[1]}", told
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@pytest.fixture(params=[False, True], ids=["password", "token"])
def guarded(request: pytest.FixtureRequest) -> Iterator[tuple[str, Shelf]]:
    shelf = Shelf()
    with served(shelf, bearer=request.param) as (host, _):
        yield host, shelf


def test_the_right_login_is_let_in_and_given_the_image(guarded: tuple[str, Shelf]) -> None:
    host, shelf = guarded
    image = shelf.push("1", ports=("80/tcp",))
    login = Login(host, USER, PASSWORD)
    RegistryImages().probe(login)
    assert RegistryImages().resolve(f"{host}/team/app:1", login) == Image(image, (80,))
    with pytest.raises(Refused) as refused:
        RegistryImages().resolve(f"{host}/team/app:none", login)
    assert refused.value.code == "image-unknown"


def test_a_wrong_password_is_told_as_such_and_not_repeated(guarded: tuple[str, Shelf]) -> None:
    host, shelf = guarded
    shelf.push("1")
    login = Login(host, USER, "a-wrong-one")
    with pytest.raises(Refused, match="user or password is wrong") as at_once:
        RegistryImages().probe(login)
    with pytest.raises(Refused, match="user or password is wrong") as refused:
        RegistryImages().resolve(f"{host}/team/app:1", login)
    assert at_once.value.code == refused.value.code == "registry-login"
    assert "a-wrong-one" not in str(refused.value) + str(at_once.value) + repr(login)


def test_without_a_login_it_cannot_be_asked(guarded: tuple[str, Shelf]) -> None:
    host, shelf = guarded
    shelf.push("1")
    assert RegistryImages().resolve(f"{host}/team/app:1") is None


@pytest.mark.parametrize("bearer", [False, True])
def test_a_login_that_is_known_but_may_not_see_it_is_not_called_wrong(bearer: bool) -> None:
    shelf = Shelf()
    shelf.push("1")
    with served(shelf, bearer=bearer, forbidden=True) as (host, _):
        assert RegistryImages().resolve(f"{host}/team/app:1", Login(host, USER, PASSWORD)) is None


def test_where_nobody_answers_the_password_is_not_called_wrong() -> None:
    with pytest.raises(Refused, match="cannot be asked") as refused:
        RegistryImages().probe(Login("127.0.0.1:1", USER, PASSWORD))
    assert refused.value.code == "registry-unreachable"


def test_what_is_no_registry_is_told_as_such() -> None:
    def page(asked: Answering) -> None:
        asked.answer(404, b"<html>")

    with served(Shelf(), do_GET=page) as (host, _), pytest.raises(Refused, match="cannot be asked"):
        RegistryImages().probe(Login(host, USER, PASSWORD))


def test_a_blob_elsewhere_is_fetched_and_the_login_does_not_go_there() -> None:
    shelf = Shelf()
    image = shelf.push("1", ports=("80/tcp",))

    def to_anyone(asked: Guarded) -> None:
        asked.told.append(asked.headers.get("Authorization", ""))
        asked.give(*asked.path.removeprefix("/v2/team/app/").split("/", 1))

    with served(shelf, do_GET=to_anyone) as (store, told), served(shelf, elsewhere=store) as (host, _):
        assert RegistryImages().resolve(f"{host}/team/app:1", Login(host, USER, PASSWORD)) == Image(image, (80,))
    assert told == [""], "asked once, and told nothing"


def test_the_control_these_registries_do_see_the_password() -> None:
    with served(Shelf()) as (host, told):
        RegistryImages().probe(Login(host, USER, PASSWORD))
    assert told[0] == ""
    assert b64decode(told[1].removeprefix("Basic ")).decode() == f"{USER}:{PASSWORD}"


@pytest.mark.lab
def test_the_labs_registry_lets_its_login_in_and_no_other(lab: Lab) -> None:
    image = lab.probe_app("resolved").at(lab.private_registry)
    user, password = lab.registry_login
    login = Login(lab.private_registry, user, password)
    images = RegistryImages()
    images.probe(login)
    answer = images.resolve(image.ref, login)
    assert answer is not None
    assert answer.digest == image.digest
    wrong = Login(lab.private_registry, user, "not-that")
    with pytest.raises(Refused, match="user or password is wrong"):
        images.probe(wrong)
    with pytest.raises(Refused, match="user or password is wrong"):
        images.resolve(image.ref, wrong)
    with pytest.raises(Refused, match="no image"):
        images.resolve(f"{lab.private_registry}/team/nothing:1", login)
