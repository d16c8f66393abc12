"""A scene for whoever asks why: ann ordered two replicas, bob scaled to three, all is well; then something happens."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain.audit import RequestWitnessed
from domain.facts import Fact, audited_stream
from domain.nodes_seen import NodeFact
from domain.objects import Kind, ObjectRef
from domain.pod_facts import ReplicaLeaving, ReplicaRemoved
from domain.record import EventMetadata, Recorded
from domain.replica import (
    BecameReady,
    ContainerStarted,
    ImagePulled,
    ReplicaCreated,
    ReplicaGone,
    ReplicaScheduled,
    StartupPassed,
)
from domain.seen import ReplicaSetScaled
from projections.why.chain import chain
from projections.why.links import Chain
from tests.stories import ENGINE, Story, story


@dataclass
class Scene:
    """A deployment whose ReplicaSets, pods and nodes are watched, and perhaps an audit log."""

    told: Story = field(default_factory=story)
    replicas: list[str] = field(default_factory=list[str])

    @classmethod
    def calm(cls, told: Story | None = None) -> "Scene":
        """Ann's two replicas, scaled to three by bob, healthy for a while."""
        scene = cls(told or story())
        scene.told.submitted(replicas=2, who="ann").applied()
        scene.counted(0, 2).comes().comes()
        scene.told.healthy().later(minutes=30).scaled(3, who="bob").applied()
        scene.counted(2, 3).comes()
        scene.told.later(minutes=30)
        return scene

    # --- what is seen

    @property
    def replica_set(self) -> ObjectRef:
        """Name the ReplicaSet of the newest version's template."""
        return self.set_of(self.told.newest.template)

    def set_of(self, template: str) -> ObjectRef:
        """Name a template's ReplicaSet."""
        return ObjectRef("ReplicaSet", self.told.key.namespace, f"{self.told.key.object_name}-{template}")

    def counted(self, before: int | None, after: int, template: str = "") -> "Scene":
        """Let a ReplicaSet be scaled, now."""
        template = template or self.told.newest.template
        ref = self.set_of(template)
        self.told.saw(ReplicaSetScaled(ref, f"uid-{ref.name}", template, before, after, self.now))
        return self

    def comes(self, *, ready: bool = True, node: str = "node-1") -> "Scene":
        """Let a replica of the newest template come up."""
        facts: list[Fact] = [ReplicaScheduled(node)]
        if ready:
            facts += [ImagePulled("shop:1", "sha256:1"), ContainerStarted("c", self.now), StartupPassed(), BecameReady(None)]
        self.replicas.append(self.told.replica(*facts))
        return self

    def leaves(self, n: int = 0, reason: str = "", *, removed: bool = False, gone: bool = True, grace: int = 30) -> "Scene":
        """Let a replica leave, by its place in the order in which they came."""
        uid = self.replicas[n]
        self.of(n, ReplicaLeaving(self.now, grace, reason))
        if removed:
            name = self.pod(n).rpartition("-")[0]
            self.of(n, ReplicaRemoved(name, self.now, f"event-{uid}", 1))
        return self.of(n, ReplicaGone("seen")) if gone else self

    def of(self, n: int, *facts: Fact) -> "Scene":
        """Record facts of a replica."""
        self.told.replica(*facts, uid=self.replicas[n])
        return self

    def saw(self, fact: Fact) -> "Scene":
        """Record a fact about an object."""
        self.told.saw(fact)
        return self

    def node(self, fact: NodeFact) -> "Scene":
        """Record what befell a node."""
        self.told.cluster(fact)
        return self

    def later(self, seconds: float = 60) -> "Scene":
        """Let time pass."""
        self.told.later(seconds=seconds)
        return self

    def asked(self, user: str, verb: str = "delete", kind: str = "Pod", name: str = "", **more: Any) -> "Scene":  # noqa: ANN401
        """Let the audit log tell a request, made now."""
        space = "" if kind == "Node" else self.told.key.namespace
        unnamed: dict[str, Any] = dict.fromkeys(("subresource", "uid", "resource_version", "message"), "")
        given: dict[str, Any] = {**unnamed, "manager": "kubectl", "code": 201, **more}
        request = RequestWitnessed(
            audit_id=f"a{len(self.told.log.history)}",
            verb=verb,
            ref=ObjectRef(kind, space, name),
            user=user,
            user_agent="kubectl/v1.32",
            at=self.now,
            **given,
        )
        subject = self.told.key.subject
        about = EventMetadata(f"asked-{len(self.told.log.history)}", ENGINE, subject, observed_at=self.now)
        self.told.log.add(audited_stream(subject), request, about)
        return self

    # --- what is asked

    @property
    def now(self) -> datetime:
        return self.told.log.at

    def pod(self, n: int) -> str:
        """Name a replica's pod."""
        birth = next(r for r in self.told.log.history if r.stream == f"replica/{self.replicas[n]}")
        assert isinstance(birth.fact, ReplicaCreated)
        return birth.fact.pod

    def workload(self) -> ObjectRef:
        """Name the Deployment object."""
        return self.told.ref(Kind.DEPLOYMENT)

    def newest(self, kind: type[Fact]) -> Recorded[Fact]:
        """Give the newest fact of a kind."""
        return next(one for one in reversed(self.told.log.history) if isinstance(one.fact, kind))

    def why(self, start: Recorded[Fact]) -> Chain:
        """Give the chain of causes of a fact."""
        return chain(self.told.history, start)
