"""Thousands of simulated incidents: whatever befell the engine, its end is the same.

`SIMULATION_SEEDS=N` runs N seeds in place of the usual few; `SIMULATION_FIRST=N` begins at another one. Seeds that once found a
fault stand in `seeds.txt` and always run.
"""

import os
from collections import Counter
from pathlib import Path

import pytest

from tests.simulation.incident import happen

USUAL = 200
SEEDS = int(os.environ.get("SIMULATION_SEEDS", str(USUAL)))
FIRST = int(os.environ.get("SIMULATION_FIRST", "0"))
KEPT = [int(line.split()[0]) for line in Path(__file__).with_name("seeds.txt").read_text().splitlines() if line[:1].isdigit()]
HAPPENED: Counter[str] = Counter()
FAULTS = ("crash before", "crash after", "frozen before", "frozen after", "ledger unreachable before", "ledger unreachable after")
OTHERS = ("history", "cut", "kill", "hand: scale", "hand: edit", "hand: delete", "hand: label", "hand: pause")


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, id=f"seed-{seed}") for seed in sorted({*KEPT, *range(FIRST, FIRST + SEEDS)})]
)
def test_whatever_happens_the_cluster_comes_to_what_was_declared_and_the_ledger_tells_it_all(seed: int) -> None:
    incident = happen(seed)

    HAPPENED.update(incident.world.weather.happened)
    again = f"again: SIMULATION_FIRST={seed} SIMULATION_SEEDS=1 pytest tests/simulation/test_incidents.py"
    assert not incident.broken, "\n".join([f"seed {seed}", *(words[:300] for words in incident.broken), again])


def test_every_kind_of_fault_has_happened() -> None:
    if HAPPENED["submit"] < USUAL:
        pytest.skip("only with a whole run of seeds")

    missing = [fault for fault in (*FAULTS, *OTHERS) if not any(what.startswith(fault) for what in HAPPENED)]

    assert missing == []


def test_the_same_seed_makes_the_same_ledger_to_the_byte() -> None:
    first, again = (happen(3).world.ledger for _ in range(2))

    assert first.tail(0, 100_000) == again.tail(0, 100_000)
