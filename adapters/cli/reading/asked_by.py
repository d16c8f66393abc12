"""Who stands behind what was seen, where the API server's audit log is on record: looked up beside a fact, when it is told."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice

from domain.audit import RequestWitnessed
from domain.facts import Fact, audited_stream
from domain.names import Key
from domain.ports import Ledger
from domain.record import Recorded
from projections.attribution import UNKNOWN, Attribution, attribution
from projections.timeline import replica_of
from projections.traces import NEAR, follows, may_be_anothers


class AskedBy:
    """Looks requests of others up by whom they are about; what was read is kept for the time of one look."""

    def __init__(self, ledger: Ledger, pod_of: Callable[[str], str]) -> None:
        """Keep the ways to look up; nothing is read yet."""
        self._ledger, self._pod_of = ledger, pod_of
        self._requests = lru_cache(256)(self._read)

    def __call__(self, recorded: Recorded[Fact]) -> Attribution:
        """Say who stands behind a fact."""
        if not may_be_anothers(recorded.fact):
            return UNKNOWN
        subject = recorded.metadata.subject
        scopes = dict.fromkeys((subject, Key.of(subject).project, ""))
        requests = [request for scope in scopes for request in self._requests(scope)]
        uid = replica_of(recorded) if requests else ""
        pod = self._pod_of(uid) if uid else ""
        return attribution(recorded, requests, pod, follows(recorded, self._before(recorded), pod))

    def _before(self, recorded: Recorded[Fact]) -> Iterator[Recorded[Fact]]:
        """Give the facts on its stream that came just before it, newest first; read only where they are asked for."""
        near = self._ledger.read(recorded.stream, after=max(0, recorded.version - NEAR - 1))
        yield from reversed(tuple(islice(near, min(NEAR, recorded.version - 1))))

    def _read(self, subject: str) -> tuple[RequestWitnessed, ...]:
        facts = self._ledger.read(audited_stream(subject))
        return tuple(recorded.fact for recorded in facts if isinstance(recorded.fact, RequestWitnessed))
