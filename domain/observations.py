"""Observations: what a cluster showed, in the domain's words. The domain says which facts they are (`domain.observe`)."""

from dataclasses import dataclass, field
from datetime import datetime

from domain.objects import Fields, Mark, ObjectRef, Scalar
from domain.probes import ProbeName
from domain.scaling import Measured
from domain.selectors import Selector
from domain.serving_seen import Taking


@dataclass(frozen=True, slots=True)
class Manager:
    """Who last wrote a field, as the API server's managedFields say: a path prefix, a manager's name, a time.

    `whole`: what is below the path is theirs too. Else they own a mapping as such, whose fields are others'.
    """

    path: str
    name: str
    at: datetime | None
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Writer:
    """Someone who has an entry in an object's managedFields, whatever it owns, and when it last wrote."""

    name: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class ObjectSeen:
    """An object of a kind that we write. `managers` lists foreign writers of fields only (not our own field manager)."""

    ref: ObjectRef
    uid: str
    resource_version: str
    generation: int
    mark: Mark
    deployment: str
    """The value of label `deadreckon.dev/deployment`: the object name of the deployment it belongs to; may be empty."""
    fields: Fields
    managers: tuple[Manager, ...] = ()
    deleting: bool = False
    proof: str = ""
    """What proves the mark, where anything does."""
    writers: tuple[Writer, ...] = ()
    """The foreign writers of the object itself (not of its status), newest first."""
    own_at: datetime | None = None
    """When it was last applied under our own field manager's name."""
    finalizers: tuple[str, ...] = ()
    deleted_at: datetime | None = None
    """When its deletion was ordered."""


@dataclass(frozen=True, slots=True)
class Owner:
    """The Deployment object that controls a ReplicaSet, as the API server gave it back; never as the owned object claims."""

    ref: ObjectRef
    uid: str
    mark: Mark
    proof: str
    template: Fields = field(default_factory=dict[str, Scalar])
    """The pod template of the ReplicaSet between, laid out flat; empty where that was not seen."""


@dataclass(frozen=True, slots=True)
class RolloutSeen:
    """The status of a Deployment, as far as its controller has caught up (`observed_generation`)."""

    ref: ObjectRef
    uid: str
    resource_version: str
    deployment: str
    generation: int
    observed_generation: int
    wanted: int
    replicas: int
    updated: int
    ready: int
    available: int


@dataclass(frozen=True, slots=True)
class Exit:
    """How a container ended."""

    code: int
    signal: int = 0
    reason: str = ""
    message: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A container that does not run, and why (`ImagePullBackOff`, `CrashLoopBackOff`, `ContainerCreating` and the like)."""

    reason: str
    message: str = ""


@dataclass(frozen=True, slots=True)
class Running:
    """A container that runs."""

    since: datetime | None


@dataclass(frozen=True, slots=True)
class ContainerSeen:
    """The application's container in a pod. `digest` is `sha256:…` of the image that was pulled, or empty."""

    container_id: str
    image: str
    digest: str
    started: bool
    ready: bool
    restarts: int
    state: Waiting | Running | Exit
    last_exit: Exit | None = None


@dataclass(frozen=True, slots=True)
class Unsteady:
    """So many sights like this one, between two times, were not looked at one by one."""

    times: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Departure:
    """A pod's deletion, as its metadata and its condition `DisruptionTarget` tell of it."""

    at: datetime | None = None
    """When it was asked for."""
    grace: int | None = None
    """In seconds; None: not told."""
    reason: str = ""
    message: str = ""


UNTOLD_NOTES = "metadata.annotations"
"""Stands among a pod's fields where it has more annotations than are looked at."""


@dataclass(frozen=True, slots=True)
class PodSpecSeen:
    """What a pod's own spec and metadata say of it, beside its status."""

    checks: tuple[ProbeName, ...]
    """The health checks of the application's container."""
    spared: float | None
    """So many seconds a container lives at least before a check of its own may end it; None: no check may."""
    fields: Fields
    """Its labels and containers, laid out flat."""
    managers: tuple[Manager, ...] = ()
    """Who wrote which of these fields, where managedFields say it."""
    writers: tuple[Writer, ...] = ()
    """Who wrote it at all, but for its maker and its node, newest first."""
    controlled: bool = True
    """It has a controller."""
    limits: str = ""
    """What the LimitRanger notes that it set."""


@dataclass(frozen=True, slots=True)
class PodSeen:
    """A pod of a deployment, by its labels. Reasons and messages are Kubernetes' own."""

    ref: ObjectRef
    uid: str
    resource_version: str
    deployment: str
    incarnation: int
    template: str
    """The value of label `deadreckon.dev/template`: the digest of the pod template it was made from."""
    created_at: datetime | None
    node: str
    phase: str
    scheduled: bool
    unschedulable: str
    """The scheduler's own words while no node fits; else empty."""
    ready: bool
    ready_since: datetime | None
    not_ready_reason: str
    container: ContainerSeen | None
    deleting: bool = False
    status_reason: str = ""
    """`Evicted`, `NodeLost`, …: why the whole pod failed, where it did."""
    status_message: str = ""
    owner: Owner | None = None
    """The Deployment object that it belongs to through its ReplicaSet; None where it belongs to none."""
    manager: str = ""
    """Who made it, as its oldest field manager says."""
    unsteady: Unsteady | None = None
    departure: Departure = Departure()
    spec: PodSpecSeen | None = None
    """None: not looked at."""


@dataclass(frozen=True, slots=True)
class ReplicaSetSeen:
    """A ReplicaSet of a deployment; its failures to create pods, and whom it removes, come as events."""

    ref: ObjectRef
    uid: str
    resource_version: str
    deployment: str
    template: str
    wanted: int
    replicas: int
    ready: int
    scaled_at: datetime | None = None
    """When its number was written last, as managedFields say."""
    owner: Owner | None = None
    """The Deployment object that controls it."""


@dataclass(frozen=True, slots=True)
class Condition:
    """One of an object's conditions: what it is about, whether it holds, and why, in Kubernetes' own words."""

    type: str
    holds: bool
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class AutoscalerSeen:
    """The status of an autoscaler. After a scaling, `current` is the number before it, and `scaled_at` its time.

    `reason` stands in an Event apart: the recorder lays it beside.
    """

    ref: ObjectRef
    uid: str
    resource_version: str
    deployment: str
    current: int
    desired: int
    scaled_at: datetime | None
    measured: tuple[Measured, ...]
    conditions: tuple[Condition, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class EventSeen:
    """An Event of the core API. `count` is the correlator's; `container` comes from the involved object's fieldPath."""

    uid: str
    resource_version: str
    about: ObjectRef
    about_uid: str
    container: str
    type: str
    reason: str
    message: str
    count: int
    first_at: datetime | None
    last_at: datetime | None
    source: str
    owner: Owner | None = None
    """Of an Event about a workload: the Deployment object that it is about, by way of its ReplicaSet."""
    unsteady: Unsteady | None = None


@dataclass(frozen=True, slots=True)
class JobSeen:
    """The status of a job that fills a claim. `failed` is why it was given up, in Kubernetes' words; else empty."""

    ref: ObjectRef
    uid: str
    resource_version: str
    deployment: str
    complete: bool
    failed: str


@dataclass(frozen=True, slots=True)
class FillPodSeen:
    """A pod of a job that fills a claim: one try. `deployment` is the value of label `deadreckon.dev/fill`."""

    job: ObjectRef
    job_uid: str
    deployment: str
    pod: PodSeen


@dataclass(frozen=True, slots=True)
class NodeSeen:
    """A node. `ready` is also true while nothing is said of it; reason, message and since are of its condition Ready."""

    name: str
    uid: str
    ready: bool
    reason: str
    message: str
    since: datetime | None
    cordoned: bool
    cordoned_by: Manager | None = None
    """Who set `spec.unschedulable`, where managedFields say it."""
    unsteady: Unsteady | None = None


@dataclass(frozen=True, slots=True)
class NamespaceSeen:
    """A namespace that carries our ledger's label: its labels and annotations, flat, and what holds up its deletion.

    `project` is the value of annotation `deadreckon.dev/name`, `ledger` that of the label; both are only claimed.
    """

    ref: ObjectRef
    uid: str
    ledger: str
    project: str
    fields: Fields
    managers: tuple[Manager, ...] = ()
    """The foreign writers of its labels and annotations."""
    deleting: bool = False
    deleted_at: datetime | None = None
    writers: tuple[str, ...] = ()
    """Who wrote to it, the last first."""
    conditions: tuple[Condition, ...] = ()
    finalizers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SecretLooked:
    """The metadata of a Secret in use was looked at. An empty resourceVersion: there is no such Secret.

    `project` uses it. `writers` are those who are not ours, with the paths of what they wrote; never a value.
    """

    ref: ObjectRef
    project: str
    uid: str = ""
    resource_version: str = ""
    writers: tuple[Manager, ...] = ()


@dataclass(frozen=True, slots=True)
class SliceSeen:
    """An EndpointSlice: which endpoints of a Service take requests, each by the uid of its pod, or by its address.

    `service` is the Service's name, as the label of the slice says; `at` is when the slice was last written.
    """

    ref: ObjectRef
    uid: str
    resource_version: str
    service: str
    ready: tuple[str, ...]
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class TakerSeen:
    """An object of others that may take what is ours: by a selector the pods it means, by `target` a Deployment.

    No selector and no target: it takes nothing. `manager` wrote that, at a time; `detail` says it in its own words.
    """

    ref: ObjectRef
    uid: str
    resource_version: str
    what: Taking
    selector: Selector | None = None
    target: str = ""
    detail: str = ""
    manager: str = "unknown"
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Unheard:
    """The API server gave no sign between two times, on no watch, and did not answer when it was asked."""

    since: datetime
    until: datetime
    why: str


@dataclass(frozen=True, slots=True)
class GoneSeen:
    """A deletion that the watch told us of. `uid` is the deleted object's.

    `managers`, `finalizers` and `deleted_at` are the last that was to be seen of it.
    """

    ref: ObjectRef
    uid: str
    resource_version: str
    deployment: str
    managers: tuple[str, ...] = ()
    finalizers: tuple[str, ...] = ()
    deleted_at: datetime | None = None
    pod: PodSeen | None = None
    """Of a pod: how it was seen last."""


@dataclass(frozen=True, slots=True)
class Relisted:
    """A kind was listed whole: what we knew and is not in `uids` is gone. Comes after the observations of the listed objects.

    `missed` tells that frames may have been lost since `last_contact` (410, downtime): the reason, or empty when this is
    the very first list.
    """

    kind: str
    resource_version: str
    uids: frozenset[str]
    missed: str = ""
    last_contact: datetime | None = None
    names: frozenset[str] = frozenset()
    """Of a kind whose objects stand in no namespace: the names of those that are listed."""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """How far the watch of a kind has come (a bookmark); nothing else is new."""

    kind: str
    resource_version: str


Observation = (
    ObjectSeen
    | RolloutSeen
    | PodSeen
    | ReplicaSetSeen
    | AutoscalerSeen
    | JobSeen
    | FillPodSeen
    | EventSeen
    | NodeSeen
    | NamespaceSeen
    | SecretLooked
    | SliceSeen
    | TakerSeen
    | Unheard
    | GoneSeen
    | Relisted
    | Bookmark
)


@dataclass(frozen=True, slots=True)
class WatchEvent:
    """One frame of a watch: what it shows, when and by whom it was seen. A Deployment's frame shows two things."""

    observations: tuple[Observation, ...]
    at: datetime
    kind: str
    resource_version: str
