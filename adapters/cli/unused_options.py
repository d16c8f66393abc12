"""What a command needs of what all may be told: what it has no use for is refused, so that nothing given is ignored."""

import inspect
from collections.abc import Callable, Mapping
from copy import copy
from enum import Enum
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

if TYPE_CHECKING:
    from adapters.cli.session import Session


class Needs(Enum):
    """How much of a set-up a command has to do with."""

    NOTHING = "nothing"
    """No ledger, no project, no cluster: it is about files, or about what will be installed."""
    A_LEDGER = "a ledger"
    """What it is about holds for all projects, or names its project itself."""
    A_STAGE = "a stage"
    """A ledger of its own and a simulated cluster: it shows something, and touches nothing that is real."""
    TO_LEAD = "to lead"
    """As A_LEDGER, and it waits for ledger and cluster until they answer."""
    A_SETUP = "a set-up"
    """As ANY_PROJECT, and what is wrong with ledger and cluster is its answer."""
    ANY_PROJECT = "any project"
    """A project, which may be a new one: the first that is recorded makes it."""
    A_PROJECT = "a project"
    """A project that something is known of: a misspelt one is told with the nearest."""


UNSIGNED = "nothing is recorded in anybody's name"
_ALL_PROJECTS = {"project": "what it is about holds for all projects, or is named itself"}
_SIMULATED = dict.fromkeys(("context", "kubeconfig"), "all of it happens on a simulated cluster")
_ALONE: Mapping[str, str] = dict.fromkeys(("project", "ledger", "context", "kubeconfig"), "it looks at no ledger and no cluster")
_USELESS: Mapping[Needs, Mapping[str, str]] = {
    Needs.NOTHING: _ALONE,
    Needs.A_LEDGER: _ALL_PROJECTS,
    Needs.A_STAGE: {**_ALL_PROJECTS, **_SIMULATED, "ledger": "it has one of its own, which it makes anew"},
    Needs.TO_LEAD: _ALL_PROJECTS,
}


def useless_for(needs: Needs) -> Mapping[str, str]:
    """Name the common options that a command has no use for, each with the reason."""
    return _USELESS.get(needs, {})


def refusing(parameter: inspect.Parameter, why: str) -> inspect.Parameter:
    """Give an option as one that is not in the help, and is refused with a reason where it is typed all the same."""
    kind, told = get_args(parameter.annotation)
    hidden = copy(told)
    hidden.hidden, hidden.callback = True, _refusal(why)
    return parameter.replace(annotation=Annotated[kind, hidden])


def _refusal(why: str) -> Callable[[typer.Context, Any], Any]:
    def refuse(ctx: typer.Context, value: Any) -> Any:  # noqa: ANN401 (whatever the option takes)
        if value is not None and not ctx.resilient_parsing:
            raise typer.BadParameter(f"{ctx.command_path} takes none: {why}")
        return value

    return refuse


def see(session: "Session", needs: Needs) -> None:
    """See that what was named is there, and is the ledger's. Raises NotFound, Unfit."""
    if needs is Needs.A_PROJECT:
        session.see_project()
    if needs in {Needs.A_LEDGER, Needs.ANY_PROJECT, Needs.A_PROJECT}:
        session.see_cluster()
