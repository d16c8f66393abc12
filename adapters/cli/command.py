"""The decorator of all commands: it adds the options that every command has, opens the session, and tells failures."""

import inspect
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Annotated, Any, Concatenate, ParamSpec, cast

import typer

from adapters.cli.failures import INTERRUPTED, OURS, failure_of, tell
from adapters.cli.help import ADMINISTRATION, CHANGING, EVERYWHERE, LOOKING, RUNNING, Command
from adapters.cli.option_conflicts import see_together
from adapters.cli.screen import FORMATS, Screen
from adapters.cli.session import Choices, Session
from adapters.cli.unused_options import UNSIGNED, Needs, refusing, see, useless_for
from adapters.terminal import visible, visible_lines

__all__ = ["ADMINISTRATION", "CHANGING", "LOOKING", "RUNNING", "Needs", "command"]

LARGEST_NUMBER = 2**53
"""What a number in an argument may be at most: what all that write and read it hold exactly."""
P = ParamSpec("P")
Body = Callable[Concatenate[Session, P], None]


def _an_output(ctx: typer.Context, value: str | None) -> str | None:
    accepted = (*FORMATS, "sarif") if ctx.info_name == "check" else FORMATS
    if value is not None and value not in accepted:
        raise typer.BadParameter(f"{value!r} is none of {', '.join(accepted)}")
    return value


def _form(  # noqa: PLR0913, PLR0917 (never called: its parameters are the options)
    project: Annotated[
        str | None,
        typer.Option("--project", "-p", help="The project. [env: RECKON_PROJECT]", rich_help_panel=EVERYWHERE),
    ] = None,
    ledger: Annotated[
        str | None,
        typer.Option("--ledger", help="PostgreSQL URL or SQLite file. [env: RECKON_LEDGER]", rich_help_panel=EVERYWHERE),
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            "--output",
            "-o",
            metavar="|".join(FORMATS),
            help="How the answer is written.",
            callback=_an_output,
            rich_help_panel=EVERYWHERE,
        ),
    ] = None,
    context: Annotated[
        str | None,
        typer.Option(
            "--context", help="A real cluster, by its kubeconfig context. [env: RECKON_CONTEXT]", rich_help_panel=EVERYWHERE
        ),
    ] = None,
    kubeconfig: Annotated[
        str | None,
        typer.Option("--kubeconfig", help="A real cluster's kubeconfig. [env: RECKON_KUBECONFIG]", rich_help_panel=EVERYWHERE),
    ] = None,
    acting_as: Annotated[
        str | None,
        typer.Option("--as", help="In whose name; both are recorded.", rich_help_panel=EVERYWHERE),
    ] = None,
    no_color: Annotated[bool, typer.Option("--no-color", help="No colours.", rich_help_panel=EVERYWHERE)] = False,
) -> None: ...


def _machines(
    machines: Annotated[
        str | None,
        typer.Option("--machines", metavar="FILE", help="Machine types, in place of those built in. [env: RECKON_CATALOGUE]"),
    ] = None,
) -> None: ...


_SHARED = tuple(
    parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
    for parameter in inspect.signature(_form, eval_str=True).parameters.values()
)
_MACHINES = next(iter(inspect.signature(_machines, eval_str=True).parameters.values())).replace(
    kind=inspect.Parameter.KEYWORD_ONLY
)


def command(  # noqa: PLR0913 (what a command is)
    app: typer.Typer, name: str, *, panel: str = "", hidden: bool = False, machines: bool = False, needs: Needs = Needs.A_PROJECT
) -> Callable[[Body[P]], Body[P]]:
    """Register a function of a session as a command; its docstring is the help, its annotations the options.

    `machines` gives it the option that names another catalogue of machine types. What it has no use for by its `needs` it
    refuses rather than ignores; `--as` goes with `--reason`, for it is about what is recorded.
    """

    def register(body: Body[P]) -> Body[P]:
        own = tuple(inspect.signature(body, eval_str=True).parameters.values())[1:]
        useless = {**useless_for(needs), **({} if any(each.name == "reason" for each in own) else {"acting_as": UNSIGNED})}
        shared = tuple(refusing(each, why) if (why := useless.get(each.name)) else each for each in _SHARED)
        run = _wrapped(body, own, (_MACHINES, *shared) if machines else shared, needs)
        app.command(name, cls=Command, rich_help_panel=panel or None, hidden=hidden)(run)
        return body

    return register


def _wrapped(
    body: Callable[..., None], own: Sequence[inspect.Parameter], shared: Sequence[inspect.Parameter], needs: Needs
) -> Callable[..., None]:
    @wraps(body)
    def run(ctx: typer.Context, **given: Any) -> None:  # noqa: ANN401 (whatever the command declares)
        _all_sound(ctx, given)
        see_together(ctx, given)
        choices = Choices(**{parameter.name: given.pop(parameter.name) for parameter in shared})

        def act(session: Session) -> None:
            see(session, Needs.ANY_PROJECT if needs is Needs.A_PROJECT and _beyond_one(given) else needs)
            body(session, **given)

        _run(act, ctx.obj, choices)

    own = [parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY) for parameter in own]
    context = inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
    run.__signature__ = inspect.Signature([context, *own, *shared])  # type: ignore[attr-defined]  # read by Typer
    del run.__wrapped__  # else its annotations hide the signature
    run.__annotations__ = {}
    return run


_FILLED = frozenset({"--image", "--name"})
"""Options that a pipeline fills from its variables: an empty one would leave what stands in the file without a word."""


def _beyond_one(given: Mapping[str, object]) -> bool:
    """Tell whether what is asked is not about one project: then it does not matter which the environment names."""
    whole_ledger = bool(given.get("accept_rewind")) and not given.get("name")
    return bool(given.get("all_projects")) or whole_ledger or given.get("scope", "project") != "project"


def _all_sound(ctx: typer.Context, given: Mapping[str, object]) -> None:
    """Take nothing that could not be written down and read back. Raises BadParameter."""
    parameters: list[Any] = list(ctx.command.params)  # Typer keeps their class private
    named = {each.name: each.opts[0] for each in parameters}
    for name, value in given.items():
        if value == "" and named.get(name) in _FILLED and getattr(ctx.get_parameter_source(name), "name", "") == "COMMANDLINE":
            raise typer.BadParameter("it is empty: a variable that is not set?", ctx, param_hint=named[name])
        for one in cast("Sequence[object]", value) if isinstance(value, list | tuple) else (value,):
            if isinstance(one, str) and any("\ud800" <= character <= "\udfff" for character in one):
                raise typer.BadParameter(f"{visible(one[:60])} is not text in UTF-8", ctx, param_hint=named.get(name))
            if isinstance(one, int) and abs(one) > LARGEST_NUMBER:
                raise typer.BadParameter("there is no such large number here", ctx, param_hint=named.get(name))


def _run(act: Callable[[Session], None], doors: Any, choices: Choices) -> None:  # noqa: ANN401 (Typer's untyped `obj`)
    screen = Screen(choices.output or "", colour=not choices.no_color)
    try:
        with Session.begin(doors, choices) as session:
            screen = session.screen
            act(session)
    except (typer.Exit, typer.Abort, typer.BadParameter):
        raise
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # who read us has gone; say nothing more
        raise typer.Exit(INTERRUPTED) from None
    except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001 (the one place where everything ends up, and is told)
        failure = failure_of(error)
        if failure.exit == OURS and os.environ.get("RECKON_TRACE"):
            sys.stderr.write(visible_lines(traceback.format_exc()))
        tell(failure, screen)
        raise typer.Exit(failure.exit) from None
