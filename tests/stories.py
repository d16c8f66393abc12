"""Stories: histories in few words, for every test that reads the past.

    story("shop").submitted(image="shop:1", replicas=3).applied().ready().healthy()
                 .later(hours=2).submitted(image="shop:2").applied().crashing("no such table: carts").failed()

Each sentence records the facts that the real engine would, in its order, with causes and times. `.history` is the log,
`.deployment` its fold; `write(story, ledger, clock)` puts it into a real ledger, where the commands find it.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import Any, Protocol

from adapters.spec_file.normal import spec_json
from domain.actions import (
    Action,
    Create,
    Decided,
    Ensure,
    Failed,
    Finding,
    GaveUpCorrecting,
    IncarnationEnded,
    NotAttempted,
    Remove,
    Succeeded,
    Unknown,
    Update,
    VersionFailed,
    VersionHealthy,
    VersionRecovered,
)
from domain.cluster import Bound, ObservationGap, RewindAccepted, RewindFound, TookLead
from domain.deployment import Deployment
from domain.deployment_fold import fold
from domain.facts import Fact, actions_stream, cluster_stream, orders_stream, project_stream, replica_stream, seen_stream
from domain.names import Key, namespace_of, short_hash
from domain.objects import Json, Kind, ObjectRef, Scalar, canonical
from domain.orders import (
    DeletionOrdered,
    Held,
    Origin,
    OriginKind,
    Rendered,
    Resumed,
    SubmissionRefused,
    Submitted,
)
from domain.pod_facts import ReplicaLeaving
from domain.probes import ProbeName
from domain.project import SecretRemoved, SecretSet
from domain.record import Append, Document, EventMetadata, Recorded, UncommittedFact, Who
from domain.replica import (
    BecameReady,
    BecameUnready,
    ContainerStarted,
    ImagePulled,
    ProbeFailed,
    ReplicaCreated,
    ReplicaGone,
    ReplicaScheduled,
    ReplicaUnschedulable,
    ReplicaWaiting,
    Restarted,
    StartupPassed,
)
from domain.seen import Change, Drifted, DriftEnded, ObjectVanished, ReplicasRefused, RolloutProgressed, UnmanagedSeen
from domain.spec import HealthChecks, HttpCheck, Probe, Resources, Spec

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
CLUSTER = "6f1c0f8e-1d1f-4b5e-9a52-0c7b3c1a9d10"
ENGINE = Who("engine", "engine")
SHOP = Spec(
    name="shop",
    image="registry.example/team/shop:1",
    resources=Resources("C4", replicas=1, ports=(8000,)),
    health=HealthChecks(
        startup=Probe(HttpCheck("/health/startup", 8000), period=10, failure_threshold=6),
        readiness=Probe(HttpCheck("/health/ready", 8000)),
        liveness=Probe(HttpCheck("/health/live", 8000)),
    ),
)


def plain_digest(body: bytes) -> str:
    """Stand in for a ledger's salted digest."""
    return hashlib.sha256(body).hexdigest()


@dataclass
class Log:
    """What all stories of one ledger share: the order, the time, the documents."""

    digest: Callable[[bytes], str] = plain_digest
    at: datetime = NOON
    history: list[Recorded[Fact]] = field(default_factory=list[Recorded[Fact]])
    documents: dict[str, bytes] = field(default_factory=dict[str, bytes])
    versions: dict[str, int] = field(default_factory=dict[str, int])
    pods: int = 0

    def keep(self, body: str) -> str:
        """Keep a document and give its digest."""
        digest = self.digest(body.encode())
        self.documents[digest] = body.encode()
        return digest

    def add(self, stream: str, fact: Fact, metadata: EventMetadata) -> Recorded[Fact]:
        """Put a fact at the end."""
        version = self.versions[stream] = self.versions.get(stream, 0) + 1
        recorded = Recorded(len(self.history) + 1, stream, version, self.at, fact, metadata)
        self.history.append(recorded)
        return recorded


class Story:
    """One deployment's story. Every sentence gives the story back, so that the next can follow."""

    def __init__(self, key: Key, log: Log) -> None:
        self.key = key
        self.log = log
        self.spec = replace(SHOP, name=key.name)
        self.specs: dict[int, Spec] = {}
        self.decision = ""

    # --- what it has come to

    @property
    def history(self) -> tuple[Recorded[Fact], ...]:
        """All facts of the ledger, also of the stories beside."""
        return tuple(self.log.history)

    @property
    def about(self) -> tuple[Recorded[Fact], ...]:
        """The facts about this deployment, as `ledger.about` gives them."""
        return tuple(r for r in self.log.history if r.metadata.subject == self.key.subject)

    @property
    def deployment(self) -> Deployment:
        return fold(self.key, self.about)

    @property
    def newest(self) -> Submitted:
        version = self.deployment.newest
        assert version is not None, "nothing was submitted yet"
        return version.order

    @property
    def now(self) -> datetime:
        return self.log.at

    def beside(self, name: str, project: str = "") -> "Story":
        """Begin another deployment's story in the same ledger."""
        return Story(Key(project or self.key.project, name), self.log)

    def later(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0, days: float = 0) -> "Story":
        self.log.at += timedelta(seconds=seconds, minutes=minutes, hours=hours, days=days)
        return self

    # --- orders

    def submitted(
        self,
        *,
        who: str = "ann",
        reason: str = "",
        ticket: str = "",
        kind: OriginKind = "submit",
        of: int = 0,
        **changes: Any,  # noqa: ANN401 (any field of a Spec)
    ) -> "Story":
        """A new version: the last one's spec with these changes (`replicas`, `machine_type` and `ports` too)."""
        resources = {name: changes.pop(name) for name in ("replicas", "machine_type", "ports") if name in changes}
        self.spec = replace(self.spec, resources=replace(self.spec.resources, **resources), **changes)
        return self._version(self.spec, Origin(kind, of), who=who, reason=reason, ticket=ticket)

    def rolled_back(self, to: int, *, who: str = "ann", reason: str = "") -> "Story":
        self.spec = self.specs[to]
        return self._version(self.spec, Origin("rollback", to), who=who, reason=reason, ticket="")

    def scaled(self, replicas: int, *, who: str = "ann") -> "Story":
        return self.submitted(who=who, kind="scale", of=self.newest.number, replicas=replicas)

    def stopped(self, *, who: str = "ann") -> "Story":
        return self.submitted(who=who, kind="stop", of=self.newest.number, enabled=False)

    def _version(self, spec: Spec, origin: Origin, *, who: str, reason: str, ticket: str) -> "Story":
        before = self.deployment
        number = len(before.versions) + 1
        self.specs[number] = spec
        template = short_hash(canonical({**vars_of(spec), "replicas": 0, "enabled": True}))
        text = self.log.keep(spec_json(spec))
        order = Submitted(
            number=number,
            incarnation=before.deleted + 1,
            key=f"order-{number}",
            origin=origin,
            source=text,
            spec=text,
            objects=self._objects(spec, template),
            template=template,
            image=spec.image,
            digest=f"sha256:{plain_digest(spec.image.encode())}",
            machine_type=spec.resources.machine_type,
            replicas=spec.replicas_wanted,
            enabled=spec.enabled,
            deadline=600,
            secrets=tuple((name, 1) for name in spec.secrets),
        )
        return self._order(order, who, reason, ticket)

    def _objects(self, spec: Spec, template: str) -> tuple[Rendered, ...]:
        content: dict[str, dict[str, Json]] = {Kind.DEPLOYMENT.value: {"template": template, "replicas": spec.replicas_wanted}}
        kinds = [Kind.NAMESPACE, Kind.SERVICE, Kind.DEPLOYMENT]
        if spec.replicas_wanted > 1:
            kinds.append(Kind.DISRUPTION_BUDGET)
        return tuple(
            Rendered(self.ref(kind), self.log.keep(canonical({"kind": kind.value, **content.get(kind.value, {})})))
            for kind in kinds
        )

    def refused(self, *codes: str, places: tuple[str, ...] = ("spec.yaml:3:1",), who: str = "ann") -> "Story":
        return self._order(SubmissionRefused(codes or ("unknown-field",), places, plain_digest(b"text")), who)

    def deleted(self, *, who: str = "ann", reason: str = "") -> "Story":
        return self._order(DeletionOrdered(self.newest.incarnation), who, reason)

    def held(self, reason: str = "looking into it", *, until: datetime | None = None, who: str = "ann") -> "Story":
        return self._order(Held(until), who, reason)

    def resumed(self, *, who: str = "ann") -> "Story":
        return self._order(Resumed(), who)

    def _order(self, fact: Fact, who: str, reason: str = "", ticket: str = "") -> "Story":
        self.log.at += SECOND
        fact_id = self._id("order")
        metadata = EventMetadata(fact_id, Who(who, "claimed"), self.key.subject, reason, ticket, correlation=fact_id)
        self.log.add(orders_stream(self.key.subject), fact, metadata)
        return self

    # --- decisions and what came of them

    def decided(self, *actions: Action, findings: tuple[Finding, ...] = ()) -> "Story":
        """Record a decision as it is."""
        self.log.at += SECOND / 10
        decided = Decided(len(self.log.history), self.log.at, "1", "policy", actions, findings)
        self.decision = self._add(actions_stream(self.key.subject), decided, cause=self._newest_id()).metadata.id
        return self

    def applied(self) -> "Story":
        """All objects of the newest version are written."""
        before = self.deployment
        actions = tuple(self._write(before, rendered) for rendered in self.newest.objects)
        self.decided(*actions)
        for n, action in enumerate(actions):
            known = before.objects.get(action.ref)
            ensured = "found" if known else "created"
            effect = {"create": "created", "ensure": ensured, "update": "updated", "remove": "deleted"}[action.verb]
            uid = known.uid if known else f"uid-{short_hash(str(action.ref))}"
            generation = known.generation + 1 if known else 1
            self._outcome(
                Succeeded(
                    action.id,
                    action.ref,
                    effect,
                    wrote=True,
                    uid=uid,
                    resource_version=str(1000 + n),
                    generation=generation,
                    settled="settled",
                )
            )
        return self

    def _write(self, before: Deployment, rendered: Rendered) -> Action:
        because = f"version {self.newest.number} was submitted"
        known = before.objects.get(rendered.ref)
        action_id = short_hash(f"{self.key.subject}{len(self.log.history)}{rendered.ref}")
        if rendered.ref.kind == Kind.NAMESPACE.value:
            return Ensure(action_id, rendered.ref, rendered.body, because)
        if known is None:
            return Create(action_id, rendered.ref, rendered.body, because)
        return Update(action_id, rendered.ref, rendered.body, known.uid, because)

    def rejected(self, code: str = "Forbidden", message: str = "exceeded quota: team-quota", times: int = 1) -> "Story":
        """The cluster says no to the Deployment, this many times."""
        for _ in range(times):
            action = self._write(self.deployment, next(r for r in self.newest.objects if r.ref.kind == "Deployment"))
            self.decided(action)
            self._outcome(Failed(action.id, action.ref, code, message))
            self.later(seconds=10)
        return self

    def unanswered(self) -> "Story":
        """A write to the Deployment gets no answer; the one after it is not attempted."""
        action, other = (self._write(self.deployment, r) for r in self.newest.objects[-2:])
        self.decided(action, other)
        self._outcome(Unknown(action.id, action.ref, "connection reset by peer"))
        return self._outcome(NotAttempted(other.id, other.ref, f"{action.ref} came before it"))

    def _outcome(self, fact: Fact) -> "Story":
        self.log.at += SECOND / 20
        self._add(actions_stream(self.key.subject), fact, cause=self.decision)
        return self

    def healthy(self) -> "Story":
        return self.decided(findings=(VersionHealthy(self.newest.number),))

    def failed(self, *why: str) -> "Story":
        words = why or tuple(dict.fromkeys(r.words for r in self.deployment.current_replicas() if r.words))
        return self.decided(findings=(VersionFailed(self.newest.number, words),))

    def recovered(self) -> "Story":
        return self.decided(findings=(VersionRecovered(self.newest.number),))

    def corrected(self) -> "Story":
        """What others changed on the Deployment is put right: it is written again as the newest version has it."""
        written = next(r for r in self.newest.objects if r.ref.kind == Kind.DEPLOYMENT.value)
        action = replace(self._write(self.deployment, written), because="drift: spec.replicas")
        self.decided(action)
        return self._outcome(
            Succeeded(action.id, action.ref, "updated", wrote=True, uid=self._uid(action.ref), settled="settled")
        )

    def gave_up(self, path: str = "spec.replicas", times: int = 5) -> "Story":
        return self.decided(findings=(GaveUpCorrecting(self.ref(Kind.DEPLOYMENT), path, times),))

    def gone(self) -> "Story":
        """What was deleted goes, and is gone."""
        actions = tuple(
            Remove(
                short_hash(f"rm{ref}{len(self.log.history)}"),
                ref,
                known.uid,
                f"incarnation {self.deployment.deleted} was deleted",
            )
            for ref, known in self.deployment.objects.items()
            if ref.kind != Kind.NAMESPACE.value
        )
        self.decided(*actions)
        for action in actions:
            self._outcome(Succeeded(action.id, action.ref, "deleted", wrote=True, uid=action.uid))
        for uid in list(self.deployment.replicas):
            self.leaves(uid)
        for action in actions:
            self.saw(ObjectVanished(action.ref, action.uid, "seen"))
        return self.decided(findings=(IncarnationEnded(self.deployment.deleted),))

    # --- what was seen of its objects

    def saw(self, fact: Fact) -> "Story":
        """Record a fact about its objects as it is."""
        self.log.at += SECOND / 10
        self._add(seen_stream(self.key.subject), fact, observed=True)
        return self

    def drifted(self, path: str = "spec.replicas", was: Scalar = 3, now: Scalar = 5, manager: str = "kubectl-edit") -> "Story":
        workload = self.ref(Kind.DEPLOYMENT)
        return self.saw(Drifted(workload, self._uid(workload), "2000", (Change(path, was, now, manager),)))

    def drift_ended(self, *, corrected: bool = True) -> "Story":
        workload = self.ref(Kind.DEPLOYMENT)
        return self.saw(DriftEnded(workload, self._uid(workload), "2001", "corrected" if corrected else "reverted"))

    def unmanaged(self, path: str, now: Scalar, manager: str) -> "Story":
        workload = self.ref(Kind.DEPLOYMENT)
        return self.saw(UnmanagedSeen(workload, self._uid(workload), (Change(path, "absent", now, manager),)))

    def no_quota(self, message: str = "exceeded quota: pods=10") -> "Story":
        return self.saw(ReplicasRefused("FailedCreate", message, "event-1", 1))

    def progressed(self) -> "Story":
        """The Deployment's controller counts what is there."""
        deployment = self.deployment
        there = [r for r in deployment.replicas.values() if not r.leaving]
        updated = sum(r.template == self.newest.template for r in there)
        ready = sum(r.ready for r in there)
        known = deployment.workload
        wanted = self.newest.replicas
        generation = known.generation if known else 1
        uid = known.uid if known else ""
        return self.saw(RolloutProgressed(uid, generation, wanted, len(there), updated, ready, ready))

    # --- replicas

    def replica(self, *facts: Fact, uid: str = "") -> str:
        """Record facts of a replica: of a new one, when no uid is given. Gives its uid."""
        if not uid:
            self.log.pods += 1
            uid = f"pod-{self.log.pods}"
            tail = plain_digest(uid.encode())[:5]
            pod = f"{self.key.object_name}-{self.newest.template}-{tail}"
            begun = ReplicaCreated(pod, self.key.namespace, self.newest.incarnation, self.newest.template, self.log.at)
            self._seen_of(uid, begun)
        for fact in facts:
            self._seen_of(uid, fact)
        return uid

    def _seen_of(self, uid: str, fact: Fact) -> None:
        self.log.at += SECOND
        self._add(replica_stream(uid), fact, observed=True)

    def ready(self, replicas: int | None = None) -> "Story":
        """The wanted replicas come up and those of older templates go; with a number, only so many come up."""
        wanted = self.newest.replicas if replicas is None else replicas
        fresh = [r for r in self.deployment.replicas.values() if r.template == self.newest.template and not r.leaving]
        for _ in range(wanted - len(fresh)):
            self.replica(*self._running(), StartupPassed(), BecameReady(self.log.at))
            self.progressed()
        if replicas is None:
            extra = [r.uid for r in fresh[wanted:]]
            old = [r.uid for r in self.deployment.replicas.values() if r.template != self.newest.template]
            for uid in (*extra, *old):
                self.leaves(uid)
            self.progressed()
        return self

    def _running(self) -> tuple[Fact, ...]:
        return (
            ReplicaScheduled("node-1"),
            ImagePulled(self.newest.image, self.newest.digest),
            ContainerStarted(f"containerd://{self.log.pods}", self.log.at),
        )

    def leaves(self, uid: str) -> "Story":
        self.replica(ReplicaLeaving(), ReplicaGone("seen"), uid=uid)
        return self

    def crashing(self, last_words: str, *, replicas: int = 1, restarts: int = 3, exit_code: int = 1) -> "Story":
        """Replicas of the newest version start, end with these last words, and are started again."""
        for _ in range(replicas):
            uid = self.replica(*self._running())
            for n in range(1, restarts + 1):
                ended = Restarted(n, 1, exit_code, 0, "Error", last_words, "crashed", self.log.at)
                self.replica(ended, ContainerStarted(f"again-{n}", self.log.at), uid=uid)
            self.replica(ReplicaWaiting("CrashLoopBackOff", "back-off 40s restarting failed container"), uid=uid)
        return self.progressed()

    def probe_failed(
        self, probe: ProbeName = "readiness", message: str = "HTTP probe failed with statuscode: 503", times: int = 1
    ) -> "Story":
        """The newest replica fails a probe, and takes no traffic any more when it is the readiness probe."""
        uid = list(self.deployment.replicas)[-1]
        at = self.log.at
        self.replica(ProbeFailed(probe, message, times, "exact", at, at, f"event-{uid}-{probe}", times), uid=uid)
        if probe == "readiness":
            self.replica(BecameUnready(at, "ContainersNotReady"), uid=uid)
        return self

    def unschedulable(self, message: str = "0/3 nodes are available: 3 Insufficient cpu.") -> "Story":
        self.replica(ReplicaUnschedulable(message))
        return self

    def not_pulled(self, message: str = "manifest unknown") -> "Story":
        self.replica(ReplicaScheduled("node-1"), ReplicaWaiting("ImagePullBackOff", message))
        return self

    # --- the cluster and the project

    def bound(self, *, simulated: bool = True) -> "Story":
        text = "simulated cluster" if simulated else "context staging (https://10.0.0.1:6443)"
        return self.cluster(Bound(CLUSTER, "ledger", text, simulated))

    def led(self, holder: str = "laptop-4711", *, observing: bool = False) -> "Story":
        return self.cluster(TookLead(holder, 1, observing))

    def gap(self, kind: str = "Pod", minutes: float = 5) -> "Story":
        since = self.log.at
        self.later(minutes=minutes)
        return self.cluster(ObservationGap(kind, since, self.log.at, "the engine was down"))

    def rewound(self, *, accepted: bool = False) -> "Story":
        self.cluster(RewindFound(0, 900, len(self.log.history), str(self.ref(Kind.DEPLOYMENT))))
        return self.cluster(RewindAccepted(1)) if accepted else self

    def cluster(self, fact: Fact) -> "Story":
        self.log.at += SECOND
        self.log.add(cluster_stream(CLUSTER), fact, EventMetadata(self._id("cluster"), ENGINE))
        return self

    def secret(self, name: str, version: int = 1, *, removed: bool = False) -> "Story":
        self.log.at += SECOND
        fact = SecretRemoved(name) if removed else SecretSet(name, version)
        metadata = EventMetadata(self._id("secret"), Who("ann", "claimed"), self.key.project)
        self.log.add(project_stream(self.key.project), fact, metadata)
        return self

    # --- how it is recorded

    def ref(self, kind: Kind) -> ObjectRef:
        """Where this deployment's object of a kind stands."""
        if kind is Kind.NAMESPACE:
            return ObjectRef(kind.value, "", namespace_of(self.key.project))
        return ObjectRef(kind.value, self.key.namespace, self.key.object_name)

    def _uid(self, ref: ObjectRef) -> str:
        known = self.deployment.objects.get(ref)
        return known.uid if known else ""

    def _add(self, stream: str, fact: Fact, *, cause: str = "", observed: bool = False) -> Recorded[Fact]:
        version = self.deployment.newest
        metadata = EventMetadata(
            self._id("fact"),
            ENGINE,
            self.key.subject,
            cause=cause,
            correlation=version.fact if version and not observed else "",
            observed_at=self.log.at if observed else None,
            observed_by="laptop-4711" if observed else "",
        )
        return self.log.add(stream, fact, metadata)

    def _newest_id(self) -> str:
        return self.about[-1].metadata.id if self.about else ""

    def _id(self, kind: str) -> str:
        return f"{kind}-{short_hash(f'{self.key.subject}/{len(self.log.history)}')}"


def vars_of(spec: Spec) -> Mapping[str, Any]:
    """Give what of a spec is in its pod template."""
    return {"image": spec.image, "machine": spec.resources.machine_type, "env": repr(spec.env), "rest": repr(spec.health)}


def story(name: str = "shop", project: str = "default", *, digest: Callable[[bytes], str] = plain_digest) -> Story:
    """Begin a story in a ledger of its own; `digest` is the real ledger's when it will be written there."""
    return Story(Key(project, name), Log(digest))


class Writable(Protocol):
    """What of a ledger a story needs to be written into."""

    def append(self, appends: list[Append[Fact]], *, documents: list[Document]) -> object: ...


@dataclass
class StoryClock:
    """A clock that the writer of a story sets; the ledger that is opened with it records the story's own times."""

    at: datetime = NOON

    def __call__(self) -> datetime:
        return self.at


def write(told: Story, ledger: Writable, clock: StoryClock) -> None:
    """Write a story into a ledger that was opened with this clock; the clock then stands at the story's end."""
    for (stream, at), together in groupby(told.history, key=lambda one: (one.stream, one.recorded_at)):
        clock.at = at
        documents = [Document(digest, body) for digest, body in told.log.documents.items()]
        told.log.documents.clear()
        facts = list(together)
        notes = tuple(UncommittedFact(one.fact, one.metadata) for one in facts)
        ledger.append([Append(stream, facts[0].version - 1, notes)], documents=documents)
    clock.at = told.now
