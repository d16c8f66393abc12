"""The simulated cluster: the port `Cluster` in process, on a clock that is given, the same each time for the same seed."""

from base64 import b64decode
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from threading import Condition, RLock, Thread
from typing import NoReturn, TypeVar

from adapters.observations.objects import live
from adapters.observations.surroundings import secret_looked
from adapters.simulator.agenda import Agenda
from adapters.simulator.apps import AppBehaviour, Apps, Pattern
from adapters.simulator.controllers import Controllers
from adapters.simulator.dice import Dice
from adapters.simulator.faults import Fault, Faults
from adapters.simulator.feed import SimulatedFeed
from adapters.simulator.interventions import Interventions
from adapters.simulator.logs import following, printed
from adapters.simulator.node_objects import register
from adapters.simulator.relays import relayed
from adapters.simulator.requests import AuditedWrite, WriteRequests
from adapters.simulator.scheduler import NODES, SimulatedNode
from adapters.simulator.schema import tree
from adapters.simulator.store import ObjectStore
from adapters.simulator.validation import rejected
from domain.cluster_ports import Guard, TakenOver
from domain.copies import filled, is_whole_secret, source_of
from domain.errors import Contested, Rejected, Unreachable
from domain.names import MANAGER
from domain.nodes import Node
from domain.objects import Live, Manifest, ObjectRef
from domain.observations import SecretLooked
from domain.ports import Clock

T = TypeVar("T")

DESCRIPTION = "simulated cluster (nothing here is real)"


class SimulatedCluster:
    """A small Kubernetes. Every call first brings it to the clock's time; `start` lets it run by itself in a thread."""

    def __init__(self, clock: Clock, *, seed: str = "deadreckon", nodes: Iterable[SimulatedNode] = NODES) -> None:
        """Begin an empty cluster at the clock's time."""
        self.clock = clock
        self.changed = Condition(RLock())
        self.agenda = Agenda(clock())
        self.dice = Dice(seed)
        self.store = ObjectStore(self.agenda)
        self.requests = WriteRequests(self.store, self.dice)
        self.apps = Apps()
        self.controllers = Controllers(self.requests, self.dice, self.apps, nodes)
        self.faults = Faults()
        self.interventions = Interventions(self)
        self.feeds: list[SimulatedFeed] = []
        self._fate = Dice(f"{seed} (faults)")
        self._thread: Thread | None = None
        self._stopping = False
        for name in ("kube-system", "default"):
            self.requests.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, "kube-apiserver")
        register(self.store, self.controllers.scheduler.nodes)

    @property
    def description(self) -> str:
        """Say that this is a simulation."""
        return DESCRIPTION

    @property
    def simulated(self) -> bool:
        """Tell that nothing here is real."""
        return True

    @property
    def audit(self) -> tuple[AuditedWrite, ...]:
        """Give the audit log: every write request that arrived, in order."""
        with self.changed:
            return tuple(self.requests.audited)

    def behaviour(self, image: Pattern, behaviour: AppBehaviour) -> None:
        """Say how an image's application behaves from now on: by its name, or by a predicate over names."""
        with self.changed:
            self.apps.behaves(image, behaviour)

    def identity(self) -> str:
        """Give the uid of `kube-system`."""
        found = self.read(ObjectRef("Namespace", "", "kube-system"))
        return found.uid if found else ""

    def read(self, ref: ObjectRef) -> Live | None:
        """Read an object back; None when there is none."""
        with self.changed:
            self.tick()
            if self.faults.strike("read", ref, self._fate) is not None:
                raise Unreachable("the simulated API server did not answer")
            found = self.store.get(ref.kind, ref.namespace, ref.name)
            return live(found) if found is not None else None

    def secret(self, ref: ObjectRef) -> Mapping[str, bytes]:
        """Give a Secret's values; empty when there is none."""
        with self.changed:
            self.tick()
            if self.faults.strike("read", ref, self._fate) is not None:
                raise Unreachable("the simulated API server did not answer")
            data = tree((self.store.get(ref.kind, ref.namespace, ref.name) or {}).get("data"))
            return {name: b64decode(value) for name, value in data.items()}

    def secret_metadata(self, ref: ObjectRef, project: str) -> SecretLooked:
        """Look at a Secret that a project uses, without its values."""
        with self.changed:
            self.tick()
            if self.faults.strike("read", ref, self._fate) is not None:
                raise Unreachable("the simulated API server did not answer")
            return secret_looked(ref, project, self.store.get(ref.kind, ref.namespace, ref.name))

    def apply(self, manifest: Manifest, *, audit: str, guard: Guard | None = None, dry_run: bool = False) -> Live:
        """Server-side apply, forced, as the manifest's field manager."""

        def apply() -> Live:
            source = source_of(manifest)
            if guard is None and is_whole_secret(manifest):
                return live(self.requests.apply_new(manifest.content, manifest.manager, dry_run=dry_run), created=True)
            whole = filled(manifest, self.store.get(source.kind, source.namespace, source.name)) if source else manifest
            obj, created = self.requests.apply(whole.content, manifest.manager, guard=guard, dry_run=dry_run)
            return live(obj, created=created)

        return self._ours("apply", manifest.ref, audit, apply, manager=manifest.manager, dry_run=dry_run)

    def take_over(self, manifest: Manifest, paths: Collection[str], *, guard: Guard, audit: str) -> TakenOver:
        """Write others' ownership of fields over to the manifest's manager."""

        def take() -> TakenOver:
            obj, taken = self.requests.take_over(manifest, paths, guard)
            return TakenOver(live(obj), taken)

        with self.changed:
            standing = self.read(manifest.ref)
            if standing is not None and not self.requests.to_take(manifest, paths).taken:
                return TakenOver(standing, ())
            return self._ours("apply", manifest.ref, audit, take, manager=manifest.manager)

    def remove(self, ref: ObjectRef, *, guard: Guard, audit: str) -> bool:
        """Delete this very object at this very version, its dependents first; False when it was gone already."""

        def remove() -> bool:
            try:
                self.controllers.deletions.delete((ref.kind, ref.namespace, ref.name), guard=guard, foreground=True)
            except Rejected as error:
                if error.rejection.status == 404:
                    return False
                raise
            return True

        return self._ours("remove", ref, audit, remove)

    def follow(self, ledger: str, since: Mapping[str, str]) -> SimulatedFeed:
        """Watch all that carries this ledger's label, and the Events about it, from these places on."""
        with self.changed:
            feed = SimulatedFeed(self.store, self.faults, self.changed, ledger, since)
            feed.live = self._thread is not None
            self.feeds.append(feed)
            return feed

    def logs(self, pod: ObjectRef, *, follow: bool, previous: bool, since: int | None, tail: int | None) -> Iterator[str]:
        """Give the lines that a replica's container has printed."""
        with self.changed:
            self.tick()
            kubelet = self.controllers.kubelet
            lines = printed(kubelet, pod, previous=previous, since=since, tail=tail)
        yield from lines
        if follow and not previous:
            yield from following(kubelet, pod, self.changed, lambda: self._thread is not None and not self._stopping)

    def scrape(self, pod: ObjectRef, port: int) -> str:
        """Give what a relay tells that nobody has asked for anything: no requests travel in a simulation."""
        with self.changed:
            self.tick()
            return relayed(self.controllers.kubelet, pod, port)

    def forward(self, pod: ObjectRef, port: int) -> NoReturn:
        """Refuse: nothing listens anywhere."""
        raise rejected(501, "NotImplemented", f"{pod} is simulated: nothing listens on its port {port}")

    def nodes(self, *, counted: bool = True) -> tuple[Node, ...]:
        """Give the nodes and their room."""
        with self.changed:
            self.tick()
            return self.controllers.scheduler.nodes_seen(counted=counted)

    def tick(self) -> None:
        """Come to the clock's time."""
        self.advance(self.clock())

    def advance(self, to: datetime) -> None:
        """Let everything happen that is due up to a time."""
        with self.changed:
            before = self.store.revision
            self.agenda.advance(to)
            if self.store.revision != before:
                self.changed.notify_all()

    def start(self) -> None:
        """Run by the clock, in a thread of its own, until `close`."""
        with self.changed:
            if self._thread is None:
                self._thread = Thread(target=self._run, name="simulated-cluster", daemon=True)
                for feed in self.feeds:
                    feed.live = True
                self._thread.start()

    def close(self) -> None:
        """Stop the thread, if there is one, and end the watches."""
        with self.changed:
            self._stopping = True
            self.changed.notify_all()
        if self._thread is not None:
            self._thread.join()
        for feed in self.feeds:
            feed.close()

    def pause(self) -> None:
        """Do what there is to do between two steps: nothing, for a cluster that nobody keeps."""

    def _run(self) -> None:
        while not self._stopping:
            self.tick()
            self.pause()
            with self.changed:
                due = self.agenda.next_due
                seconds = (due - self.clock()).total_seconds() if due else 1.0
                # At least 20 ms: what is due within them is done in one go.
                if not self._stopping:
                    self.changed.wait(min(1.0, max(0.02, seconds)))

    def foreign(self, verb: str, ref: ObjectRef, manager: str, act: Callable[[], T]) -> T:
        """Carry a request out for someone else: audited, but never met by a fault."""
        with self.changed:
            self.tick()
            return self._audited(verb, ref, "", manager, act)

    def _ours(  # noqa: PLR0913 (what a request is)
        self, verb: str, ref: ObjectRef, audit: str, act: Callable[[], T], *, manager: str = MANAGER, dry_run: bool = False
    ) -> T:
        with self.changed:
            self.tick()
            fault = self.faults.strike(verb, ref, self._fate)
            if fault is Fault.UNREACHABLE:
                raise Unreachable("the simulated API server did not answer")
            told = "patch" if verb == "apply" else "delete"
            result = self._audited(told, ref, audit, manager, _or_refusal(act, fault, ref), dry_run=dry_run)
            if fault is Fault.REPLY_LOST:
                raise Unreachable("the connection to the simulated API server broke before its answer")
            return result

    def _audited(  # noqa: PLR0913 (what a line of the audit log holds)
        self, verb: str, ref: ObjectRef, audit: str, manager: str, act: Callable[[], T], *, dry_run: bool = False
    ) -> T:
        code = 500
        try:
            result = act()
            code = _code_of(verb, result)
        except Contested:
            code = 409
            raise
        except Rejected as error:
            code = error.rejection.status
            raise
        finally:
            self.requests.audited.append(AuditedWrite(audit, verb, ref, code, manager, dry_run))
            self.changed.notify_all()
        return result


def _code_of(verb: str, result: object) -> int:
    if result is False:
        return 404
    return 201 if verb == "create" or (isinstance(result, Live) and result.created) else 200


def _or_refusal(act: Callable[[], T], fault: Fault | None, ref: ObjectRef) -> Callable[[], T]:
    def contested() -> NoReturn:
        raise Contested(f"{ref}: the object has been modified; please apply your changes to the latest version")

    def refused() -> NoReturn:
        raise rejected(403, "Forbidden", f"{ref} is forbidden: refused by the simulation")

    return contested if fault is Fault.CONTESTED else refused if fault is Fault.REJECTED else act
