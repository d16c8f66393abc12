"""Completion in the shell: names that are in the ledger. It is quick to give up and never says why."""

import typer


def names(ctx: typer.Context, incomplete: str) -> list[str]:
    """Give the deployments of the project whose names begin so."""
    from adapters.cli.session import Choices, Session  # opened late: only a pressed tab key pays for it

    choices = Choices(project=ctx.params.get("project"), ledger=ctx.params.get("ledger"))
    try:
        with Session.begin(ctx.find_root().obj, choices) as session:
            return [name for name in session.names() if name.startswith(incomplete)]
    except Exception:  # noqa: BLE001 (a shell's prompt is no place for a trace)
        return []
