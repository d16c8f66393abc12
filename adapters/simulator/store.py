"""The store: all objects, one revision over all of them, and the frames that led there, back to a floor."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from adapters.simulator.agenda import Agenda
from adapters.simulator.schema import Key, Object, key_of, labels_of, with_metadata
from domain.names import LABEL

Listener = Callable[[Object | None, Object | None], None]
"""Is told of each write: the object before (None: it is new) and after (None: it is gone)."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One change as a watch tells it. `whose` and `was` are the ledgers named by the labels after and before."""

    revision: int
    type: str
    obj: Object
    at: float
    whose: str
    was: str


@dataclass(slots=True)
class ObjectStore:
    """Objects by kind and name. `floor`: a watch may resume from this revision on; from before it, frames are gone."""

    agenda: Agenda
    keep: int = 50_000
    revision: int = 1
    floor: int = 0
    dropped: int = 0
    objects: dict[str, dict[tuple[str, str], Object]] = field(default_factory=dict[str, dict[tuple[str, str], Object]])
    frames: list[Frame] = field(default_factory=list[Frame])
    children: dict[str, dict[Key, None]] = field(default_factory=dict[str, dict[Key, None]])
    ledgers: dict[str, str] = field(default_factory=dict[str, str])
    listeners: list[Listener] = field(default_factory=list[Listener])

    def get(self, kind: str, namespace: str, name: str) -> Object | None:
        """Look an object up."""
        return self.objects.get(kind, {}).get((namespace, name))

    def of_kind(self, kind: str) -> list[Object]:
        """Give all objects of a kind, oldest first."""
        return list(self.objects.get(kind, {}).values())

    def owned(self, uid: str) -> list[Object]:
        """Give the objects that name this uid as an owner, oldest first."""
        found = (self.get(*key) for key in self.children.get(uid, ()))
        return [obj for obj in found if obj is not None]

    def inside(self, namespace: str) -> list[Object]:
        """Give everything in a namespace."""
        kinds = self.objects.values()
        return [obj for kind in kinds for (place, _), obj in kind.items() if place == namespace]

    def write(self, obj: Object) -> Object:
        """Store an object under the next revision, tell its frame, and give it back as it stands now."""
        kind, namespace, name = key_of(obj)
        shelf = self.objects.setdefault(kind, {})
        before = shelf.get((namespace, name))
        self.revision += 1
        after = with_metadata(obj, resourceVersion=str(self.revision))
        was = self.ledger_of(before) if before else ""
        shelf[namespace, name] = after
        if before is not None:
            self._unindex(before)
        self._index(after)
        self._tell("MODIFIED" if before else "ADDED", after, was)
        for listener in self.listeners:
            listener(before, after)
        return after

    def erase(self, obj: Object) -> None:
        """Take an object out; its last frame carries the revision of its deletion."""
        kind, namespace, name = key_of(obj)
        before = self.objects[kind].pop((namespace, name))
        self._unindex(before)
        self.revision += 1
        last = with_metadata(before, resourceVersion=str(self.revision))
        self._tell("DELETED", last, self.ledger_of(before))
        for listener in self.listeners:
            listener(last, None)

    def after(self, index: int, limit: int) -> Iterator[tuple[int, Frame]]:
        """Give frames from a place in the history on, each with the place after it."""
        start = index - self.dropped
        yield from enumerate(self.frames[start : start + limit], index + 1)

    @property
    def end(self) -> int:
        """Give the place in the history after the newest frame."""
        return self.dropped + len(self.frames)

    def place_of(self, revision: int) -> int | None:
        """Give the place in the history right after a revision; None when frames after it are gone."""
        if not self.floor <= revision <= self.revision:
            return None
        low, high = 0, len(self.frames)
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if self.frames[middle].revision <= revision else (low, middle)
        return self.dropped + low

    def compact(self) -> None:
        """Forget all frames: every watch that is behind must list anew."""
        self._drop(len(self.frames))

    def ledger_of(self, obj: Object) -> str:
        """Name the ledger whose an object is; an Event is whose the object is that it tells of."""
        if obj["kind"] == "Event":
            return self.ledgers.get(obj["involvedObject"].get("uid", ""), "")
        return labels_of(obj).get(f"{LABEL}/ledger", "")

    def dump(self, frames: int = 1_000) -> dict[str, Any]:
        """Give all of it, with the newest frames only."""
        newest = self.frames[-frames:]
        floor = self.frames[-frames - 1].revision if len(self.frames) > frames else self.floor
        kept = [[one.revision, one.type, one.obj, one.at, one.whose, one.was] for one in newest]
        objects = [obj for kind in self.objects.values() for obj in kind.values()]
        return {
            "revision": self.revision,
            "floor": floor,
            "dropped": self.end - len(newest),
            "objects": objects,
            "frames": kept,
            "ledgers": dict(self.ledgers),
        }

    def load(self, kept: dict[str, Any]) -> None:
        """Take it back in, without telling anyone."""
        self.revision, self.floor, self.dropped = kept["revision"], kept["floor"], kept["dropped"]
        self.ledgers = kept["ledgers"]
        self.frames = [Frame(*one) for one in kept["frames"]]
        self.objects, self.children = {}, {}
        for obj in kept["objects"]:
            kind, namespace, name = key_of(obj)
            self.objects.setdefault(kind, {})[namespace, name] = obj
            self._index(obj)

    def _unindex(self, obj: Object) -> None:
        for reference in obj["metadata"].get("ownerReferences") or ():
            self.children.get(reference["uid"], {}).pop(key_of(obj), None)

    def _index(self, obj: Object) -> None:
        metadata = obj["metadata"]
        for reference in metadata.get("ownerReferences") or ():
            self.children.setdefault(reference["uid"], {})[key_of(obj)] = None
        if obj["kind"] != "Event" and (ledger := labels_of(obj).get(f"{LABEL}/ledger")):
            self.ledgers[metadata["uid"]] = ledger

    def _tell(self, kind: str, obj: Object, was: str) -> None:
        self.frames.append(Frame(self.revision, kind, obj, self.agenda.elapsed, self.ledger_of(obj), was))
        if len(self.frames) > 2 * self.keep:
            self._drop(len(self.frames) - self.keep)

    def _drop(self, count: int) -> None:
        if count:
            self.floor = self.frames[count - 1].revision
            self.dropped += count
            del self.frames[:count]
