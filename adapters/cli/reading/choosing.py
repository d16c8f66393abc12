"""What of a list is shown: the options that select, sort and page, and the words that tell what they leave out."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from adapters.cli.options import IMAGE
from adapters.terminal import visible

if TYPE_CHECKING:
    from projections.selection import LabelRequirement, Selection
    from projections.status import StatusRow

States = Annotated[
    list[str] | None,
    typer.Option("--state", metavar="STATE", help="Only these: failed, rolling-out, held, '!healthy' …; may be given again."),
]
Machines = Annotated[
    list[str] | None, typer.Option("--machine", metavar="TYPE", help="Only those on this machine type; may be given again.")
]
Images = Annotated[
    list[str] | None,
    IMAGE,
]
Selector = Annotated[
    str, typer.Option("--selector", "-l", metavar="LABELS", help="Only those with these labels, as kubectl has it: a=b,c!=d.")
]
SortBy = Annotated[
    str,
    typer.Option(
        "--sort-by", metavar="FIELD", help="By name, state, machine, image, version, replicas, restarts, age or project."
    ),
]
Reverse = Annotated[bool, typer.Option("--reverse", help="The last first.")]
Limit = Annotated[int | None, typer.Option("--limit", metavar="N", min=1, help="At most so many.")]
After = Annotated[str, typer.Option("--after", metavar="NAME", help="Those that come after this one, in the same order.")]


@dataclass(frozen=True, slots=True)
class ListChoice:
    """What was asked for, in the words of the options, and as a selection."""

    selection: "Selection"
    words: str


def choice(states: list[str] | None, machines: list[str] | None, images: list[str] | None, selector: str) -> ListChoice:
    """Read what was asked for. Raises BadParameter where there is no such state, or the selector is none."""
    from projections.selection import Selection, states_of

    wanted = [_a_state(one) for one in _each(states)]
    on, running = [*_each(machines)], [*_each(images)]
    told = [
        *([f"state {' or '.join(wanted).replace('!', 'not ')}"] if wanted else []),
        *([f"machine type {' or '.join(on)}"] if on else []),
        *([f"image {' or '.join(running)}"] if running else []),
        *([f"labels {selector}"] if selector else []),
    ]
    lowered = frozenset(one.lower() for one in on)
    return ListChoice(Selection(states_of(wanted), lowered, tuple(running), _labels(selector)), visible(", ".join(told)))


def sorting(by: str) -> str:
    """Give the field to sort by. Raises BadParameter where there is none of that name."""
    from adapters.cli.failures import nearest
    from projections.selection import SORTS

    word = by.lower().strip(".")
    if word not in SORTS:
        near = nearest(word, SORTS)
        raise typer.BadParameter(f"{by!r} is none of {', '.join(SORTS)}" + (f"; did you mean {near}?" if near else ""))
    return word


def page(rows: "list[StatusRow]", after: str, project: str) -> "list[StatusRow]":
    """Give the rows behind the one that was named, as `name`, or as `project/name`. Raises BadParameter where it is not there."""
    from adapters.cli.failures import nearest
    from projections.selection import after as behind

    if not after:
        return rows
    rest = behind(rows, project, after)
    if rest is None and "/" in after:
        rest = behind(rows, *after.split("/", 1))
    if rest is None:
        near = nearest(after, [row.name for row in rows])
        raise typer.BadParameter(f"--after: there is no {after!r} in this list" + (f"; did you mean {near}?" if near else ""))
    return list(rest)


def _each(given: Iterable[str] | None) -> Iterable[str]:
    return dict.fromkeys(word.strip() for text in given or () for word in text.split(",") if word.strip())


def _a_state(word: str) -> str:
    from adapters.cli.failures import nearest
    from projections.selection import STATES

    state = word.lower().replace("-", " ").replace("_", " ")
    if state.removeprefix("!") not in STATES:
        near = nearest(state, STATES)
        raise typer.BadParameter(
            f"there is no state {word!r}; " + (f"did you mean {near}?" if near else f"there are: {', '.join(STATES)}")
        )
    return state


def _labels(selector: str) -> "tuple[LabelRequirement, ...]":
    from projections.selection import requirements

    try:
        return requirements(selector) if selector else ()
    except ValueError as error:
        message = f"{str(error)!r} is no requirement of labels; write a=b, a!=b, a in (b, c), a or !a, with commas between"
        raise typer.BadParameter(message) from None
