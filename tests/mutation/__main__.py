"""Change the code in small ways, one at a time, and see whether the tests notice.

python -m tests.mutation domain reconciler --sample 100 --seed 7   # so many mutants, chosen by the seed
python -m tests.mutation                                           # every mutant of every part: a night and a day
python -m tests.mutation domain --only decide                      # those whose file or function has the word
python -m tests.mutation domain --count                            # only say how many there are

A run that was ended goes on where it stopped. A mutant is judged by the tests that reach its line (recorded once for a state of
the sources), the quickest first, until one fails; those that noticed nothing are printed with the change.
"""

import argparse
import hashlib
import os
import signal
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path

from platformdirs import user_cache_path

from tests.mutation.forks import Work, answers
from tests.mutation.kept import Verdict, Verdicts, digest, equivalent
from tests.mutation.live import Live
from tests.mutation.mutants import Mutant, mutants_of
from tests.mutation.progress import say
from tests.mutation.reach import Reach, record
from tests.mutation.session import ALL, EXAMPLES, Tests, quickest_first, test_files, with_tests

PARTS = ("domain", "reconciler", "projections", "adapters/ledger", "adapters/observations")
SEEDS = "25"
"""Simulated incidents that judge mutants; those that once found a fault come to them."""
LONGEST = 3600.0
"""Seconds for one mutant, on however busy a machine; what a test may take is counted for each."""


def main() -> int:
    """Do what the person asked for; exit 1 when fewer mutants than wanted were noticed."""
    asked = _asked()
    root = Path.cwd()
    sources = {str(file.relative_to(root)): file.read_bytes() for part in PARTS for file in sorted((root / part).rglob("*.py"))}
    mutants = _chosen(sources, asked)
    if asked.count:
        sys.stdout.writelines(f"{part:20} {count}\n" for part, count in Counter(_part(one.file) for one in mutants).items())
        return 0
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # the forks lead sessions of their own, and must be ended with us
    os.environ |= {"RECKON_EXAMPLES": EXAMPLES, "SIMULATION_SEEDS": SEEDS}
    return with_tests(asked.tests, lambda tests: Run(root, sources, tests, asked).judge(mutants))


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.mutation", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all by default")
    parser.add_argument("--sample", type=int, metavar="N", help="judge so many mutants of all")
    parser.add_argument(
        "--seed", default="0", help="which ones: the same seed chooses the same mutants, and more of them first these"
    )
    parser.add_argument("--only", default="", metavar="WORD", help="only mutants whose file or function has this word")
    parser.add_argument("--count", action="store_true", help="only say how many mutants there are")
    parser.add_argument(
        "--tests", nargs="+", default=list(ALL), metavar="PATH", help="what judges; unit, frozen, contracts and simulation"
    )
    parser.add_argument("--seconds", type=float, default=60, help="so many seconds (of CPU) of tests judge one mutant at most")
    parser.add_argument("--beside", type=int, default=1, metavar="N", help="so many mutants at once")
    parser.add_argument("--at-least", type=float, default=0, metavar="PERCENT", help="exit 1 when fewer are killed")
    parser.add_argument("--anew", action="store_true", help="forget the verdicts of earlier runs")
    parser.add_argument(
        "--into", type=Path, default=user_cache_path("deadreckon-mutation"), help="where results are kept (%(default)s)"
    )
    asked = parser.parse_args()
    if unknown := set(asked.parts) - set(PARTS):
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    asked.parts = asked.parts or list(PARTS)
    return asked


def _part(file: str) -> str:
    return next(part for part in PARTS if file.startswith(f"{part}/"))


def _chosen(sources: dict[str, bytes], asked: argparse.Namespace) -> list[Mutant]:
    """Give the mutants that were asked for. A sample is chosen by digests, so that a change elsewhere leaves it as it is."""
    mutants = [
        mutant
        for file, source in sources.items()
        if _part(file) in asked.parts
        for mutant in mutants_of(file, source)
        if asked.only in f"{mutant.file}::{mutant.function}"
    ]
    if asked.sample is None:
        return [mutant for mutant in mutants if asked.count or mutant.parses]
    drawn = sorted(mutants, key=lambda one: hashlib.sha256(f"{asked.seed} {one.key}".encode()).digest())
    return list(_first(drawn, asked.sample))


def _first(mutants: Sequence[Mutant], many: int) -> Iterator[Mutant]:
    for mutant in mutants:
        if many <= 0:
            return
        if mutant.parses:
            many -= 1
            yield mutant


class Run:
    """One run: records what the tests reach, judges each mutant, and tells the score."""

    def __init__(self, root: Path, sources: dict[str, bytes], tests: Tests, asked: argparse.Namespace) -> None:
        self._tests = tests
        self._asked = asked
        self._live = Live(root, list(sources))
        judges = set(test_files(root, asked.tests))
        around = [*_support(root), *(root / file for file in sources)]
        base = digest(around, root)
        self._state = f"{digest([*around, *judges], root)} {asked.seconds:g}"
        into: Path = asked.into
        (into / base).mkdir(parents=True, exist_ok=True)
        self._verdicts = Verdicts(into / "verdicts.jsonl")
        self._sound: dict[str, bool] = {}
        """Whether a test that failed on a mutant passes on the code as it is: one that does not has noticed nothing."""
        self._reach: Reach = record(tests, self._live, sources, into=into / base, beside=asked.beside)

    def judge(self, mutants: list[Mutant]) -> int:
        """Judge mutants and print what became of them."""
        given = (
            {} if self._asked.anew else {one: known for one in mutants if (known := self._verdicts.still(one.key, self._state))}
        )
        say(f"{len(mutants)} mutants, {len(given)} of them judged before.")
        began, number = time.monotonic(), 0
        waiting = [one for one in mutants if one not in given]
        while waiting:
            again: list[Mutant] = []
            for answer in answers(self._works(waiting), self._asked.beside):
                came, by = answer.said if not answer.ended else ("killed", answer.ended)
                if came == "killed" and not answer.ended and not self._noticed(answer.of, by):
                    say(f"{by} failed, and not because of a mutant: it judges no more")
                    again.append(answer.of)
                    continue
                given[answer.of] = verdict = Verdict(answer.of.key, came, by, self._state)
                self._verdicts.add(verdict)
                number += 1
                if answer.ended:
                    say(f"{answer.ended}: {answer.of.told}")
                elif came != "killed":
                    say(f"\n{came}: {answer.of}\n")
                if number % 20 == 0:
                    say(f"{len(given)}/{len(mutants)}: {_counted(given)}; {(time.monotonic() - began) / number:.1f} s each")
            waiting = again
        return self._tell(given)

    def _works(self, mutants: Sequence[Mutant]) -> Iterator[Work[Mutant]]:
        for mutant in mutants:
            reaching = self._reach.of(f"{mutant.file}:{mutant.line}")
            tests = quickest_first(
                {name: cost for name, cost in reaching.items() if self._sound.get(name, True)}, self._asked.seconds
            )
            yield Work(mutant, partial(self._try, mutant, tests, len(reaching) - len(tests)), LONGEST)

    def _try(self, mutant: Mutant, tests: list[tuple[str, int]], left_out: int) -> tuple[str, str]:
        """In a fork: become the mutant, and see which test notices. What not all could judge that reach it is undecided."""
        if not self._live.turn_into(mutant):
            return "same", ""
        if tests and (killer := self._tests.first_failure(tests)):
            return "killed", killer
        if left_out:
            return "undecided", f"{len(tests)} tests; {left_out} more reach it"
        return ("survived", f"{len(tests)} tests") if tests else ("unreached", "")

    def _noticed(self, mutant: Mutant, killer: str) -> bool:
        """Tell whether a test passes on the code as it is, and fails on the mutant once more: chance fails a test too."""
        alone = quickest_first({killer: (self._reach.tests[killer][0], 1)}, LONGEST)
        if killer not in self._sound:
            [plain] = answers([Work(killer, partial(self._tests.first_failure, alone), LONGEST)], 1)
            self._sound[killer] = plain.said == ""
        if self._sound[killer]:
            [more] = answers([Work(mutant, partial(self._try, mutant, alone, 0), LONGEST)], 1)
            self._sound[killer] = bool(more.ended) or more.said[0] == "killed"
        return self._sound[killer]

    def _tell(self, given: dict[Mutant, Verdict]) -> int:
        reasons = equivalent()
        same = [mutant for mutant, verdict in given.items() if verdict.came != "killed" and mutant.told in reasons]
        counted = {mutant: verdict for mutant, verdict in given.items() if mutant not in same and verdict.came != "same"}
        left = [
            (mutant, verdict)
            for mutant, verdict in sorted(counted.items(), key=lambda one: one[0].told)
            if verdict.came != "killed"
        ]
        for mutant, verdict in left:
            say(f"\n{verdict.came} ({verdict.by or 'no test reaches it'}): {mutant}\n  on record as: {mutant.told}")
        killed = len(counted) - len(left)
        score = 100 * killed / len(counted) if counted else 100.0
        say(f"\n{killed} of {len(counted)} mutants killed: {score:.1f} %; besides, {len(same)} change nothing (equivalent.txt).")
        undecided = sum(verdict.came == "undecided" for verdict in counted.values())
        if undecided:
            say(f"{undecided} of the others are undecided: more tests reach them than --seconds allowed.")
        for part, count in Counter(mutant.file for mutant, _ in left).most_common():
            say(f"  {part:40} {count} not killed")
        return int(score < self._asked.at_least)


def _support(root: Path) -> Iterator[Path]:
    """Give what tests are made with; of this runner only what marks the sources."""
    apart = {root / "tests" / name for name in ("mutation", "night", "benchmarks", "history", "e2e")}
    for file in (root / "tests").rglob("*.py"):
        if not file.name.startswith("test_") and apart.isdisjoint(file.parents):
            yield file
    yield from (root / "tests" / "mutation").glob("live.py")


def _counted(given: dict[Mutant, Verdict]) -> str:
    return ", ".join(f"{count} {came}" for came, count in sorted(Counter(one.came for one in given.values()).items()))


if __name__ == "__main__":
    sys.exit(main())
