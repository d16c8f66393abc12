"""Options that cannot go together, and those that mean nothing alone: refused first, so that none is ignored."""

from collections.abc import Iterator, Mapping

import typer

APART = (
    ("detach", "timeout", "with --detach nothing is waited for"),
    ("all_projects", "project", "it is one project, or all of them"),
    ("fix", "image", "--fix writes what stands in the file"),
    ("fix", "sets", "--fix writes what stands in the file"),
    ("follow", "until", "what is still to come has no end yet"),
    ("all_projects", "accept_rewind", "a ledger is accepted as a whole, or one NAME"),
)
"""Two parameters that exclude each other wherever a command has both, and why."""
BEHIND = (
    ("reason", "reveal", "only what is revealed is recorded here"),
    ("acting_as", "reveal", "only what is revealed is recorded here"),
    ("diff", "fix", "it shows what --fix would write"),
)
"""A parameter that means nothing without another, in the commands that have both."""


def see_together(ctx: typer.Context, given: Mapping[str, object]) -> None:
    """See that what was typed goes together. Raises BadParameter."""
    typed = {name for name, value in given.items() if value is not None and value is not False and value not in ("", [])}
    spelt = {parameter.name: parameter.opts[0] for parameter in ctx.command.params}
    for problem in _problems(typed, spelt):
        raise typer.BadParameter(problem, ctx)


def _problems(typed: set[str], spelt: Mapping[str, str]) -> Iterator[str]:
    for one, other, why in APART:
        if {one, other} <= typed:
            yield f"{spelt[one]} and {spelt[other]} cannot go together: {why}"
    for one, other, why in BEHIND:
        if one in typed and other not in typed and other in spelt:
            yield f"{spelt[one]} goes with {spelt[other]}: {why}"
