"""A source that holds nothing, at the command line: it is warned of before it is recorded, when it is, and when it is filled."""

from dataclasses import replace
from pathlib import Path

import pytest

from adapters.cli.changing.rollout import watch
from adapters.cli.doors import Doors
from adapters.cli.session import Choices, Session
from adapters.ledger.ledger import open_ledger
from adapters.simulator.sources import SimulatedSources
from domain.facts import seen_stream
from domain.filling import FillDone
from domain.names import Key
from domain.record import Append, EventMetadata, UncommittedFact, Who
from tests.unit.cli.typed import Reckon

SPEC = """
name: model server
image: registry.example/team/llm:1
resources: {machineType: C3}
integrations:
  - {type: s3, name: data, url: 's3://models/{SOURCE}', path: /data}
"""
EMPTY = "s3://models/empty holds nothing (no object stands below empty/)"


def flat(text: str) -> str:
    return " ".join(text.split())


def written(folder: Path, source: str) -> str:
    path = folder / "spec.yaml"
    path.write_text(SPEC.replace("{SOURCE}", source))
    return str(path)


class Sourced(Reckon):
    """Its sources are simulated ones."""

    @property
    def doors(self) -> Doors:
        def sources(_: object) -> SimulatedSources:
            return SimulatedSources()

        return replace(super().doors, sources=sources)


def test_an_empty_source_is_warned_of_by_the_plan_and_by_the_submission(tmp_path: Path) -> None:
    reckon = Sourced(tmp_path)
    spec = written(tmp_path, "empty")

    assert EMPTY in flat(reckon("plan", spec).stderr)
    assert EMPTY in flat(reckon("submit", spec, "--detach").stderr)
    assert "holds nothing" not in flat(reckon("plan", written(tmp_path, "full")).stderr), "the control"


@pytest.mark.parametrize(("files", "said"), [(0, True), (3, False)], ids=["no file", "the control: three"])
def test_a_fill_of_no_file_is_not_called_done_without_a_word(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], *, files: int, said: bool
) -> None:
    reckon = Sourced(tmp_path)
    reckon("submit", written(tmp_path, "full"), "--detach")
    key = Key("default", "model server")
    ledger = open_ledger(reckon.place)
    (fill,) = reckon.data("get", "model server")["fills"]
    done = FillDone("data", fill["claim"], "etags:abc", files, files, 1.0)
    ledger.append(
        [Append(seen_stream(key.subject), 0, (UncommittedFact(done, EventMetadata("f1", Who("engine", "engine"), key.subject)),))]
    )
    ledger.close()

    with Session.begin(reckon.doors, Choices()) as session:
        watch(session, key, number=1, patience=0.0)

    assert ("warning: integration data is empty: its source held no file" in flat(capsys.readouterr().err)) == said
