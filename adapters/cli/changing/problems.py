"""Problems of a spec file on the screen: as compilers write them, so that editors and CI find the place."""

from typing import TYPE_CHECKING

from adapters.cli.screen import Screen
from adapters.terminal import visible

if TYPE_CHECKING:
    from rich.text import Text

    from adapters.spec_file.excerpt import Excerpt, SourceText
    from adapters.spec_file.problems import Problem


def as_line(problem: "Problem", severity: str, source: "SourceText | None" = None) -> "Text":
    """Write a problem as `file:line:column: error: message [code]`, then the line itself with a caret, then the way out."""
    from rich.text import Text

    text = Text.assemble(
        (f"{visible(problem.file)}:{problem.line}:{problem.column}: ", "bold"),
        (f"{severity}: ", "bold red" if severity == "error" else "bold yellow"),
    )
    if problem.path:
        text.append(f"{visible(problem.path)}: ")
    text.append(visible(problem.message))
    if problem.given:
        text.append(f" (given: {visible(problem.given)})")
    text.append(f" [{problem.code}]", style="dim")
    if source and (excerpt := source.excerpt(problem)):
        text.append_text(_line(excerpt, severity))
    if problem.hint:
        text.append(f"\n    {visible(problem.hint)}", style="dim")
    return text


def _line(excerpt: "Excerpt", severity: str) -> "Text":
    from rich.cells import cell_len
    from rich.text import Text

    number = f"{excerpt.line:>5} | "
    end = excerpt.column + excerpt.length
    caret = "^" * max(1, cell_len(excerpt.text[excerpt.column : end]))
    before = " " * cell_len(excerpt.text[: excerpt.column])
    return Text.assemble(
        ("\n" + number, "dim"),
        excerpt.text,
        ("\n" + " " * (len(number) - 2) + "| ", "dim"),
        before,
        (caret, "bold red" if severity == "error" else "bold yellow"),
    )


def warn_all(screen: Screen, warnings: tuple["Problem", ...]) -> None:
    """Write warnings to stderr, for people; data carries its own."""
    if screen.people:
        for warning in warnings:
            screen.errors.print(as_line(warning, "warning"), soft_wrap=True)
