"""What is said of a fact: its kind (what people filter by), how grave it is, and the sentence."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal[
    "order", "decision", "action", "replica", "probe", "rollout", "drift", "secret", "cluster", "platform", "fill", "scaling"
]
Severity = Literal["info", "good", "warning", "bad"]

KINDS: tuple[Kind, ...] = (
    "order",
    "decision",
    "action",
    "replica",
    "probe",
    "rollout",
    "drift",
    "secret",
    "cluster",
    "platform",
    "fill",
    "scaling",
)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence without its subject's name, time and place: those stand in columns of their own."""

    kind: Kind
    severity: Severity
    text: str
