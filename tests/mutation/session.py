"""pytest, collected once in this process; its tests run in forks."""

import functools
import gc
import inspect
import resource
import time
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, settings

ALL = ("tests/unit", "tests/frozen", "tests/contracts", "tests/simulation")
PLAIN = ["--capture=no", "--assert=plain", "--tb=no", "-qq", "--no-header", "-p", "no:cacheprovider", "-p", "no:warnings"]
"""An assertion's explanation is not read here, and costs more than the test."""
WITHOUT = ["-k", "not postgres", "-m", "not lab and not node and not docker and not postgres"]
WAITS = 60
"""Seconds that a test may wait for something, besides."""
EXAMPLES = "mutation"
settings.register_profile(
    EXAMPLES, derandomize=True, database=None, deadline=None, phases=(Phase.explicit, Phase.generate)
)  # as many as at night, the same each time; what it finds is not made small


def with_tests(paths: Iterable[str], work: Callable[["Tests"], int]) -> int:
    """Collect the tests of these paths, hand them to the work, and give its answer. Raises SystemExit where there are none."""
    tests = Tests(work)
    code = pytest.main([*PLAIN, *WITHOUT, *paths], plugins=[tests])
    if tests.answer is None:
        raise SystemExit(f"the tests cannot be collected: pytest says {code}")
    return tests.answer


class Tests:
    """The collected tests by name, and a way to run some of them here."""

    def __init__(self, work: Callable[["Tests"], int]) -> None:
        self._work = work
        self._items: dict[str, pytest.Item] = {}
        self._failed = False
        self._session: pytest.Session | None = None
        self._shared: dict[int, set[int]] = {}
        self._reached: set[int] = set()
        self._caches: list[Any] = []
        self.answer: int | None = None

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Take the place of pytest's own loop."""
        if not session.testsfailed:
            self._session = session
            self._caches = list(_caches(session.config.rootpath))
            self._items = {item.nodeid: item for item in session.items}
            self.answer = self._work(self)
        return True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Remember a failure, in whichever part of a test."""
        self._failed = self._failed or report.failed

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        """Keep apart what a fixture of several tests reaches: each of them is told by it."""
        if fixturedef.scope == "function":
            return (yield)
        before = set(self._reached)
        self._reached.clear()
        try:
            return (yield)
        finally:
            self._shared[id(fixturedef)] = set(self._reached)
            self._reached |= before

    def files(self) -> dict[str, list[str]]:
        """Give the names of all tests by their file."""
        found: dict[str, list[str]] = {}
        for name in self._items:
            found.setdefault(name.partition("::")[0], []).append(name)
        return found

    def reach(self, names: list[str], reached: set[int]) -> dict[str, tuple[float, str]]:
        """Run tests and give, of each that passes, its seconds and what it adds to `reached`, as the bits of a number."""
        self._reached = reached
        told: dict[str, tuple[float, str]] = {}
        for name, after in zip(names, [*names[1:], ""], strict=True):
            self._forget()
            reached.clear()
            began = time.process_time()
            if self._passes(name, after):
                held = reached.union(*(self._shared.get(id(one), ()) for one in self._fixtures(name)))
                told[name] = (round(time.process_time() - began, 4), f"{sum(1 << number for number in held):x}")
        return told

    def first_failure(self, names: list[tuple[str, int]]) -> str:
        """Run tests until one fails; give its name, empty when none does.

        Each may take so many seconds of CPU: a mutant without an end is ended by the system, on a busy machine not sooner.
        """
        self._forget()
        for (name, seconds), (after, _) in zip(names, [*names[1:], ("", 0)], strict=True):
            resource.setrlimit(resource.RLIMIT_CPU, (int(time.process_time()) + seconds, resource.RLIM_INFINITY))
            self._items[name].add_marker(pytest.mark.timeout(WAITS + 10 * seconds, func_only=False), append=False)
            if not self._passes(name, after):
                return name
        return ""

    def _forget(self) -> None:
        """Forget what functions keep of earlier calls: it hides what a test reaches, and that the code is another."""
        for cache in self._caches:
            cache.cache_clear()

    def _passes(self, name: str, after: str) -> bool:
        item, following = self._items[name], self._items.get(after)
        self._failed = False
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=following)
        return not self._failed

    def _fixtures(self, name: str) -> Iterable[Any]:
        info = getattr(self._items[name], "_fixtureinfo", None)
        return [one for found in info.name2fixturedefs.values() for one in found] if info else []


_CACHED: type[Any] = type(functools.cache(len))


def _caches(root: Path) -> Iterable[Any]:
    """Give the functions of ours that keep what they gave."""
    for one in gc.get_objects():
        if isinstance(one, _CACHED):
            code = getattr(inspect.unwrap(one), "__code__", None)
            if code and root in (file := Path(code.co_filename)).parents and "site-packages" not in file.parts:
                yield one


def quickest_first(tests: dict[str, tuple[float, int]], most: float) -> list[tuple[str, int]]:
    """Order tests by their seconds and by how much they reach, as many as fit in so many; each with the seconds it may take."""
    chosen: list[tuple[str, int]] = []
    spent = 0.0
    for name, (seconds, _) in sorted(tests.items(), key=lambda one: ((0.01 + one[1][0]) * one[1][1], one[0])):
        if chosen and spent + seconds > most:
            continue
        spent += seconds
        chosen.append((name, 2 + int(10 * seconds)))
    return chosen


def test_files(root: Path, paths: Iterable[str]) -> list[Path]:
    """Give the files of tests below some paths."""
    return sorted(
        file for path in paths for file in ([root / path] if path.endswith(".py") else (root / path).rglob("test_*.py"))
    )
