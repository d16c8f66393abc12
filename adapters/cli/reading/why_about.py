"""What a chain of causes is looked for in: the facts about a subject, those that concern it, and others' requests."""

from collections.abc import Iterator
from heapq import merge

from adapters.cli.reading.past import about_one
from domain.facts import Fact, audited_stream
from domain.names import Key
from domain.ports import Ledger
from domain.record import Recorded


class SubjectReader:
    """Reads what there is about a subject, each once: a history may be long."""

    def __init__(self, ledger: Ledger) -> None:
        """Begin with nothing read."""
        self.ledger = ledger
        self._read: dict[str, tuple[Recorded[Fact], ...]] = {}

    def facts(self, subject: str) -> tuple[Recorded[Fact], ...]:
        """Give the facts about a subject; of a deployment, also those about its project and about all that concern it."""
        if subject not in self._read:
            found = about_one(self.ledger, Key.of(subject)) if "/" in subject else self.ledger.about(subject)
            self._read[subject] = tuple(found)
        return self._read[subject]

    def own(self, key: Key) -> list[Recorded[Fact]]:
        """Give the facts about a deployment alone."""
        return [recorded for recorded in self.facts(key.subject) if recorded.metadata.subject == key.subject]

    def requests(self, subject: str) -> Iterator[Recorded[Fact]]:
        """Give the requests of others about a subject, its project and the cluster, as far as an audit log told them."""
        project = Key.of(subject).project if "/" in subject else subject
        scopes = dict.fromkeys((subject, project, ""))
        return merge(*(self.ledger.read(audited_stream(scope)) for scope in scopes), key=lambda one: one.position)
