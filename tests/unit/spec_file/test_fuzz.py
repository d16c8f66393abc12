"""Real files, bent and broken in every way: nothing but answers, in bounded time and memory.

`RECKON_FUZZ=100000` sets how many; each is made of a seed of its own, so that a failure can be made again.
"""

import os
import resource
import time
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

import pytest

from adapters.spec_file.excerpt import SourceText
from adapters.spec_file.fixing import fix
from tests.unit.spec_file.test_any_text import CATALOGUE, holds, read
from tests.unit.spec_file.test_fixing import WRITTEN

MANY = int(os.environ.get("RECKON_FUZZ", "3000"))
SLOWEST_SECONDS = 5.0
MOST_GROWTH_MIB = 300
EXAMPLES = sorted((Path(__file__).parents[3] / "docs" / "examples").glob("*.*"))
tokens = [
    b"secret:",
    b"SECRET:",
    b"&a ",
    b"*a ",
    b"!!str ",
    b"<<: ",
    b"---\n",
    b"- ",
    b": ",
    b"{",
    b"}",
    b"[",
    b"]",
    b"|\n",
    b">\n",
    b"\t",
]
tokens += [
    b"\x00",
    b"\xff",
    b"\xf0\x9f\x98\x80",
    b"\xe2\x80\xae",
    b"\r\n",
    b"\n",
    b'"',
    b"'",
    b"#",
    b"//",
    b"/*",
    b"null",
    b"~",
    b"1e999",
    b".nan",
]
tokens += [
    b"0x1F",
    b"-1",
    b"true",
    b"2147483648",
    b"[[integrations]]\n",
    b"integrations:\n- type: s3\n",
    b"..",
    b"\\u0000",
    b"\\ud800",
    b"apiVersion: v0alpha0\n",
]
SEEDS = [*(path.read_bytes() for path in EXAMPLES), WRITTEN.encode(), b"", b"a"]


class Dice:
    """Numbers from a seed, the same on every machine."""

    def __init__(self, seed: int) -> None:
        self._seed, self._count, self._left = seed, 0, b""

    def draw(self, many: int) -> bytes:
        while len(self._left) < many:
            self._left += blake2b(f"{self._seed}/{self._count}".encode()).digest()
            self._count += 1
        drawn, self._left = self._left[:many], self._left[many:]
        return drawn

    def below(self, limit: int) -> int:
        return int.from_bytes(self.draw(4), "big") % max(limit, 1)

    def one(self, of: list[bytes]) -> bytes:
        return of[self.below(len(of))]


def _flip(text: bytes, dice: Dice) -> bytes:
    at = dice.below(len(text))
    return text[:at] + dice.draw(1) + text[at + 1 :]


def _cut(text: bytes, dice: Dice) -> bytes:
    at = dice.below(len(text))
    return text[:at] + text[at + dice.below(40) :]


def _truncate(text: bytes, dice: Dice) -> bytes:
    return text[: dice.below(len(text))]


def _put(text: bytes, dice: Dice) -> bytes:
    at = dice.below(len(text))
    return text[:at] + dice.one(tokens) + text[at:]


def _repeat(text: bytes, dice: Dice) -> bytes:
    at, many = dice.below(len(text)), 1 + dice.below(30)
    return text[:at] + text[at : at + many] * (1 + dice.below(200)) + text[at:]


def _splice(text: bytes, dice: Dice) -> bytes:
    other = dice.one(SEEDS)
    return text[: dice.below(len(text))] + other[dice.below(len(other)) :]


def _move_a_line(text: bytes, dice: Dice) -> bytes:
    lines = text.splitlines(keepends=True) or [b""]
    lines.insert(dice.below(len(lines)), b" " * dice.below(6) + lines.pop(dice.below(len(lines))))
    return b"".join(lines)


def _noise(_: bytes, dice: Dice) -> bytes:
    return dice.draw(dice.below(300))


BENDS: list[Callable[[bytes, Dice], bytes]] = [_flip, _cut, _truncate, _put, _put, _repeat, _splice, _move_a_line, _noise]


def bent(seed: int) -> tuple[bytes, str]:
    """Give a text and what its file is called."""
    dice = Dice(seed)
    text = dice.one(SEEDS)
    for _ in range(dice.below(5)):
        text = BENDS[dice.below(len(BENDS))](text, dice)
    return text, ["a.yaml", "a.json", "a.toml", "-"][dice.below(4)]


def answered(seed: int) -> bool:
    """Read one, show its lines, write it anew; tells whether it was a spec."""
    text, file = bent(seed)
    reading = read(text, file)
    holds(lambda _, __: reading, text, file)
    source = SourceText(text, file)
    for problem in reading.problems[:5]:
        excerpt = source.excerpt(problem)
        assert excerpt is None or 0 <= excerpt.column <= len(excerpt.text)
    if reading.spec is not None:
        anew = fix(text, file=file, catalogue=CATALOGUE)
        assert read(anew.text, file).spec == reading.spec
    return reading.spec is not None


@pytest.mark.timeout(7200)
def test_whatever_people_do_to_a_file_it_is_answered() -> None:
    before, slowest, specs = _peak(), (0.0, 0), 0
    began = time.process_time()
    for seed in range(MANY):
        start = time.process_time()
        specs += answered(seed)
        slowest = max(slowest, (time.process_time() - start, seed))
    spent = time.process_time() - began
    growth = (_peak() - before) / 1024
    print(f"{MANY} files in {spent:.1f} s, slowest {slowest[0]:.3f} s (seed {slowest[1]}), {specs} were specs, +{growth:.0f} MiB")
    assert slowest[0] < SLOWEST_SECONDS
    assert growth < MOST_GROWTH_MIB
    assert 0 < specs < MANY


def _peak() -> int:
    """Give the most memory that this process ever had, in KiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
