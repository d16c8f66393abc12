"""Options that several commands have: a spelling stands here once, and means one thing wherever it is."""

from typing import Annotated

import typer

from adapters.cli.completion import names

OLD_SPELLINGS = {
    "--all-projects": ("--all",),
    "--every-fault": ("--all", "-a"),
    "--from-file": ("--password-file",),
    "--namespace": ("-n",),
    "--setting": ("--set",),
    "--engine-role": ("--engine",),
    "--people-role": ("--people",),
    "--secret-version": ("--version",),
}
"""What options were called before: still understood by the commands that had it so, and told to nobody."""

TIMES = "14:05, 2026-11-22T14:05Z, 10m ago, yesterday 14:05."

All = Annotated[bool, typer.Option("--all", "-a", help="All deployments of the project, also those that are gone.")]
AllProjects = Annotated[bool, typer.Option("--all-projects", "-A", help="In all projects.")]
EveryProject = Annotated[bool, typer.Option("--all-projects", "-A", *OLD_SPELLINGS["--all-projects"], help="In all projects.")]
"""The same, of commands that called it otherwise before."""
Since = Annotated[str | None, typer.Option("--since", metavar="TIME", help=f"From then on: {TIMES}")]
Until = Annotated[str | None, typer.Option("--until", metavar="TIME", help=f"Up to then: {TIMES}")]
At = Annotated[str | None, typer.Option("--at", metavar="TIME", help=f"As it was then: {TIMES}")]
Follow = Annotated[bool, typer.Option("--follow", "-f", help="Go on with what is still to come, until Ctrl-C.")]
OneReplica = Annotated[str | None, typer.Option("--replica", help="Only this replica's: its pod, or the end of its name.")]
AUDIT_LOG = typer.Option("--audit-log", metavar="FILE", help="The API server's audit log. [env: RECKON_AUDIT_LOG]")
NAME = typer.Option("--name", "-n", help="The deployment's name, where no file says it.", autocompletion=names)
IMAGE = typer.Option(
    "--image", metavar="IMAGE", help="The image that runs; `list` takes patterns: web, web:1, '*/web:2*', several."
)
TIMEOUT = "Wait so long at most: 90s, 10m."


def _a_number_or_all(text: str | None) -> str | None:
    from adapters.cli.reading.past import a_number

    if text is not None and text != "all" and a_number(text) is None:
        raise typer.BadParameter(f"{text!r} is neither a number nor all")
    return text


Tail = Annotated[
    str | None, typer.Option("--tail", metavar="N|all", callback=_a_number_or_all, help="Only the newest N; all: from the first.")
]


Username = Annotated[str, typer.Option("--username", "-u", help="Who logs in.")]
FromFile = Annotated[
    str,
    typer.Option(
        "--from-file",
        *OLD_SPELLINGS["--from-file"],
        metavar="FILE",
        help="The file that holds the value; - reads standard input.",
    ),
]
