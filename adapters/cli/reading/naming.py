"""How a command asks for a deployment: by its name, which the shell completes."""

from typing import Annotated

import typer

from adapters.cli.completion import names

Name = Annotated[str, typer.Argument(metavar="NAME", help="The deployment.", autocompletion=names)]
NameOrAll = Annotated[
    str | None, typer.Argument(metavar="NAME", help="The deployment; the whole project without.", autocompletion=names)
]
