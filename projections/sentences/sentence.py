"""What is said of a fact: its kind (what people filter by), how grave it is, and the sentence."""

from dataclasses import dataclass
from typing import Literal, get_args

SentenceKind = Literal[
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

KINDS: tuple[SentenceKind, ...] = get_args(SentenceKind)


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence without its subject's name, time and place: those stand in columns of their own."""

    kind: SentenceKind
    severity: Severity
    text: str
