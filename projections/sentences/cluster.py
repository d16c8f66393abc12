"""Facts of the cluster and of who acts on it, told."""

from collections.abc import Sequence
from typing import assert_never

from domain.cluster import (
    ApiServerUnheard,
    Bound,
    ClusterFact,
    ImitationSeen,
    ObservationGap,
    RewindAccepted,
    RewindFound,
    TookLead,
)
from domain.record import EventMetadata
from projections.sentences.orders import grounds
from projections.sentences.sentence import Sentence
from projections.who import person
from projections.wording import Clocked, listed, one_line


def tell(fact: ClusterFact, metadata: EventMetadata, clocked: Clocked) -> Sentence:  # noqa: PLR0911 (one line a fact)
    """Say what befell the cluster, or the engine that watches it."""
    match fact:
        case Bound(cluster, _, description, simulated):
            what = "a simulated cluster" if simulated else f"cluster {cluster}"
            return Sentence("cluster", "info", f"this ledger belongs to {what}: {one_line(description)}")
        case TookLead():
            return Sentence("cluster", "warning" if fact.lost_by else "info", _lead(fact, clocked))
        case ObservationGap(kind, since, until, why):
            start = f"from {clocked(since)} " if since else ""
            said = f"{missed(kind)} may have been missed {start}until {clocked(until)}: {one_line(why)}"
            return Sentence("cluster", "warning", said)
        case ApiServerUnheard(since, until, why):
            said = f"the API server was not heard from {clocked(since)} to {clocked(until)}"
            return Sentence("cluster", "warning", f"{said}: {one_line(why)}" if why else said)
        case RewindFound(_, position, _, thing):
            said = f"{thing} was written by a decision (at {position}) that this ledger does not know: an older copy was put back"
            return Sentence("cluster", "bad", f"{said}; no acting until a person accepts it")
        case RewindAccepted(timeline):
            who = person(metadata.who)
            said = f"{who} accepted the older copy of the ledger (timeline {timeline}): acting goes on"
            return Sentence("cluster", "warning", said + grounds(metadata))
        case ImitationSeen():
            return Sentence("cluster", "warning", f"{imitation(fact)}; it is not believed")
        case _:
            assert_never(fact)


def missed(kind: str) -> str:
    """Say what a gap in what was observed of a kind is of."""
    return "entries of the API server's audit log" if kind == "AuditLog" else f"changes of {plural(kind)}"


def plural(kind: str) -> str:
    """Name several objects of a kind: `Ingresses`, `NetworkPolicies`."""
    if kind.endswith("y"):
        return f"{kind[:-1]}ies"
    return f"{kind}es" if kind.endswith("s") else f"{kind}s"


def of_several(gaps: Sequence[ObservationGap], clocked: Clocked) -> str:
    """Say of gaps that are one what may have been missed, and what not: each kind was listed anew."""
    kinds = list(dict.fromkeys(plural(gap.kind) for gap in gaps))
    known = [gap.since for gap in gaps if gap.since is not None]
    start = f"from {clocked(min(known))} " if len(known) == len(gaps) else ""
    end = clocked(max(gap.until for gap in gaps))
    why = _alike([gap.why for gap in gaps])
    what = f"what came and went of {listed(kinds)} kinds" if len(kinds) > _NAMED else f"what came and went of {listed(kinds)}"
    return f"{what} may have been missed {start}until {end}: {why}; what stands now was read anew"


_NAMED = 4


def _alike(said: Sequence[str]) -> str:
    """Give what messages that differ in a number have in common."""
    first, last = min(said), max(said)
    same = next((at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other), len(first))
    return one_line(first if first == last else first[:same].rstrip(" :0123456789"))


def _lead(fact: TookLead, clocked: Clocked) -> str:
    does = "records, and does not act" if fact.observing else "records and acts"
    build = f"{one_line(fact.build, 40)}, " if fact.build else ""
    said = f"engine {one_line(fact.holder, 60)} leads ({build}epoch {fact.epoch}): it {does}"
    since = f" at {clocked(fact.unled_since)}" if fact.unled_since else ""
    if fact.lost_by:
        whose = "its own lease" if fact.lost_by == fact.holder else f"the lease of engine {one_line(fact.lost_by, 60)}"
        return f"{said}; {whose} had run out{since}: it was killed, cut off or stood still"
    return f"{said}; the one before had given the lead up{since}" if since else said


def imitation(seen: ImitationSeen) -> str:
    """Say what carries our labels and is not ours, and who made it, as far as the cluster says."""
    where = f" in namespace {seen.ref.namespace}" if seen.ref.namespace else ""
    hands = f", written by {one_line(seen.manager, 60)}" if seen.manager else ""
    return f"{one_line(str(seen.ref), 100)}{where}{hands} carries this ledger's labels, and is not ours: {seen.why}"


def tell_nonsense(name: str, error: Exception) -> Sentence:
    """Say that a fact can be read and not be told: other hands wrote it, or it is a fault of ours."""
    return Sentence("cluster", "bad", f"{name} makes no sense and cannot be told: {error!r}")
