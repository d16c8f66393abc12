"""A secret whose value no variable can hold is refused where a variable names it, and kept for what can use it."""

import pytest

from domain.errors import Refused
from domain.facts import scope_stream
from domain.orders import SubmissionRefused
from domain.project import PROJECT, SecretSet
from domain.record import Append, EventMetadata, UncommittedFact
from tests.unit.desk.opened import ANN, SPEC, Opened

ENV = SPEC + b"env: [{name: A, value: 'secret:BIN'}]\n"
FALCON = SPEC + (b"integrations: [{type: git-lfs, name: f, url: 'https://git.example/f', username: u, password: 'secret:BIN'}]\n")
DOOR = SPEC + b"basicAuthKey: secret:BIN\n"
BINARY = [b"a\0b", b"\0", b"\xff\xfe", "ü".encode("latin-1"), b"ok\xc3"]
TEXT = [b"hush", "ü ✓".encode(), b"two\nlines", b"\x01", b"\x7f"]


def refusal(opened: Opened, text: bytes) -> Refused:
    with pytest.raises(Refused) as refused:
        opened.submit(text)
    return refused.value


@pytest.mark.parametrize("value", BINARY)
@pytest.mark.parametrize("text", [ENV, FALCON], ids=["env", "integration"])
def test_what_no_variable_can_hold_refuses_the_submission_on_record_and_by_name(text: bytes, value: bytes) -> None:
    opened = Opened()
    opened.vault.set("shop", "BIN", value, ANN)

    refused = refusal(opened, text)

    assert (refused.code, "'BIN' (version 1)" in str(refused)) == ("binary-secret", True)
    assert "base64 -w0 FILE | reckon secret set BIN" in refused.hint
    facts = [recorded.fact for recorded in opened.ledger.tail(0, 100)]
    assert [fact.codes for fact in facts if isinstance(fact, SubmissionRefused)] == [("binary-secret",)]


@pytest.mark.parametrize("value", TEXT)
def test_the_control_text_of_any_kind_is_taken(value: bytes) -> None:
    opened = Opened()
    opened.vault.set("shop", "BIN", value, ANN)

    assert opened.submit(ENV).order.secrets == (("BIN", 1),)


def test_the_secret_that_counts_is_the_nearest_one_and_its_newest_version() -> None:
    opened = Opened()
    opened.vault.set("shop", "BIN", b"\0", ANN, "team")
    assert "--scope team" in refusal(opened, ENV).hint

    opened.vault.set("shop", "BIN", b"text", ANN)
    opened.submit(ENV)
    opened.vault.set("shop", "BIN", b"\0", ANN)
    assert refusal(opened, ENV).code == "binary-secret"
    opened.scale(3)  # what stands runs with the version that it pinned
    assert opened.web.wanted is not None
    assert opened.web.wanted.order.replicas == 3


def test_an_endpoints_password_need_not_be_text() -> None:
    opened = Opened()
    opened.vault.set("shop", "BIN", "ü".encode("latin-1"), ANN)

    assert opened.submit(DOOR).order.number == 1


def test_of_a_secret_that_was_set_before_this_was_looked_at_nothing_is_claimed() -> None:
    opened = Opened()
    old = UncommittedFact(SecretSet("BIN", 1), EventMetadata("f1", ANN.who, "shop"))
    opened.ledger.append([Append(scope_stream(PROJECT, "shop"), 0, (old,))])

    assert opened.submit(ENV).order.number == 1
