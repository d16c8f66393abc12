"""`reckon machine list`: the machine types that a spec may name, and whether the cluster has a place for them now."""

from typing import TYPE_CHECKING, Any

import typer

from adapters.cli.command import LOOKING, Needs, command
from adapters.cli.help import Group
from adapters.cli.session import Session
from domain.errors import DeadreckonError, Rejected

if TYPE_CHECKING:
    from rich.console import RenderableType

    from domain.cluster_ports import Nodes
    from domain.machines import Machine
    from domain.nodes import Node
    from domain.placement import Placement


def register(app: typer.Typer) -> None:
    """Add the group and its command."""
    group = typer.Typer(name="machine", cls=Group, help="The machine types that a spec may name.", no_args_is_help=True)
    group.callback()(_nothing)
    command(group, "list", machines=True, needs=Needs.A_LEDGER)(list_)
    app.add_typer(group, rich_help_panel=LOOKING)


def _nothing() -> None:
    """Keep the group a group, although it has one command only."""


def list_(session: Session) -> None:
    """List the machine types, what each gives a replica, and whether this cluster has a place for it now."""
    from domain.placement import place

    catalogue = session.doors.catalogue(session.settings)
    machines = tuple(catalogue.machines.values())
    nodes = _nodes(session)
    places = None if nodes is None else {machine.name: place(machine, nodes) for machine in machines}
    session.screen.answer(
        [_data(machine, places) for machine in machines],
        lambda: _people(machines, places, fold=session.screen.format == "wide"),
        [machine.name for machine in machines],
    )


def _nodes(session: Session) -> "tuple[Node, ...] | None":
    """Ask the cluster that was named, or that this ledger belongs to; None, and a note, where it cannot be asked."""
    if session.screen.format == "name":
        return None
    try:
        if session.settings.real_cluster or session.desk.world().cluster:
            return _counted(session, session.cluster())
    except DeadreckonError as error:
        session.screen.note(f"whether the cluster has a place for them was not found out: {error}")
    return None


def _counted(session: Session, cluster: "Nodes") -> "tuple[Node, ...]":
    """Ask with what all pods take; who sees nodes and not everybody's pods is told what an empty cluster could hold."""
    try:
        return cluster.nodes()
    except Rejected:
        nodes = cluster.nodes(counted=False)
        session.screen.note("what runs on the nodes was not counted, for you may not see everybody's pods: as if they were empty")
        return nodes


def _data(machine: "Machine", places: "dict[str, Placement] | None") -> dict[str, Any]:
    from adapters.cli.screen import plain

    return {**plain(machine), "place": plain(places[machine.name]) if places else None}


def _people(machines: "tuple[Machine, ...]", places: "dict[str, Placement] | None", *, fold: bool) -> "RenderableType":
    from adapters.cli.reading.looks import Columns

    head = ("NAME", "CPU", "MEMORY", "GPU", "NODES", *(("PLACE NOW",) if places else ()))
    rows = [(*_gives(machine), *((place_words(places[machine.name]),) if places else ())) for machine in machines]
    return Columns(head, rows, fold=fold)


def _gives(machine: "Machine") -> tuple[str, ...]:
    return (
        machine.name,
        f"{machine.cpu_millis / 1000:g}",
        f"{machine.memory_mib / 1024:.1f} GiB" if machine.memory_mib >= 1024 else f"{machine.memory_mib} MiB",
        f"{machine.gpus} x {machine.gpu_resource}" if machine.gpus else "-",
        ", ".join(f"{name}={value}" for name, value in machine.node_selector) or "any",
    )


def place_words(place: "Placement") -> str:
    """Say what there is for a machine type: how many replicas have room now, or what is missing."""
    from projections.wording import count

    if place.now:
        return f"for {count(place.now, 'replica')}; {count(place.holders, 'node')} of {place.nodes} could hold it"
    missing = "; ".join(place.missing)
    return f"none now: {missing}" if place.holders else f"none: {missing}"
