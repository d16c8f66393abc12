"""Problems: what is wrong with a spec file, where it stands, and what would be right. Warnings have the same shape."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from adapters.spec_file.cures import cure_of_code
from domain import credentials
from domain.masks import MASK, NOTHING_KNOWN

_PRIVATE = re.compile(
    r"(^|\.)(env|headers)($|\[|\.)|(^|\.)(basicAuthKey|password|accessKeyId|secretAccessKey)($|\[|\.)|^repositories$|^integrations(\[[0-9]+\])?$"
)


@dataclass(frozen=True, slots=True, order=True)
class Location:
    """A line and a column of a file, both counted from 1; or the option of a command that it stands in instead of the file."""

    line: int = 1
    column: int = 1
    option: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong (or, as a warning, worth knowing) in a spec file.

    `code` is a stable word for machines; `path` is written as `healthChecks.readiness.headers[0].name`; `given` is the value
    that stands there, masked where it may be private; `hint` says what would be accepted.
    """

    code: str
    message: str
    file: str
    line: int
    column: int
    path: str = ""
    given: str = ""
    hint: str = ""

    def __str__(self) -> str:
        """Write it as compilers do, so that editors find the place."""
        where = f"{self.file}:{self.line}:{self.column}: "
        given = f" (given: {self.given})" if self.given else ""
        hint = f"; {self.hint}" if self.hint else ""
        return f"{where}{self.path + ': ' if self.path else ''}{self.message}{given}{hint} [{self.code}]"


@dataclass(frozen=True, slots=True)
class FileFinding:
    """A problem that does not know yet in which file it is."""

    code: str
    message: str
    place: Location = Location()
    path: str = ""
    given: str = ""
    hint: str = ""

    def within(self, file: str, last_line: int) -> Problem:
        """Name the file; a place behind the end is moved to the last line."""
        line = min(max(self.place.line, 1), max(last_line, 1))
        column = max(self.place.column, 1)
        cure = self.hint or cure_of_code(self.code, self.message)
        message, given, hint = (NOTHING_KNOWN.hide(text) for text in (self.message, self.given, cure))
        return Problem(self.code, message, self.place.option or file, line, column, self.path, given, hint)


class UnreadableText(Exception):
    """The text cannot be read as a document at all."""

    def __init__(self, finding: FileFinding) -> None:
        """Keep the one reason."""
        super().__init__(finding.message)
        self.finding = finding


def private(path: str) -> bool:
    """Tell whether what stands at a path may be a credential: anything in `env` and `headers` but a name, and all keys."""
    return bool(_PRIVATE.search(path)) and not path.endswith("].name")


def looks_secret(name: str) -> bool:
    """Tell whether something of this name is likely to be a credential."""
    return credentials.tells(name) or name.lower() == "authorization"


def shown(value: object, path: str) -> str:
    """Write a value for people: short, whole lists and mappings only by their kind, private ones masked."""
    if private(path):
        return MASK
    if isinstance(value, str):
        value = NOTHING_KNOWN.hide(value)
        return repr(value if len(value) <= 60 else f"{value[:57]}...")
    kinds: dict[type, str] = {dict: "a mapping", list: "a list", type(None): "nothing"}
    return kinds.get(type(value)) or str(value).lower()[:60]


def nearest(word: str, known: Iterable[str]) -> str:
    """Give the known name that a misspelt one is most like, also across upper and lower case, or nothing."""
    folded = {name.lower(): name for name in known}
    close = get_close_matches(word.lower()[:128], list(folded), n=1, cutoff=0.6)
    return folded[close[0]] if close else ""


def path_of(steps: Iterable[str | int]) -> str:
    """Write keys and indices as a path."""
    path = ""
    for step in steps:
        path = join(path, step)
    return path


def join(path: str, step: str | int) -> str:
    """Append a key or an index to a path."""
    if isinstance(step, int):
        return f"{path}[{step}]"
    return f"{path}.{step}" if path else step
