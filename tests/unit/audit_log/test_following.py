"""A log that is followed: each entry once, through rotations, cuts and restarts; what is missing is told."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from adapters.audit_log.following import AuditFile, Gap, LogPosition
from adapters.audit_log.lines import LONGEST
from tests.unit.audit_log.entries import line


class Follower:
    """A follower of a log, and what it has read."""

    def __init__(self, path: Path, place: str = "") -> None:
        self.file, self.read, self.gaps, self.flaws = AuditFile(path), list[str](), list[Gap](), list[str]()
        self.place = place
        self.file.begin(place)

    def catch_up(self) -> list[str]:
        idle = 0
        while idle < 4:  # a file that is no longer written is looked at twice before the next is opened
            found = self.file.read()
            idle = 0 if found else idle + 1
            if found:
                self.read += [request.audit_id.removeprefix("audit-") for request in found.requests]
                self.gaps += [found.gap] if found.gap else []
                self.flaws += [found.flaw] if found.flaw else []
                self.place = found.place
        return self.read


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "audit.log"


Follow = Callable[..., Follower]


@pytest.fixture
def follow(log: Path) -> Iterator[Follow]:
    """Give followers of the log, each closed in the end."""
    begun: list[Follower] = []

    def following(place: str = "") -> Follower:
        begun.append(Follower(log, place))
        return begun[-1]

    yield following
    for each in begun:
        each.file.close()


def write(path: Path, *numbers: int) -> None:
    with path.open("ab") as file:
        file.writelines(line(number) for number in numbers)
    os.utime(path, ns=(file_time := 1_767_268_800_000_000_000 + max(numbers) * 1_000_000_000, file_time))


def rotate(log: Path, name: str = "audit-2026-01-01T12-00-09.000.log") -> Path:
    return log.rename(log.with_name(name))


def test_what_is_appended_is_read_once(follow: Follow, log: Path) -> None:
    follower = follow()
    assert follower.catch_up() == []
    write(log, 1, 2)
    assert follower.catch_up() == ["1", "2"]
    write(log, 3)
    assert follower.catch_up() == ["1", "2", "3"]


def test_a_line_that_is_still_being_written_waits(follow: Follow, log: Path) -> None:
    whole = line(2)
    write(log, 1)
    with log.open("ab") as file:
        file.write(whole[:40])
    follower = follow()
    assert follower.catch_up() == ["1"]
    with log.open("ab") as file:
        file.write(whole[40:])
    assert follower.catch_up() == ["1", "2"]


@pytest.mark.parametrize("name", ["audit-2026-01-01T12-00-09.000.log", "audit.log.1", "audit.log-20260101"])
def test_a_rotated_log_is_read_to_its_end_and_then_the_next(follow: Follow, log: Path, name: str) -> None:
    write(log, 1)
    follower = follow()
    follower.catch_up()
    write(log, 2)
    rotate(log, name)
    write(log, 3)
    assert follower.catch_up() == ["1", "2", "3"]
    assert not follower.gaps


def test_two_rotations_between_two_looks_lose_nothing(follow: Follow, log: Path) -> None:
    write(log, 1)
    follower = follow()
    follower.catch_up()
    for number in (2, 3, 4):
        rotate(log, f"audit-2026-01-01T12-00-0{number}.000.log")
        write(log, number)
    assert follower.catch_up() == ["1", "2", "3", "4"]
    assert not follower.gaps


def _nothing(_: Path) -> None: ...


def _rotated(log: Path) -> None:
    rotate(log)
    write(log, 4)


def _rotated_twice(log: Path) -> None:
    rotate(log)
    write(log, 4)
    rotate(log, "audit-2026-01-01T12-00-10.000.log")
    write(log, 5)


def _copied_and_cut(log: Path) -> None:
    shutil.copy2(log, log.with_name("audit.log.1"))
    os.truncate(log, 0)
    write(log, 4)


@pytest.mark.parametrize(
    ("befalls", "read"),
    [(_nothing, ["3"]), (_rotated, ["3", "4"]), (_rotated_twice, ["3", "4", "5"]), (_copied_and_cut, ["3", "4"])],
)
def test_after_a_restart_it_goes_on_without_loss_or_double(
    follow: Follow, log: Path, befalls: Callable[[Path], None], read: list[str]
) -> None:
    write(log, 1, 2)
    before = follow()
    before.catch_up()
    write(log, 3)
    befalls(log)
    after = follow(before.place)
    after.catch_up()
    assert [number for number in after.read if number != "2"] == read
    assert not after.gaps


def test_a_file_that_was_rotated_away_meanwhile_is_told_as_a_gap(follow: Follow, log: Path) -> None:
    write(log, 1, 2)
    before = follow()
    before.catch_up()
    write(log, 3)
    rotate(log).unlink()
    write(log, 9)
    after = follow(before.place)
    assert after.catch_up() == ["9"]
    [gap] = after.gaps
    assert gap.since is not None
    assert (gap.since.second, gap.until.second) == (2, 9)


def test_a_log_that_is_cut_under_the_reader_is_read_anew_and_told(follow: Follow, log: Path) -> None:
    write(log, 1, 2)
    follower = follow()
    follower.catch_up()
    os.truncate(log, 0)
    write(log, 7)
    assert follower.catch_up() == ["1", "2", "7"]
    assert len(follower.gaps) == 1


def test_a_log_that_is_cut_and_has_grown_beyond_the_place_is_noticed(follow: Follow, log: Path) -> None:
    write(log, 1)
    follower = follow()
    follower.catch_up()
    os.truncate(log, 0)
    write(log, 5, 6, 7)
    assert follower.catch_up() == ["1", "5", "6", "7"]
    assert len(follower.gaps) == 1


def test_lines_that_are_none_cost_only_themselves(follow: Follow, log: Path) -> None:
    with log.open("wb") as file:
        file.write(b'{"verb":"delete"\n\n\x00\xff\n' + line(1) + b'{"verb":"delete","x":"' + b"y" * LONGEST + b'"}\n' + line(2))
    follower = follow()
    assert follower.catch_up() == ["1", "2"]
    assert follower.flaws


@pytest.mark.parametrize("place", ["", "x", "{}", '{"inode": -1, "offset": -9}', '{"inode": 1e99}', "[" * 50_000])
def test_a_place_that_makes_no_sense_is_the_beginning(follow: Follow, log: Path, place: str) -> None:
    write(log, 1)
    assert follow(place).catch_up() == ["1"]


def test_a_place_is_read_back_as_it_was(follow: Follow, log: Path) -> None:
    write(log, 1)
    follower = follow()
    follower.catch_up()
    assert str(LogPosition.of(follower.place)) == follower.place
    assert len(follower.place) < 1024
