"""Log lines: dotted names and values, on standard error; for people on a terminal, JSON lines elsewhere."""

import logging
import sys
import traceback
from typing import Any

import structlog

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


def configure(*, verbose: bool = False) -> None:
    """Set up logging once, at the start of a long-running command."""
    people = sys.stderr.isatty()
    # Never with the values of variables: a frame may hold a spec, a login, a whole answer.
    lines = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    renderer = lines if people else structlog.processors.JSONRenderer()
    frames = structlog.processors.ExceptionRenderer(structlog.tracebacks.ExceptionDictTransformer(show_locals=False))
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if people else [frames]),
            _without_credentials,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
