"""What an engine says on its screen: what it is connected to, and every fact as it is recorded, one line each."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import partial

from rich.text import Text

from adapters.cli.screen import Screen
from domain.cluster import TookLead
from domain.facts import Fact
from domain.record import Recorded
from domain.replica import ReplicaCreated
from projections.merged_gaps import gathered
from projections.stopped_versions import of_rest, rested
from projections.timeline import TimelineLine, line, replica_of
from projections.wording import instant

CLOCK = "12:00:00 "
COLOURS = {"info": "", "good": "green", "warning": "yellow", "bad": "red"}


class Teller:
    """Shows facts recorded from its own start on; what is older is folded in silence."""

    def __init__(self, screen: Screen, since: datetime) -> None:
        """Show on this screen what is recorded after a time."""
        self._screen, self._since = screen, since
        self._pods: dict[str, str] = {}
        self._resting: set[tuple[str, int]] = set()

    def told(self, facts: Sequence[Recorded[Fact]]) -> None:
        """Show some facts; gaps that are one are one line to a person."""
        fresh = list(self._fresh(facts))
        for told in gathered(fresh, instant) if self._screen.people else (each for _, each in fresh):
            self._screen.item(told, partial(_row, told), under=len(CLOCK))

    def _fresh(self, facts: Sequence[Recorded[Fact]]) -> Iterator[tuple[Recorded[Fact], TimelineLine]]:
        for recorded in facts:
            if isinstance(recorded.fact, ReplicaCreated):
                self._pods[replica_of(recorded)] = recorded.fact.pod
            self._resting.update((recorded.metadata.subject, number) for number in of_rest([recorded]))
            if recorded.recorded_at >= self._since and not isinstance(recorded.fact, TookLead):
                told = line(recorded, lambda uid: self._pods.get(uid, ""))
                yield recorded, rested(told, recorded, self._rests)

    def _rests(self, subject: str, number: int) -> bool:
        return (subject, number) in self._resting


def _row(told: TimelineLine) -> Text:
    text = Text.assemble((told.at.astimezone().strftime("%H:%M:%S "), "dim"))
    text.append(f"{told.subject or '-'} ", style="bold")
    if told.replica:
        text.append(f"{told.replica.rpartition('-')[2]} ", style="cyan")
    text.append(told.text, style=COLOURS[told.severity])
    return text
