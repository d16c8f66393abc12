"""A registry's login goes to the cluster and nowhere else; submissions ask and pull with it."""

import json
from base64 import b64decode, b64encode
from dataclasses import replace

import pytest

from adapters.simulator.images import SimulatedImages
from domain.errors import NotFound, Refused
from domain.orders import SubmissionRefused, Submitted
from domain.ports import Login
from domain.project import registry_object, shared_namespace
from tests.unit.desk.opened import ANN, SPEC, Mute, Opened

PASSWORD = "correct-horse-battery"
LOGIN = Login("registry.example", "puller", PASSWORD)
PRIVATE = SPEC + b"containerRegistry: hub\n"


def opened_with(login: Login = LOGIN) -> Opened:
    opened = Opened()
    opened.registries.add("hub", login, ANN)
    return opened


def stored(opened: Opened, version: int = 1) -> dict[str, str]:
    secret = opened.cluster.store.get("Secret", shared_namespace(opened.ledger.identity), registry_object("hub", version))
    assert secret is not None
    assert (secret["type"], secret["immutable"]) == ("kubernetes.io/dockerconfigjson", True)
    auths: dict[str, dict[str, str]] = json.loads(b64decode(secret["data"][".dockerconfigjson"]))["auths"]
    return auths["registry.example"]


def test_the_password_is_in_the_cluster_as_kubelets_read_it_and_not_in_the_ledger() -> None:
    opened = opened_with()
    opened.submit(PRIVATE)
    entry = stored(opened)
    assert (entry["username"], entry["password"]) == ("puller", PASSWORD)
    assert b64decode(entry["auth"]).decode() == f"puller:{PASSWORD}"
    kept = opened.everything_kept()
    for form in (PASSWORD, b64encode(PASSWORD.encode()).decode(), entry["auth"]):
        assert form not in kept
    assert PASSWORD not in repr(LOGIN)


def test_a_version_pins_the_login_and_takes_a_new_one_up_with_the_next_submission() -> None:
    opened = opened_with()
    assert opened.submit(PRIVATE).order.registry == ("hub", 1)
    opened.registries.add("hub", LOGIN, ANN)
    assert opened.scale(3).order.registry == ("hub", 1)
    assert opened.submit(PRIVATE).order.registry == ("hub", 2)
    assert opened.rollback(1).order.registry == ("hub", 1)
    assert stored(opened, 1) == stored(opened, 2)


def test_the_template_names_the_copy_of_the_login() -> None:
    order = opened_with().submit(PRIVATE).order
    assert registry_object("hub", 1) in {one.ref.name for one in order.objects if one.ref.kind == "Secret"}


def test_a_registry_that_there_is_not_is_refused_and_the_refusal_recorded() -> None:
    opened = Opened()
    with pytest.raises(Refused, match="no registry 'hub'") as refused:
        opened.submit(PRIVATE)
    assert refused.value.code == "missing-registry"
    assert "reckon registry add hub" in refused.value.hint
    assert any(isinstance(recorded.fact, SubmissionRefused) for recorded in opened.ledger.tail(0))


def test_a_wrong_password_refuses_the_submission_and_says_so() -> None:
    opened = opened_with(Login("registry.example", "puller", "wrong-one"))
    with pytest.raises(Refused, match="user or password is wrong") as refused:
        opened.submit(PRIVATE)
    assert refused.value.code == "registry-login"
    assert "wrong-one" not in str(refused.value)
    assert not any(isinstance(recorded.fact, Submitted) for recorded in opened.ledger.tail(0))


def test_a_registry_that_does_not_answer_leaves_the_tag() -> None:
    opened = opened_with()
    opened.images = Mute()
    accepted = opened.submit(PRIVATE)
    assert accepted.order.digest == ""
    assert "could not be asked" in accepted.offer.remarks[0]


def test_why_a_registry_did_not_answer_is_told_in_its_remark() -> None:
    opened = opened_with()

    class Broken(Mute):
        because = "registry.example broke off in the middle of its answer"

    opened.images = Broken()
    remark = opened.submit(PRIVATE).offer.remarks[0]
    assert "could not be asked (registry.example broke off in the middle of its answer): its tag stays" in remark


def test_the_host_that_gives_tokens_is_on_record_and_kept_when_the_password_changes() -> None:
    opened = opened_with(replace(LOGIN, realm="https://Auth.Example"))
    assert opened.registries.listed("shop")[0].realm == "auth.example"
    told = list[Login]()

    class Asked(SimulatedImages):
        def probe(self, login: Login) -> None:
            told.append(login)

    opened.registries.add("hub", LOGIN, ANN)
    opened.images = Asked()
    opened.registries.test("hub")
    assert [login.realm for login in told] == ["auth.example"]
    opened.registries.add("hub", replace(LOGIN, server="other.example"), ANN)
    assert opened.registries.listed("shop")[0].realm == "", "another registry, another realm"
    with pytest.raises(Refused, match="is not a host"):
        opened.registries.add("hub", replace(LOGIN, realm="auth.example/token"), ANN)


def test_a_login_that_the_cluster_has_lost_leaves_the_tag_and_says_why() -> None:
    opened = opened_with()
    ref = next(key for key in opened.cluster.store.objects["Secret"] if key[1] == registry_object("hub", 1))
    del opened.cluster.store.objects["Secret"][ref]
    accepted = opened.submit(PRIVATE)
    assert accepted.order.digest == ""
    assert "could not be read" in accepted.offer.remarks[0]


def test_an_image_of_another_registry_is_asked_for_without_the_login() -> None:
    opened = opened_with(Login("other.example", "puller", "wrong-one"))
    accepted = opened.submit(PRIVATE)
    assert accepted.order.digest
    assert "its login does not pull it" in accepted.offer.remarks[0]


def test_a_test_says_what_is_wrong() -> None:
    opened = opened_with(Login("registry.example", "puller", "wrong-one"))
    with pytest.raises(Refused, match="user or password is wrong"):
        opened.registries.test("hub")
    opened.registries.add("hub", LOGIN, ANN)
    assert opened.registries.test("hub") == ""
    assert opened.registries.test("hub", "registry.example/team/web:1").startswith("sha256:")
    with pytest.raises(Refused, match="no image"):
        opened.registries.test("hub", "registry.example/team/web:missing")
    with pytest.raises(Refused, match="not an image of"):
        opened.registries.test("hub", "other.example/team/web:1")
    with pytest.raises(NotFound):
        opened.registries.test("nobody")
    opened.images = Mute()
    with pytest.raises(Refused, match="does not answer"):
        opened.registries.test("hub")


def test_a_registry_in_use_cannot_be_removed_and_one_that_is_gone_can_come_back() -> None:
    opened = opened_with()
    opened.submit(PRIVATE)
    with pytest.raises(Refused, match="used by 'web'"):
        opened.registries.remove("hub", ANN, "shop")
    [listed] = opened.registries.listed("shop")
    assert (listed.name, listed.server, listed.username, listed.used_by) == ("hub", "registry.example", "puller", ("web",))
    opened.submit()
    opened.registries.remove("hub", ANN, "shop")
    assert opened.registries.listed("shop") == ()
    assert opened.rollback(1).order.registry == ("hub", 1), "what ran with it may come back"
    assert opened.registries.add("hub", LOGIN, ANN).version == 2


@pytest.mark.parametrize(
    ("name", "login"),
    [
        ("", LOGIN),
        ("a\nb", LOGIN),
        ("hub", Login("not a host", "u", "p")),
        ("hub", Login("registry.example", "", "p")),
        ("hub", Login("registry.example", "a:b", "p")),
        ("hub", Login("registry.example", "u", "")),
    ],
)
def test_odd_logins_are_refused(name: str, login: Login) -> None:
    with pytest.raises(Refused):
        Opened().registries.add(name, login, ANN)


def test_a_registry_of_the_simulation_may_want_a_password() -> None:
    images = SimulatedImages(logins={"registry.example": ("puller", "another")})
    opened = Opened(images=images)
    opened.registries.add("hub", LOGIN, ANN)
    with pytest.raises(Refused, match="user or password is wrong"):
        opened.submit(PRIVATE)


def test_a_private_image_is_asked_for_its_ports_with_the_login() -> None:
    spec = PRIVATE.replace(b", ports: [8000]", b"") + b"healthChecks: {readiness: {path: /ready}}\n"
    image = "registry.example/team/web:1"
    images = SimulatedImages(ports={image: (8000,)}, logins={"registry.example": ("puller", PASSWORD)})
    opened = Opened(images=images)
    opened.registries.add("hub", LOGIN, ANN)
    order = opened.submit(spec).order
    assert b'"port":8000' in (opened.ledger.document(order.spec) or b"")
