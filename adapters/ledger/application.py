"""The ledger as an application of the library: our mapper, our recorder, and nothing that the environment could switch on."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from adapters.ledger.codec import Codec, stamped

# isort: split
from eventsourcing.application import Application
from eventsourcing.domain import DomainEventProtocol
from eventsourcing.persistence import InfrastructureFactory, Mapper, Notification, StoredEvent
from eventsourcing.utils import Environment

from domain.errors import Unfit
from domain.facts import Fact
from domain.record import Recorded, UncommittedFact

EVENTS = "ledger_events"

_LOSES_EVENTS = {
    "POSTGRES_ENABLE_DB_FUNCTIONS": "it appends without the lock that keeps readers from skipping events",
    "MAPPER_TOPIC": "it puts another reader and writer of events in the place of the ledger's",
    "APPLICATION_RECORDER_TOPIC": "it puts another recorder in the place of the ledger's",
    "COMPRESSOR_TOPIC": "the ledger's bytes are kept as they are",
    "CIPHER_TOPIC": "the ledger's bytes are kept as they are",
}


def refuse_losing_options(environment: Mapping[str, str] = os.environ) -> None:
    """Raise Unfit when the environment sets an option of the library with which events get lost or are not ours any more."""
    for variable, value in environment.items():
        option = next((option for option in _LOSES_EVENTS if variable.endswith(option)), "")
        if option and value.strip().lower() not in {"", "0", "n", "no", "f", "false", "off"}:
            raise Unfit(f"{variable} is set, and {_LOSES_EVENTS[option]}", f"unset {variable}")


@dataclass(frozen=True, slots=True)
class Placed:
    """A recorded fact as the library sees it: an event of a stream."""

    recorded: Recorded[Fact]

    @property
    def originator_id(self) -> str:
        """Name the stream."""
        return self.recorded.stream

    @property
    def originator_version(self) -> int:
        """Give the version in the stream."""
        return self.recorded.version


class FactMapper(Mapper[str]):
    """The library's way to our codec."""

    def __init__(self, codec: Codec) -> None:
        """Take the codec. The library's transcoder, cipher and compressor have no part in it."""
        self.codec = codec

    def to_stored_event(self, domain_event: DomainEventProtocol[str]) -> StoredEvent:
        """Write a placed fact."""
        recorded = cast("Placed", domain_event).recorded
        encoded = self.codec.encode(UncommittedFact(recorded.fact, recorded.metadata))
        state = stamped(encoded.state, recorded.recorded_at)
        return StoredEvent(recorded.stream, recorded.version, encoded.name, state)

    def to_domain_event(self, stored_event: StoredEvent) -> DomainEventProtocol[str]:
        """Read a placed fact; its position is 0 where the library does not tell it."""
        position = stored_event.id if isinstance(stored_event, Notification) else 0
        stream, version = str(stored_event.originator_id), stored_event.originator_version
        return Placed(self.codec.decode(position, stream, version, stored_event.topic, stored_event.state))


class LedgerApplication(Application[str]):
    """One application for all streams. Appends go through its recorder in batches, never through `save`."""

    name = "Ledger"

    def __init__(self, factory: InfrastructureFactory[Any], codec: Codec) -> None:
        """Build it around a factory of one of our two databases."""
        self._given = factory
        self._codec = codec
        super().__init__()

    def construct_env(self, name: str, env: Any = None) -> Environment:  # noqa: ANN401, ARG002 (the library's signature)
        """Leave the process's environment out: what is set there for others is none of the ledger's."""
        return self._given.env

    def construct_factory(self, env: Environment) -> InfrastructureFactory[Any]:  # noqa: ARG002 (the library's signature)
        """Give the factory we were built with."""
        return self._given

    def construct_mapper(self) -> Mapper[str]:
        """Give our mapper."""
        return FactMapper(self._codec)
