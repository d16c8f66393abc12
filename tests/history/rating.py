"""How each column of a kind is rated. Pure: the truth and what was told go in, words come out.

The truth never comes from the product. A column is `yes`, `part`, `no`, `wrong` or `-` (it does not apply); `wrong` is a certain
answer that is not true, which is worse than none.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from typing import Any, Literal

from tests.history.truth import PEOPLE, Truth

Rate = Literal["yes", "part", "no", "wrong", "-"]
Line = Mapping[str, Any]
"""A fact as `reckon events -o json` gives it."""

LONGEST = 400
"""So many characters a sentence may have at most, to be read at a glance."""
RAW = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-|sha256:[0-9a-f]{64}|\{\"|\n|Traceback|<object|\\u[0-9a-f]{4}")
"""What no person wants to read: uids, whole digests, JSON, Python's own words."""


@dataclass(frozen=True, slots=True)
class Told:
    """What the product told: the deployment's own facts, those of the whole project, and the causes of the one that tells it."""

    own: Sequence[Line]
    all: Sequence[Line] = ()
    why: Mapping[str, Any] | None = None
    audited: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """One kind, rated column by column."""

    found: Rate
    when: Rate = "-"
    who: Rate = "-"
    cause: Rate = "-"
    fidelity: Rate = "-"
    reads: Rate = "-"

    @property
    def right(self) -> bool:
        """Tell whether every column is right."""
        return all(getattr(self, column) in {"yes", "-"} for column in COLUMNS)

    @property
    def wrong(self) -> bool:
        """Tell whether a certain answer is not true."""
        return any(getattr(self, column) == "wrong" for column in COLUMNS)


TYPIST = "root"
"""Who types all orders, also those in another's name: both are on record."""
COLUMNS = tuple(field.name for field in fields(Row))


def rate(truth: Truth, told: Told) -> Row:
    """Rate one kind. What is not found is rated in no other column, but counts as not right."""
    line = telling(truth, told.own)
    found: Rate = "yes"
    if line is None:
        line, found = telling(truth, told.all), "yes" if truth.shared else "part"
    if line is None:
        return Row("no")
    return Row(
        found,
        when(truth, line),
        who(truth, line, audited=told.audited),
        cause(truth, told.why, audited=told.audited),
        fidelity(truth, line),
        "no" if flaws(truth, line) else "yes",
    )


def telling(truth: Truth, lines: Iterable[Line]) -> Line | None:
    """Find the fact that tells it: of a class that does, about that object, with what it must name, recorded after it began.

    Of several, the first whose time is right; else the first.
    """
    after = truth.began - timedelta(seconds=truth.slack)
    fit = [line for line in lines if _recorded(line) >= after and _is_this(truth, line)]
    return next((line for line in fit if when(truth, line) == "yes"), next(iter(fit), None))


def _is_this(truth: Truth, line: Line) -> bool:
    if line["fact"] not in truth.facts:
        return False
    said = json.dumps([line["data"], line["replica"]], ensure_ascii=False)
    return truth.about in said and all(word in said for word in truth.holds)


def when(truth: Truth, line: Line) -> Rate:
    """Hold the told time against the interval in which it happened, with the slack that the kind states."""
    slack, at = timedelta(seconds=truth.slack), datetime.fromisoformat(line["at"])
    return "yes" if truth.began - slack <= at <= truth.ended + slack else "no"


def who(truth: Truth, line: Line, *, audited: bool) -> Rate:
    """Hold who is told against who it was.

    An order: its record has the person. With an audit log: exactly the user, for certain; one of several is `part`, nobody `no`.
    Without one: the field manager, where there is one; a person is then `wrong`, whoever it is. What nobody asked for
    is `-`, and `wrong` where a person is named for it.
    """
    named = _named(line)
    people = _people(named)
    if not truth.user:
        return "wrong" if people else "-"
    if truth.ordered:
        return "yes" if truth.user in _people(f"{line['who']} {line['text']}") else "wrong"
    if not audited:
        return "wrong" if people else "yes" if truth.manager in line["text"] else "no"
    if people == {truth.user}:
        return "yes" if _surely(line) else "part"
    if truth.user in people:
        return "part"
    return "wrong" if people else "no"


def _named(line: Line) -> str:
    return str(line["data"].get("user") or "") if line["fact"] == "RequestWitnessed" else str(line["asked_by"])


def _surely(line: Line) -> bool:
    return line["fact"] == "RequestWitnessed" or line["asked_surety"] in {"recorded", "follows"}


def cause(truth: Truth, why: Mapping[str, Any] | None, *, audited: bool) -> Rate:
    """Hold the causes that `reckon why` tells against the true one.

    A person in the end who had nothing to do with it is `wrong`. A hand's cause is the hand: the chain ends with its user
    (without an audit log: with its manager). Anything else: a cause of the chain names one of the words that the kind states.
    Where the cause cannot be known, *not known* is right and any other answer is wrong.
    """
    if why is None:
        return "no"
    people = _people(why["end"]) if why["root"] == "person" else set[str]()
    if people - {truth.user, *truth.also, *((TYPIST,) if truth.ordered else ())}:
        return "wrong"
    if truth.unknown:
        return "yes" if why["root"] == "unknown" else "wrong"
    wanted = truth.cause or (_hand(truth, audited=audited))
    if not wanted:
        return "yes"
    said = " ".join([why["end"], *(link["text"] for link in why["chain"] if link["surety"] != "beside")]).lower()
    return "yes" if any(word.lower() in said for word in wanted) else "no"


def _hand(truth: Truth, *, audited: bool) -> tuple[str, ...]:
    known = truth.user if audited or truth.ordered else truth.manager
    return (known,) if known else ()


def fidelity(truth: Truth, line: Line) -> Rate:
    """Hold values and messages against the cluster's own: each must stand in the fact as it is."""
    if not truth.values:
        return "-"
    said = json.dumps(line["data"], ensure_ascii=False)
    held = [value in said or json.dumps(value, ensure_ascii=False)[1:-1] in said for value in truth.values]
    return "yes" if all(held) else "part" if any(held) else "no"


def flaws(truth: Truth, line: Line) -> tuple[str, ...]:
    """Say what keeps the sentence from reading well."""
    text, found = str(line["text"]), list[str]()
    if not text or len(text) > LONGEST:
        found.append(f"{len(text)} characters")
    if raw := RAW.search(text):
        found.append(f"raw: {raw[0]!r}")
    found += [f"{word!r} is not named" for word in truth.words if word.lower() not in text.lower()]
    return tuple(found)


def _people(text: str) -> set[str]:
    return {person for person in PEOPLE if re.search(rf"(?<![\w:.-]){person}(?![\w:.-])", text)}


def _recorded(line: Line) -> datetime:
    return datetime.fromisoformat(line["recorded_at"])


def score(rows: Iterable[Row]) -> dict[str, tuple[int, int]]:
    """Count, for each column and for all of them at once, how many are right of those it applies to."""
    held = tuple(rows)
    counted = {column: [rated for row in held if (rated := getattr(row, column)) != "-"] for column in COLUMNS}
    told = {column: (sum(rated == "yes" for rated in rates), len(rates)) for column, rates in counted.items()}
    return {**told, "all": (sum(row.right for row in held), len(held)), "wrong": (sum(row.wrong for row in held), len(held))}
