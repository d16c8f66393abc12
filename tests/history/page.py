"""The score as a table for a person, as JSON, and as the page docs/what-is-known.md."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.history.rating import COLUMNS, score
from tests.history.run import Result
from tests.history.truth import Truth

HEAD = ("kind", *COLUMNS, "kubectl get events", "left after the TTL")


@dataclass(frozen=True, slots=True)
class Score:
    """One run: what was rated, what could not be made to happen, and what is not whole."""

    results: Sequence[Result]
    failed: dict[str, str]
    troubles: Sequence[str]
    load: bool = False
    audited: bool = True
    seconds: float = 0.0

    @property
    def whole(self) -> bool:
        """Tell whether all could be made to happen, and the record is whole."""
        return not self.failed and not self.troubles

    @property
    def named(self) -> str:
        """Say what run it was."""
        how = "under load, an engine killed in the middle" if self.load else "one after the other"
        return f"{how}, {'with' if self.audited else 'without'} the API server's audit log"


def cells(result: Result) -> tuple[str, ...]:
    """Give a row of the table."""
    rated = (str(getattr(result.row, column)) for column in COLUMNS)
    return (result.happened.kind, *rated, "yes" if result.kube else "no", "yes" if result.left else "no")


def totals(one: Score) -> list[str]:
    """Say the score in sentences."""
    counted = score(result.row for result in one.results)
    kube, left, every = sum(r.kube for r in one.results), sum(r.left for r in one.results), len(one.results)
    each = "; ".join(
        f"{'reads well' if column == 'reads' else column} {counted[column][0]}/{counted[column][1]}" for column in COLUMNS
    )
    lines = [
        f"{every} kinds, {one.named}, in {one.seconds / 60:.0f} min: right in every column {counted['all'][0]} of {every}.",
        f"{each}. Certain and wrong: {counted['wrong'][0]}.",
        f"`kubectl get events` told {kube} of them at once; once the Events are gone, {left} can still be read from the objects.",
    ]
    lines += [f"Could not be made to happen: {name}." for name in one.failed]
    return lines + [f"Not whole: {trouble}" for trouble in one.troubles]


def table(one: Score) -> str:
    """Give the table and the score for a terminal."""
    rows = [HEAD, *map(cells, one.results)]
    wide = [max(len(row[column]) for row in rows) for column in range(len(HEAD))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, wide, strict=True)).rstrip() for row in rows]
    broken = [f"\n{name}: {why}" for name, why in one.failed.items()]
    return "\n".join([*lines, "", *totals(one), *broken]) + "\n"


def data(one: Score) -> dict[str, Any]:
    """Give all of a run for a program."""
    kinds = [
        {
            **dict(zip(HEAD, cells(result), strict=True)),
            "flaws": result.flaws,
            "text": result.line["text"] if result.line else None,
            "end": result.why["end"] if result.why else None,
            "truth": shown(result.happened.truth),
        }
        for result in one.results
    ]
    counted = score(result.row for result in one.results)
    return {"run": one.named, "score": counted, "kinds": kinds, "failed": one.failed, "troubles": list(one.troubles)}


def shown(truth: Truth) -> dict[str, Any]:
    """Give what is stated of a truth."""
    every = {name: getattr(truth, name) for name in Truth.__slots__}
    return {name: value for name, value in every.items() if value}


def explain(result: Result) -> str:
    """Show what a kind was rated by: the truth beside what was told."""
    line = result.line or {}
    why = result.why or {"chain": (), "end": "", "root": ""}
    told = [f"{link['surety']}: {link['text']}" + (f" ({link['ground']})" if link["ground"] else "") for link in why["chain"]]
    kept = {name: line.get(name) for name in ("fact", "at", "recorded_at", "who", "asked_by", "asked_surety", "text")}
    return "\n".join(
        [
            f"== {' '.join(cells(result))}",
            f"truth: {json.dumps(shown(result.happened.truth), default=str)}",
            f"told: {json.dumps(kept)}",
            f"data: {json.dumps(line.get('data'))[:900]}",
            f"flaws: {', '.join(result.flaws) or 'none'}",
            *(f"why: {each}" for each in told),
            f"in the end ({why['root']}): {why['end']}",
            "",
        ]
    )


INTRODUCTION = """# What is known, measured

Made by `python -m tests.history --write docs/what-is-known.md` (`--load`: under load too) on the lab (a real API
server, two nodes, real containers); do not edit.
Each kind is made to happen; what `reckon events` and `reckon why` then tell is held against
what was done, the API server's audit log and the containers' own state, never against the product's own words.
`tests/history/README.md` has the rules.

*yes*: as it was. *part*: told only for the whole project, or one of several. *no*: not told. *wrong*: told for certain,
and not true. *-*: does not apply.
"""


def page(runs: Iterable[Score]) -> str:
    """Give the page."""
    parts = [INTRODUCTION]
    for one in runs:
        head = [f"## {one.named[0].upper()}{one.named[1:]}", "", *(f"- {line}" for line in totals(one)), ""]
        rows = [f"| # | {' | '.join(HEAD)} |", f"|{' --- |' * (len(HEAD) + 1)}"]
        rows += [f"| {number} | {' | '.join(cells(result))} |" for number, result in enumerate(one.results, 1)]
        parts.append("\n".join([*head, *rows, ""]))
    return "\n".join(parts)
