"""What is kept between runs, in a folder outside of the repository, and what is on record within it."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path

EQUIVALENT = Path(__file__).with_name("equivalent.txt")


@dataclass(frozen=True)
class Verdict:
    """What came of a mutant: killed (by which test), survived, undecided, unreached; judged by tests in which state."""

    key: str
    came: str
    by: str
    tests: str


class Verdicts:
    """A file to which each verdict is added as it is given."""

    def __init__(self, file: Path) -> None:
        self._file = file
        lines = file.read_text().splitlines() if file.exists() else []
        self._known = {one.key: one for one in map(_read, lines) if one}

    def still(self, key: str, tests: str) -> Verdict | None:
        """Give a verdict that holds: a kill for as long as its function is the same, any other until a test changes."""
        known = self._known.get(key)
        return known if known and (known.came == "killed" or known.tests == tests) else None

    def add(self, verdict: Verdict) -> None:
        """Keep a verdict."""
        self._known[verdict.key] = verdict
        with self._file.open("a") as file:
            file.write(json.dumps(asdict(verdict)) + "\n")


def _read(line: str) -> Verdict | None:
    try:
        return Verdict(**json.loads(line))
    except ValueError:  # the last line of a run that was ended while it wrote
        return None


def equivalent(file: Path = EQUIVALENT) -> dict[str, str]:
    """Give the reason why each mutant on record changes nothing; a line with the mutant, below it the reason, indented."""
    reasons: dict[str, str] = {}
    mutant = ""
    for line in file.read_text().splitlines() if file.exists() else []:
        if line.startswith("    "):
            reasons[mutant] = f"{reasons[mutant]} {line.strip()}".strip()
        elif line.strip() and not line.startswith("#"):
            mutant = line.strip()
            reasons[mutant] = ""
    if bare := [one for one, reason in reasons.items() if not reason]:
        raise SystemExit(f"{file}: without a reason: {bare}")
    return reasons


def digest(files: Iterable[Path], root: Path) -> str:
    """Give one digest of the names and bytes of files."""
    whole = hashlib.sha256()
    for file in sorted(files):
        whole.update(f"{file.relative_to(root)}\0".encode() + hashlib.sha256(file.read_bytes()).digest())
    return whole.hexdigest()[:16]
