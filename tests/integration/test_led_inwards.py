"""Where a server leads: no further inwards than where it stands, never from TLS to none, and never with somebody's password."""

import json
import socket
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace

import pytest
import urllib3

from adapters.images.realm import challenge_of
from adapters.images.resolving import BOUNDS, RegistryImages
from adapters.outgoing.bounds import NoAnswer, ServerFault
from adapters.outgoing.door import Door, onward_of
from adapters.outgoing.gate import Gate, InnerAddress
from adapters.sources.asking import REPOSITORY
from domain.errors import Refused
from domain.ports import Login
from tests.integration.hostile_server import CANARY, Hostile, asked, hostile, whole

BASIC = b64encode(f"me:{CANARY}".encode()).decode()


def redirect(to: str) -> list[bytes]:
    return whole(b"", f"Location: {to}", status="307 Elsewhere")


def bearer(realm: str, more: str = "") -> list[bytes]:
    return whole(b"{}", f'WWW-Authenticate: Bearer realm="{realm}",service="s"{more}', status="401 No")


@pytest.fixture
def neighbour() -> Iterator[Hostile]:
    """A service at another inner address: whatever it is asked, it should not have been."""
    with hostile(lambda _: whole(b"{}"), "127.0.0.2") as server:
        yield server


INNER = [
    "http://127.0.0.2:{port}/",
    "http://2130706434:{port}/",
    "http://0x7f000002:{port}/",
    "http://0177.0.0.2:{port}/",
    "http://127.2:{port}/",
    "http://[::ffff:127.0.0.2]:{port}/",
    "http://[::ffff:7f00:2]:{port}/",
    "http://127.0.0.2.:{port}/",
    "//127.0.0.2:{port}/",
    "http://good.example@127.0.0.2:{port}/",
    "http://good.example:80@127.0.0.2:{port}/",
    "http://127.0.0.2:{port}\\@good.example/",
    "http://127.0.0.2:{port}#@good.example/",
    "HTTP://127.0.0.2:{port}/",
    "http:\\\\127.0.0.2:{port}/",
    "http:127.0.0.2:{port}/",
    "http://127.0.0.2:{port}%2f@good.example/",
]
ELSEWHERE = ["http://169.254.169.254/", "http://[fe80::1]/", "http://0.0.0.0/", "http://metadata.google.internal/", "gopher://x/"]


@pytest.mark.parametrize("form", INNER + ELSEWHERE)
def test_a_registrys_redirect_to_another_inner_address_is_not_followed(neighbour: Hostile, form: str) -> None:
    to = form.format(port=neighbour.host.rpartition(":")[2])
    with hostile(lambda _: redirect(to)) as registry:
        answer, why = asked("registry", registry.host, seconds=4)
    assert (answer, why.startswith(registry.host)) == ("", True)
    assert neighbour.seen == []


@pytest.mark.parametrize("form", [*INNER[:7], INNER[8], INNER[13]])
def test_the_control_a_door_without_a_gate_goes_there(neighbour: Hostile, form: str) -> None:
    to = form.format(port=neighbour.host.rpartition(":")[2])
    with hostile(lambda _: redirect(to)) as registry:
        Door(BOUNDS, Gate(inner_allowed=True)).urlopen("GET", f"http://{registry.host}/v2/")
    assert len(neighbour.seen) == 1


@pytest.mark.parametrize("form", INNER + ELSEWHERE)
def test_a_realm_at_another_inner_address_is_not_asked(neighbour: Hostile, form: str) -> None:
    to = form.format(port=neighbour.host.rpartition(":")[2])
    with hostile(lambda _: bearer(to)) as registry:
        answer, why = asked("registry", registry.host, seconds=4)
    assert (answer, why.startswith(registry.host)) == ("", True)
    assert neighbour.seen == []


def test_a_registry_whose_own_name_leads_inwards_is_asked_only_where_its_owner_stored_a_login(
    neighbour: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = neighbour.host.rpartition(":")[2]
    leads_to(monkeypatch, "127.0.0.2")
    images = RegistryImages(replace(BOUNDS, patience=0.5))
    assert images.resolve(f"registry.example:{port}/team/app:1") is None
    assert images.because == "registry.example leads to 127.0.0.2, an address that it must not lead to".replace(
        ".example", f".example:{port}"
    )
    assert neighbour.seen == []
    login = Login(f"registry.example:{port}", "me", CANARY)
    assert images.resolve(f"registry.example:{port}/team/app:1", login) is None
    assert images.because == f"registry.example:{port} gave no answer within 0.5 seconds", "it does not know TLS"


def leads_to(monkeypatch: pytest.MonkeyPatch, *answers: str) -> list[str]:
    """Let every name lead to these addresses, one after the other; addresses lead to themselves."""
    real, left, asked_for = socket.getaddrinfo, list(answers), list[str]()

    def resolver(host: str, *more: object, **named: object) -> object:
        if not host.endswith(".example"):
            return real(host, *more, **named)  # type: ignore[arg-type]
        asked_for.append(host)
        return real(left.pop(0) if len(left) > 1 else left[0], *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    return asked_for


def test_a_name_that_changes_between_the_look_and_the_connection_gains_nothing(
    neighbour: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is looked up once for a connection, and what was judged is what is connected to."""
    port = neighbour.host.rpartition(":")[2]
    names = leads_to(monkeypatch, "192.0.2.1", "127.0.0.2")
    door = Door(REPOSITORY, Gate(inner_allowed=False))
    door._wire.budget.wait = lambda: 0.2  # type: ignore[method-assign]
    with pytest.raises(NoAnswer, match="takes no connection"):
        door.urlopen("GET", f"http://rebinding.example:{port}/")
    assert names == ["rebinding.example"]
    with pytest.raises(InnerAddress):
        door.urlopen("GET", f"http://rebinding.example:{port}/")
    assert neighbour.seen == []


def test_from_tls_nothing_leads_to_what_has_none() -> None:
    for location in ("http://a.example/", "ftp://a.example/", "//a.example/", "/there"):
        answer = urllib3.HTTPResponse(status=302, headers={"Location": location})
        if location.startswith("/"):
            assert onward_of("https://b.example/here", answer).startswith("https://")
        else:
            with pytest.raises(ServerFault, match="redirects from https"):
                onward_of("https://b.example/here", answer)
    with pytest.raises(NoAnswer, match="without TLS"):
        challenge_of("registry.example", 'Bearer realm="http://registry.example/token"')
    with pytest.raises(NoAnswer, match="without TLS"):
        challenge_of("registry.example", 'Bearer realm="http://localhost/token"')


def test_a_password_goes_to_no_realm_but_the_registrys_own_or_the_one_that_its_owner_named(neighbour: Hostile) -> None:
    with hostile(lambda _: whole(b'{"token": "t"}')) as elsewhere, hostile(lambda _: whole(b"")) as registry:
        registry.answer = lambda _: bearer(f"http://{elsewhere.host}/token")
        login, images = Login(registry.host, "me", CANARY), RegistryImages()
        assert images.resolve(f"{registry.host}/team/app:1", login) is None
        assert (registry.host in images.because, f"--realm {elsewhere.host}" in images.because) == (True, True)
        with pytest.raises(Refused, match="is not told the password") as refused:
            images.probe(login)
        assert (refused.value.code, f"--realm {elsewhere.host}" in refused.value.hint) == ("registry-realm", True)
        assert elsewhere.seen == []
        assert not any(BASIC in one for one in registry.seen)

        images.resolve(f"{registry.host}/team/app:1", Login(registry.host, "me", CANARY, elsewhere.host))
        assert [BASIC in one for one in elsewhere.seen] == [True], "the control: the host that its owner named is told it"


@pytest.mark.parametrize(
    "realm",
    [
        "http://{own}@{other}/token",
        "http://{other}#@{own}/token",
        "http://{other}\\@{own}/token",
        "http://{own}.evil.example/token",
        "http://{other}/{own}",
        "http://{other}?{own}",
        " http://{other}/",
    ],
)
def test_no_way_to_write_a_realm_gets_the_password_elsewhere(realm: str) -> None:
    with hostile(lambda _: whole(b'{"token": "t"}')) as other, hostile(lambda _: whole(b"")) as own:
        own.answer = lambda _: bearer(realm.format(own=own.host, other=other.host))
        RegistryImages().resolve(f"{own.host}/team/app:1", Login(own.host, "me", CANARY))
    assert not any(BASIC in one for one in other.seen)


def test_a_realm_that_redirects_takes_no_password_along() -> None:
    with hostile(lambda _: whole(b'{"token": "t"}')) as other, hostile(lambda _: whole(b"")) as registry:

        def own(path: str) -> list[bytes]:
            return redirect(f"http://{other.host}/") if path.startswith("/token") else bearer(f"http://{registry.host}/token")

        registry.answer = own
        RegistryImages().resolve(f"{registry.host}/team/app:1", Login(registry.host, "me", CANARY))
    assert any(BASIC in one for one in registry.seen), "the control: its own realm was told it"
    assert other.seen
    assert not any("authorization" in one.lower() for one in other.seen)


@pytest.mark.parametrize("kind", ["git", "bucket"])
def test_a_sources_login_goes_to_its_own_host_alone(kind: str) -> None:
    with hostile(lambda _: whole(b"", status="404 None")) as other, hostile(lambda _: whole(b"")) as own:
        own.answer = lambda path: redirect(f"http://{other.host}{path}")
        asked(kind, own.host)
    assert "authorization" in own.seen[0].lower(), "the control: it is told"
    assert other.seen
    assert not any("authorization" in one.lower() for one in other.seen)


def test_what_a_redirect_leads_to_asks_for_no_login() -> None:
    """A challenge of the place where blobs are kept is not the registry's."""
    with hostile(lambda _: whole(b"", 'WWW-Authenticate: Basic realm="x"', status="401 No")) as other:
        with hostile(lambda _: redirect(f"http://{other.host}/v2/")) as registry:
            images = RegistryImages()
            assert images.resolve(f"{registry.host}/team/app:1", Login(registry.host, "me", CANARY)) is None
        assert not any("authorization" in one.lower() for one in [*other.seen, *registry.seen])


def test_a_token_is_asked_for_to_pull_this_repository_whatever_the_challenge_says() -> None:
    def answer(path: str) -> list[bytes]:
        if path.startswith("/token"):
            return whole(json.dumps({"token": "visitor-token"}).encode())
        return bearer(f"http://{registry.host}/token?account=a", ',scope="registry:catalog:* repository:other/app:pull,push"')

    with hostile(answer) as registry:
        RegistryImages().resolve(f"{registry.host}/team/app:1")
    asked_for = next(one for one in registry.seen if one.startswith("GET /token"))
    assert asked_for.startswith("GET /token?account=a&service=s&scope=repository%3Ateam%2Fapp%3Apull HTTP")
    assert "Bearer visitor-token" in registry.seen[-1]


@pytest.mark.parametrize("token", ["a b", "a\nX: y", "\u00e9", "\ud800", "x" * 20_000, 7.5, ["a"], {"a": 1}])
def test_a_token_that_is_none_is_the_registrys_fault(token: object) -> None:
    def answer(path: str) -> list[bytes]:
        return (
            whole(json.dumps({"token": token}).encode()) if path.startswith("/token") else bearer(f"http://{registry.host}/token")
        )

    with hostile(answer) as registry:
        answered, why = asked("registry", registry.host)
    assert (answered, registry.host in why) == ("", True)


def test_the_first_server_may_stand_inside_and_leads_no_further_inwards() -> None:
    inside = Gate(inner_allowed=False)
    inside.admit(["10.0.0.7"])
    inside.admit(["192.168.1.1"])
    inside.admit(["8.8.8.8"])
    outside = Gate(inner_allowed=False)
    outside.admit(["8.8.8.8", "2001:4860:4860::8888"])
    outside.admit(["1.1.1.1"])
    for address in ("10.0.0.7", "172.16.0.1", "192.168.1.1", "100.64.0.1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::a00:1"):
        with pytest.raises(InnerAddress):
            outside.admit([address])
    for gate in (inside, outside, Gate(inner_allowed=False)):
        for address in (
            "127.0.0.1",
            "169.254.169.254",
            "::1",
            "fe80::1%eth0",
            "0.0.0.0",
            "::",
            "fd00:ec2::254",
            "::ffff:127.0.0.1",
        ):
            with pytest.raises(InnerAddress):
                gate.admit([address])
    Gate(inner_allowed=True).admit(["127.0.0.1"])


def test_a_registry_that_is_inner_itself_leads_to_itself_alone() -> None:
    gate = Gate(inner_allowed=False, first_may_be_inner=True)
    gate.admit(["127.0.0.1"])
    gate.admit(["127.0.0.1"])
    for address in ("127.0.0.2", "::1", "169.254.169.254"):
        with pytest.raises(InnerAddress):
            gate.admit([address])
    public = Gate(inner_allowed=False, first_may_be_inner=True)
    public.admit(["8.8.8.8"])
    with pytest.raises(InnerAddress):
        public.admit(["127.0.0.1"])
