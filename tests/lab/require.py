"""What a test needs that a machine may not have: skipped loudly, or a failure where it was promised."""

import os
from typing import NoReturn

import pytest


def required(kind: str) -> bool:
    """Whether RECKON_REQUIRE promises that this kind of test can run here."""
    return kind in {word.strip() for word in os.environ.get("RECKON_REQUIRE", "").split(",")}


def require_or_skip(kind: str, reason: str, cure: str) -> NoReturn:
    """End the test: as a failure where RECKON_REQUIRE names the kind, else as a skip with reason and cure."""
    message = f"{kind}: {reason}. Cure: {cure}"
    if required(kind):
        pytest.fail(f"{message} (RECKON_REQUIRE asks for {kind!r})", pytrace=False)
    pytest.skip(message, allow_module_level=True)
