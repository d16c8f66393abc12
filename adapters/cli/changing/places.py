"""Said at once: that no node of the cluster could hold what was ordered, and what is missing."""

from dataclasses import replace
from typing import TYPE_CHECKING

from adapters.cli.session import Session
from domain.errors import DeadreckonError

if TYPE_CHECKING:
    from adapters.desk.preparing import RenderedSubmission
    from domain.nodes import Node


def remarked(session: Session, offers: "list[RenderedSubmission]") -> "list[RenderedSubmission]":
    """Add to each offer whose replicas no node could hold the remark that it is so; never an error, for nodes may come."""
    if not any(offer.prepared.replicas for offer in offers):
        return offers
    nodes = _nodes(session)
    return offers if nodes is None else [_remarked(session, offer, nodes) for offer in offers]


def _nodes(session: Session) -> "tuple[Node, ...] | None":
    """Ask the cluster for its nodes, where it was named or an engine has it; None where that is not so, or it says nothing."""
    settings = session.settings
    if not (settings.real_cluster or (session.desk.world().cluster and session.desk.leader())):
        return None
    try:
        return session.cluster().nodes(counted=False)
    except DeadreckonError:
        return None  # it is a remark only: what really keeps replicas waiting is told by their status


def _remarked(session: Session, offer: "RenderedSubmission", nodes: "tuple[Node, ...]") -> "RenderedSubmission":
    from domain.placement import place

    prepared = offer.prepared
    machine = session.desk.catalogue().machines.get(prepared.machine_type)
    said = place(machine, nodes) if machine and prepared.replicas else None
    if said is None or said.holders:
        return offer
    missing = "; ".join(said.missing)
    remark = f"no node of this cluster can hold a {prepared.machine_type}: {missing}. Replicas wait until there is one that can"
    return replace(offer, remarks=(*offer.remarks, remark))
