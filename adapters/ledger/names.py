"""The names under which facts are stored: chosen by us, kept for ever, and tied to no module path.

When a fact's shape changes, its class gets a new name here (`….v2`) and the old one moves to `UPCASTERS`, with a function
that brings the old bytes' fields up to date. Old bytes are never rewritten.
"""

from collections.abc import Callable, Mapping
from typing import Any

from domain import actions, cluster, filling, measuring, models, orders, platform, project, replica, scaling, seen, unsound
from domain.facts import Fact

Upcast = Callable[[dict[str, Any]], dict[str, Any]]

NAMES: Mapping[type[Fact], str] = {
    orders.Submitted: "deployment.submitted.v2",
    orders.HostTaken: "endpoint.host-taken.v1",
    orders.SubmissionRefused: "deployment.submission-refused.v1",
    orders.DeletionOrdered: "deployment.deletion-ordered.v1",
    orders.ValuesRevealed: "deployment.values-revealed.v1",
    orders.Held: "hold.placed.v1",
    orders.Resumed: "hold.lifted.v1",
    project.SecretSet: "secret.set.v3",
    orders.MarksOverruled: "deployment.marks-overruled.v1",
    project.SecretRemoved: "secret.removed.v1",
    project.RegistrySet: "registry.set.v2",
    project.RegistryRemoved: "registry.removed.v1",
    project.PodSecuritySet: "project.pod-security-set.v1",
    platform.PlatformSet: "platform.set.v1",
    models.ModelSet: "model.set.v1",
    models.ModelRemoved: "model.removed.v1",
    actions.Decided: "actions.decided.v1",
    actions.Succeeded: "action.succeeded.v1",
    actions.Failed: "action.failed.v1",
    actions.Unknown: "action.unknown.v1",
    actions.NotAttempted: "action.not-attempted.v1",
    replica.ReplicaCreated: "replica.created.v1",
    replica.ReplicaScheduled: "replica.scheduled.v1",
    replica.ReplicaUnschedulable: "replica.unschedulable.v1",
    replica.ImagePulled: "replica.image-pulled.v1",
    replica.ContainerStarted: "replica.container-started.v1",
    replica.StartupPassed: "replica.startup-passed.v1",
    replica.BecameReady: "replica.ready.v1",
    replica.BecameUnready: "replica.unready.v1",
    replica.ReplicaWaiting: "replica.waiting.v1",
    replica.Restarted: "replica.restarted.v1",
    replica.ProbeFailed: "replica.probe-failed.v1",
    replica.ProbesAnswered: "replica.probes-answered.v1",
    replica.ReplicaKilled: "replica.killed.v1",
    replica.ReplicaWarned: "replica.warned.v1",
    replica.ReplicaUnsteady: "replica.unsteady.v1",
    replica.ReplicaLeaving: "replica.leaving.v1",
    replica.ReplicaGone: "replica.gone.v1",
    seen.Drifted: "object.drifted.v1",
    seen.DriftEnded: "object.drift-ended.v1",
    seen.UnmanagedSeen: "object.unmanaged-seen.v1",
    seen.MarkDoubted: "object.mark-doubted.v1",
    seen.MarkCleared: "object.mark-cleared.v1",
    seen.ObjectMet: "object.met.v1",
    seen.ObjectLeaving: "object.leaving.v1",
    seen.ObjectVanished: "object.vanished.v1",
    seen.RolloutProgressed: "rollout.progressed.v1",
    seen.ReplicasRefused: "rollout.replicas-refused.v1",
    filling.FillStarted: "fill.started.v1",
    filling.FillProgressed: "fill.progressed.v1",
    filling.FillDone: "fill.done.v1",
    filling.FillFailed: "fill.failed.v1",
    scaling.Scaled: "scaling.scaled.v1",
    scaling.ScaledByHand: "scaling.scaled-by-hand.v1",
    scaling.ScalingTroubled: "scaling.troubled.v1",
    scaling.ScalingTroubleEnded: "scaling.trouble-ended.v1",
    measuring.DurationMeasured: "scaling.duration-measured.v1",
    measuring.DurationLost: "scaling.duration-lost.v1",
    cluster.Bound: "ledger.bound.v1",
    cluster.TookLead: "ledger.lead-taken.v1",
    cluster.ObservationGap: "cluster.observation-gap.v1",
    cluster.RewindFound: "ledger.rewind-found.v1",
    cluster.RewindAccepted: "ledger.rewind-accepted.v1",
    unsound.RowSetAside: "ledger.row-set-aside.v1",
    unsound.ObservationRefused: "observation.refused.v1",
    cluster.ImitationSeen: "cluster.imitation-seen.v1",
}


def _as_it_was(fact: dict[str, Any]) -> dict[str, Any]:
    """Take the fields over: what came since has the default that says it was not there."""
    return fact


UPCASTERS: Mapping[str, tuple[str, Upcast]] = {
    "deployment.submitted.v1": ("deployment.submitted.v2", _as_it_was),
    "secret.set.v1": ("secret.set.v2", _as_it_was),
    "secret.set.v2": ("secret.set.v3", _as_it_was),
    "registry.set.v1": ("registry.set.v2", _as_it_was),
}
"""An old name, and how its fields become those of the next name."""
