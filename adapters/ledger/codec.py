"""Facts to bytes and back: our names, JSON, and every byte validated on the way in.

What may be written is judged first (`domain.bounds`), by the same types that reading goes by and by bounds besides: reading back
what was written costs as much again, and the tests show that it would find nothing more.

Stored is one JSON object: `recorded_at`, `circumstances`, `fact`. The time is put in front at the last moment, under the
database's write lock, so that it never runs backwards.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn, cast

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError, create_model

from adapters.ledger.names import NAMES, UPCASTERS, Upcast
from adapters.pydantic_errors import misfit
from domain.errors import Unfit
from domain.facts import Fact
from domain.record import EventMetadata, Recorded, UncommittedFact
from domain.recordable import check_note


class _Stored(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    recorded_at: datetime
    circumstances: EventMetadata
    fact: Any


@dataclass(frozen=True, slots=True)
class Encoded:
    """A fact's stored name and its bytes, all but the time."""

    name: str
    state: bytes


class Codec:
    """Turns notes into bytes and bytes into records. One per table of names; safe to share between threads."""

    def __init__(self, names: Mapping[type[Fact], str] = NAMES, upcasters: Mapping[str, tuple[str, Upcast]] = UPCASTERS) -> None:
        self._names = dict(names)
        self._classes = {name: cls for cls, name in self._names.items()}
        self._upcasters = dict(upcasters)

    def encode(self, note: UncommittedFact[Fact]) -> Encoded:
        """Write a fact with its circumstances: what comes out, `decode` reads back as the same. Raises Unrecordable."""
        name = self._names.get(type(note.fact))
        if name is None:
            raise TypeError(f"{type(note.fact).__name__} has no stored name; give it one in adapters/ledger/names.py")
        check_note(note)
        return Encoded(name, written(note))

    def knows(self, name: str) -> bool:
        """Tell whether a stored name is one of ours, of now or of before."""
        return name in self._classes or name in self._upcasters

    def decode(self, position: int, stream: str, version: int, name: str, state: bytes) -> Recorded[Fact]:
        """Read a stored fact. Raises Unfit when its name is unknown or its bytes are not what the name promises."""
        if name in self._upcasters:
            name, state = self._upcast(name, state)
        if name not in self._classes:
            _stop_at_unknown(position, name)
        try:
            stored = _reader(self._classes[name]).model_validate_json(state)
        except ValidationError as error:
            raise Unfit(
                f"the fact at position {position} of the ledger ({stream} version {version}) is not a sound {name}: "
                f"{error.error_count()} faults, first {error.errors()[0]['loc']}: {misfit(error.errors()[0])}",
                "the bytes were changed from outside Deadreckon or by a fault; restore a backup of the ledger",
            ) from error
        return Recorded(position, stream, version, stored.recorded_at, stored.fact, stored.circumstances)

    def _upcast(self, name: str, state: bytes) -> tuple[str, bytes]:
        content = cast("dict[str, Any]", json.loads(state))
        while name in self._upcasters:
            name, upcast = self._upcasters[name]
            content["fact"] = upcast(content["fact"])
        return name, json.dumps(content).encode()


# Made when first wanted, once for all ledgers of a process: all of them together would cost a quarter of a second at every start.
_readers: dict[type[Fact], type[_Stored]] = {}
_writers: dict[type[object], TypeAdapter[Any]] = {}


def _reader(of: type[Fact]) -> type[_Stored]:
    if of not in _readers:
        _readers[of] = create_model("Stored", __base__=_Stored, fact=(of, ...))
    return _readers[of]


def written(note: UncommittedFact[Fact]) -> bytes:
    """Write a fact with its circumstances, without judging them."""
    # Not one model of both: what stands beside a fact would be put together anew for each kind of fact.
    return b'{"circumstances":' + _json(note.metadata) + b',"fact":' + _json(note.fact) + b"}"


def _json(value: object) -> bytes:
    kind = type(value)
    if kind not in _writers:
        _writers[kind] = TypeAdapter(kind)
    return _writers[kind].dump_json(value, warnings="error")


def stamped(state: bytes, at: datetime) -> bytes:
    """Put the time of recording in front."""
    time = at.astimezone(UTC).replace(tzinfo=None).isoformat()
    return b'{"recorded_at":"' + time.encode() + b'Z",' + state[1:]


def _stop_at_unknown(position: int, name: str) -> NoReturn:
    raise Unfit(
        f"the fact at position {position} of the ledger has a name that this build does not know: {name}",
        "a newer build wrote it; run that build or a later one. Nothing is ever skipped",
    )
