"""The API server's part: what becomes of a write request, and the audit log of all of them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from adapters.observations.taking_over import TakingOver, taking_over
from adapters.simulator.defaults import defaulted
from adapters.simulator.dice import Dice
from adapters.simulator.ordering import of_patch
from adapters.simulator.ownership import ManagedFields, dropped, leaves, merged, without
from adapters.simulator.schema import RESOURCES, Object, key_of, with_metadata
from adapters.simulator.store import ObjectStore
from adapters.simulator.validation import check_fields, missing, rejected, validate
from domain.actions import Taken
from domain.cluster_ports import Guard
from domain.errors import Contested
from domain.objects import Manifest, ObjectRef


@dataclass(frozen=True, slots=True)
class AuditedWrite:
    """One write request as the audit log keeps it: its Audit-ID, what it asked for, of what, the HTTP status, by whom."""

    audit: str
    verb: str
    ref: ObjectRef
    code: int
    manager: str
    dry_run: bool = False


@dataclass(slots=True)
class WriteRequests:
    """Carries write requests out on the store."""

    store: ObjectStore
    dice: Dice
    audited: list[AuditedWrite] = field(default_factory=list[AuditedWrite])
    addresses: int = 0

    def apply(self, config: Object, manager: str, *, guard: Guard | None, dry_run: bool) -> tuple[Object, bool]:
        """Lay a manager's whole opinion over an object, by force; give the object and whether it was made."""
        kind, namespace, name = key_of(config)
        self._check_namespace(kind, namespace)
        before = self.store.get(kind, namespace, name)
        _check_guard(guard, before, kind, name)
        check_fields(config)
        stripped = with_metadata(config, uid=None, resourceVersion=None, managedFields=None)
        after = self._applied(stripped, before, manager)
        validate(after, before)
        if before is None:
            return (after if dry_run else self.store.write(after)), True
        if before == after:
            return before, False
        after = counted(after, before)
        return (after if dry_run else self.store.write(after)), False

    def to_take(self, manifest: Manifest, paths: Collection[str]) -> TakingOver:
        """Say what a take-over would write."""
        ref = manifest.ref
        return taking_over(self.store.get(ref.kind, ref.namespace, ref.name) or {}, manifest, paths)

    def take_over(self, manifest: Manifest, paths: Collection[str], guard: Guard) -> tuple[Object, tuple[Taken, ...]]:
        """Write others' ownership over to the manifest's manager; give the object and what was taken."""
        ref = manifest.ref
        before = self.store.get(ref.kind, ref.namespace, ref.name)
        if before is None:
            raise missing(ref.kind, ref.name)
        _check_guard(guard, before, ref.kind, ref.name)
        over = self.to_take(manifest, paths)
        return self.store.write(with_metadata(before, managedFields=[*over.entries])), over.taken

    def apply_new(self, config: Object, manager: str, *, dry_run: bool) -> Object:
        """Make an object of a manager's whole opinion; refuse a name that is taken."""
        kind, namespace, name = key_of(config)
        if self.store.get(kind, namespace, name) is not None:
            raise rejected(409, "AlreadyExists", f'{RESOURCES[kind].full_name} "{name}" already exists')
        return self.apply(config, manager, guard=None, dry_run=dry_run)[0]

    def _applied(self, config: Object, before: Object | None, manager: str) -> Object:
        owners = ManagedFields(before["metadata"].get("managedFields") or () if before else ())
        wanted = leaves(config)
        mine = frozenset(wanted)
        gone = dropped(owners.of(manager, "Apply") - mine, owners.elsewhere(manager, "Apply") | mine)
        result = defaulted(merged(without(before, gone), config) if before else self._born(config))
        was, now = leaves(before) if before else {}, leaves(result)
        taken = frozenset(path for path in mine if path in was and was[path] != wanted[path])
        owners.disown(taken | (frozenset(was) - frozenset(now)), but=manager, operation="Apply")
        version = RESOURCES[config["kind"]].api_version
        owners.own(manager, "Apply", mine, version=version, at=self.store.agenda.stamp)
        return with_metadata(result, managedFields=owners.dump())

    def _born(self, config: Object) -> Object:
        counts = RESOURCES[config["kind"]].counts
        stamp = self.store.agenda.stamp
        born = with_metadata(config, uid=self.dice.uid(), creationTimestamp=stamp, generation=1 if counts else None)
        if config["kind"] == "Service" and "clusterIP" not in config.get("spec", {}):
            self.addresses += 1
            address = f"10.96.{self.addresses // 250}.{self.addresses % 250 + 1}"
            born["spec"] = {**config.get("spec", {}), "clusterIP": address, "clusterIPs": [address]}
        return born

    def create(self, obj: Object, manager: str) -> Object:
        """Make an object, as controllers and people do; refuse a name that is taken."""
        kind, namespace, name = key_of(obj)
        self._check_namespace(kind, namespace)
        if self.store.get(kind, namespace, name) is not None:
            raise rejected(409, "AlreadyExists", f'{RESOURCES[kind].full_name} "{name}" already exists')
        born = defaulted(self._born(obj))
        validate(born, None)
        return self.store.write(self._edited(born, {}, manager))

    def edit(self, ref: ObjectRef, patch: Mapping[str, Any], manager: str) -> Object:
        """Change an object by a patch, as `kubectl edit` does: null takes a field out, keyed lists are merged by item."""
        return self._changed(ref, manager, lambda before: _pruned(merged(before, patch, order=of_patch)))

    def put(self, ref: ObjectRef, path: Sequence[str | int], value: object, manager: str) -> Object:
        """Replace one field as a whole, as a JSON patch does."""
        return self._changed(ref, manager, lambda before: _replaced(before, path, value))

    def _changed(self, ref: ObjectRef, manager: str, change: Callable[[Object], Object]) -> Object:
        before = self.store.get(ref.kind, ref.namespace, ref.name)
        if before is None:
            raise missing(ref.kind, ref.name)
        after = defaulted(change(before))
        validate(after, before)
        after = self._edited(after, leaves(before), manager)
        if before == after:
            return before
        return self.store.write(counted(after, before))

    def _edited(self, after: Object, was: Mapping[Any, Any], manager: str) -> Object:
        owners = ManagedFields(after["metadata"].get("managedFields") or ())
        now = leaves(after)
        changed = frozenset(path for path, value in now.items() if path not in was or was[path] != value)
        owners.disown(changed | (frozenset(was) - frozenset(now)), but=manager, operation="Update")
        mine = (owners.of(manager, "Update") & frozenset(now)) | changed
        version = RESOURCES[after["kind"]].api_version
        owners.own(manager, "Update", mine, version=version, at=self.store.agenda.stamp)
        return with_metadata(after, managedFields=owners.dump() or None)

    def _check_namespace(self, kind: str, namespace: str) -> None:
        if not RESOURCES[kind].namespaced:
            return
        found = self.store.get("Namespace", "", namespace)
        if found is None:
            raise missing("Namespace", namespace)
        if "deletionTimestamp" in found["metadata"]:
            because = f"unable to create new content in namespace {namespace} because it is being terminated"
            raise rejected(403, "Forbidden", f"{RESOURCES[kind].full_name} is forbidden: {because}")


def _check_guard(guard: Guard | None, before: Object | None, kind: str, name: str) -> None:
    if guard is None:
        return
    what = f'{RESOURCES[kind].full_name} "{name}"'
    if before is None or before["metadata"]["uid"] != guard.uid:
        uid = before["metadata"]["uid"] if before else ""
        raise Contested(f"{what}: Precondition failed: UID in precondition: {guard.uid}, UID in object meta: {uid}")
    if before["metadata"]["resourceVersion"] != guard.resource_version:
        raise Contested(f"{what}: the object has been modified; please apply your changes to the latest version")


def counted(after: Object, before: Object) -> Object:
    """Raise the generation when what is wanted has changed (for a Deployment its annotations count too)."""
    if not RESOURCES[after["kind"]].counts:
        return after
    noted = after["kind"] == "Deployment" and after["metadata"].get("annotations") != before["metadata"].get("annotations")
    if after.get("spec") == before.get("spec") and not noted:
        return after
    return with_metadata(after, generation=int(before["metadata"].get("generation", 0)) + 1)


def _pruned(content: Any) -> Any:  # noqa: ANN401 (any JSON)
    if isinstance(content, dict):
        pruned = {key: _pruned(value) for key, value in cast("Object", content).items() if value is not None}
        # Go leaves out a map of texts that has none.
        return {key: value for key, value in pruned.items() if value or key not in {"labels", "annotations"}}
    return [_pruned(item) for item in cast("list[object]", content)] if isinstance(content, list) else content


def _replaced(content: Any, path: Sequence[str | int], value: object) -> Any:  # noqa: ANN401 (any JSON)
    if not path:
        return value
    step, *rest = path
    if isinstance(step, int):
        return [_replaced(one, rest, value) if at == step else one for at, one in enumerate(content)]
    return {**content, step: _replaced(content[step], rest, value)}
