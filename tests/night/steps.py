"""What a push does not run, and the night does: the steps, in their order."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

ROOT = Path(__file__).parents[2]
EVERYTHING = "cluster,node,postgres,docker"
ROUNDS = 3
"""How often each property is tried with new examples; each round draws as many as a push."""
SEEDS = 3000
"""Simulated incidents a night: no night tries those of another."""
RENDERINGS = 1000
RENDERED = ("test_rendering_on_api_server.py", "test_rendering_twice.py")
BROKEN_FILES = 100_000
MUTANTS = 100
KILLED = 80
"""Percent. The aim is 90; of a hundred mutants drawn by chance it may be missed by some."""


@dataclass(frozen=True)
class Step:
    """A command of the night, the environment that it wants, and how many minutes it takes on two cores, about."""

    name: str
    what: str
    command: tuple[str, ...]
    minutes: int
    environment: Mapping[str, str] = field(default_factory=dict[str, str])


def steps(night: date) -> list[Step]:
    """Give the steps of a night; what they draw by chance follows from the day, and can be had again."""
    day = night.toordinal()
    pure, of_lab = _properties()
    new = {"RECKON_EXAMPLES": "night"}
    return [
        Step("mypy", "types, by the one checker", _python("mypy"), 2),
        Step("pyright", "types, by the other", _python("pyright"), 5),
        *(
            Step(f"properties-{n}", f"every property with new examples, round {n} of {ROUNDS}", _pytest(*pure), 10, new)
            for n in range(1, ROUNDS + 1)
        ),
        Step(
            "properties-lab",
            "the properties that need a cluster, with new examples",
            _pytest(*of_lab),
            10,
            {**new, "RECKON_REQUIRE": "cluster"},
        ),
        Step(
            "simulation",
            f"{SEEDS} simulated incidents that no other night has",
            _pytest("tests/simulation/test_incidents.py"),
            40,
            {"SIMULATION_SEEDS": str(SEEDS), "SIMULATION_FIRST": str(day * SEEDS)},
        ),
        Step(
            "broken-files",
            f"{BROKEN_FILES} real files, bent and broken",
            _pytest("tests/unit/spec_file/test_fuzz.py"),
            20,
            {"RECKON_FUZZ": str(BROKEN_FILES)},
        ),
        Step(
            "renderings",
            f"{RENDERINGS} new specs, rendered and held to a real API server",
            _pytest(*(f"tests/integration/{name}" for name in RENDERED)),
            30,
            {**new, "RECKON_RENDERINGS": str(RENDERINGS), "RECKON_REQUIRE": "cluster"},
        ),
        Step("history", "every kind of fact on the lab, and once more under load", _python("tests.history", "--load"), 60),
        Step(
            "history-unaudited",
            "the same with an engine that has no audit log",
            _python("tests.history", "--without-audit-log"),
            30,
        ),
        Step(
            "mutants",
            f"{MUTANTS} mutants of the day: at least {KILLED} % are noticed",
            _python("tests.mutation", "--sample", str(MUTANTS), "--seed", str(day), "--at-least", str(KILLED), "--beside", "2"),
            60,
        ),
        *(
            Step(
                f"benchmark-{name}",
                "what it costs, beside its floor; it measures and does not judge",
                _python(f"tests.benchmarks.{name}"),
                minutes,
            )
            for name, minutes in (
                ("engine", 40),
                ("ledger", 5),
                ("check", 2),
                ("start", 3),
                ("fold", 2),
                ("relay", 5),
                ("fill", 5),
            )
        ),
    ]


def _python(module: str, *words: str) -> tuple[str, ...]:
    return (sys.executable, "-m", module, *words)


def _pytest(*words: str) -> tuple[str, ...]:
    return _python("pytest", "--durations=5", *words)


def _properties() -> tuple[list[str], list[str]]:
    """Give the files of properties, without and with a need of the lab; renderings are a step of their own."""
    files = [file for file in sorted((ROOT / "tests").rglob("test_*.py")) if "\n@given(" in file.read_text()]
    names = [str(file.relative_to(ROOT)) for file in files if file.name not in RENDERED]
    of_lab = [name for name in names if name.startswith(("tests/integration/", "tests/contracts/", "tests/e2e/"))]
    return [name for name in names if name not in of_lab], of_lab
