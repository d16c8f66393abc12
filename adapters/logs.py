"""Log lines: dotted names and values, on standard error; for people on a terminal, JSON lines elsewhere."""

import logging
import sys
from collections.abc import Mapping, Sequence
from typing import cast

import structlog

from adapters.terminal import only_colours, visible


def quiet() -> None:
    """Log next to nothing: for a command whose answer says all, on a standard output that may be read by a program."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr), wrapper_class=_nothing())


def _nothing() -> type[structlog.typing.FilteringBoundLogger]:
    return structlog.make_filtering_bound_logger(logging.CRITICAL)


def configure(*, verbose: bool = False) -> None:
    """Set up logging once, at the start of a long-running command."""
    people = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *(_for_people() if people else (structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer())),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def line_for_people(event: structlog.typing.EventDict) -> str:
    """Write an event as people get it."""
    seen, rendered, through = _for_people()
    return str(through(None, "", rendered(None, "", seen(None, "", event))))  # type: ignore[arg-type]  # the last one takes text


def _for_people() -> tuple[structlog.typing.Processor, ...]:
    return _seen, structlog.dev.ConsoleRenderer(), _through_the_door


def _seen(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Write foreign words visibly before they are coloured."""
    return {name: value if name == "exc_info" else _visible(value) for name, value in event.items()}


def _visible(value: object) -> object:
    match value:
        case str():
            return visible(value)
        case Mapping():
            return {_visible(key): _visible(inner) for key, inner in cast("Mapping[object, object]", value).items()}
        case list() | tuple():
            return [_visible(inner) for inner in cast("Sequence[object]", value)]
        case _:
            return value


def _through_the_door(_: object, __: str, line: object) -> str:
    """Hold the written line, traces and all, to colours."""
    return "\n".join(only_colours(one) for one in str(line).split("\n"))
