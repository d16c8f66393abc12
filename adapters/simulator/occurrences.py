"""Core Events, with the limits of the real correlator: equal ones counted, similar ones merged, a noisy object silenced."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from typing import Any

from adapters.simulator.agenda import stamp
from adapters.simulator.dice import Dice
from adapters.simulator.schema import RESOURCES, Object
from adapters.simulator.store import ObjectStore

_SIMILAR = 10
_SIMILAR_FOR = 600.0
_BURST = 25
_REFILL = 300.0
_LIVES = 3600.0


@dataclass(slots=True)
class _Counted:
    name: str = ""
    count: int = 0
    first: str = ""


@dataclass(slots=True)
class _Similar:
    messages: list[str] = field(default_factory=list[str])
    last: float = 0.0


@dataclass(slots=True)
class _Tokens:
    left: float = _BURST
    at: float = 0.0


@dataclass(slots=True)
class _Memory:
    """What was told of one object."""

    counted: dict[str, _Counted] = field(default_factory=dict[str, _Counted])
    similar: dict[str, _Similar] = field(default_factory=dict[str, _Similar])
    tokens: dict[str, _Tokens] = field(default_factory=dict[str, _Tokens])


@dataclass(slots=True)
class Occurrences:
    """Writes Events about objects, as kubelet, controllers and scheduler do."""

    store: ObjectStore
    dice: Dice
    _memories: dict[str, _Memory] = field(default_factory=dict[str, _Memory])

    def tell(self, about: Object, reason: str, message: str, *, source: str, warning: bool = False) -> None:
        """Tell that something happened to an object; `source` is the component, for a kubelet `kubelet/<node>`."""
        self.told(_reference(about), reason, message, source=source, warning=warning)

    def tell_container(self, pod: Object, container: str, reason: str, message: str, *, warning: bool = False) -> None:
        """Tell that something happened to a container of a pod."""
        reference = {**_reference(pod), "fieldPath": f"spec.containers{{{container}}}"}
        self.told(reference, reason, message, source=f"kubelet/{pod['spec'].get('nodeName', '')}", warning=warning)

    def told(self, about: Mapping[str, str], reason: str, message: str, *, source: str, warning: bool) -> None:
        """Count, merge or drop, then write."""
        kind = "Warning" if warning else "Normal"
        memory = self._memories.setdefault(about["uid"], _Memory())
        similar = "|".join((source, about.get("fieldPath", ""), kind, reason))
        if self._is_one_of_many(memory.similar.setdefault(similar, _Similar()), message):
            message, key = f"(combined from similar events): {message}", f"{similar}|"
        else:
            key = f"{similar}|{message}"
        entry = memory.counted.setdefault(key, _Counted())
        # The count is raised before the filter, so a later event that passes jumps to the true total.
        entry.count += 1
        if self._passes(memory.tokens.setdefault(source, _Tokens(at=self.store.agenda.elapsed))):
            self._write(entry, about, {"reason": reason, "message": message, "type": kind}, source)

    def _is_one_of_many(self, seen: _Similar, message: str) -> bool:
        now = self.store.agenda.elapsed
        if now - seen.last > _SIMILAR_FOR:
            seen.messages.clear()
        seen.last = now
        if message not in seen.messages:
            seen.messages.append(message)
        return len(seen.messages) >= _SIMILAR

    def _passes(self, tokens: _Tokens) -> bool:
        now = self.store.agenda.elapsed
        tokens.left = min(_BURST, tokens.left + (now - tokens.at) / _REFILL)
        tokens.at = now
        if tokens.left < 1:
            return False
        tokens.left -= 1
        return True

    def _write(self, entry: _Counted, about: Mapping[str, str], text: Mapping[str, str], source: str) -> None:
        agenda = self.store.agenda
        namespace = about.get("namespace") or "default"
        known = self.store.get("Event", namespace, entry.name) if entry.name else None
        if known is None:
            # A new event begins where counting stands only if it was dropped before; one that timed out begins anew.
            entry.name = f"{about['name']}.{self.dice.suffix(16)}"
            entry.first = agenda.stamp
            born = _born(entry, about, namespace, uid=self.dice.uid())
            agenda.after(_LIVES, "event.expire", namespace, entry.name)
        else:
            born = known
        # The namespace may be on its way out: then nobody is told any more.
        if self.store.get("Namespace", "", namespace) is not None:
            self.store.write({**born, **text, **_times(entry, agenda.stamp, source)})

    def expire(self, namespace: str, name: str) -> None:
        """Take an Event out an hour after it was last told."""
        found = self.store.get("Event", namespace, name)
        if found is None:
            return
        agenda = self.store.agenda
        last = found.get("lastTimestamp") or found["metadata"]["creationTimestamp"]
        if last > stamp(agenda.now - timedelta(seconds=_LIVES - 1)):
            agenda.after(60.0, "event.expire", namespace, name)
        else:
            self.store.erase(found)

    def forget(self, uid: str) -> None:
        """Let go of what was counted about an object that is no more."""
        self._memories.pop(uid, None)

    def dump(self) -> dict[str, Any]:
        """Give what is counted, to be kept while the cluster does not run."""
        return {uid: asdict(memory) for uid, memory in self._memories.items()}

    def load(self, kept: dict[str, Any]) -> None:
        """Go on counting where it stopped."""
        self._memories = {uid: _remembered(memory) for uid, memory in kept.items()}


def _remembered(kept: Mapping[str, Any]) -> _Memory:
    return _Memory(
        {key: _Counted(**one) for key, one in kept["counted"].items()},
        {key: _Similar(**one) for key, one in kept["similar"].items()},
        {key: _Tokens(**one) for key, one in kept["tokens"].items()},
    )


def _reference(obj: Object) -> dict[str, str]:
    metadata = obj["metadata"]
    return {
        "apiVersion": RESOURCES[obj["kind"]].api_version,
        "kind": obj["kind"],
        "namespace": metadata.get("namespace", ""),
        "name": metadata["name"],
        "uid": metadata["uid"],
        "resourceVersion": metadata["resourceVersion"],
    }


def _born(entry: _Counted, about: Mapping[str, str], namespace: str, *, uid: str) -> Object:
    metadata = {"name": entry.name, "namespace": namespace, "uid": uid, "creationTimestamp": entry.first}
    return {"apiVersion": "v1", "kind": "Event", "metadata": metadata, "involvedObject": dict(about)}


def _times(entry: _Counted, now: str, source: str) -> dict[str, Any]:
    component, _, host = source.partition("/")
    if component == "default-scheduler":  # it writes by events.k8s.io: an eventTime, and a series from the second on
        series = {"series": {"count": entry.count, "lastObservedTime": f"{now[:-1]}.000000Z"}} if entry.count > 1 else {}
        times: dict[str, Any] = {"firstTimestamp": None, "lastTimestamp": None, "eventTime": f"{entry.first[:-1]}.000000Z"}
        return {**times, **series, "source": {}, "reportingComponent": component, "action": "Binding"}
    return {
        "count": entry.count,
        "firstTimestamp": entry.first,
        "lastTimestamp": now,
        "eventTime": None,
        "source": {"component": component, **({"host": host} if host else {})},
        "reportingComponent": component,
        "reportingInstance": host,
    }
