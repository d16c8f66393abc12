"""Log lines: dotted names and values, on standard error; for people on a terminal, JSON lines elsewhere."""

import logging
import sys
import traceback
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

import structlog

from adapters.terminal import only_colours, visible
from domain.masks import NOTHING_KNOWN


def quiet() -> None:
    """Log next to nothing: for a command whose answer says all, on a standard output that may be read by a program."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr), wrapper_class=_nothing())


def _nothing() -> type[structlog.typing.FilteringBoundLogger]:
    return structlog.make_filtering_bound_logger(logging.CRITICAL)


def _without_credentials(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Take credentials out of everything that is logged: a library's words may repeat a URL with its login."""
    error = event.get("exc_info")
    if error:  # for people: written out here, so that it goes the same way
        event = {**event, "exc_info": None, "exception": _written_out(error)}
    return {name: _hidden(value) for name, value in event.items() if name != "exc_info" or value}


def _written_out(error: object) -> str:
    caught = error if isinstance(error, BaseException) else sys.exception()
    return "".join(traceback.format_exception(caught)) if caught else ""


def _hidden(value: Any) -> Any:  # noqa: ANN401 (whatever is logged)
    match value:
        case str():
            return NOTHING_KNOWN.hide(value)
        case dict():
            return {name: _hidden(each) for name, each in value.items()}  # pyright: ignore[reportUnknownVariableType]
        case list() | tuple():
            return [_hidden(each) for each in value]  # pyright: ignore[reportUnknownVariableType]
        case _:
            return value


def configure() -> None:
    """Set up logging once, at the start of a long-running command."""
    people = sys.stderr.isatty()
    # Never with the values of variables: a frame may hold a spec, a login, a whole answer.
    frames = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if people else [frames]),
            _without_credentials,
            line_for_people if people else structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )


def line_for_people(logger: object, method: str, event: structlog.typing.EventDict) -> str:
    """Write an event as people get it: foreign words are made visible before it is coloured, and the whole is held to colours."""
    kept = {name: value for name, value in event.items() if name in {"exc_info", "exception"}}  # lines: held at the end
    line = _renderer()(logger, method, {**{name: _visible(value) for name, value in event.items()}, **kept})
    return "\n".join(only_colours(one) for one in line.split("\n"))


@cache
def _renderer() -> structlog.dev.ConsoleRenderer:
    return structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)


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
