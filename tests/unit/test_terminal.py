"""The door to terminals: what is not ours is shown and not obeyed, and nothing of it is lost."""

import json
from io import StringIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.table import Table
from rich.text import Text

from adapters.cli.console import Terminal, fitting, painted
from adapters.logs import line_for_people
from adapters.terminal import escaped, only_colours, visible, visible_lines
from tests.hostile_text import CANARIES, MARKUP, hostile_in

ANY = st.text(st.characters(exclude_categories=())) | st.lists(st.sampled_from([*CANARIES.values(), MARKUP, "\n", "x"])).map(
    "".join
)


def printed(renderable: object, *, soft_wrap: bool = False) -> str:
    file = StringIO()
    Terminal(stderr=False, no_color=True, width=80, file=file).print(renderable, soft_wrap=soft_wrap)
    return file.getvalue()


@given(ANY)
def test_whatever_the_text_nothing_hostile_is_left_of_it(text: str) -> None:
    assert not hostile_in(visible(text), ours="")
    assert not hostile_in(visible_lines(text))
    assert not hostile_in(escaped(json.dumps(text, ensure_ascii=False)))
    assert not hostile_in(printed(text))
    assert not hostile_in(printed(Text(text)))


@given(ANY)
def test_json_is_the_same_data(text: str) -> None:
    assert json.loads(escaped(json.dumps({text: [text]}, ensure_ascii=False))) == {text: [text]}


@pytest.mark.parametrize("kept", ["plain", "é ü ß", "日本語", "🎉", "a — b", "[red]", "\\x1b"])
def test_what_one_sees_stays_as_it_is(kept: str) -> None:
    assert visible(kept) == visible_lines(kept) == escaped(kept) == only_colours(kept) == kept


def test_it_is_written_as_programmers_write_it() -> None:
    assert visible("\x1b\u202e\U000e0041\n\ud800") == r"\x1b\u202e\U000e0041\n\ud800"


@pytest.mark.parametrize("name", CANARIES)
def test_a_log_may_be_coloured_and_nothing_else(name: str) -> None:
    line = only_colours(f"\x1b[1;38;5;8mgrey\x1b[0m {CANARIES[name]}")

    assert line.startswith("\x1b[1;38;5;8mgrey\x1b[0m ")
    assert line.endswith("\x1b[0m"), "what follows on the screen is not coloured by it"
    assert "8m" not in line.replace("38;5;8m", ""), "a text must not be hidden"
    for colour in ("\x1b[1;38;5;8m", "\x1b[31m", "\x1b[0m"):
        line = line.replace(colour, "")
    assert not hostile_in(line)
    assert not hostile_in(printed(painted(CANARIES[name])))


def test_colours_of_a_line_are_so_many_and_no_more() -> None:
    assert only_colours("\x1b[31mx" * 5000).count("\x1b") <= 202


def test_markup_is_text() -> None:
    for renderable in (MARKUP, Text(MARKUP), painted(MARKUP), fitting(MARKUP)):
        assert printed(renderable, soft_wrap=True).strip() == MARKUP


def test_tables_titles_and_links_go_through_the_same_door() -> None:
    table = Table("\x1b]0;head\x07", title=Text("t\u202e"))
    table.add_row(Text("cell\x9b2J", style="link https://evil.example"))
    file = StringIO()
    Terminal(stderr=False, no_color=False, width=80, file=file).print(table)

    assert not hostile_in(file.getvalue())
    assert r"cell\x9" in file.getvalue()


def test_a_cell_takes_the_room_that_it_is_measured_with_and_keeps_its_colours() -> None:
    cell = fitting(Text.assemble("a\x1b\n", ("red", "red")))

    assert cell.plain == r"a\x1b\nred"
    assert cell.cell_len == len(r"a\x1b\nred")
    assert [(span.start, span.end) for span in cell.spans] == [(7, 10)]


@pytest.mark.parametrize("name", CANARIES)
def test_a_line_of_the_engines_log_is_held_to_colours_of_ours(name: str) -> None:
    canary = CANARIES[name]
    line = line_for_people(None, "info", {"event": canary, "level": "info", "error": canary, "of": {canary: [canary]}})
    for part in line.split("\x1b[")[1:]:
        assert part.partition("m")[0].replace(";", "").isdigit(), "only colours"

    assert not hostile_in(line.replace("\x1b[", ""))


def test_control_a_screen_beside_the_door_is_caught() -> None:
    from rich.console import Console

    file = StringIO()
    Console(file=file, width=80).print(Text(CANARIES["bidi"] + CANARIES["clear"]))

    assert hostile_in(file.getvalue())
