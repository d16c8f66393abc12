"""Facts of the cluster and of who acts on it, told."""

from typing import assert_never

from domain.cluster import Bound, ClusterFact, ImitationSeen, ObservationGap, RewindAccepted, RewindFound, TookLead
from domain.record import Circumstances
from projections.told.orders import grounds, person
from projections.told.said import Said
from projections.wording import Clocked, one_line


def tell(fact: ClusterFact, circumstances: Circumstances, clocked: Clocked) -> Said:
    """Say what befell the cluster, or the engine that watches it."""
    match fact:
        case Bound(cluster, _, description, simulated):
            what = "a simulated cluster" if simulated else f"cluster {cluster}"
            return Said("cluster", "info", f"this ledger belongs to {what}: {one_line(description)}")
        case TookLead(holder, epoch, observing):
            does = "records, and does not act" if observing else "records and acts"
            return Said("cluster", "info", f"engine {one_line(holder, 60)} leads (epoch {epoch}): it {does}")
        case ObservationGap(kind, since, until, why):
            start = f"from {clocked(since)} " if since else ""
            said = f"changes of {kind}s may have been missed {start}until {clocked(until)}: {one_line(why)}"
            return Said("cluster", "warning", said)
        case RewindFound(_, position, _, thing):
            said = f"{thing} was written by a decision (at {position}) that this ledger does not know: an older copy was put back"
            return Said("cluster", "bad", f"{said}; no acting until a person accepts it")
        case RewindAccepted(timeline):
            who = person(circumstances.who)
            said = f"{who} accepted the older copy of the ledger (timeline {timeline}): acting goes on"
            return Said("cluster", "warning", said + grounds(circumstances))
        case ImitationSeen():
            return Said("cluster", "warning", f"{imitation(fact)}; it is not believed")
        case _:
            assert_never(fact)


def imitation(seen: ImitationSeen) -> str:
    """Say what carries our labels and is not ours, and who made it, as far as the cluster says."""
    where = f" in namespace {seen.ref.namespace}" if seen.ref.namespace else ""
    hands = f", written by {one_line(seen.manager, 60)}" if seen.manager else ""
    return f"{one_line(str(seen.ref), 100)}{where}{hands} carries this ledger's labels, and is not ours: {seen.why}"


def tell_nonsense(name: str, error: Exception) -> Said:
    """Say that a fact can be read and not be told: other hands wrote it, or it is a fault of ours."""
    return Said("cluster", "bad", f"{name} makes no sense and cannot be told: {error!r}")
