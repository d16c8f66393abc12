"""Which test reaches which statement, and how long it takes: recorded once for a state of the sources, a file at a time."""

import builtins
import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.mutation.forks import Work, answers
from tests.mutation.live import REACHED, Live, Marks
from tests.mutation.progress import say
from tests.mutation.session import Tests

A_FILE = 1800.0
"""Seconds that the tests of one file may take."""


@dataclass(frozen=True)
class Reach:
    """Of each test its seconds of CPU and the places that it reaches, as the bits of a number."""

    places: dict[str, int]
    tests: dict[str, tuple[float, int]]

    def of(self, place: str) -> dict[str, tuple[float, int]]:
        """Give the tests that reach a place (`file:line`), each with its seconds and how many places it reaches in all."""
        number = self.places.get(place)
        if number is None:
            return {}
        return {name: (seconds, bits.bit_count()) for name, (seconds, bits) in self.tests.items() if bits >> number & 1}


def record(tests: Tests, live: Live, sources: dict[str, bytes], *, into: Path, beside: int) -> Reach:
    """Run each test file that was not run yet in this state, with marks in the sources; the rest is read."""
    places: list[str] = []
    marks = Marks(places)
    marked = {file: marks.marked(file, source) for file, source in sources.items()}
    files = tests.files()
    kept = {file: into / f"{hashlib.sha256(Path(file).read_bytes()).hexdigest()[:16]}-{Path(file).stem}.json" for file in files}
    missing = [file for file in files if not kept[file].exists()]
    if missing:
        say(f"Records what the tests of {len(missing)} of {len(files)} files reach.")
        _run(tests, live, marked, {file: (files[file], kept[file]) for file in missing}, beside)
    told: dict[str, Any] = {}
    for file in files:
        told |= json.loads(kept[file].read_text()) if kept[file].exists() else {}
    names = {name for found in files.values() for name in found}
    return Reach(
        {place: number for number, place in enumerate(places)},
        {name: (seconds, int(bits, 16)) for name, (seconds, bits) in told.items() if name in names},
    )


def _run(
    tests: Tests,
    live: Live,
    marked: dict[str, Any],
    files: dict[str, tuple[list[str], Path]],
    beside: int,
) -> None:
    reached: set[int] = set()
    setattr(builtins, REACHED, reached)
    for file, tree in marked.items():
        live.mark(file, tree)

    def works() -> Iterator[Work[str]]:
        for file, (names, _) in files.items():
            yield Work(file, partial(tests.reach, names, reached), A_FILE)

    for number, answer in enumerate(answers(works(), beside), 1):
        names, path = files[answer.of]
        if answer.ended:
            say(f"  {answer.of}: {answer.ended}; its tests judge nothing")
            continue
        path.write_text(json.dumps(answer.said))
        failed = len(names) - len(answer.said)
        say(
            f"  {number}/{len(files)} {answer.of}"
            + (f": {failed} of {len(names)} fail or are skipped, and judge nothing" * bool(failed))
        )
    live.restore()
    delattr(builtins, REACHED)
