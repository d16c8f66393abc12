"""A deployment is a fold, and a fold never refuses."""

from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.actions import (
    Failed,
    GaveUpCorrecting,
    HandOver,
    IncarnationEnded,
    NotAttempted,
    Succeeded,
    Taken,
    TakeOver,
    Unknown,
    VersionFailed,
    VersionHealthy,
    VersionRecovered,
)
from domain.audit import RequestWitnessed
from domain.cluster import ApiServerUnheard, Bound, ImitationSeen, ObservationGap, RewindAccepted, RewindFound, TookLead
from domain.facts import Fact
from domain.filling import FillDone, FillFailed, FillProgressed, FillStarted
from domain.measuring import DurationLost, DurationMeasured, Share
from domain.models import ModelRemoved, ModelSet
from domain.nodes_seen import NodeCame, NodeCordoned, NodeGone, NodeReady, NodeUncordoned, NodeUnready
from domain.objects import Mark, ObjectRef
from domain.orders import DeletionOrdered, Held, HostTaken, MarksOverruled, Resumed, SubmissionRefused, ValuesRevealed
from domain.platform import PlatformSet
from domain.pod_facts import (
    ImagePulling,
    ReplicaAdmitted,
    ReplicaChanged,
    ReplicaDisowned,
    ReplicaEnded,
    ReplicaLeaving,
    ReplicaRemoved,
)
from domain.project import PodSecuritySet, RegistryRemoved, RegistrySet, SecretRemoved, SecretSet
from domain.replica import (
    BecameReady,
    BecameUnready,
    ContainerStarted,
    ImagePulled,
    ProbeAnswer,
    ProbeFailed,
    ProbesAnswered,
    ReplicaCreated,
    ReplicaGone,
    ReplicaKilled,
    ReplicaScheduled,
    ReplicaUnschedulable,
    ReplicaUnsteady,
    ReplicaWaiting,
    ReplicaWarned,
    Restarted,
    StartupPassed,
)
from domain.scaling import Measured, Scaled, ScaledByHand, ScalingTroubled, ScalingTroubleEnded
from domain.seen import (
    AdmissionChanged,
    DriftEnded,
    MarkCleared,
    MarkDoubted,
    ObjectLeaving,
    ObjectMet,
    ObjectVanished,
    ReplicaSetScaled,
    ReplicasRefused,
    UnmanagedSeen,
)
from domain.serving_seen import EndpointsChanged, LetGo, TakenUp
from domain.shared_seen import NamespaceChanged, NamespaceGone, NamespaceLeaving, SecretChanged, SecretVanished
from domain.unsound import ObservationRefused, RowSetAside, Unreadable
from tests.at_night import at_night
from tests.unit.one_deployment import (
    DRIFT,
    KEY,
    MINUTE,
    NOON,
    SPACE,
    WORKLOAD,
    Log,
    create,
    decided,
    drifted,
    ensure,
    found,
    progress,
    remove,
    submitted,
    update,
)

LIFE = (
    ReplicaCreated("web-x", KEY.namespace, 1, "t1", NOON),
    ReplicaScheduled("n1"),
    ReplicaUnschedulable("no cpu"),
    ImagePulled("web:1", "sha256:a"),
    ContainerStarted("c1", NOON),
    StartupPassed(),
    BecameReady(NOON),
    BecameUnready(None, ""),
    ReplicaWaiting("ErrImagePull", "not found"),
    Restarted(1, 1, 137, 0, "Error", "", "unknown", NOON + MINUTE, NOON),
    Restarted(2, 1, None, 0, "", "", "unknown", None),
    ProbeFailed("liveness", "x", 1, "exact", None, None, "e1", 1),
    ProbesAnswered((ProbeAnswer("readiness", NOON, 200, 0.01), ProbeAnswer("liveness", NOON + MINUTE, 503, 0.02))),
    ReplicaKilled("failed liveness probe", "liveness", NOON, "e2", 1),
    ReplicaKilled("failed liveness probe", "liveness", None, "e2", 2),
    ReplicaWarned("BackOff", "x", 1, "e3", 1),
    ReplicaUnsteady(12, 3, 0, NOON, NOON),
    ImagePulling("Pulling image", NOON),
    ImagePulling("Successfully pulled image", NOON + MINUTE, 27.1, "e5", 1),
    ReplicaAdmitted((DRIFT,)),
    ReplicaChanged((DRIFT,)),
    ReplicaDisowned((DRIFT,), "kubectl-label", NOON),
    ReplicaLeaving(),
    ReplicaLeaving(NOON, 30, "EvictionByEvictionAPI", "Eviction API: evicting"),
    ReplicaRemoved("web-5b9f8c7d6", NOON, "e4", 1),
    ReplicaEnded(143, 0, "Error", "", NOON, NOON + MINUTE),
    ReplicaGone("missed"),
)
SIGHTS = (
    drifted(),
    DriftEnded(WORKLOAD, "u1", "106", "reverted"),
    UnmanagedSeen(WORKLOAD, "u1", (DRIFT,)),
    AdmissionChanged(WORKLOAD, "u1", (DRIFT,)),
    MarkDoubted(WORKLOAD, "u1", 0, 999, ahead=True, manager="kubectl"),
    MarkCleared(WORKLOAD, "u1"),
    ObjectMet(WORKLOAD, "u5", Mark(), "50"),
    ObjectLeaving(WORKLOAD, "u1"),
    ObjectVanished(WORKLOAD, "u1", "seen"),
    progress(),
    ReplicasRefused("FailedCreate", "no quota", "e1", 4),
    ReplicaSetScaled(ObjectRef("ReplicaSet", WORKLOAD.namespace, "web-5b9f8c7d6"), "rs1", "t1", None, 3, NOON),
    ReplicaSetScaled(ObjectRef("ReplicaSet", WORKLOAD.namespace, "web-5b9f8c7d6"), "rs1", "t1", 3, 2, NOON),
)
SERVING = (
    EndpointsChanged(ObjectRef("Service", WORKLOAD.namespace, "web"), "u1", 1, 2, 1, NOON),
    TakenUp(ObjectRef("Service", WORKLOAD.namespace, "theirs"), "u8", "selects", "kubectl-create", NOON, "app=web", "70"),
    LetGo(ObjectRef("Service", WORKLOAD.namespace, "theirs"), "u8", "selects"),
)
DEEDS: tuple[Fact, ...] = (
    decided(create(), update(), remove(), ensure(), HandOver("a3", WORKLOAD, "u1", 2, "autoscaled")),
    decided(TakeOver("a4", WORKLOAD, "b1", "u1", ("spec.x",), "left")),
    Succeeded("a4", WORKLOAD, "taken over", True, "u1", "120", taken=(Taken("spec.x", "kubectl"),)),  # noqa: FBT003 (wrote)
    *(found(finding) for finding in (VersionHealthy(1), VersionFailed(2, ()), VersionRecovered(3), IncarnationEnded(1))),
    found(GaveUpCorrecting(WORKLOAD, "spec.replicas", 5)),
    *(Succeeded(done, WORKLOAD, "updated", True, "u1") for done in ("a1", "a2", "a3", "a9")),  # noqa: FBT003 (wrote)
    *(Failed("a2", WORKLOAD, code, "x", "u7") for code in ("Gone", "Replaced", "NotFound", "Invalid")),
    Unknown("a1", WORKLOAD, "x"),
    NotAttempted("a0", SPACE, "x"),
)
ORDERS = (
    submitted(1),
    SubmissionRefused((), (), ""),
    DeletionOrdered(1),
    Held(None),
    Resumed(),
    MarksOverruled((WORKLOAD,)),
    ValuesRevealed((1,)),
)
FILLS = (
    FillStarted("data", "fill-data", "fill-data-x"),
    FillProgressed("data", "fill-data", "fill-data-x", "retrying", "no route to host"),
    FillDone("data", "fill-data", "abc", 1000, 2, 3.5),
    FillFailed("data", "fill-data", "no route to host"),
)
SCALINGS = (
    Scaled("h1", 1, 3, "cpu above target", "cpu", 150.0, 50.0, (Measured("cpu", 150.0, 50.0),), NOON),
    ScaledByHand("u1", 3, 2, "kubectl"),
    ScalingTroubled("h1", "FailedGetResourceMetric", "x"),
    ScalingTroubleEnded("h1", "FailedGetResourceMetric"),
    DurationMeasured(0.15, 4, 300.0, (Share("web-x", 4, 0.6, NOON, 9, 2.0),), NOON),
    DurationLost("no answer from the relays of web-x"),
)
FOREIGN = (
    SecretSet("s", 1),
    SecretRemoved("s"),
    RegistrySet("hub", "registry.example", "puller", 1),
    RegistryRemoved("hub"),
    PodSecuritySet("restricted"),
    PlatformSet((("relay-image", "caddy:2"),)),
    ModelSet("llama", "https://git.example/llama"),
    ModelRemoved("llama"),
    HostTaken("web.shop.apps.example.com"),
    Bound("c", "l", "", simulated=False),
    RewindAccepted(1),
    ImitationSeen(WORKLOAD, "u9", "web", "not ours", "kubectl"),
    RowSetAside(3, "x.v1", "d", 4, "no JSON"),
    ObservationRefused("EventSeen", "message", "has NUL"),
)
ELSEWHERE = (TookLead("h", 1, observing=False), ObservationGap("Pod", None, NOON, "410"), RewindFound(0, 9, 3, "x"))
ASKED = (
    RequestWitnessed("a1", "delete", WORKLOAD, "", "u1", "7", "alice", "kubectl", "kubectl/v1.33", 200, "", NOON),
    RequestWitnessed("a2", "create", WORKLOAD, "eviction", "", "", "alice", "", "kubectl/v1.33", 429, "budget", NOON),
)
AROUND = (
    ApiServerUnheard(NOON, NOON, "no answer"),
    NodeCordoned("n1", "kubectl-drain", NOON),
    NodeUncordoned("n1", "kubectl-cordon", NOON),
    NodeUnready("n1", "NodeStatusUnknown", "Kubelet stopped posting node status.", NOON),
    NodeReady("n1", NOON),
    NodeGone("n1"),
    NodeCame("n1"),
    NamespaceChanged(ObjectRef("Namespace", "", "n"), ()),
    NamespaceLeaving(ObjectRef("Namespace", "", "n"), ("kubectl-create",), NOON, (), ("kubernetes",)),
    NamespaceGone(ObjectRef("Namespace", "", "n"), "u"),
    SecretChanged(ObjectRef("Secret", "n", "s-v1"), "12", "kubectl-edit", NOON, ("metadata.labels",)),
    SecretVanished(ObjectRef("Secret", "n", "s-v1")),
)
HOLES = (Unreadable("deployment.cloned.v1", "it is not known", unknown=True),)
EVERYTHING: tuple[Fact, ...] = (
    *LIFE,
    *SIGHTS,
    *FILLS,
    *SCALINGS,
    *DEEDS,
    *ORDERS,
    *FOREIGN,
    *ELSEWHERE,
    *ASKED,
    *AROUND,
    *SERVING,
    *HOLES,
)


def test_the_law_below_is_tried_on_every_fact_there_is() -> None:
    assert {type(fact) for fact in EVERYTHING} == set(get_args(Fact))


@settings(max_examples=at_night(300), deadline=None)
@given(st.lists(st.sampled_from(EVERYTHING), max_size=30))
def test_the_fold_never_refuses(history: list[Fact]) -> None:
    deployment = Log().takes(*history).deployment

    assert [ref for ref, known in deployment.objects.items() if ref != known.ref] == []
    assert [uid for uid, replica in deployment.replicas.items() if uid != replica.uid] == []
    assert set(deployment.unsound.values()) <= {"it is not known"}, "what makes sense is taken in, and not held for nonsense"
