"""Nothing that is given is ignored: over all commands, an option has its effect, or is refused with the reason."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import typer

from adapters.cli import leading_options as front
from adapters.cli.command import Needs
from adapters.cli.doors import Doors
from adapters.cli.option_conflicts import APART, BEHIND
from adapters.cli.session import Choices, Session
from adapters.cli.unused_options import see
from adapters.settings import Settings
from adapters.simulator.cluster import SimulatedCluster
from domain.cluster_ports import Cluster
from domain.errors import Unreachable
from tests.unit.cli.typed import APP, NOON, Reckon

REQUIRED = {"--server": "hub.example", "--username": "ann", "--url": "https://git.example/x.git", "--pod-security": "baseline"}
VALUES = {"--project": "shop", "--ledger": "x.sqlite", "--context": "prod", "--kubeconfig": "k.yaml", "--as": "ann"}


def walked(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401 (Typer's is private)
    for name, command in group.commands.items():
        here = (*path, name)
        yield from walked(command, here) if hasattr(command, "commands") else ((here, command),)


COMMANDS = dict(walked(typer.main.get_command(APP)))


def typed(path: tuple[str, ...]) -> list[str]:
    """Type a command with all that it cannot do without."""
    words = [*path]
    for parameter in COMMANDS[path].params:
        if parameter.required and parameter.param_type_name == "argument":
            words.append("1")
        elif parameter.required:
            words += [parameter.opts[0], REQUIRED[parameter.opts[0]]]
    return words


def known(path: tuple[str, ...], option: str) -> Any:  # noqa: ANN401 (as above)
    return next(parameter for parameter in COMMANDS[path].params if option in parameter.opts)


def told(path: tuple[str, ...], option: str) -> bool:
    return not known(path, option).hidden


def head(reckon: Reckon) -> int:
    ledger = reckon.open()
    try:
        return ledger.head()
    finally:
        ledger.close()


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
def test_a_common_option_is_in_the_help_or_is_refused_with_the_reason(reckon: Reckon, path: tuple[str, ...]) -> None:
    refused = [option for option in VALUES if not told(path, option)]
    for option in refused:
        result = reckon(*typed(path), option, VALUES[option])
        assert result.exit_code == 2, (option, result.output)
        assert "takes none: " in result.stderr
    assert ("--as" in refused) == (not any(each.name == "reason" for each in COMMANDS[path].params)), (
        "it is about what is recorded"
    )


def test_the_common_options_are_refused_where_they_mean_nothing() -> None:
    """The control of the one above: there are such commands, and the others keep what they need."""
    assert {path[0] for path in COMMANDS if not told(path, "--ledger")} == {"check", "schema", "manifests", "roles", "demo"}
    assert not told(("model", "rm"), "--project"), "it removes a model for all projects"
    assert all(told((name,), option) for name in ("submit", "delete", "rollback") for option in VALUES)
    assert told(("list",), "--project")
    assert not told(("list",), "--as")


@pytest.mark.parametrize("path", [path for path in COMMANDS if told(path, "--project")], ids=" ".join)
def test_a_project_that_was_never_heard_of_is_refused_with_the_nearest(reckon: Reckon, path: tuple[str, ...]) -> None:
    assert reckon("submit", reckon.file(), "-p", "webshop").exit_code == 5, "recorded; no engine is alive"
    before = head(reckon)
    result = reckon(*typed(path), "-p", "webshpo")

    makes_one = path in {("submit",), ("plan",), ("secret", "set"), ("registry", "add"), ("registry", "list"), ("doctor",)}
    assert ("there is no project 'webshpo'" in result.stderr) != makes_one, result.output
    if not makes_one:
        assert result.exit_code == 4
        assert "did you mean 'webshop'?" in result.stderr
        assert head(reckon) == before


def test_the_project_of_who_names_none_is_there_from_the_beginning(reckon: Reckon, monkeypatch: pytest.MonkeyPatch) -> None:
    assert reckon("events").exit_code == 0
    assert reckon("events", "-p", "default").exit_code == 0
    assert "the first submission makes one" in reckon("events", "-p", "shop").stderr


@pytest.mark.parametrize("path", [path for path in COMMANDS if told(path, "--context")], ids=" ".join)
@pytest.mark.parametrize("option", ["--context", "--kubeconfig"])
def test_a_real_cluster_is_not_named_for_a_simulated_ledger(reckon: Reckon, path: tuple[str, ...], option: str) -> None:
    before = head(reckon.bound())
    result = reckon(*typed(path), option, "prod")

    assert result.exit_code == (1 if path == ("doctor",) else 3), result.output
    said = " ".join(result.output.split())
    assert f"this ledger belongs to a simulated cluster, and {option} prod names a real one" in said
    assert head(reckon) == before


def test_without_the_option_the_same_ledger_answers(reckon: Reckon) -> None:
    """The control of the one above."""
    assert reckon.bound()("events").exit_code == 0


@pytest.mark.parametrize("typed_", [True, False])
def test_another_real_cluster_is_refused_where_it_is_typed(reckon: Reckon, typed_: bool) -> None:
    other = SimulatedCluster(lambda: NOON, seed="another")
    doors = of(reckon.bound(), other)
    with Session.begin(doors, Choices(context="other" if typed_ else None)) as session:
        session.ledger = reckon.open()  # bound to what this test calls real
        if typed_:
            with pytest.raises(Exception, match="belongs to another cluster"):
                see(session, Needs.A_PROJECT)
        else:
            see(session, Needs.A_PROJECT)


def test_a_cluster_that_cannot_be_asked_whether_it_is_the_right_one_is_remarked_upon(
    reckon: Reckon, capsys: pytest.CaptureFixture[str]
) -> None:
    with Session.begin(of(reckon.bound(), None), Choices(context="far")) as session:
        session.ledger = reckon.open()
        see(session, Needs.A_PROJECT)

    assert "could not be asked: nobody answers" in capsys.readouterr().err


def of(reckon: Reckon, cluster: Cluster | None) -> Doors:
    """Give the doors of someone whose cluster is another, or does not answer."""

    def reach(_: Settings) -> Cluster:
        if cluster is None:
            raise Unreachable("nobody answers")
        return cluster

    return replace(reckon.doors, cluster=reach)


def test_the_options_in_front_are_those_behind() -> None:
    common = [parameter for parameter in COMMANDS["events",].params if getattr(parameter, "rich_help_panel", "") == "Everywhere"]
    spelt = {(option, parameter.is_flag) for parameter in common for option in parameter.opts} | {("--as", False)}

    assert spelt == {(option, False) for option in front.VALUED} | {(option, True) for option in front.FLAGS}


@pytest.mark.parametrize("ahead", [["-p", "shop"], ["-pshop"], ["--project=shop"], ["--no-color", "--project", "shop"]])
@pytest.mark.parametrize("behind", [["events"], ["audit", "hands"], ["secret", "list"], ["get", "model server"]])
def test_what_stands_in_front_of_a_command_is_as_if_it_stood_behind_it(
    reckon: Reckon, ahead: list[str], behind: list[str]
) -> None:
    reckon("submit", reckon.file(), "-p", "shop")
    after, before = reckon(*behind, *ahead), reckon(*ahead, *behind)

    assert (before.exit_code, before.output) == (after.exit_code, after.output)
    assert before.exit_code == 0
    within = reckon(behind[0], *ahead, *behind[1:])
    assert within.output == after.output, "between a group and its command too"


def test_what_stands_behind_counts_before_what_stands_in_front(reckon: Reckon) -> None:
    reckon("submit", reckon.file(), "-p", "shop")

    assert reckon("-p", "nowhere", "get", "model server", "-p", "shop").exit_code == 0
    assert reckon("-p", "shop", "get", "model server", "-p", "nowhere").exit_code == 4


def test_what_a_command_has_no_use_for_is_refused_in_front_of_it_too(reckon: Reckon) -> None:
    refused = reckon("--as", "ann", "events")

    assert refused.exit_code == 2
    assert "nothing is recorded in anybody's name" in refused.stderr


VALUE_OF = {
    "timeout": "9s",
    "project": "shop",
    "reason": "because",
    "image": "a.example/b:1",
    "sets": "resources.replicas=3",
    "until": "1m",
    "acting_as": "ann",
}


def spelt(path: tuple[str, ...], name: str) -> list[str]:
    """Type one option, with a value where it takes one."""
    option = next(parameter for parameter in COMMANDS[path].params if parameter.name == name)
    return [option.opts[0]] if option.is_flag else [option.opts[0], VALUE_OF[name]]


def having(*names: str) -> list[tuple[str, ...]]:
    """Name the commands that tell of all these options."""
    return [
        path for path, each in COMMANDS.items() if set(names) <= {p.name for p in each.params if not getattr(p, "hidden", False)}
    ]


@pytest.mark.parametrize(("path", "one", "other"), [(path, a, b) for a, b, _ in APART for path in having(a, b)])
def test_what_excludes_each_other_is_refused_before_anything_is_done(
    reckon: Reckon, path: tuple[str, ...], one: str, other: str
) -> None:
    reckon("submit", reckon.file(), "-p", "shop")
    before = head(reckon)
    result = reckon(*typed(path), *spelt(path, one), *spelt(path, other))

    assert result.exit_code == 2, result.output
    assert "cannot go together" in result.stderr
    assert head(reckon) == before


@pytest.mark.parametrize(("path", "one", "other"), [(path, a, b) for a, b, _ in BEHIND for path in having(a, b)])
def test_what_means_nothing_alone_is_refused_alone(reckon: Reckon, path: tuple[str, ...], one: str, other: str) -> None:
    alone, together = reckon(*typed(path), *spelt(path, one)), reckon(*typed(path), *spelt(path, one), *spelt(path, other))

    assert alone.exit_code == 2, alone.output
    assert "goes with" in alone.stderr
    assert "goes with" not in together.stderr, "the control"


def test_there_are_such_options() -> None:
    assert {path[0] for path in having("detach", "timeout")} >= {"submit", "rollback", "start", "stop", "scale", "delete"}
    assert {path[0] for path in having("all_projects", "project")} == {"list", "hold", "suspend", "resume", "audit"}
    assert {path[0] for path in having("reason", "reveal")} == {"plan", "diff"}


@pytest.mark.parametrize("command", ["set", "rm"])
@pytest.mark.parametrize("scope", ["cluster", "team"])
def test_what_is_no_projects_is_not_set_for_one(reckon: Reckon, command: str, scope: str) -> None:
    reckon("secret", "set", "token", "-p", "shop", stdin="value")
    refused = reckon("secret", command, "token", "--scope", scope, "-p", "shop", stdin="value")

    assert refused.exit_code == 2
    assert f"what the {scope} has is no project's" in refused.stderr
    assert reckon("secret", "set", "token", "--scope", scope, stdin="value").exit_code == 0, "the control"


@pytest.mark.parametrize("command", ["start", "stop"])
def test_a_version_that_was_named_counts_also_where_nothing_is_to_do(reckon: Reckon, command: str) -> None:
    reckon("submit", reckon.file())
    if command == "stop":
        reckon("stop", "model server", "--yes")
    stands = 1 if command == "start" else 2

    assert reckon(command, "model server", "--yes" if command == "stop" else "--detach", "--if-version", "7").exit_code == 6
    assert reckon(command, "model server", "--if-version", str(stands)).exit_code == 0, "the control: it is so already"


def test_a_token_that_nobody_is_asked_for_is_refused(reckon: Reckon) -> None:
    assert reckon("engine", "--audit-token", reckon.file("t", "token")).exit_code == 2


class Elsewhere(Reckon):
    """A person whose environment names a project that nothing is known of."""

    @property
    def doors(self) -> Doors:
        def settings() -> Settings:
            return Settings(ledger=self.place, project="never-heard-of")

        return replace(super().doors, settings=settings)


@pytest.mark.parametrize(
    "typed",
    [
        ("list", "--all-projects"),
        ("hold", "--all-projects", "--reason", "freeze"),
        ("audit", "secret", "token", "--all-projects"),
        ("secret", "rm", "token", "--scope", "team", "--yes"),
    ],
)
def test_a_project_that_the_environment_names_does_not_matter_to_what_is_about_more_than_one(
    tmp_path: Path, typed: tuple[str, ...]
) -> None:
    reckon = Elsewhere(tmp_path)
    reckon("secret", "set", "token", "--scope", "team", stdin="value")

    assert "never-heard-of" not in reckon(*typed).stderr
    assert "never-heard-of" in reckon("list").stderr, "the control"


@pytest.mark.parametrize("option", ["--image", "--name"])
def test_an_empty_option_that_a_pipeline_was_to_fill_is_refused(reckon: Reckon, option: str) -> None:
    before = head(reckon)
    refused = reckon("submit", reckon.file(), "--detach", option, "")

    assert refused.exit_code == 2
    assert f"{option}: it is empty" in " ".join(refused.stderr.split()).replace("'", "")
    assert head(reckon) == before
