"""What deleting does: grace for pods, dependents first or after, namespaces emptied before they go."""

from dataclasses import dataclass
from datetime import timedelta

from adapters.simulator.agenda import stamp
from adapters.simulator.schema import RESOURCES, Key, Object, key_of, with_metadata
from adapters.simulator.store import ObjectStore
from adapters.simulator.validation import missing
from domain.cluster_ports import Guard
from domain.errors import Contested

_FOREGROUND = "foregroundDeletion"


@dataclass(slots=True)
class Deletions:
    """Carries deletions out, and collects what nobody owns any more."""

    store: ObjectStore

    def delete(self, key: Key, *, guard: Guard | None = None, foreground: bool = False) -> None:
        """Delete an object; with a guard only that very one at that version. Refuses with NotFound, or raises Contested."""
        kind, _, name = key
        obj = self.store.get(*key)
        if obj is None:
            raise missing(kind, name)
        if guard is not None:
            _must_be(obj, guard, f'{RESOURCES[kind].full_name} "{name}"')
        if "deletionTimestamp" in obj["metadata"]:
            return
        match kind:
            case "Namespace":
                self._terminate(obj)
            case "Pod":
                self._drain_pod(obj)
            case _:
                self._delete(obj, foreground=foreground)

    def _delete(self, obj: Object, *, foreground: bool) -> None:
        if foreground or obj["metadata"].get("finalizers"):
            finalizers = [*obj["metadata"].get("finalizers", ()), *((_FOREGROUND,) if foreground else ())]
            self.store.write(self._leaving(obj, 0, finalizers=finalizers))
            self.store.agenda.soon(0.02, "object.drain", *key_of(obj))
        else:
            self.store.erase(obj)

    def _drain_pod(self, pod: Object) -> None:
        if pod["spec"].get("nodeName") and pod["spec"].get("terminationGracePeriodSeconds", 30):
            self.store.write(self._leaving(pod, int(pod["spec"].get("terminationGracePeriodSeconds", 30))))
        else:
            self.store.erase(pod)

    def _terminate(self, namespace: Object) -> None:
        leaving = self._leaving(namespace, 0)
        self.store.write({**leaving, "status": {"phase": "Terminating"}})
        self.store.agenda.soon(0.05, "object.drain", *key_of(namespace))

    def _leaving(self, obj: Object, grace: int, *, finalizers: list[str] | None = None) -> Object:
        agenda = self.store.agenda
        until = stamp(agenda.now + timedelta(seconds=grace))
        changes: dict[str, object] = {"deletionTimestamp": until, "deletionGracePeriodSeconds": grace}
        if finalizers is not None:
            changes["finalizers"] = finalizers
        if RESOURCES[obj["kind"]].counts:
            changes["generation"] = int(obj["metadata"].get("generation", 0)) + 1
        return with_metadata(obj, **changes)

    def drain(self, kind: str, namespace: str, name: str) -> None:
        """Go on with an object that waits for its dependents; let it go once there are none."""
        obj = self.store.get(kind, namespace, name)
        if obj is None or "deletionTimestamp" not in obj["metadata"]:
            return
        within = self.store.inside(name) if kind == "Namespace" else self.store.owned(obj["metadata"]["uid"])
        for one in within:
            if self.store.get(*key_of(one)) is not None:
                self.delete(key_of(one), foreground=kind != "Namespace")
        left = self.store.inside(name) if kind == "Namespace" else self.store.owned(obj["metadata"]["uid"])
        foreign = [one for one in obj["metadata"].get("finalizers") or () if one != _FOREGROUND]
        if not left and not foreign:
            self.store.erase(obj)

    def erased(self, obj: Object) -> None:
        """Take in that an object is gone: its owner may follow, and what it owned is collected."""
        agenda, metadata = self.store.agenda, obj["metadata"]
        for reference in metadata.get("ownerReferences") or ():
            agenda.soon(0.02, "object.drain", reference["kind"], metadata.get("namespace", ""), reference["name"])
        home = self.store.get("Namespace", "", metadata.get("namespace", ""))
        if home is not None and "deletionTimestamp" in home["metadata"]:
            agenda.soon(0.05, "object.drain", "Namespace", "", home["metadata"]["name"])
        if self.store.children.get(metadata["uid"]):
            agenda.soon(0.05, "orphans.collect", metadata["uid"])

    def collect(self, owner: str) -> None:
        """Delete what an object that is gone has left behind."""
        for orphan in self.store.owned(owner):
            self.delete(key_of(orphan))


def _must_be(obj: Object, guard: Guard, what: str) -> None:
    metadata = obj["metadata"]
    for word, wanted, there in (
        ("UID", guard.uid, metadata["uid"]),
        ("ResourceVersion", guard.resource_version, metadata["resourceVersion"]),
    ):
        if wanted != there:
            raise Contested(f"{what}: Precondition failed: {word} in precondition: {wanted}, {word} in object meta: {there}")
