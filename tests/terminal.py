"""A terminal of so many columns, in this process: what a person sees on it, without the codes of colours and styles.

Through a pipe nothing is folded or cut, whatever `COLUMNS` says; so a test that looks at a width needs this.
"""

import re
import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest
import typer
from typer.testing import CliRunner, Result

_CODES = re.compile(rb"\x1b\[[0-9;]*m")


class _OnTerminal(CliRunner):
    """Runs commands whose output goes to a terminal; nobody sits there who could answer."""

    @contextmanager
    def isolation(self, *given: Any, **more: Any) -> Generator[Any]:  # noqa: ANN401 (as the library has it)
        with super().isolation(*given, **more) as streams:
            for stream in (sys.stdout, sys.stderr):
                vars(stream)["isatty"] = lambda: True
            yield streams


def typed_at(columns: int, app: typer.Typer, typed: list[str], *, obj: object, stdin: str | bytes = "") -> Result:
    """Type a command at a terminal so many columns wide; live pictures are left out, as with NO_COLOR."""
    with pytest.MonkeyPatch.context() as surroundings:
        for name, value in (("COLUMNS", str(columns)), ("NO_COLOR", "1"), ("TERM", "xterm")):
            surroundings.setenv(name, value)
        result = _OnTerminal().invoke(app, typed, input=stdin, obj=obj)
    result.stdout_bytes, result.stderr_bytes, result.output_bytes = (
        _CODES.sub(b"", written) for written in (result.stdout_bytes, result.stderr_bytes, result.output_bytes)
    )
    return result
