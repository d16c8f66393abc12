"""What a watch of the simulated cluster tells: frames in order from a place on, or a list and a word on what was missed."""

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from threading import Condition

from adapters.observations.frames import watch_event
from adapters.observations.owners import Claimed, controller, owner, template_of, workload_of
from adapters.simulator.faults import Faults
from adapters.simulator.schema import Object
from adapters.simulator.store import Frame, ObjectStore
from domain.objects import CLUSTER_WIDE, WATCHED, Fields, Kind
from domain.observations import Owner, Relisted, WatchEvent
from domain.views import FOLLOWED, NAMED, OUR_NAMESPACES, VIEWS

_BOOKMARK = 60.0
_TOLD_AS: Mapping[str, tuple[str, ...]] = {
    kind.value: tuple(name for name in FOLLOWED if name == kind.value or (name in NAMED and NAMED[name].kind is kind))
    for kind in dict.fromkeys((*WATCHED, *(view.kind for view in VIEWS)))
}
"""Under which names the frames of a kind are told."""
_TEMPLATES = 1000
"""So many ReplicaSets' templates are kept laid out."""


class SimulatedFeed:
    """The port `Feed`: keeps nothing but its place in the store's history, so nothing can be lost between the two."""

    def __init__(self, store: ObjectStore, faults: Faults, changed: Condition, ledger: str, since: Mapping[str, str]) -> None:
        """Begin each kind at its place, or with a list where there is none or it is too old."""
        self._store = store
        self._faults = faults
        self._changed = changed
        self._ledger = ledger
        self._from: dict[str, int] = {}
        self._to_list: dict[str, str] = {}
        self._told_upto = dict(since)
        self._ready: deque[WatchEvent] = deque()
        self._contact: datetime | None = None
        self._marked = store.agenda.elapsed
        self._closed = False
        self._templates: dict[str, Fields] = {}
        self.live = False
        for name in FOLLOWED:
            self._begin(name, "" if name in NAMED else since.get(name, ""))
        self._next = min(self._from.values(), default=store.end)

    def _begin(self, kind: str, since: str) -> None:
        place = self._store.place_of(int(since)) if len(since) <= 18 and since.isascii() and since.isdigit() else None
        if place is None:
            self._to_list[kind] = f"410 Expired: too old resource version: {since}" if since else ""
        else:
            self._from[kind] = place

    def take(self, limit: int = 500) -> tuple[WatchEvent, ...]:
        """Give what has come in; never blocks."""
        with self._changed:
            self._fill(limit)
            return tuple(self._ready.popleft() for _ in range(min(limit, len(self._ready))))

    def wait(self, timeout: float) -> bool:
        """Wait until there is something to take. Without the cluster's own thread nothing can come, so it does not wait."""
        with self._changed:
            if self.live:
                self._changed.wait_for(lambda: self._closed or self._is_ready(), timeout)
            return not self._closed and self._is_ready()

    def ages(self) -> Mapping[str, float]:
        """Give for each kind 0: the server is in this process."""
        return dict.fromkeys(FOLLOWED, 0.0)

    def close(self) -> None:
        """End the watch."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def cut(self, why: str) -> None:
        """Lose the frames since the last take: what stands now is listed, and it is said that some may have been missed."""
        self._to_list = dict.fromkeys(FOLLOWED, why)

    def _is_ready(self) -> bool:
        self._fill(1)
        return bool(self._ready)

    def _fill(self, limit: int) -> None:
        if self._closed:
            return
        if self._next < self._store.dropped:
            self.cut(f"410 Expired: too old resource version, the oldest is {self._store.floor}")
        for kind, missed in tuple(self._to_list.items()):
            self._list(kind, missed)
        self._read(limit)
        self._contact = self._store.agenda.now
        self._mark()

    def _list(self, kind: str, missed: str) -> None:
        store, now = self._store, self._store.agenda.now
        del self._to_list[kind]
        of = NAMED[kind].kind if kind in NAMED else Kind(kind)
        ours = [obj for obj in store.of_kind(of.value) if self._shows(kind, obj)]
        # The place moves with the word that the list is whole, not before: to store an earlier one is always safe.
        place = self._told_upto.get(kind, "")
        for obj in ours:
            self._ready.append(replace(watch_event(kind, "ADDED", obj, now, self._owner(obj)), resource_version=place))
        uids = frozenset(str(obj["metadata"]["uid"]) for obj in ours)
        wide = of in CLUSTER_WIDE
        names = frozenset(str(obj["metadata"]["name"]) for obj in ours) if wide else frozenset[str]()
        version = str(store.revision)
        contact = self._contact if missed else None
        self._ready.append(WatchEvent((Relisted(kind, version, uids, missed, contact, names),), now, kind, version))
        self._told_upto[kind] = version
        self._from[kind] = store.end
        self._next = min(self._from.values())

    def _read(self, limit: int) -> None:
        start = self._store.agenda.base
        visible = self._store.agenda.elapsed - self._faults.feed_delay
        while len(self._ready) < limit and self._next < self._store.end:
            for place, frame in self._store.after(self._next, limit):
                if frame.at > visible or len(self._ready) >= limit:
                    return
                at = start + timedelta(seconds=frame.at + self._faults.feed_delay)
                for name in _TOLD_AS.get(str(frame.obj["kind"]), ()):
                    self._tell(name, frame, place, at)
                self._next = place

    def _tell(self, name: str, frame: Frame, place: int, at: datetime) -> None:
        if self._from.get(name, place) >= place:
            return
        told = self._told_as_others(frame) if name in NAMED and not NAMED[name].ours else self._told_as(frame)
        if told:
            self._ready.append(watch_event(name, told, frame.obj, at, self._owner(frame.obj)))
            self._told_upto[name] = str(frame.revision)

    def _shows(self, name: str, obj: Object) -> bool:
        ours = self._store.ledger_of(obj) == self._ledger
        if name in NAMED and not NAMED[name].ours:
            return not ours and str(obj["metadata"]["namespace"]).startswith(OUR_NAMESPACES)
        return ours or name == Kind.NODE.value

    def _told_as_others(self, frame: Frame) -> str:
        ours, were = frame.whose == self._ledger, frame.was == self._ledger
        if (ours and (were or frame.type == "ADDED")) or not frame.obj["metadata"]["namespace"].startswith(OUR_NAMESPACES):
            return ""
        return "ADDED" if frame.type == "MODIFIED" and were else frame.type

    def _owner(self, obj: Object) -> Owner | None:
        above = workload_of(obj["kind"], obj)
        template: Fields = {}
        if above and above[0].kind == Kind.REPLICA_SET.value:
            replica_set = self._standing(above)
            above = controller(replica_set, Kind.DEPLOYMENT) if replica_set else None
            template = self._template(replica_set) if replica_set else {}
        deployment = self._standing(above) if above else None
        return replace(owner(deployment), template=template) if deployment else None

    def _template(self, replica_set: Object) -> Fields:
        uid = str(replica_set["metadata"]["uid"])
        if uid not in self._templates:
            if len(self._templates) >= _TEMPLATES:
                self._templates.clear()
            self._templates[uid] = template_of(replica_set)
        return self._templates[uid]

    def _standing(self, claimed: Claimed) -> Object | None:
        ref, uid = claimed
        obj = self._store.get(ref.kind, ref.namespace, ref.name)
        return obj if obj and obj["metadata"]["uid"] == uid else None

    def _told_as(self, frame: Frame) -> str:
        if frame.obj["kind"] == Kind.NODE.value:
            return frame.type
        ours, were = frame.whose == self._ledger, frame.was == self._ledger
        if frame.type == "MODIFIED" and ours != were:
            return "ADDED" if ours else "MODIFIED"  # a label came or went; who lost ours still stands and is not called gone
        return frame.type if ours else ""

    def _mark(self) -> None:
        elapsed = self._store.agenda.elapsed
        if elapsed - self._marked < _BOOKMARK or self._ready or self._next < self._store.end:
            return
        self._marked = elapsed
        version = {"metadata": {"resourceVersion": str(self._store.revision)}}
        self._told_upto |= dict.fromkeys(self._from, str(self._store.revision))
        self._ready.extend(watch_event(kind, "BOOKMARK", version, self._store.agenda.now) for kind in self._from)
