"""A deployment's ReplicaSets: how many replicas each is to have, as last told, and what is remembered of their pods.

Kept small: of ReplicaSets, pods that left, and templates that admission changed only the newest are known.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.changed import changed
from domain.pod_facts import ReplicaAdmitted
from domain.seen import ReplicaSetScaled

_SETS = 16
"""ReplicaSets that are remembered: a rollout has two."""
_LEFT = 64
"""Pods that left and whose ReplicaSet's word may still come."""
_ADMITTED = 16
"""Templates, with what admission changed of them."""


@dataclass(frozen=True, slots=True)
class ReplicaSets:
    """What is known of a deployment's ReplicaSets, by uid, and of pods."""

    wanted: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many replicas each is to have."""
    left: Mapping[str, str] = field(default_factory=dict[str, str])
    """The uids of pods that are gone and of which no ReplicaSet's word was heard, by name."""
    admitted: Mapping[str, frozenset[str]] = field(default_factory=dict[str, frozenset[str]])
    """For each template the fields that admission was told to have changed."""


def take_in(sets: ReplicaSets, scaled: ReplicaSetScaled) -> ReplicaSets:
    """Take in that a ReplicaSet is to have another number of replicas."""
    others = [(uid, count) for uid, count in sets.wanted.items() if uid != scaled.uid]
    return changed(sets, wanted=dict([*others, (scaled.uid, scaled.after)][-_SETS:]))


def removed(sets: ReplicaSets, uid: str) -> ReplicaSets:
    """Take in that a ReplicaSet's controller removed a pod."""
    return changed(sets, left={pod: of for pod, of in sets.left.items() if of != uid})


def left(sets: ReplicaSets, pod: str, uid: str) -> ReplicaSets:
    """Take in that a pod is gone of whose removal nothing was heard."""
    others = [(name, of) for name, of in sets.left.items() if name != pod]
    return changed(sets, left=dict([*others, (pod, uid)][-_LEFT:]))


def admitted(sets: ReplicaSets, template: str, fact: ReplicaAdmitted) -> ReplicaSets:
    """Take in what admission made other than a template."""
    others = [(name, paths) for name, paths in sets.admitted.items() if name != template]
    paths = sets.admitted.get(template, frozenset()) | {change.path for change in fact.changes}
    return changed(sets, admitted=dict([*others, (template, paths)][-_ADMITTED:]))
