"""Holds, resumptions, deletions, rewinds; signatures; and the bond between a ledger and its cluster."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.desk.binding import MEANT, SIMULATED, of_these_orders, of_this_ledger
from adapters.desk.signature import find_origin, os_user
from adapters.desk.submission import SubmissionRequest
from adapters.simulator.cluster import SimulatedCluster
from domain.cluster import RewindFound
from domain.errors import NotFound, Refused, Unfit
from domain.facts import cluster_stream
from domain.names import Key
from domain.orders import ValuesRevealed
from domain.record import Append, EventMetadata, UncommittedFact, Who
from domain.world import World
from tests.unit.desk.opened import ANN, NOON, SPEC, Opened

WEB = Key("shop", "web")


def test_a_deployment_is_held_and_resumed() -> None:
    opened = Opened()
    opened.submit()
    assert opened.desk.hold(WEB, ANN, NOON + timedelta(minutes=30))
    assert not opened.desk.hold(WEB, ANN, NOON + timedelta(minutes=30)), "the same again is no news"
    hold = opened.web.hold
    assert hold is not None
    assert (hold.who, hold.reason) == ("ann", "because")
    opened.desk.resume(WEB, ANN)
    assert opened.web.hold is None


@pytest.mark.parametrize("scope", ["shop", ""])
def test_a_project_and_everything_are_held_and_resumed(scope: str) -> None:
    opened = Opened()
    opened.desk.hold(scope, ANN, None)
    assert opened.desk.world("shop").held("shop", NOON)
    assert bool(opened.desk.world("other").held("other", NOON)) == (scope == "")
    opened.desk.resume(scope, ANN)
    assert opened.desk.world("shop").held("shop", NOON) is None
    with pytest.raises(Refused, match="not held"):
        opened.desk.resume(scope, ANN)


def test_what_never_was_cannot_be_held_or_deleted() -> None:
    with pytest.raises(NotFound):
        Opened().desk.hold(WEB, ANN, None)
    with pytest.raises(NotFound):
        Opened().desk.delete(WEB, ANN)


def test_values_are_revealed_on_record_and_nothing_else_changes() -> None:
    opened = Opened()
    opened.submit()
    before = opened.web
    opened.desk.reveal(WEB, (1, 1), ANN)
    *_, last = opened.ledger.about(WEB.subject)
    assert last.fact == ValuesRevealed((1,))
    assert (last.metadata.who, last.metadata.reason) == (ANN.who, ANN.reason)
    assert opened.web == before


def test_nothing_is_on_record_of_a_name_that_has_no_versions() -> None:
    opened = Opened()
    opened.desk.reveal(WEB, (), ANN)
    assert opened.ledger.head() == 0


def test_a_rewind_is_accepted_once() -> None:
    opened = Opened()
    with pytest.raises(Refused, match="no rewind"):
        opened.desk.accept_rewind(ANN)
    note = UncommittedFact(RewindFound(0, 9, 1, "Deployment web"), EventMetadata("found", Who("engine", "engine")))
    opened.ledger.append([Append(cluster_stream(""), 0, (note,))])
    assert opened.desk.accept_rewind(ANN) == 1
    assert opened.desk.world().timeline == 1
    with pytest.raises(Refused, match="no rewind"):
        opened.desk.accept_rewind(ANN)


def test_a_timeline_is_the_ledgers_own_count_whatever_stood_in_the_cluster() -> None:
    opened = Opened()
    note = UncommittedFact(RewindFound(10**9, 10**18, 1, "Service x"), EventMetadata("found", Who("engine", "engine")))
    opened.ledger.append([Append(cluster_stream(""), 0, (note,))])

    assert opened.desk.accept_rewind(ANN) == 1


def test_a_ledger_stays_with_the_cluster_it_began_with() -> None:
    cluster, other = (SimulatedCluster(lambda: NOON, seed=seed) for seed in ("one", "two"))
    of_this_ledger(World(), cluster)
    of_this_ledger(World(cluster=cluster.identity(), simulated=True), cluster)
    with pytest.raises(Unfit, match="another cluster"):
        of_this_ledger(World(cluster=cluster.identity(), simulated=True), other)


def test_a_ledger_of_a_simulation_never_meets_a_real_cluster() -> None:
    class Real(SimulatedCluster):
        @property
        def simulated(self) -> bool:
            return False

        def identity(self) -> str:
            raise AssertionError

    with pytest.raises(Unfit, match="simulated"):
        of_this_ledger(World(cluster="uid", simulated=True), Real(lambda: NOON, seed="real"))


def test_a_try_out_never_becomes_real() -> None:
    class Real(SimulatedCluster):
        @property
        def simulated(self) -> bool:
            return False

    opened = Opened()
    meant = replace(ANN, origin=((MEANT, SIMULATED),))
    opened.desk.submit(SubmissionRequest("shop", SPEC, "web.yaml"), meant)
    of_these_orders(opened.desk.world(), opened.ledger, opened.cluster)
    with pytest.raises(Unfit, match="meant for a simulated cluster"):
        of_these_orders(opened.desk.world(), opened.ledger, Real(lambda: NOON, seed="real"))


C0FFEE, DEADBEEF = "c0ffee00" * 5, "deadbeef" * 5


def git(folder: Path, head: str, remote: str) -> None:
    (folder / ".git" / "refs" / "heads").mkdir(parents=True)
    (folder / ".git" / "HEAD").write_text(head)
    (folder / ".git" / "refs" / "heads" / "main").write_text(f"{C0FFEE}\n")
    (folder / ".git" / "config").write_text(f'[remote "origin"]\n\turl = {remote}\n')


def test_the_origin_tells_git_and_ci_without_credentials(tmp_path: Path) -> None:
    git(tmp_path, "ref: refs/heads/main\n", "https://ann:token@git.example/team/web.git")
    (tmp_path / "deep").mkdir()
    origin = dict(find_origin({"CI_PIPELINE_URL": "https://ci.example/7"}, tmp_path / "deep"))
    assert origin == {
        "repository": "https://git.example/team/web.git",
        "ref": "main",
        "commit": C0FFEE,
        "ci": "https://ci.example/7",
    }


def test_a_detached_head_is_its_commit(tmp_path: Path) -> None:
    git(tmp_path, f"{DEADBEEF}\n", "git@git.example:team/web.git")
    assert dict(find_origin({}, tmp_path))["commit"] == DEADBEEF


@pytest.mark.parametrize("broken", ["HEAD", "config"])
def test_a_broken_repository_is_no_reason_to_fail(tmp_path: Path, broken: str) -> None:
    git(tmp_path, "ref: refs/heads/main\n", "x")
    (tmp_path / ".git" / broken).unlink()
    (tmp_path / ".git" / broken).mkdir()
    find_origin({"GITHUB_RUN_ID": "1"}, tmp_path)


def test_the_operating_systems_user_is_claimed_not_proved() -> None:
    who = os_user("bob")
    assert who.surety == "claimed"
    assert who.acting_as == "bob"
    assert who.name
