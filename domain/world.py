"""What holds for all deployments at once: the cluster this ledger belongs to, holds of projects and of all, a rewound ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from domain.audit import Requests, RequestWitnessed
from domain.changed import changed
from domain.cluster import ApiServerUnheard, Bound, ImitationSeen, ObservationGap, RewindAccepted, RewindFound, TookLead
from domain.facts import Fact
from domain.hold import ActiveHold
from domain.marks import FARTHEST_TIMELINE
from domain.nodes_seen import NodeFact
from domain.orders import Held, Resumed
from domain.project import PodSecuritySet
from domain.record import Recorded
from domain.shared_seen import SharedFact
from domain.surroundings import Surroundings, take_in_node, take_in_shared
from domain.unsound import RowSetAside, Unreadable


@dataclass(frozen=True, slots=True)
class World:
    """The fold of facts that are about no single deployment. `holds` are by project; the empty name stands for all."""

    cluster: str = ""
    ledger: str = ""
    simulated: bool = False
    timeline: int = 0
    rewind: RewindFound | None = None
    lead: TookLead | None = None
    led_at: datetime | None = None
    """Since when that one leads."""
    holds: Mapping[str, ActiveHold] = field(default_factory=dict[str, ActiveHold])
    gaps: Mapping[str, ObservationGap] = field(default_factory=dict[str, ObservationGap])
    """For each kind of object, the last gap in what was seen of it."""
    description: str = ""
    """What the cluster was called when the ledger was bound to it."""
    unsound: Mapping[int, tuple[str, str]] = field(default_factory=dict[int, tuple[str, str]])
    """Rows that cannot be read and are about a project, or (empty) about all: its name and what is wrong, by position."""
    imitations: tuple[ImitationSeen, ...] = ()
    """What carries our labels and is not ours, in the order in which it was first seen."""
    requests: Mapping[str, Requests] = field(default_factory=dict[str, Requests])
    """What others asked of the API server about a project's namespace and Secrets, or (the empty name) about nodes."""
    around: Surroundings = field(default_factory=Surroundings)
    """What was told of nodes, namespaces and Secrets in use."""
    levels: Mapping[str, str] = field(default_factory=dict[str, str])
    """The Pod Security Standard of each project of which one was set."""

    def missing(self, project: str) -> str:
        """Say what this fold, as far as it touches a project, misses; empty when it is whole."""
        return next((why for _, (scope, why) in sorted(self.unsound.items()) if scope in {"", project}), "")

    def held(self, project: str, now: datetime) -> ActiveHold | None:
        """Give the hold that covers a project's deployments now."""
        for scope in ("", project):
            hold = self.holds.get(scope)
            if hold and hold.holds(now):
                return hold
        return None


def evolve(world: World, recorded: Recorded[Fact]) -> World:  # noqa: C901, PLR0911, PLR0912 (one line a fact)
    """Take a recorded fact in; facts about a single deployment change nothing here."""
    subject = recorded.metadata.subject
    match recorded.fact:
        case Bound(cluster=cluster, ledger=ledger, description=description, simulated=simulated):
            return changed(world, cluster=cluster, ledger=ledger, description=description, simulated=simulated)
        case TookLead() as lead:
            return changed(world, lead=lead, led_at=recorded.recorded_at)
        case ObservationGap() as gap:
            return changed(world, gaps={**world.gaps, gap.kind: gap})
        case RewindFound() as rewind:
            return changed(world, rewind=rewind)
        case RewindAccepted(timeline):
            # An engine of before took the count from a label, which may have been forged: no label could carry the next.
            return changed(world, rewind=None, timeline=timeline if timeline <= FARTHEST_TIMELINE else world.timeline + 1)
        case RequestWitnessed() as request:
            return changed(world, requests={**world.requests, subject: world.requests.get(subject, Requests()).taking(request)})
        case ImitationSeen() as imitation:
            return changed(world, imitations=(*world.imitations, imitation))
        case ApiServerUnheard(until=until):
            return changed(world, around=changed(world.around, unheard_until=until))
        case node if isinstance(node, NodeFact):
            return changed(world, around=take_in_node(world.around, node))
        case shared if isinstance(shared, SharedFact):
            return changed(world, around=take_in_shared(world.around, shared))
        case PodSecuritySet(level):
            return changed(world, levels={**world.levels, subject: level})
        case Held(until) if "/" not in subject:
            hold = ActiveHold.placed(recorded.recorded_at, until, recorded.metadata)
            return changed(world, holds={**world.holds, subject: hold})
        case Unreadable(why=why, everything=True):
            return changed(world, unsound={**world.unsound, recorded.position: (subject, why)})
        case RowSetAside(position=position):
            return changed(world, unsound={at: whose for at, whose in world.unsound.items() if at != position})
        case Resumed() if "/" not in subject:
            return changed(world, holds={scope: hold for scope, hold in world.holds.items() if scope != subject})
        case _:
            return world
