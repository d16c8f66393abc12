"""What other tools call it is answered with what we call it."""

import json
import shlex

import pytest

from adapters.cli.app import COMMANDS, run
from adapters.cli.foreign_commands import _KNOWN, ours  # pyright: ignore[reportPrivateUsage] (the whole table is held to account)
from tests.unit.cli.typed import Reckon

THEIRS = {
    "up": "reckon submit FILE",
    "up -c spec.yaml": "reckon submit spec.yaml",
    "pspace up": "reckon submit FILE",
    "deployment up --config spec.yaml": "reckon submit spec.yaml",
    "deployment list": "reckon list",
    "deployment list --limit 3 --orderBy name": "reckon list",
    "deployments list --name web": "reckon list",
    "deployment": "reckon list",
    "deployment get": "reckon get NAME",
    "deployment get web": "reckon get web",
    "deployments get --id web": "reckon get web",
    "deployments create --name web --projectId p --spec spec.yaml": "reckon submit spec.yaml --name web",
    "gradient deployments update --id d1 --spec spec.yaml": "reckon submit spec.yaml",
    "deployments delete --id web": "reckon delete web",
    "deployment delete 'model server'": "reckon delete 'model server'",
    "deployments logs --id web": "reckon logs web",
    "deployments start --id web": "reckon start web",
    "secrets list": "reckon secret list",
    "secrets set --name KEY --value x": "reckon secret set KEY",
    "secret create KEY": "reckon secret set KEY",
    "secret update KEY": "reckon secret set KEY",
    "secret delete KEY": "reckon secret rm KEY",
    "project create": "reckon submit FILE --project PROJECT",
    "project get web": "reckon project list",
    "project link": "export RECKON_PROJECT=PROJECT",
    "init": "reckon check FILE",
    "login": "reckon doctor",
    "models list": "reckon model list",
    "models upload": "reckon model add NAME",
    "machines list": "reckon machine list",
    "apply -f spec.yaml": "reckon submit spec.yaml",
    "describe web": "reckon get web",
    "describe deployment web": "reckon get web",
    "delete deployment web": "reckon delete web",
    "get deployment web -o wide": "reckon get web",
    "list deployments": "reckon list",
    "rollout undo web": "reckon rollback web",
    "rollout status web": "reckon wait web",
    "deployments get --id=web": "reckon get web",
    "-p shop up": "reckon submit FILE",
}


@pytest.mark.parametrize("typed", THEIRS)
def test_a_command_of_another_tool_is_answered_with_ours(typed: str, reckon: Reckon, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(shlex.split(typed), reckon.doors) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: there is no command `")
    assert said.err.splitlines()[1] == f"hint: {THEIRS[typed]}"


def test_in_json_too(reckon: Reckon, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["deployment", "list", "-o", "json"], reckon.doors) == 2
    error = json.loads(capsys.readouterr().err)["error"]
    assert error == {"code": "usage", "message": "there is no command `deployment list` here", "hint": "reckon list"}


@pytest.mark.parametrize("theirs", _KNOWN)
def test_each_command_that_is_named_is_there(theirs: tuple[str, ...], reckon: Reckon, capsys: pytest.CaptureFixture[str]) -> None:
    tool, *words = _KNOWN[theirs].split()
    if tool == "export" or words[0].startswith("-"):
        return
    assert tool == "reckon"
    assert words[0] in COMMANDS
    inside = [word for word in words[1:2] if word.islower() and not word.startswith("-")]
    assert run([words[0], *inside, "--help"], reckon.doors) == 0
    told = capsys.readouterr().out
    assert all(word in told for word in words if word.startswith("--"))


@pytest.mark.parametrize(
    "typed", ["logs", "submti x", "get web --lines 3", "secret set", "secret lst", "delete deployment --force", "get all --lines"]
)
def test_the_control_what_is_mistyped_of_ours_is_told_as_before(
    typed: str, reckon: Reckon, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ours(shlex.split(typed)) == ("", "")
    assert run(shlex.split(typed), reckon.doors) == 2
    assert " --help\n" in capsys.readouterr().err


def test_what_was_typed_cannot_write_on_the_terminal(reckon: Reckon, capsys: pytest.CaptureFixture[str]) -> None:
    run(["deployment", "get", "\x1b[31mweb\x07"], reckon.doors)
    assert "\x1b" not in capsys.readouterr().err
