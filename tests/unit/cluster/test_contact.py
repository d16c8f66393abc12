"""An outage of the API server is told once, when it is over, and nothing else is taken for one."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from adapters.cluster.api_server_contact import Contact, Signs
from domain.observations import Observation, Unheard, WatchEvent

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
SILENCE = "no answer from https://api"


@dataclass
class Line:
    """A connection to an API server, on a clock of its own."""

    now: datetime = NOON
    heard: datetime = NOON
    why: str = ""
    asked: int = 0
    told: list[Observation] = field(default_factory=list[Observation])

    @property
    def contact(self) -> Contact:
        signs = Signs(self._quiet, self._ask)
        return Contact(signs, lambda: self.now, self._take, beat=5, worth=8)

    def passes(self, seconds: float, *, hears: bool = False) -> "Line":
        self.now += timedelta(seconds=seconds)
        self.heard = self.now if hears else self.heard
        return self

    def _quiet(self) -> float:
        return (self.now - self.heard).total_seconds()

    def _ask(self) -> str:
        self.asked += 1
        return self.why

    def _take(self, watch_event: WatchEvent) -> None:
        self.told.extend(watch_event.observations)


def test_a_server_that_is_heard_on_its_watches_is_asked_nothing() -> None:
    line = Line()
    contact = line.contact
    for _ in range(10):
        line.passes(5, hears=True)
        contact.look()

    assert (line.asked, line.told) == (0, [])


def test_a_quiet_server_that_answers_was_never_away() -> None:
    line = Line()
    contact = line.contact
    for _ in range(20):
        line.passes(5)
        contact.look()

    assert (line.asked, line.told) == (20, [])


def test_an_outage_is_told_once_from_the_last_sign_to_the_next() -> None:
    line = Line()
    contact = line.contact
    line.passes(5)
    contact.look()
    line.why = SILENCE
    for _ in range(22):
        line.passes(1)
        contact.look()
    line.why = ""
    line.passes(1)
    contact.look()
    contact.look()

    assert line.told == [Unheard(NOON + timedelta(seconds=5), NOON + timedelta(seconds=28), SILENCE)]


def test_a_short_outage_is_not_worth_a_fact() -> None:
    line = Line(why=SILENCE)
    contact = line.contact
    line.passes(6)
    contact.look()
    line.why = ""
    line.passes(1)
    contact.look()

    assert line.told == []


def test_what_a_watch_hears_ends_an_outage_as_well() -> None:
    line = Line(why=SILENCE)
    contact = line.contact
    line.passes(10)
    contact.look()
    line.passes(10, hears=True)
    contact.look()

    assert line.told == [Unheard(NOON, NOON + timedelta(seconds=20), SILENCE)]


def test_a_process_that_stood_still_does_not_take_its_own_sleep_for_an_outage() -> None:
    line = Line(why=SILENCE)
    contact = line.contact
    line.passes(600)
    contact.look(stood_still=True)
    line.why = ""
    line.passes(2)
    contact.look()

    assert line.told == []


def test_two_outages_are_two() -> None:
    line = Line()
    contact = line.contact
    for _ in range(2):
        line.why = SILENCE
        line.passes(20)
        contact.look()
        line.why = ""
        line.passes(1)
        contact.look()

    assert [type(one) for one in line.told] == [Unheard, Unheard]
