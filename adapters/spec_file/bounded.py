"""How much is told of a file: so many problems, so long each, whatever stands in it."""

import re
from collections.abc import Sequence
from dataclasses import replace

from adapters.spec_file.problems import Problem

MOST_ERRORS, MOST_WARNINGS = 50, 200
MORE = "more-problems"
"""The code of the last problem where there were more than are told."""
_LEFT = re.compile(r"and (\d+) more")
_WORDS, _PATH, _GIVEN = 600, 300, 200


def bounded(problems: list[Problem], most: int) -> tuple[Problem, ...]:
    """Give the first of them, each of a bounded length, and say how many are left."""
    told = tuple(_cut(problem) for problem in problems[:most])
    left = problems[most:]
    if not left:
        return told
    first = left[0]
    said = f"and {len(left)} more like these" if len({one.code for one in problems}) == 1 else f"and {len(left)} more"
    hint = f"the first {most} are shown: mend those, and check again"
    return (*told, Problem(MORE, said, _short(first.file, _PATH), first.line, first.column, hint=hint))


def left_out(problems: Sequence[Problem]) -> int:
    """Give how many problems there were beyond those that are told."""
    counted = _LEFT.match(problems[-1].message) if problems and problems[-1].code == MORE else None
    return int(counted[1]) if counted else 0


def _cut(one: Problem) -> Problem:
    words, path, given, hint = _short(one.message), _short(one.path, _PATH), _short(one.given, _GIVEN), _short(one.hint)
    return replace(one, message=words, path=path, given=given, hint=hint)


def _short(text: str, longest: int = _WORDS) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
