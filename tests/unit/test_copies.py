"""What is said of a Secret that a cluster refused holds none of its values."""

import json
from base64 import b64encode

import pytest

from domain.copies import hidden
from domain.errors import Rejected, Rejection
from domain.objects import Json, Manifest

PASSWORD = "correct-horse"
AUTH = b64encode(f"puller:{PASSWORD}".encode()).decode()
LOGIN = json.dumps({"auths": {"registry.example": {"username": "puller", "password": PASSWORD, "auth": AUTH}}}).encode()


@pytest.mark.parametrize("value", [PASSWORD.encode(), LOGIN, b"\xff\xfe-no-text", b"[1, 2", b"x"])
def test_no_form_of_a_value_is_repeated(value: bytes) -> None:
    encoded = b64encode(value).decode()
    content: dict[str, Json] = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "s", "namespace": "n"},
        "data": {"value": encoded},
    }
    said = f"denied: {encoded} is {value.decode(errors='replace')}, which holds {PASSWORD} and {AUTH}"
    refusal = hidden(Rejected(Rejection(403, "Forbidden", said)), Manifest.of(content))
    assert refusal.rejection.message.startswith("denied: ")
    for form in (encoded, value.decode(errors="replace")):
        assert len(form) < 4 or form not in refusal.rejection.message
    if value in {PASSWORD.encode(), LOGIN}:
        assert PASSWORD not in refusal.rejection.message
        assert value != LOGIN or AUTH not in refusal.rejection.message
