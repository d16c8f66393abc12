"""Fills in words: what brought nothing is not told as if it had brought something."""

import pytest

from domain.filling import NOTHING, FillDone, is_empty
from projections.filling import FillPicture
from projections.sentences.fills import tell

COMMIT = "4f" * 20
EMPTY = f"etags:{NOTHING};listing:{NOTHING}"


@pytest.mark.parametrize(
    ("identity", "size", "files"),
    [(COMMIT, 0, 0), (EMPTY, 0, 0), (EMPTY, -1, 0), (f"listing:{NOTHING}", -1, 0)],
    ids=["a commit without a file", "a bucket", "a bucket, the account lost", "a bucket that only its fill could ask"],
)
def test_a_fill_of_no_file_says_so(identity: str, size: int, files: int) -> None:
    said = tell(FillDone("data", "fill-data", identity, size, files, 3.0))
    shown = FillPicture("data", "fill-data", "done", identity=identity, size=size, files=files)

    assert (said.severity, said.text.split(",")[0]) == (
        "warning", "integration data is filled with nothing: its source held no file")  # fmt: skip
    assert shown.empty
    assert shown.told().startswith("empty: its source held no file, and replicas find an empty folder")


@pytest.mark.parametrize(
    ("identity", "size", "files"),
    [(COMMIT, 1200, 3), (COMMIT, 0, 3), (COMMIT, -1, 0), ("etags:abc;listing:abc", -1, 0)],
    ids=["files", "files that are empty", "a commit of which no account came", "a bucket of which no account came"],
)
def test_what_brought_something_or_may_have_is_not_called_empty(identity: str, size: int, files: int) -> None:
    """The control."""
    said = tell(FillDone("data", "fill-data", identity, size, files, 3.0))

    assert said.severity == "good"
    assert not FillPicture("data", "fill-data", "done", identity=identity, size=size, files=files).empty


def test_a_commit_says_nothing_of_how_many_files_it_has() -> None:
    assert is_empty(EMPTY)
    assert not is_empty(COMMIT)
    assert not is_empty("")
