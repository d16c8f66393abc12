"""docs/from-gradient.md, typed as it stands: its file, its commands, in its order, and what comes of them is what it says."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cli.typed import Reckon

PAGE = (Path(__file__).parents[3] / "docs" / "from-gradient.md").read_text()
OLDER, MODERN = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


def commands() -> Iterator[list[str]]:
    """Give the words of each `reckon …` line of the page's shell blocks, without `reckon`."""
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL):
        for line in block.splitlines():
            yield shlex.split(line, comments=True)[1:]


def test_the_pages_own_example_works_as_it_says(reckon: Reckon, monkeypatch: pytest.MonkeyPatch) -> None:
    reckon.with_an_engine()
    monkeypatch.chdir(reckon.folder)
    file = Path(reckon.file(OLDER, "paperspace.yaml"))
    typed = list(commands())
    (shown,) = [words for words in typed if "--diff" in words]
    (written,) = [words for words in typed if "--fix" in words and "--diff" not in words]
    (submitted,) = [words for words in typed if words[0] == "submit"]

    assert reckon(*shown).exit_code == 0
    assert file.read_text() == OLDER
    assert reckon(*written).exit_code == 0
    assert file.read_text() == MODERN
    early = reckon(*submitted, "--detach")
    assert (early.exit_code, "'API_KEY', 'GIT_TOKEN'" in early.output or "moXXXXXXXX" in early.output) == (3, True)
    for words in typed:
        if words[0] in {"secret", "model"}:
            assert reckon(*words, stdin="hush\n").exit_code == 0, words
    done = reckon(*submitted, "--detach")
    assert done.exit_code == 0, done.output
    assert reckon.data("get", "web")["wanted"]["image"] == "registry.example/team/app:2"


def test_the_control_without_the_option_the_name_is_asked_for(reckon: Reckon) -> None:
    result = reckon("check", reckon.file(OLDER, "paperspace.yaml"))
    assert (result.exit_code, "give it with --name NAME" in result.stdout) == (3, True)


def test_every_command_of_the_page_is_one(reckon: Reckon) -> None:
    assert len(list(commands())) >= 7
    for words in commands():
        assert reckon(*words, "--help").exit_code == 0, words
