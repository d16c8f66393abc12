"""Whatever the bytes, the reader answers: in bounded time, without a traceback, with places inside the file."""

import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.spec_file.excerpt import SourceText
from adapters.spec_file.normal import spec_from_json, spec_json
from adapters.spec_file.problems import Problem
from adapters.spec_file.reading import SpecReading, read_spec
from domain.machines import Catalogue, Machine
from tests.at_night import at_night

CATALOGUE = Catalogue({name: Machine(name, 1800, 3686) for name in ("C3", "C4")})
FILES = st.sampled_from(["a.yaml", "a.json", "a.toml", "-"])
Read = Callable[[bytes, str], SpecReading]

WORDS = "apiVersion v1 v0alpha0 name image web:1 resources machineType instanceType C4 replicas ports port env".split(" ")  # noqa: SIM905 (one list a line)
CHECKS = "healthChecks healthchecks readiness liveness path / headers exec command host".split(" ")  # noqa: SIM905 (one list a line)
OTHERS = ["value", "secret:key", "SECRET:k", "enabled", "true", "deadreckon", "rolloutDeadlineSeconds", "region", "<<"]
MARKS = [
    *"[]{},'\"#|>=.\\1~\t\u2028\x85\ufeff\xe9",
    ": ",
    "\n",
    "  ",
    "- ",
    "&a ",
    "*a",
    "!!int ",
    "---\n",
    "...",
    "[[",
    "]]",
    "-1",
    "0x1F",
]
MORE_MARKS = ["1e9", "\r\n", "%YAML 1.1\n", "? ", "\\ud800", "//", "/*", "*/"]
SOUPS = st.lists(st.sampled_from(WORDS + CHECKS + OTHERS + MARKS + MORE_MARKS), max_size=60).map(
    lambda parts: "".join(parts).encode()
)

scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(WORDS)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=4), inner, max_size=4),
    max_leaves=15,
)
FIELDS = ["apiVersion", "name", "image", "resources", "env", "healthChecks", "command", "deadreckon", "port", "region"]
MORE_FIELDS = ["integrations", "containerRegistry", "basicAuthKey", "models", "repositories", "protocol", "healthchecks"]
DOCUMENTS = st.dictionaries(st.sampled_from(FIELDS + MORE_FIELDS), values, max_size=8)
PROBES = st.fixed_dictionaries({}, optional={"path": values, "port": values, "exec": values, "headers": values, "host": values})
STORES = st.fixed_dictionaries(
    {"type": st.sampled_from(["git-lfs", "s3", "spaces", "do-spaces", "model", "volume"]), "name": values},
    optional={
        key: values | st.just("https://h/p") for key in ("url", "endpoint", "path", "password", "accessKeyId", "id", "ref")
    },
)
SCALING = st.fixed_dictionaries(
    {"maxReplicas": values, "metrics": st.lists(st.fixed_dictionaries({"metric": values, "value": values}))}
)
SHAPED = st.fixed_dictionaries(
    {
        "image": values,
        "resources": st.fixed_dictionaries(
            {"machineType": values}, optional={"ports": values, "replicas": values, "autoscaling": SCALING}
        ),
    },
    optional={
        "name": values,
        "integrations": st.lists(STORES, max_size=6),
        "models": st.lists(st.dictionaries(st.sampled_from(["id", "path"]), values), max_size=2),
        "env": st.lists(st.fixed_dictionaries({}, optional={"name": values, "value": values}) | values, max_size=3),
        "healthChecks": st.fixed_dictionaries({}, optional={"startup": PROBES, "readiness": PROBES, "liveness": values}),
    },
)


def read(text: bytes, file: str) -> SpecReading:
    return read_spec(text, file=file, catalogue=CATALOGUE, name=None)


def holds(reader: Read, text: bytes, file: str) -> None:
    reading = reader(text, file)
    assert (reading.spec is None) == bool(reading.problems)
    lines = text.decode("utf-8", "replace").splitlines() or [""]
    for problem in reading.problems + reading.warnings:
        assert 1 <= problem.line <= len(lines), problem
        assert problem.column >= 1
        assert problem.code
        assert problem.message
        str(problem).encode()
    if reading.spec is not None:
        assert spec_from_json(spec_json(reading.spec)) == reading.spec
        assert read(spec_json(reading.spec).encode(), "a.json").spec == reading.spec


@settings(max_examples=at_night(300), deadline=20_000, suppress_health_check=[HealthCheck.too_slow])
@given(st.binary(max_size=200), FILES)
def test_any_bytes_are_answered(text: bytes, file: str) -> None:
    holds(read, text, file)


@settings(max_examples=at_night(600), deadline=20_000, suppress_health_check=[HealthCheck.too_slow])
@given(SOUPS, FILES)
def test_any_soup_of_the_formats_own_words_is_answered(text: bytes, file: str) -> None:
    holds(read, text, file)


@settings(max_examples=at_night(400), deadline=20_000, suppress_health_check=[HealthCheck.too_slow])
@given(DOCUMENTS | SHAPED, st.sampled_from(["a.yaml", "a.json"]))
def test_any_document_is_answered(document: dict[str, Any], file: str) -> None:
    holds(read, json.dumps(document, indent=1).encode(), file)


PIECES = [
    *"[{'\"\n%,\t\\\xe9",
    "- ",
    "? ",
    "a: ",
    "a:\n",
    "|\n",
    "&a ",
    "*a ",
    "!a ",
    "# ",
    "a.",
    "[a.",
    "a ",
    "//",
    "/*",
    "a=",
    "''",
    "{a: ",
]
LONGER_PIECES = [
    "[[a]]\n",
    "- a\n",
    "a: b\n",
    " \n",
    "x: 1, ",
    '"""',
    " ",
    "#\n",
    "=",
    "key.",
    "value",
    ".",
    "\t= ",
    "-",
    "//a",
]


@pytest.mark.parametrize("piece", PIECES + LONGER_PIECES)
@pytest.mark.parametrize("file", ["a.yaml", "a.json", "a.toml", "-"])
def test_the_longest_text_of_any_one_kind_takes_bounded_time(piece: str, file: str) -> None:
    text = (piece * (at_night(256 * 1024) // len(piece.encode()))).encode()
    began = time.process_time()
    holds(read, text, file)
    SourceText(text, file).excerpt(Problem("x", "x", file, 1, 1))
    assert time.process_time() - began < 5


def test_the_control_a_reader_that_forgets_its_places_is_caught() -> None:
    def careless(text: bytes, file: str) -> SpecReading:
        return SpecReading(None, (Problem("x", "y", file, len(text) + 9, 1),))

    with pytest.raises(AssertionError):
        holds(careless, b"a: 1\n", "a.yaml")
