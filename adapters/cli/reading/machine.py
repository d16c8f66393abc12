"""`reckon machine list`: the machine types that a spec may name."""

from typing import TYPE_CHECKING

import typer

from adapters.cli.command import LOOKING, command
from adapters.cli.help import Group
from adapters.cli.session import Session

if TYPE_CHECKING:
    from rich.console import RenderableType

    from domain.machines import Machine


def register(app: typer.Typer) -> None:
    """Add the group and its command."""
    group = typer.Typer(name="machine", cls=Group, help="The machine types that a spec may name.", no_args_is_help=True)
    group.callback()(_nothing)
    command(group, "list")(list_)
    app.add_typer(group, rich_help_panel=LOOKING)


def _nothing() -> None:
    """Keep the group a group, although it has one command only."""


def list_(session: Session) -> None:
    """List the machine types, and what each gives a replica."""
    catalogue = session.doors.catalogue(session.settings)
    machines = tuple(catalogue.machines.values())
    session.screen.answer(machines, lambda: _people(machines), [machine.name for machine in machines])


def _people(machines: "tuple[Machine, ...]") -> "RenderableType":
    from adapters.cli.reading.looks import table

    rows = [
        (
            machine.name,
            f"{machine.cpu_millis / 1000:g}",
            f"{machine.memory_mib / 1024:.1f} GiB" if machine.memory_mib >= 1024 else f"{machine.memory_mib} MiB",
            f"{machine.gpus} x {machine.gpu_resource}" if machine.gpus else "-",
            ", ".join(f"{name}={value}" for name, value in machine.node_selector) or "any",
        )
        for machine in machines
    ]
    return table(("NAME", "CPU", "MEMORY", "GPU", "NODES"), rows)
