"""What is said of a fact: its kind (what people filter by), how grave it is, and the sentence."""

from dataclasses import dataclass
from typing import Literal, get_args

Kind = Literal[
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
    "request",
    "node",
    "namespace",
]
Severity = Literal["info", "good", "warning", "bad"]

KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence without its subject's name, time and place: those stand in columns of their own."""

    kind: Kind
    severity: Severity
    text: str
