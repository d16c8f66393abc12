"""Words that others chose, on every screen and in every form: a canary of each kind is shown, and drives nothing."""

import json
from collections.abc import Iterator
from dataclasses import replace
from io import StringIO
from typing import Any

import pytest
from ruamel.yaml import YAML

from domain.nodes import Node
from domain.objects import ObjectRef
from domain.spec import EnvVar, Literal
from tests.hostile_text import CANARIES, MARKUP, hostile_in
from tests.unit.cli_reading.conftest import Desk
from tests.unit.cli_reading.test_logs_and_doctor import Printing

FORGED = "\nerror: forged\r\nwarning: forged"
ALL = "".join([*CANARIES.values(), MARKUP, FORGED])
SCREENS = (
    ["list"],
    ["list", "--at", "now"],
    ["get", "shop"],
    ["get", "shop", "--version", "1"],
    ["events"],
    ["events", "shop", "--last", "0"],
    ["why", "shop"],
    ["why", "1"],
    ["history", "shop"],
    ["diff", "shop", "1", "2", "--reveal", "--reason", ALL],
    ["logs", "shop"],
    ["doctor"],
    ["machine", "list"],
    ["secret", "list"],
    ["registry", "list"],
    ["project", "list"],
    ["model", "list"],
    ["platform"],
    ["replay", "shop"],
    ["get", ALL],
    ["why", ALL],
    ["list", "-p", ALL],
    ["logs", "shop", "--replica", ALL],
    ["events", "--since", ALL],
    ["wait", "shop", "--timeout", ALL],
)
FORMS = ("", "wide", "json", "jsonl", "yaml", "name")


class Speaking(Printing):
    """A cluster whose name, refusals and applications are hostile."""

    description = ALL

    def logs(self, pod: ObjectRef, **_: object) -> Iterator[str]:
        assert pod
        yield from (*CANARIES.values(), MARKUP, "forged\rover")

    def nodes(self, *, counted: bool = True) -> tuple[Node, ...]:
        return tuple(replace(node, name=ALL) for node in super().nodes(counted=counted))


@pytest.fixture
def told(desk: Desk) -> Desk:
    desk.cluster = Speaking()  # type: ignore[assignment]  # only what these commands ask for
    shop = desk.story().bound().led(ALL).submitted(reason=ALL, ticket=ALL, who=ALL, env=(EnvVar("A", Literal(ALL)),)).applied()
    shop = shop.rejected(message=ALL).no_quota(ALL).unschedulable(ALL).not_pulled(ALL).crashing(ALL)
    shop = shop.drifted(path=f"spec.{ALL}", was=ALL, now=ALL, manager=ALL).unmanaged(f"spec.{ALL}", ALL, ALL).failed(ALL)
    shop = (
        shop.refused(ALL, places=(ALL,), who=ALL)
        .submitted(image="registry.example/team/shop:2", env=(EnvVar("A", Literal(FORGED)),), reason=ALL, who=ALL)
        .applied()
    )
    shop = shop.ready(1).held(ALL, who=ALL).gap(ALL).secret("key")
    desk.tell(shop)
    return desk


@pytest.mark.parametrize("screen", SCREENS, ids=lambda screen: " ".join(screen)[:20].encode("unicode_escape").decode())
def test_no_screen_lets_foreign_words_reach_the_terminal(told: Desk, screen: list[str]) -> None:
    for form in FORMS:
        result = told.reckon(*screen, *(("-o", form) if form else ()))

        assert result.exit_code != 70, result.output
        assert not hostile_in(result.output)
        assert not any(line.startswith(("error: forged", "warning: forged")) for line in result.output.splitlines())


@pytest.mark.parametrize("screen", SCREENS[:11], ids=" ".join)
def test_data_is_the_same_in_json_and_in_yaml_and_holds_what_was_said(told: Desk, screen: list[str]) -> None:
    if "--reveal" in screen:
        screen = [*screen[:-2], "--reason", "x"]
    as_json, as_yaml = (told.reckon(*screen, "-o", form).stdout for form in ("json", "yaml"))
    reader: Any = YAML(typ="safe", pure=True)  # the library says little of its types

    if screen[0] != "logs":
        assert reader.load(StringIO(as_yaml)) == json.loads(as_json)


def test_reasons_are_in_the_data_as_they_were_given(told: Desk) -> None:
    assert json.loads(told.reckon("history", "shop", "-o", "json").stdout)[0]["reason"] == ALL


def test_control_a_cell_that_bypasses_the_door_is_caught(told: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    from rich.console import Console

    from adapters.cli.console import Terminal

    monkeypatch.setattr(Terminal, "render", Console.render)
    written = [told.reckon(*screen).output for screen in SCREENS]

    assert any(hostile_in(one) for one in written)
