"""Problems of a spec file on the screen: as compilers write them, so that editors and CI find the place."""

from typing import TYPE_CHECKING

from adapters.cli.screen import Screen

if TYPE_CHECKING:
    from rich.text import Text

    from adapters.spec_file.problems import Problem


def as_line(problem: "Problem", severity: str) -> "Text":
    """Write a problem as `file:line:column: error: message [code]`, the way out below it."""
    from rich.text import Text

    text = Text.assemble(
        (f"{problem.file}:{problem.line}:{problem.column}: ", "bold"),
        (f"{severity}: ", "bold red" if severity == "error" else "bold yellow"),
    )
    if problem.path:
        text.append(f"{problem.path}: ")
    text.append(problem.message)
    if problem.given:
        text.append(f" (given: {problem.given})")
    text.append(f" [{problem.code}]", style="dim")
    if problem.hint:
        text.append(f"\n    {problem.hint}", style="dim")
    return text


def warn_all(screen: Screen, warnings: tuple["Problem", ...]) -> None:
    """Write warnings to stderr, for people; data carries its own."""
    if screen.people:
        for warning in warnings:
            screen.errors.print(as_line(warning, "warning"), soft_wrap=True)
