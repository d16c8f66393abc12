"""One sample of every fact class, made from its fields' types, and the frozen lines in `golden/facts.jsonl`.

`python -m tests.unit.ledger.samples` prints the lines that are missing there: append them, and never change a line again.
"""

import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from adapters.ledger.codec import Codec, stamped
from adapters.ledger.names import NAMES
from domain.record import EventMetadata, UncommittedFact, Who

GOLDEN = Path(__file__).parent / "golden" / "facts.jsonl"
NOON = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
ALICE = EventMetadata(
    "id-1",
    Who("alice", "authenticated", "root"),
    subject="shop/web",
    reason="why ✓",
    ticket="OPS-1",
    cause="id-0",
    correlation="id-0",
    observed_at=NOON,
    observed_by="engine-1",
    build="0.1.0",
    origin=(("git", "abc"),),
)


def sample(kind: Any, name: str = "x") -> Any:  # noqa: ANN401 (made from any annotation)
    """Make a value of a type, the same each time."""
    origin, arguments = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{one.name: sample(hints[one.name], one.name) for one in fields(kind)})  # type: ignore[operator]  # it is a class
    if origin is Literal:
        return arguments[0]
    if origin is tuple and arguments[1:] == (...,):
        members = get_args(arguments[0]) if get_origin(arguments[0]) in (Union, UnionType) else (arguments[0],)
        return tuple(sample(member, name) for member in members)
    if origin is tuple:
        return tuple(sample(argument, name) for argument in arguments)
    if origin in (Union, UnionType):
        return sample(next(argument for argument in arguments if argument is not NoneType), name)
    return {str: f"{name} ✓", int: len(name), bool: True, float: 0.5, datetime: NOON}[kind]


def lines() -> dict[str, bytes]:
    """Give the golden lines: stored name to stored bytes."""
    found: dict[str, bytes] = {}
    for line in GOLDEN.read_bytes().splitlines() if GOLDEN.exists() else ():
        name, _, state = line.partition(b" ")
        found[name.decode()] = state
    return found


def today() -> Mapping[str, bytes]:
    """Write a sample of every fact class as today's build does."""
    codec = Codec()
    notes = [UncommittedFact(sample(cls), ALICE) for cls in NAMES]
    return {one.name: stamped(one.state, NOON) for one in map(codec.encode, notes)}


if __name__ == "__main__":
    for missing, state in today().items():
        if missing not in lines():
            json.loads(state)
            print(missing, state.decode())
