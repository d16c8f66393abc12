"""Our own image stands on what was looked at: each base is named by its digest."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

DOCKERFILE = (Path(__file__).parents[3] / "Dockerfile").read_text()
_PINNED = re.compile(r"[^@\s]+:[^@\s]+@sha256:[0-9a-f]{64}")


def bases(text: str) -> Iterator[str]:
    """Give what is built upon, arguments in their defaults; a stage of the same file is none."""
    defaults = dict(re.findall(r"^ARG (\w+)=(\S+)$", text, re.MULTILINE))
    stages = set[str]()
    for base, stage in re.findall(r"^FROM (\S+)(?: AS (\S+))?$", text, re.MULTILINE):
        named = re.sub(r"\$\{(\w+)\}", lambda match: defaults[match[1]], base)
        if named not in stages:
            yield named
        stages.add(stage)


def test_every_base_is_named_with_its_digest() -> None:
    found = list(bases(DOCKERFILE))
    assert found
    assert all(_PINNED.fullmatch(base) for base in found), found


@pytest.mark.parametrize(
    "wrong", ["FROM python:3.11-slim", "ARG BASE=python:3.11-slim\nFROM ${BASE} AS build", "FROM a:1@sha256:ab"]
)
def test_one_that_may_move_would_be_found(wrong: str) -> None:
    """The control of the test above."""
    assert not all(_PINNED.fullmatch(base) for base in bases(wrong))
