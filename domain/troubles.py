"""Troubles: actions that did not succeed, object by object, and how often one after the other."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.objects import ObjectRef


@dataclass(frozen=True, slots=True)
class Trouble:
    """Actions that did not succeed, one after the other: how many, when last, and the newest words."""

    times: int
    at: datetime
    code: str
    message: str
    ref: ObjectRef


Troubles = Mapping[ObjectRef, Trouble]
"""Of each object that is in trouble, its own; over when a write of it succeeds, its drift ends, or a new order is given."""


def once_more(before: Trouble | None, code: str, message: str, *, ref: ObjectRef, at: datetime) -> Trouble:
    """Count a trouble; what failed in one decision has its outcomes recorded together, and is one failure."""
    times = 1 if before is None else before.times + (before.at != at)
    return Trouble(times, at, code, message, ref)


def without(troubles: Troubles, ref: ObjectRef) -> Troubles:
    """Take in that an object is in no trouble any more."""
    return {other: trouble for other, trouble in troubles.items() if other != ref} if ref in troubles else troubles
