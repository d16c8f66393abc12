"""What a cluster promises of Secrets: values are given for the asking only, and a copy gets those of its source."""

from base64 import b64encode
from collections.abc import Iterator
from typing import Any

import pytest

from domain.cluster_ports import Guard
from domain.copies import COPY_OF
from domain.errors import Contested, Rejected
from domain.objects import Json, Manifest, ObjectRef
from tests.contracts.clusters import CLUSTERS, Ground

VALUE = b"hunter2-very-private"
LOGIN = b'{"auths":{"registry.invalid":{"auth":"dTpw"}}}'


@pytest.fixture(params=CLUSTERS)
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    with request.param(request) as ground:
        ground.apply(ground.space())
        yield ground


def secret(ground: Ground, name: str = "source", *, kind: str = "Opaque", **data: bytes) -> Manifest:
    content: dict[str, Json] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": name, "namespace": ground.namespace, "labels": {"deadreckon.dev/ledger": ground.ledger}},
        "type": kind,
        "immutable": True,
        "data": {key.replace("_", "."): b64encode(value).decode() for key, value in data.items()},
    }
    return Manifest.of(content)


def copy(ground: Ground, name: str = "copy", source: str = "source") -> Manifest:
    metadata: dict[str, Any] = {
        "name": name,
        "namespace": ground.namespace,
        "labels": {"deadreckon.dev/ledger": ground.ledger},
        "annotations": {COPY_OF: f"{ground.namespace}/{source}", "deadreckon.dev/name": "secret token of the team"},
    }
    return Manifest.of({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "immutable": True})


def data(ground: Ground, name: str) -> dict[str, bytes]:
    return dict(ground.cluster.secret(ObjectRef("Secret", ground.namespace, name)))


def test_the_values_of_a_secret_are_given_for_the_asking(ground: Ground) -> None:
    ground.apply(secret(ground, value=VALUE, bcrypt=b"$2b$"))

    assert data(ground, "source") == {"value": VALUE, "bcrypt": b"$2b$"}


def test_a_secret_that_is_not_there_has_no_values(ground: Ground) -> None:
    assert data(ground, "nobody") == {}


def test_a_copy_gets_data_and_type_of_its_source(ground: Ground) -> None:
    ground.apply(secret(ground, kind="kubernetes.io/dockerconfigjson", _dockerconfigjson=LOGIN))

    made = ground.apply(copy(ground))

    assert made.created
    assert data(ground, "copy") == {".dockerconfigjson": LOGIN}


def test_a_copy_without_its_source_is_rejected_and_says_what_to_do(ground: Ground) -> None:
    with pytest.raises(Rejected, match=r"secret token of the team.*store it again") as refused:
        ground.apply(copy(ground))

    assert refused.value.rejection.reason == "SourceMissing", "and not NotFound, which says that the namespace is gone"
    assert data(ground, "copy") == {}


def test_what_belongs_to_another_ledger_is_not_copied(ground: Ground) -> None:
    theirs = secret(ground, value=VALUE).content
    theirs["metadata"]["labels"] = {"deadreckon.dev/ledger": "another"}
    ground.interventions.create(theirs)

    with pytest.raises(Rejected, match="does not belong to this ledger"):
        ground.apply(copy(ground))

    assert data(ground, "copy") == {}


def test_a_copy_can_be_asked_for_without_being_made(ground: Ground) -> None:
    ground.apply(secret(ground, value=VALUE))

    ground.apply(copy(ground), dry_run=True)

    assert data(ground, "copy") == {}


def test_a_copy_that_stands_can_be_tried_again_under_its_guard(ground: Ground) -> None:
    ground.apply(secret(ground, value=VALUE))
    made = ground.apply(copy(ground))

    again = ground.apply(copy(ground), guard=Guard(made.uid, made.resource_version), dry_run=True)

    assert again.uid == made.uid
    with pytest.raises(Contested):
        ground.apply(copy(ground), guard=Guard(made.uid, "1"))


def test_neither_an_answer_nor_a_refusal_repeats_a_value(ground: Ground) -> None:
    ground.apply(secret(ground, value=VALUE))
    ground.apply(secret(ground, "another", value=VALUE + b"-2"))
    made = ground.apply(copy(ground))

    with pytest.raises(Rejected) as refused:  # it is immutable, so it does not take another's value
        ground.apply(copy(ground, source="another"))

    for said in (repr(made), str(refused.value), repr(refused.value.rejection)):
        assert VALUE.decode() not in said
        assert b64encode(VALUE).decode()[:20] not in said
