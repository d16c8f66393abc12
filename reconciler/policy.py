"""The settings that decisions depend on; each decision names their digest, so that it can be made again."""

from dataclasses import asdict, dataclass

from domain.objects import canonical

DECIDER = "2"
"""The version of the rules in `reconciler.plan`. A change that would decide an old ledger differently raises it."""


@dataclass(frozen=True, slots=True)
class Rules:
    """What the rules of one version do that those of an earlier one did not: an old ledger is judged by its own."""

    takes_over: bool = True
    """What an apply would leave to its owner is taken over before it."""
    apart: bool = True
    """One object's trouble keeps back only what needs it."""

    @classmethod
    def of(cls, decider: str) -> "Rules":
        """Give the rules of a version, as a decision names it; the newest for one that is not known."""
        return cls(takes_over=False, apart=False) if decider == "1" else cls()


RULES = Rules()


@dataclass(frozen=True, slots=True)
class Policy:
    """Patience, in seconds and in tries."""

    retry_first: float = 0.5
    """After the first action that did not succeed; doubled with each further one."""
    retry_longest: float = 60.0
    refused_often: int = 60
    """After so many refusals, one after the other, the same is asked for more rarely still: doubled again, up to"""
    refused_longest: float = 900.0
    correct_first: float = 1.0
    """After the first correction of a field; doubled with each further one by the same manager."""
    corrections: int = 6
    """How often one manager's change of one field is put right before we give up."""
    correction_memory: float = 600.0
    """After so long without a new change, earlier corrections are forgotten."""

    look_first: float = 15.0
    """So long an engine that takes the lead looks before it calls a rollout failed."""

    def document(self) -> bytes:
        """Give the text that is kept in the ledger under the digest that decisions name."""
        return canonical(asdict(self)).encode()
