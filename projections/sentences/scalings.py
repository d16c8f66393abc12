"""Scalings, told: from how many to how many, by which figure, in the autoscaler's own words, and what hinders it."""

import re
from typing import assert_never

from domain.scaling import AT_CEILING, Measured, Scaled, ScaledByHand, ScalingFact, ScalingTroubled, ScalingTroubleEnded
from projections.sentences.sentence import Sentence
from projections.wording import LONGEST, count, listed, one_line

_LABELS = re.compile(r"\(&LabelSelector\{.*\}\)")
"""How the autoscaler ends an external metric's name: with a selector, in Go's own writing."""


def tell(fact: ScalingFact) -> Sentence:
    """Say what befell the number of replicas."""
    match fact:
        case Scaled():
            return Sentence("scaling", "info", scaled(fact))
        case ScaledByHand(_, before, after, manager):
            by = "someone" if manager in {"", "unknown"} else one_line(manager, 60)
            said = f"{by} changed the number of replicas out-of-band, {before} -> {after}"
            return Sentence("scaling", "warning", f"{said}; the autoscaler goes on from there")
        case ScalingTroubled(_, reason, message):
            if reason == AT_CEILING:
                return Sentence("scaling", "warning", "it runs as many replicas as it may; the autoscaler would make more")
            return Sentence("scaling", "warning", f"the autoscaler cannot do its work: {reason}: {one_line(message)}")
        case ScalingTroubleEnded(_, reason):
            if reason == AT_CEILING:
                return Sentence("scaling", "good", "the autoscaler is no longer held back by its ceiling")
            return Sentence("scaling", "good", f"the autoscaler does its work again ({reason} is over)")
        case _:
            assert_never(fact)


def scaled(fact: Scaled) -> str:
    """Say from how many to how many, by which figures, and why."""
    if fact.before == fact.after:
        return f"was scaled in between, unseen, and stands at {count(fact.after, 'replica')} again"
    by = figure(Measured(fact.metric, fact.value, fact.target)) if fact.metric else ""
    others = [figure(measured) for measured in fact.measured if measured.name != fact.metric]
    told = "; ".join(part for part in (listed([by, *others] if by else others, 5), words(fact.reason)) if part)
    return f"scaled from {fact.before} to {count(fact.after, 'replica')}" + (f": {told}" if told else "")


def figure(measured: Measured) -> str:
    """Say a metric's value and its target: `cpu 63 % of 50 %`, `requestDuration 0.21 s of 0.15 s`."""
    unit = "s" if measured.name == "requestDuration" else "%"
    value = f"{_number(measured.value)} {unit}" if measured.value is not None else "unknown"
    return f"{measured.name} {value}" + (f" of {_number(measured.target)} {unit}" if measured.target is not None else "")


def words(reason: str) -> str:
    """Give the autoscaler's words without a selector in Go's writing."""
    return one_line(_LABELS.sub("", reason[:LONGEST]))


def _number(value: float) -> str:
    return f"{value:.3g}" if abs(value) < 100 else f"{value:.0f}"
