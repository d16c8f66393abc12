"""Stories 13 and 14: an end and a new beginning, and an older copy of the ledger that is put back."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from domain.actions import IncarnationEnded
from domain.cluster import RewindAccepted, RewindFound
from domain.objects import Kind
from domain.orders import Submitted
from tests.e2e.house import House, probe_spec, until
from tests.lab.cluster import KubectlFailed

pytestmark = pytest.mark.node


def test_a_deleted_deployment_leaves_its_history_and_its_next_incarnation_meets_no_old_pod(house: House) -> None:
    """Story 13."""
    house.engine()
    image = house.lab.probe_app("1").ref
    house.submit(probe_spec("web", image, replicas=2))
    old = {pod["metadata"]["uid"] for pod in house.pods("web")}

    said = house.reckon("delete", "web", "--yes", "--reason", "no longer needed", "--detach")

    assert "history" in said.out + said.err
    house.submit(probe_spec("web", image), "--timeout", "240s")
    facts = house.facts("web")
    ended = next(r for r in facts if any(isinstance(f, IncarnationEnded) for f in getattr(r.fact, "findings", ())))
    again = next(r for r in facts if isinstance(r.fact, Submitted) and r.fact.incarnation == 2)
    assert again.fact.number == 2  # type: ignore[union-attr]  # told apart above
    pods = house.pods("web")
    assert {pod["metadata"]["labels"]["deadreckon.dev/incarnation"] for pod in pods} == {"2"}
    assert not old & {pod["metadata"]["uid"] for pod in pods}
    first_new = next(r for r in facts if type(r.fact).__name__ == "ReplicaCreated" and r.fact.incarnation == 2)  # type: ignore[union-attr]
    assert first_new.position > ended.position
    assert "no longer needed" in house.reckon("history", "web").out + house.reckon("events", "web").out
    house.reckon("delete", "web", "--yes", "--timeout", "240s")
    with pytest.raises(KubectlFailed):
        house.live(Kind.DEPLOYMENT, "web")
    assert "web" not in house.reckon("list", "-o", "name").out.split()
    assert "web" in house.reckon("list", "--all", "-o", "name").out.split()
    assert house.reckon("history", "web").exit == 0


@pytest.mark.unmatched  # what the lost part of the ledger told is lost: that is the story
def test_an_older_copy_of_the_ledger_refuses_to_act_until_a_person_accepts_it(house: House) -> None:
    """Story 14."""
    engine = house.engine()
    one, two = house.lab.probe_app("1"), house.lab.probe_app("2")
    house.submit(probe_spec("web", one.ref))
    engine.stop()
    backup = _copy(Path(house.ledger_place), house.folder / "backup.db")
    engine = house.engine()
    house.submit(probe_spec("web", two.ref))
    engine.stop()
    live = house.live(Kind.DEPLOYMENT, "web")

    _put_back(backup, Path(house.ledger_place))
    house.engine()

    until(lambda: any(isinstance(r.fact, RewindFound) for r in house.facts()))
    house.submit(probe_spec("web", one.ref), "--detach")
    house.quiet("web", 3)
    assert _written(house) == _action_and_generation(live)
    assert "rewound" in _told(house) or "older copy" in _told(house)
    house.reckon("resume", "--accept-rewind", "--yes", "--reason", "the disk was lost; the backup is all there is")
    house.reckon("wait", "web", "--timeout", "240s")
    image = house.live(Kind.DEPLOYMENT, "web")["spec"]["template"]["spec"]["containers"][0]["image"]
    assert one.digest in image
    assert any(isinstance(r.fact, RewindAccepted) and r.metadata.reason for r in house.facts())
    assert house.reckon("replay", "--all").exit == 0


def _written(house: House) -> tuple[str, int]:
    return _action_and_generation(house.live(Kind.DEPLOYMENT, "web"))


def _action_and_generation(live: dict[str, Any]) -> tuple[str, int]:
    return live["metadata"]["labels"]["deadreckon.dev/action"], live["metadata"]["generation"]


def _told(house: House) -> str:
    said = house.reckon("get", "web")
    return (said.out + said.err + house.reckon("doctor", ok=False).out).lower()


def _copy(ledger: Path, to: Path) -> Path:
    with closing(sqlite3.connect(ledger)) as source, closing(sqlite3.connect(to)) as copy:
        source.backup(copy)
    return to


def _put_back(backup: Path, ledger: Path) -> None:
    for file in ledger.parent.glob(f"{ledger.name}-*"):
        file.unlink()
    shutil.copy(backup, ledger)
