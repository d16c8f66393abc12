"""The LimitRanger: admission that gives containers without limits a namespace's default ones, and notes it on the pod."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from adapters.simulator.schema import tree


@dataclass(slots=True)
class DefaultLimits:
    """For each namespace its default limits by resource (`memory`: `256Mi`)."""

    defaults: dict[str, dict[str, str]] = field(default_factory=dict[str, dict[str, str]])

    def apply(self, namespace: str, spec: Mapping[str, Any]) -> tuple[Mapping[str, Any], str]:
        """Give a pod's spec with the defaults, and the note; an empty one where nothing was set."""
        wanted = self.defaults.get(namespace, {})
        notes: list[str] = []
        containers = [_with(container, wanted, notes) for container in spec["containers"]]
        return ({**spec, "containers": containers}, f"LimitRanger plugin set: {'; '.join(notes)}") if notes else (spec, "")


def _with(container: Mapping[str, Any], wanted: Mapping[str, str], notes: list[str]) -> Mapping[str, Any]:
    resources = tree(container.get("resources"))
    limits, requests = tree(resources.get("limits")), tree(resources.get("requests"))
    missing = {name: value for name, value in wanted.items() if name not in limits}
    if not missing:
        return container
    asked = {name: value for name, value in missing.items() if name not in requests}
    if asked:
        notes.append(f"{', '.join(sorted(asked))} request for container {container['name']}")
    notes.append(f"{', '.join(sorted(missing))} limit for container {container['name']}")
    return {**container, "resources": {**resources, "limits": {**limits, **missing}, "requests": {**asked, **requests}}}
