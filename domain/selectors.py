"""Label selectors: whether an object of somebody's means a pod, by the pod's labels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, assert_never

Operator = Literal["In", "NotIn", "Exists", "DoesNotExist"]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One of a selector's `matchExpressions`."""

    key: str
    operator: Operator
    values: tuple[str, ...] = ()

    def holds(self, labels: Mapping[str, str]) -> bool:
        """Tell whether labels are as it asks; a label that is not there is in no set of values."""
        match self.operator:
            case "In":
                return labels.get(self.key) in self.values
            case "NotIn":
                return labels.get(self.key) not in self.values
            case "Exists":
                return self.key in labels
            case "DoesNotExist":
                return self.key not in labels
            case _:
                assert_never(self.operator)

    def __str__(self) -> str:
        """Write it as kubectl does: `tier in (web,api)`, `!canary`."""
        match self.operator:
            case "In" | "NotIn":
                return f"{self.key} {self.operator.lower()} ({','.join(self.values)})"
            case "Exists":
                return self.key
            case "DoesNotExist":
                return f"!{self.key}"
            case _:
                assert_never(self.operator)


@dataclass(frozen=True, slots=True)
class Selector:
    """A label selector. One without anything means every pod: who has none at all (a Service without one) has no `Selector`."""

    labels: tuple[tuple[str, str], ...] = ()
    expressions: tuple[Requirement, ...] = ()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Tell whether a pod with these labels is meant."""
        return all(labels.get(key) == value for key, value in self.labels) and all(one.holds(labels) for one in self.expressions)

    def __str__(self) -> str:
        """Write it as kubectl does: `app=web,tier in (web,api)`."""
        return ",".join((*(f"{key}={value}" for key, value in self.labels), *map(str, self.expressions))) or "every pod"
