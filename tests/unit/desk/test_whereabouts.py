"""What git's files say is taken only where git itself would take it, and nothing else of the disk comes with it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.desk.signature import find_origin, os_user
from tests.hostile_text import CANARIES, hostile_in

COMMIT, OTHER = "c0ffee00" * 5, "deadbeef" * 8
PRIVATE = "hunter2-do-not-tell"


def repository(folder: Path, head: str = "ref: refs/heads/main\n") -> Path:
    git = folder / ".git"
    (git / "refs" / "heads").mkdir(parents=True)
    (git / "HEAD").write_text(head)
    (git / "refs" / "heads" / "main").write_text(f"{COMMIT}\n")
    (git / "config").write_text('[core]\n\turlish = x\n[remote "origin"]\n\turl = https://git.example/a.git\n')
    return git


@pytest.mark.parametrize(
    "head",
    [
        "ref: ../../private",
        "ref: refs/../../../private",
        "ref: refs/heads/../../../../private",
        "ref: /etc/hostname",
        "ref: refs//etc/hostname",
        "ref: refs/heads/.hidden",
        "ref: refs/heads/a.lock",
        "ref: refs/heads/a b",
        "ref: refs/heads/a\x1b[2J",
        "ref: refs/heads/\u202emain",
        "ref: heads/main",
        "ref: private",
        "ref: refs/heads/" + "a/" * 5000,
        PRIVATE,
        "0x" + COMMIT,
        COMMIT + "ab",
        "\x00",
    ],
)
def test_a_head_that_git_would_not_take_says_nothing(tmp_path: Path, head: str) -> None:
    for place in (tmp_path / "private", tmp_path / "web" / "private", tmp_path / "web" / ".git" / "private"):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(PRIVATE)
    git = repository(tmp_path / "web")
    (git / "HEAD").write_text(head)
    found = dict(find_origin({}, tmp_path / "web"))

    assert PRIVATE not in str(found)
    assert not {"ref", "commit"} & set(found)


def _to_a_link(git: Path, outside: Path) -> None:
    (git / "refs" / "heads" / "main").unlink()
    (git / "refs" / "heads" / "main").symlink_to(outside / "private")


def _through_a_linked_folder(git: Path, outside: Path) -> None:
    (outside / "main").write_text(OTHER)
    (git / "refs" / "heads" / "main").unlink()
    (git / "refs" / "heads").rmdir()
    (git / "refs" / "heads").symlink_to(outside)


def _to_no_commit(git: Path, _: Path) -> None:
    (git / "refs" / "heads" / "main").write_text(PRIVATE)


def _packed(git: Path, _: Path) -> None:
    (git / "refs" / "heads" / "main").unlink()
    (git / "packed-refs").write_text(f"{PRIVATE} refs/heads/main\n{PRIVATE}")


@pytest.mark.parametrize("laid", [_to_a_link, _through_a_linked_folder, _to_no_commit, _packed])
def test_a_ref_that_leads_elsewhere_gives_no_commit(tmp_path: Path, laid: Callable[[Path, Path], None]) -> None:
    git, outside = repository(tmp_path / "web"), tmp_path / "outside"
    outside.mkdir()
    (outside / "private").write_text(OTHER)
    laid(git, outside)

    assert "commit" not in dict(find_origin({}, tmp_path / "web"))


def test_a_packed_ref_and_a_detached_head_are_found(tmp_path: Path) -> None:
    git = repository(tmp_path / "web")
    (git / "refs" / "heads" / "main").unlink()
    (git / "packed-refs").write_text(f"# pack-refs\n{OTHER} refs/heads/main\n")
    assert dict(find_origin({}, tmp_path / "web"))["commit"] == OTHER
    (git / "HEAD").write_text(f"{COMMIT}\n")
    assert dict(find_origin({}, tmp_path / "web"))["commit"] == COMMIT


def test_a_worktree_and_a_submodule_are_found_where_both_sides_agree(tmp_path: Path) -> None:
    git = repository(tmp_path / "web")
    home = git / "worktrees" / "side"
    home.mkdir(parents=True)
    side = tmp_path / "side"
    side.mkdir()
    (home / "HEAD").write_text("ref: refs/heads/main\n")
    (home / "commondir").write_text("../..\n")
    (home / "gitdir").write_text(f"{side}/.git\n")
    (side / ".git").write_text(f"gitdir: {home}\n")
    below = repository(git / "modules" / "part").rename(git / "modules" / "real")
    (below / "config").write_text('[core]\n\tworktree = ../../../part\n[remote "origin"]\n\turl = https://git.example/part.git\n')
    (tmp_path / "web" / "part").mkdir()
    (tmp_path / "web" / "part" / ".git").write_text("gitdir: ../.git/modules/real\n")

    assert dict(find_origin({}, side)) == {"repository": "https://git.example/a.git", "ref": "main", "commit": COMMIT}
    assert dict(find_origin({}, tmp_path / "web" / "part"))["repository"] == "https://git.example/part.git"


def test_a_folder_that_points_at_a_strangers_repository_is_not_believed(tmp_path: Path) -> None:
    git = repository(tmp_path / "private")
    mine = tmp_path / "mine"
    mine.mkdir()
    (mine / ".git").write_text(f"gitdir: {git}\n")
    assert not find_origin({}, mine)
    (mine / ".git").unlink()
    (mine / ".git").symlink_to(git)
    assert not find_origin({}, mine)
    (mine / ".git").unlink()
    other = repository(mine)
    (other / "commondir").write_text(f"{git}\n")
    (git / "config").write_text(f'[remote "origin"]\n\turl = https://{PRIVATE}.example\n')
    assert PRIVATE not in str(find_origin({}, mine))


@pytest.mark.parametrize("canary", CANARIES.values(), ids=CANARIES)
def test_what_the_surroundings_say_is_kept_visibly_and_not_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, canary: str
) -> None:
    git = repository(tmp_path)
    (git / "config").write_text(f'[remote "origin"]\n\turl = https://git.example/{canary}{"a" * 9999}\n')
    monkeypatch.setenv("LOGNAME", f"{canary}\udcff{'a' * 9999}")
    origin = find_origin({"BUILD_URL": f"https://u:p@ci.example/{canary}\udcff{'a' * 9999}"}, tmp_path)
    said = [value for _, value in origin] + [os_user().name]

    assert not hostile_in("".join(said), ours="")
    assert all(len(each) <= 300 for each in said)
    "".join(said).encode()
