"""What a refused submission leaves in the ledger: a digest and the first errors, once; never its text."""

import json

import pytest

from adapters.desk.bad_spec import BadSpec
from adapters.desk.signature import Signature
from adapters.desk.submission import SubmissionRequest
from adapters.ledger.codec import Codec
from domain.errors import Refused
from domain.facts import Fact
from domain.orders import SubmissionRefused
from domain.record import Recorded, UncommittedFact, Who
from projections.sentences.orders import tell
from tests.unit.desk.opened import ANN, SPEC, Opened

BOB = Signature(Who("bob", "claimed"))


def refused(opened: Opened, text: bytes, by: Signature = ANN) -> None:
    with pytest.raises(BadSpec):
        opened.desk.submit(SubmissionRequest("shop", text, "web.yaml"), by)


def size(recorded: Recorded[Fact]) -> int:
    return len(Codec().encode(UncommittedFact(recorded.fact, recorded.metadata)).state)


def test_a_refused_file_of_a_megabyte_leaves_less_than_a_page() -> None:
    opened = Opened()
    text = SPEC + b"# " + b"x" * 1_000_000 + b"\nunknown: true\n"
    refused(opened, text)
    (recorded,) = opened.ledger.tail(0)
    assert size(recorded) < 1000
    assert isinstance(recorded.fact, SubmissionRefused)
    assert opened.ledger.document(recorded.fact.document) is None


def test_of_thousands_of_errors_the_first_are_on_record_and_the_number_of_the_others() -> None:
    opened = Opened()
    refused(opened, SPEC + b"".join(b"unknown%d: true\n" % number for number in range(2000)))
    (recorded,) = opened.ledger.tail(0)
    assert isinstance(recorded.fact, SubmissionRefused)
    assert len(recorded.fact.codes) <= 51
    assert len(recorded.fact.places) <= 51
    assert size(recorded) < 4000
    assert recorded.fact.errors == 2000
    assert "and 1997 more" in tell(recorded.fact, recorded.metadata, str).text


def test_the_same_refusal_again_by_the_same_person_is_no_news_and_by_another_it_is() -> None:
    opened = Opened()
    for by in (ANN, ANN, ANN, BOB, BOB, ANN):
        refused(opened, b"name: web\n", by)
    assert [recorded.metadata.who.name for recorded in opened.ledger.tail(0)] == ["ann", "bob", "ann"]
    refused(opened, b"name: web \n")
    assert len(opened.ledger.tail(0)) == 4


SPEC_JSON = {
    "apiVersion": "v1",
    "name": "web",
    "image": "registry.example/shop/web:1",
    "resources": {"machineType": "C4", "replicas": 1, "ports": [8000]},
    "env": [{"name": "KEY", "value": "secret:absent"}],
}


def told(opened: Opened) -> str:
    (recorded,) = opened.ledger.tail(0)
    assert isinstance(recorded.fact, SubmissionRefused)
    return tell(recorded.fact, recorded.metadata, str).text


def test_a_refusal_names_the_field_that_was_wrong() -> None:
    opened = Opened()
    refused(opened, SPEC + b"colour: blue\n")
    assert "colour: unknown-field at " in told(opened)


SPEC_TOML = b"""
apiVersion = "v1"
name = "web"
image = "registry.example/shop/web:1"
[[env]]
name = "KEY"
value = "secret:absent"
[resources]
machineType = "C4"
replicas = 1
ports = [8000]
"""


@pytest.mark.parametrize(("file", "text"), [("web.json", json.dumps(SPEC_JSON).encode()), ("web.toml", SPEC_TOML)])
def test_a_refusal_names_the_secret_that_is_missing_and_the_deployment_whatever_the_format(file: str, text: bytes) -> None:
    opened = Opened()
    with pytest.raises(Refused):
        opened.desk.submit(SubmissionRequest("shop", text, file), ANN)
    said = told(opened)
    assert "submitted a spec for web that was refused" in said
    assert "absent" in said
    assert "(missing-secret)" in said


def test_a_refusal_of_a_deployment_that_stands_is_filed_under_it_whatever_the_format() -> None:
    opened = Opened()
    opened.desk.submit(SubmissionRequest("shop", SPEC, "web.yaml"), ANN)
    with pytest.raises(Refused):
        opened.desk.submit(SubmissionRequest("shop", json.dumps(SPEC_JSON).encode(), "other.json"), ANN)
    *_, recorded = opened.ledger.tail(0)
    assert recorded.metadata.subject == "shop/web"
