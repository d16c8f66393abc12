"""The screen: one answer in the form that was asked for. Data goes to stdout and is stable; remarks go to stderr."""

import dataclasses
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from adapters.terminal import escaped, harmless, indented, visible, visible_lines

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.text import Text

Format = Literal["", "wide", "json", "jsonl", "yaml", "name"]
FORMATS: tuple[str, ...] = get_args(Format)[1:]


class Screen:
    """Writes for a person or for a program, never for both at once."""

    def __init__(self, output: str = "", *, colour: bool = True) -> None:
        """Take the form of output, and whether colours are welcome where there is a terminal."""
        self.format = output
        self._colour = colour and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"

    @property
    def people(self) -> bool:
        """Tell whether a person reads the answer."""
        return self.format in {"", "wide"}

    @property
    def live(self) -> bool:
        """Tell whether the answer may move: a person reads it on a terminal."""
        return self.people and self._colour and sys.stdout.isatty()

    @cached_property
    def console(self) -> "Console":
        """Give the terminal of the answer."""
        return self._console(stderr=False)

    @cached_property
    def errors(self) -> "Console":
        """Give the terminal of remarks and errors."""
        return self._console(stderr=True)

    def _console(self, *, stderr: bool) -> "Console":
        from adapters.cli.console import ENDLESS, Terminal  # opened late: a tenth of a second that data formats need not pay

        stream = sys.stderr if stderr else sys.stdout
        fixed = None if stream.isatty() else ENDLESS
        return Terminal(stderr=stderr, no_color=not self._colour, width=fixed)

    def answer(self, data: object, people: Callable[[], "RenderableType"] | None = None, names: Iterable[str] = ()) -> None:
        """Write an answer whole: `people()` for a person, else `data` or `names` in the form that was asked for."""
        if self.people:
            if people is not None:
                self.show(people())
        elif self.format == "name":
            _write("".join(f"{visible(name)}\n" for name in names))
        elif self.format == "jsonl":
            whole = plain(data)
            elements = cast("list[object]", whole) if isinstance(whole, list) else [whole]
            _write("".join(f"{as_json(element)}\n" for element in elements))
        elif self.format == "yaml":
            _write(_yaml(plain(data)))
        else:
            _write(as_json(plain(data), indent=2) + "\n")

    def item(self, data: object, people: Callable[[], "RenderableType"], name: str = "", *, under: int = 0) -> None:
        """Write one element of an answer that goes on, at once."""
        if self.people:
            self.show(people(), under=under)
        elif self.format == "name":
            _write(f"{visible(name)}\n")
        elif self.format == "yaml":
            _write("---\n" + _yaml(plain(data)))
        else:
            _write(f"{as_json(plain(data))}\n")

    def show(self, renderable: "RenderableType", *, under: int = 0) -> None:
        """Write for a person; a program sees nothing of it. Text is folded on terminals (under a column), not in a pipe."""
        from rich.text import Text  # opened late, as the console

        if not self.people:
            return
        if under and isinstance(renderable, Text) and sys.stdout.isatty():
            renderable = self._folded(renderable, under)
        self.console.print(renderable, soft_wrap=not sys.stdout.isatty() and isinstance(renderable, str | Text))

    def write(self, text: str, *, exact: bool = False) -> None:
        """Write lines to standard output; `exact`: as they are, where no terminal shows them."""
        _write(text if exact and not sys.stdout.isatty() else visible_lines(text))

    def _folded(self, text: "Text", under: int) -> "Text":
        from rich.text import Text  # opened late, as the console

        head, body = text.divide([under])
        lines = body.wrap(self.console, max(self.console.width - under, under))
        return Text("\n").join((head if n == 0 else Text(" " * under)).append_text(line) for n, line in enumerate(lines))

    def note(self, text: str) -> None:
        """Remark something beside the answer; a program that reads data is not told."""
        if self.people:
            self.errors.print(indented(text), style="dim", soft_wrap=True)

    def warn(self, text: str) -> None:
        """Say what a person ought to know, whatever the form of the answer."""
        self.errors.print(f"warning: {indented(text)}", style="yellow", soft_wrap=True)

    @property
    def asks(self) -> bool:
        """Tell whether there is somebody to ask: who sees the question on a terminal, and answers on one."""
        return sys.stdin.isatty() and sys.stderr.isatty()

    def ask(self, question: str) -> bool:
        """Ask for a yes; where there is nobody to ask that is a no."""
        if not self.asks:
            return False
        self.errors.print(f"{visible(question)} [y/N] ", end="")
        answer = sys.stdin.readline()
        if not answer.endswith("\n"):  # Ctrl-D: what comes next begins a line of its own
            self.errors.print()
        return answer.strip().lower() in {"y", "yes"}


def plain(value: object) -> Any:  # noqa: ANN401, PLR0911 (JSON has no narrower type; one line a kind)
    """Turn a domain value into what JSON knows: times as RFC 3339 in UTC, spans in seconds, values by their fields."""
    match value:
        case datetime():
            return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
        case date():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case Enum():
            return value.value
        case Mapping():
            return {str(key): plain(inner) for key, inner in cast("Mapping[object, object]", value).items()}
        case list() | tuple() | set() | frozenset():
            return [plain(inner) for inner in cast("Iterable[Any]", value)]
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value)}
        case _:
            return value


def as_json(value: object, *, indent: int | None = None) -> str:
    """Write plain data as JSON that may be shown on a terminal; without `indent` on one line."""
    separators = None if indent else (",", ":")
    return escaped(json.dumps(value, ensure_ascii=not _takes_unicode(), indent=indent, separators=separators))


def _takes_unicode() -> bool:
    return (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "").startswith("utf")


def _yaml(value: object) -> str:
    text = _yaml_text(value, unicode=_takes_unicode())
    return text if harmless(text) else _yaml_text(value, unicode=False)


def _yaml_text(value: object, *, unicode: bool) -> str:
    from io import StringIO

    from ruamel.yaml import YAML  # opened late: only this form needs it

    text = StringIO()
    writer: Any = YAML(typ="safe", pure=True)  # the library declares its settings None
    writer.default_flow_style = False
    writer.sort_base_mapping_type_on_output = False
    writer.allow_unicode = unicode
    writer.width = 2**16  # a digest or a sentence stays on its line
    writer.dump(value, text)
    return text.getvalue()


def _write(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()
