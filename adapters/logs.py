"""Log lines: dotted names and values, on standard error; for people on a terminal, JSON lines elsewhere."""

import logging
import sys

import structlog


def quiet() -> None:
    """Log next to nothing: for a command whose answer says all, on a standard output that may be read by a program."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr), wrapper_class=_nothing())


def _nothing() -> type[structlog.typing.FilteringBoundLogger]:
    return structlog.make_filtering_bound_logger(logging.CRITICAL)


def configure(*, verbose: bool = False) -> None:
    """Set up logging once, at the start of a long-running command."""
    people = sys.stderr.isatty()
    renderer = structlog.dev.ConsoleRenderer() if people else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            *([] if people else [structlog.processors.dict_tracebacks]),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG if verbose else logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
