"""The sieve: what was seen, answered or decided and no ledger can keep is left out before it is appended; the rest goes on.

One replica's answer costs that answer, and one object's frame that frame; never the round in which they came. What is left
out is told by a fact of its own, once for each field, so that nobody takes silence for knowledge.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from domain.bounds import LONGEST_ID, LONGEST_VERSION, Flaw, SizeBudget, fit, flaw_in, flaw_in_name, flaw_in_note
from domain.deployment import Deployment
from domain.facts import Fact, cluster_stream, seen_stream
from domain.objects import ObjectRef
from domain.observations import Observation, WatchEvent
from domain.observe import News
from domain.ownership import stands_in
from domain.record import UncommittedFact
from domain.unsound import ObservationRefused

_MOST = 20
"""So many different things are told as left out of each deployment."""
_FIELD, _WHY, _SOURCE = 200, 300, 200
_INDEX = re.compile(r"\[[^\]]*\]")

_STORED = {"Bookmark": "Place"}
"""What ledgers call it: of what is told as left out, the same words are the same thing."""

Pair = tuple[News, UncommittedFact[Fact]]


@dataclass(slots=True)
class Refusals:
    """What was told as left out, by whom it is about: never the same again."""

    told: dict[str, set[str]] = field(default_factory=dict[str, set[str]])

    def has(self, subject: str, fact: ObservationRefused) -> bool:
        """Tell whether the same was told, or enough."""
        known = self.told.get(subject, set())
        return _gist(fact) in known or len(known) >= _MOST

    def take(self, subject: str, fact: ObservationRefused) -> None:
        """Note that it is told."""
        self.told.setdefault(subject, set()).add(_gist(fact))


def _gist(fact: ObservationRefused) -> str:
    return f"{fact.what} {_INDEX.sub('', fact.field)}"


def fit_frames(
    watch_events: Iterable[WatchEvent], fleet: Mapping[str, Deployment], cluster: str
) -> tuple[tuple[WatchEvent, ...], tuple[News, ...]]:
    """Give the frames that can be judged, and what is to be told of the others."""
    sound: list[WatchEvent] = []
    refused: list[News] = []
    for watch_event in watch_events:
        flaw = _flaw_in_frame(watch_event)
        if flaw is None:
            sound.append(watch_event)
        else:
            refused.append(_of_frame(watch_event, flaw, fleet, cluster))
    return tuple(sound), tuple(refused)


def sifted(pairs: Iterable[Pair], cluster: str) -> tuple[list[Pair], list[News]]:
    """Give what can be kept, and what is to be told of the rest: a flaw also costs what follows on it in its stream."""
    kept: list[Pair] = []
    refused: dict[str, News] = {}
    for news, noted in pairs:
        if news.stream in refused:
            continue
        flaw = flaw_in_name(news.stream) or flaw_in_note(noted)
        if flaw is None:
            kept.append((news, noted))
        else:
            refused[news.stream] = refusal(type(news.fact).__name__, news.subject, flaw, source=news.stream, cluster=cluster)
    return kept, list(refused.values())


def refusal(what: str, subject: str, flaw: Flaw, *, source: str, cluster: str) -> News:
    """Give the fact that something was left out."""
    fact = ObservationRefused(what, fit(flaw.field, _FIELD), fit(flaw.why, _WHY), fit(source, _SOURCE))
    one = "/" in subject
    return News(seen_stream(subject) if one else cluster_stream(cluster), subject if one else "", fact)


def _flaw_in_frame(watch_event: WatchEvent) -> Flaw | None:
    room = SizeBudget(characters=16_000_000, values=1_000_000, text=4_000_000)
    return (
        flaw_in_name(watch_event.kind, LONGEST_ID)
        or flaw_in_name(watch_event.resource_version, LONGEST_VERSION)
        or flaw_in(watch_event, room)
    )


def _of_frame(watch_event: WatchEvent, flaw: Flaw, fleet: Mapping[str, Deployment], cluster: str) -> News:
    first = next(iter(watch_event.observations), None)
    what = _STORED.get(type(first).__name__, type(first).__name__) if first else "a frame"
    flaw = replace(flaw, field=flaw.field.replace("observations[", "sightings[", 1))
    return refusal(what, _home(first, fleet), flaw, source=_source(first) or f"{watch_event.kind}", cluster=cluster)


def _home(observation: Observation | None, fleet: Mapping[str, Deployment]) -> str:
    """Name the deployment that a frame says it is about, where that one stands in its namespace; empty when there is none."""
    name, ref = getattr(observation, "deployment", ""), getattr(observation, "ref", None)
    home = fleet.get(name) if isinstance(name, str) else None
    return home.key.subject if home and isinstance(ref, ObjectRef) and stands_in(home, ref.namespace) else ""


def _source(observation: Observation | None) -> str:
    ref = getattr(observation, "ref", None) or getattr(observation, "about", None)
    return f"{ref}" if ref else ""
