"""Commands typed in this process: through a pipe, or at a terminal of so many columns, without the codes of colours and styles.

Through a pipe nothing is folded or cut, whatever `COLUMNS` says; so a test that looks at a width needs a terminal.
"""

import re
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

from adapters.cli.app import build_app
from adapters.cli.leading_options import in_front

_CODES = re.compile(rb"\x1b\[[0-9;]*m")


class _OnTerminal(CliRunner):
    """Runs commands whose output goes to a terminal; nobody sits there who could answer."""

    @contextmanager
    def isolation(self, *given: Any, **more: Any) -> Generator[Any]:  # noqa: ANN401 (as the library has it)
        with super().isolation(*given, **more) as streams:
            for stream in (sys.stdout, sys.stderr):
                vars(stream)["isatty"] = lambda: True
            yield streams


def typed(arguments: Sequence[str], *, obj: object, stdin: str | bytes = "") -> Result:
    """Type a command through a pipe."""
    return _typed(CliRunner(), arguments, obj, stdin)


def typed_at(columns: int, arguments: Sequence[str], *, obj: object, stdin: str | bytes = "") -> Result:
    """Type a command at a terminal so many columns wide; live pictures are left out, as with NO_COLOR."""
    with pytest.MonkeyPatch.context() as surroundings:
        for name, value in (("COLUMNS", str(columns)), ("NO_COLOR", "1"), ("TERM", "xterm")):
            surroundings.setenv(name, value)
        result = _typed(_OnTerminal(), arguments, obj, stdin)
    result.stdout_bytes, result.stderr_bytes, result.output_bytes = (
        _CODES.sub(b"", written) for written in (result.stdout_bytes, result.stderr_bytes, result.output_bytes)
    )
    return result


def _typed(runner: CliRunner, arguments: Sequence[str], obj: object, stdin: str | bytes) -> Result:
    _, named = in_front(arguments)
    return runner.invoke(_application(next(iter(named), "")), list(arguments), input=stdin, obj=obj)


@cache
def _application(asked: str) -> typer.Typer:
    """Give what the program itself puts together for one command; the runner does it anew each time, and all would take long."""
    return build_app(asked)
