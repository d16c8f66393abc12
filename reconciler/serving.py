"""Serving: what the views show (`domain.views`) is kept here, and told of each deployment when it is other than was told.

Levels, not edges: the slices of a Service come in parts, pods and slices are watched apart, and others' objects may have
stood there before the deployment. So the newest sight of all is kept, and whatever touches a deployment has it judged again.
What turns for the better is told at once; anything else when it has lasted, so that neither a rollout nor a watch that is
behind makes a fact.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from domain.deployment import Deployment
from domain.facts import seen_stream
from domain.objects import ObjectRef
from domain.observations import GoneSeen, Observation, Relisted, SliceSeen, TakerSeen, WatchEvent
from domain.observe import News
from domain.seen import AppliedState
from domain.serving import Others, endpoint_news, endpoints, pod_labels, services, taker_news
from domain.serving_seen import EndpointsChanged, LetGo, TakenUp
from domain.views import NAMED, SLICES, TAKERS, View

SETTLE = timedelta(seconds=2)
"""So long endpoints must be other than was told before they are called worse."""
STRANGE = timedelta(seconds=15)
"""So long an endpoint must be known that is no replica: its pod may be seen later."""
FREE, SPAN, PAUSE = 10, timedelta(minutes=10), timedelta(minutes=1)
"""So many changes of one thing in such a time are told as they come; later ones so seldom."""
_KEPT = 20_000
_OF_ONE = 200
"""So many slices, and objects of others, are kept in all and of one Service or namespace."""

ServiceKey = tuple[str, str]
AppliedStateLookup = Callable[[str], AppliedState | None]
ServingFact = EndpointsChanged | TakenUp | LetGo


@dataclass(slots=True)
class _Pace:
    """When something was told lately, and since when it is other than was told."""

    told: list[datetime] = field(default_factory=list[datetime])
    since: datetime | None = None

    def free_at(self, now: datetime) -> datetime:
        """Say when something may be told again."""
        lately = [at for at in self.told if timedelta(0) <= now - at < SPAN]
        return now if len(lately) < FREE else lately[-1] + PAUSE


class Serving:
    """The newest sight of the views, for who leads; judged against the fold."""

    def __init__(self) -> None:
        """Begin with nothing seen."""
        self._slices: dict[ServiceKey, dict[ObjectRef, SliceSeen]] = {}
        self._places: dict[ObjectRef, ServiceKey] = {}
        """Under which Service a slice is kept."""
        self._takers: dict[str, dict[ObjectRef, TakerSeen]] = {}
        self._whole: set[str] = set()
        self._gone: dict[str, None] = {}
        """The uids of others' objects that were seen to go, the newest."""
        self._touched: set[str] = set()
        self._spaces: set[str] = set()
        self._paces: dict[tuple[str, ObjectRef], _Pace] = {}
        self._due: dict[str, datetime] = {}

    def take(self, watch_events: Iterable[WatchEvent]) -> tuple[WatchEvent, ...]:
        """Keep what the views show, and give back what is for others."""
        others: list[WatchEvent] = []
        for watch_event in watch_events:
            if watch_event.kind in NAMED:
                for observation in watch_event.observations:
                    self._take(observation)
            else:
                others.append(watch_event)
        return tuple(others)

    def news(
        self, fleet: Mapping[str, Deployment], touched: Iterable[str], settled: AppliedStateLookup, now: datetime
    ) -> Iterator[tuple[News, datetime]]:
        """Give the facts that are due, each with the time from which on it was so. `touched` names deployments' objects."""
        names = {*touched, *self._touched, *(name for name, at in self._due.items() if at <= now)}
        if self._spaces:
            names |= {name for name, home in fleet.items() if not self._spaces.isdisjoint({home.names.namespace, ""})}
        self._touched, self._spaces = set(), set()
        for name in sorted(names):
            self._due.pop(name, None)
            home = fleet.get(name)
            if home is not None and home.objects:
                yield from self._of(name, home, settled, now)

    def wake_at(self) -> datetime | None:
        """Say when something that has to last will have lasted."""
        return min(self._due.values(), default=None)

    def _of(self, name: str, home: Deployment, settled: AppliedStateLookup, now: datetime) -> Iterator[tuple[News, datetime]]:
        for fact in (*self._endpoints(name, home), *self._taken(home, settled)):
            pace = self._pace(name, fact.ref)
            pace.since = pace.since or now
            at = max(pace.since + _patience(home, fact), pace.free_at(now))
            if at > now:
                self._due[name] = min(at, self._due.get(name, at))
            else:
                yield News(seen_stream(home.key.subject), home.key.subject, fact), pace.since
                pace.told, pace.since = [*pace.told[-FREE:], now], None

    def _endpoints(self, name: str, home: Deployment) -> Iterator[EndpointsChanged]:
        for service in services(home) if SLICES.name in self._whole else ():
            now = endpoints(home, service, tuple(self._slices.get((service.namespace, service.name), {}).values()))
            if endpoint_news(home, now):
                yield now
            else:
                self._pace(name, service).since = None

    def _taken(self, home: Deployment, settled: AppliedStateLookup) -> Iterator[TakenUp | LetGo]:
        workload, takers = home.workload, self._takers.get(home.names.namespace, {})
        if workload is not None and (takers or home.served.takers):
            labels = pod_labels(settled(workload.settled) if workload.settled else None)
            whole = frozenset(view.kind.value for view in TAKERS if view.name in self._whole)
            yield from taker_news(home, Others(takers, whole, frozenset(self._gone)), labels)

    def _pace(self, name: str, ref: ObjectRef) -> _Pace:
        if len(self._paces) > _KEPT:
            self._paces = {key: pace for key, pace in self._paces.items() if pace.since}
        return self._paces.setdefault((name, ref), _Pace())

    # --- keeping

    def _take(self, observation: Observation) -> None:
        match observation:
            case SliceSeen():
                self._keep_slice(observation)
            case TakerSeen():
                self._keep_taker(observation)
            case GoneSeen(ref, uid):
                self._drop(ref, uid)
                self._gone = dict([*self._gone.items(), (uid, None)][-_OF_ONE:])
            case Relisted(kind, _, uids):
                self._listed(NAMED[kind], uids)
            case _:
                pass

    def _keep_slice(self, seen: SliceSeen) -> None:
        place = (seen.ref.namespace, seen.service)
        before = self._places.get(seen.ref)
        if before is not None and before != place:
            self._drop(seen.ref, "")
        kept = self._slices.setdefault(place, {})
        known = kept.get(seen.ref)
        if known is None and (len(kept) >= _OF_ONE or len(self._places) >= _KEPT):
            return
        kept[seen.ref], self._places[seen.ref] = seen, place
        if known is None or {*known.ready} != {*seen.ready}:
            self._touched.add(seen.service)

    def _keep_taker(self, seen: TakerSeen) -> None:
        kept = self._takers.setdefault(seen.ref.namespace, {})
        known = kept.get(seen.ref)
        if known is None and (len(kept) >= _OF_ONE or sum(map(len, self._takers.values())) >= _KEPT):
            return
        kept[seen.ref] = seen
        if known is None or (known.uid, known.selector, known.target) != (seen.uid, seen.selector, seen.target):
            self._spaces.add(seen.ref.namespace)

    def _drop(self, ref: ObjectRef, uid: str) -> None:
        """Forget what is gone; without a uid whatever stands there."""
        place = self._places.get(ref)
        if place is not None and uid in {"", self._slices[place][ref].uid}:
            del self._slices[place][ref], self._places[ref]
            self._touched.add(place[1])
        taken = self._takers.get(ref.namespace, {}).get(ref)
        if taken is not None and uid in {"", taken.uid}:
            del self._takers[ref.namespace][ref]
            self._spaces.add(ref.namespace)

    def _listed(self, view: View, uids: frozenset[str]) -> None:
        """Take in that a view was listed whole: what is not in the list is gone."""
        kept: Sequence[SliceSeen | TakerSeen] = (
            [one for slices in self._slices.values() for one in slices.values()]
            if view.ours
            else [one for takers in self._takers.values() for one in takers.values()]
        )
        for one in kept:
            if one.ref.kind == view.kind.value and one.uid not in uids:
                self._drop(one.ref, one.uid)
        if view.name not in self._whole:
            self._whole.add(view.name)
            self._spaces.add("")  # everything is judged once all of it is known


def _patience(home: Deployment, fact: ServingFact) -> timedelta:
    """Say how long something must last before it is told."""
    if not isinstance(fact, EndpointsChanged):
        return timedelta(0)
    told = home.served.of(fact.ref)
    if told is not None and told.uid == fact.uid and (told.ready > 0, told.serves) == (fact.ready > 0, fact.serves):
        return STRANGE  # only of others there are more or fewer
    return timedelta(0) if fact.serves else SETTLE
