"""The picture of one deployment: what is wanted beside what is seen, object by object and replica by replica."""

from dataclasses import dataclass
from datetime import datetime

from domain.deployment import Deployment, Version
from domain.hold import ActiveHold
from domain.last_good_version import way_back
from domain.objects import ObjectRef
from domain.orders import Submitted
from domain.replica import Replica
from domain.serving import known_endpoints
from domain.serving_seen import TakenUp
from domain.spec import Spec
from projections.current_replicas import suffers
from projections.drift import Drift, drift
from projections.filling import FillPicture, fillings
from projections.scaling import ScalingPicture, scaling
from projections.sentences import durations, serving
from projections.spec_diff import probe, startup_budget
from projections.status import StatusRow, row
from projections.wording import last_words, short_replica


@dataclass(frozen=True, slots=True)
class ReplicaPicture:
    """One replica: `short` is what people call it, `version` the newest version with its template (0: not known)."""

    pod: str
    short: str
    uid: str
    state: str
    ready: bool
    version: int
    restarts: int
    node: str
    digest: str
    created_at: datetime | None
    last_words: str


@dataclass(frozen=True, slots=True)
class ObjectPicture:
    """One object: `state` is as applied, drifted, leaving, missing, unsure, to go, or behind (an older manifest stands)."""

    ref: ObjectRef
    uid: str
    state: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the shown version asks for, in words; literal values are not in it."""

    version: int
    image: str
    digest: str
    machine_type: str
    replicas: int
    enabled: bool
    ports: tuple[int, ...]
    env: tuple[str, ...]
    secrets: tuple[str, ...]
    checks: tuple[tuple[str, str], ...]
    startup: str
    deadline: int
    endpoint: str = ""
    """The URL under which it is reached from outside; empty where the platform has no ingress."""
    registry: str = ""
    """The stored login that pulls the image, and its version."""


@dataclass(frozen=True, slots=True)
class Picture:
    """Everything that a person may ask of one deployment at one moment."""

    row: StatusRow
    wanted: Wanted | None
    replicas: tuple[ReplicaPicture, ...]
    objects: tuple[ObjectPicture, ...]
    drift: tuple[Drift, ...]
    digests: tuple[str, ...]
    """The image digests that the present replicas of the wanted template really run."""
    hold: ActiveHold | None
    scaling: ScalingPicture | None = None
    requests: str = ""
    """What the autoscaler is told of how long requests take; empty where they are not timed."""
    fills: tuple[FillPicture, ...] = ()
    serving: tuple[str, ...] = ()
    """Whom each of its Services sends requests to; none where that is not known."""
    way_back: int | None = None
    """The version that a rollback goes to; None where none was healthy that differs from what stands."""
    takers: tuple[TakenUp, ...] = ()
    """Others' objects that take its pods, or its Deployment."""


def picture(deployment: Deployment, spec: Spec | None, *, now: datetime, held: ActiveHold | None = None) -> Picture:
    """Give the picture; `spec` is the newest version's (None: its document was erased), `held` a hold of the project or all."""
    own = deployment.hold
    hold = own if own and own.holds(now) else held
    version, back = deployment.newest, way_back(deployment)
    return Picture(
        row=row(deployment),
        wanted=wanted(version, spec) if version else None,
        replicas=tuple(_replica(deployment, r) for r in deployment.current_replicas()),
        objects=_objects(deployment),
        drift=drift(deployment, held=hold is not None),
        digests=_digests(deployment),
        hold=hold,
        scaling=scaling(deployment, spec),
        requests=durations.tell(deployment.duration).text if deployment.duration else "",
        fills=fillings(deployment),
        serving=tuple(serving.standing(one) for one in known_endpoints(deployment)),
        way_back=back.number if back else None,
        takers=deployment.served.takers,
    )


def wanted(version: Version, spec: Spec | None) -> Wanted:
    """Say what a version asks for."""
    order = version.order
    health = spec.health if spec else None
    checks = ((name, getattr(health, name)) for name in ("startup", "readiness", "liveness")) if health else ()
    return Wanted(
        version=order.number,
        image=order.image,
        digest=order.digest,
        machine_type=order.machine_type,
        replicas=order.replicas,
        enabled=order.enabled,
        ports=spec.resources.ports if spec else (),
        env=tuple(variable.name for variable in spec.env) if spec else (),
        secrets=tuple(f"{name} ({_whose(order, name)}version {number})" for name, number in order.secrets),
        checks=tuple((name, probe(check)) for name, check in checks if check),
        startup=startup_budget(health.startup) if health else "",
        deadline=order.deadline,
        endpoint=order.endpoint,
        registry=f"{order.registry[0]} (version {order.registry[1]})" if order.registry else "",
    )


def _whose(order: Submitted, secret: str) -> str:
    scope = dict(order.wider_secrets).get(secret)
    return f"the {scope}'s, " if scope else ""


def _digests(deployment: Deployment) -> tuple[str, ...]:
    newest = deployment.newest
    template = newest.order.template if newest else ""
    there = (r.digest for r in deployment.current_replicas() if r.template == template and r.digest)
    return tuple(dict.fromkeys(there))


def _replica(deployment: Deployment, replica: Replica) -> ReplicaPicture:
    return ReplicaPicture(
        pod=replica.pod,
        short=short_replica(replica.pod),
        uid=replica.uid,
        state=replica_state(replica),
        ready=replica.ready,
        version=_version_of(deployment, replica),
        restarts=replica.restarts,
        node=replica.node,
        digest=replica.digest,
        created_at=replica.created_at,
        last_words=last_words(suffers(replica)),
    )


def replica_state(replica: Replica) -> str:
    """Say in a word or two how a replica is."""
    if replica.leaving or replica.disowned:
        return "leaving" if replica.leaving else "taken out"
    if replica.ready:
        return "ready"
    if replica.unschedulable:
        return "finds no node"
    if replica.waiting and replica.waiting.reason not in {"ContainerCreating", "PodInitializing"}:
        return replica.waiting.reason
    if not replica.container_id:
        return "being made" if replica.node else "waits for a node"
    return "not ready" if replica.started else "starting"


def _version_of(deployment: Deployment, replica: Replica) -> int:
    numbers = (
        v.number
        for v in reversed(deployment.versions)
        if v.order.template == replica.template and v.order.incarnation == replica.incarnation
    )
    return next(numbers, 0)


def _objects(deployment: Deployment) -> tuple[ObjectPicture, ...]:
    version = deployment.wanted
    wanted_bodies = {rendered.ref: rendered.body for rendered in version.order.objects} if version else {}
    # A job is there only while it works: one that has done its work is not missed.
    over = {fill.job for fill in version.order.fills if fill.claim.name in deployment.fills} if version else set[ObjectRef]()
    refs = dict.fromkeys((*(ref for ref in wanted_bodies if ref not in over), *deployment.objects))
    return tuple(_object(deployment, ref, wanted_bodies.get(ref, "")) for ref in refs)


def _object(deployment: Deployment, ref: ObjectRef, body: str) -> ObjectPicture:
    known = deployment.objects.get(ref)
    if known is None:
        return ObjectPicture(ref, "", "unsure" if ref in deployment.unsure else "missing")
    if ref in deployment.unsure:
        return ObjectPicture(ref, known.uid, "unsure")
    if known.leaving:
        return ObjectPicture(ref, known.uid, "leaving")
    if known.changes:
        return ObjectPicture(ref, known.uid, "drifted")
    if not body:
        return ObjectPicture(ref, known.uid, "to go")
    return ObjectPicture(ref, known.uid, "as applied" if known.body in {body, "found"} else "behind")
