"""What others did to what a project's deployments share: its namespace, and the Secrets in use.

In stream `cluster/<uid>`, once, about the project; a Secret that all projects share, and the namespace it stands in, about all
(empty subject). Never a value: of a Secret only its metadata is ever looked at.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from domain.objects import ObjectRef
from domain.seen import Change


@dataclass(frozen=True, slots=True)
class NamespaceCondition:
    """Why a namespace that is being deleted is still there, in Kubernetes' words."""

    type: str
    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class NamespaceChanged:
    """Labels or annotations of a namespace of ours are not as our write left them. Replaces what an earlier such fact said.

    No changes: it is as it was again. `before` names the paths among `changes` that the earlier one told as they are, `gone` is
    what that one told and is no more.
    """

    ref: ObjectRef
    changes: tuple[Change, ...]
    before: tuple[str, ...] = ()
    gone: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class NamespaceLeaving:
    """A namespace of ours is being deleted, and all that stands in it. Told anew when what it waits for changes.

    Who ordered that stands in no object; `managers` lists who wrote to it, the last first.
    """

    ref: ObjectRef
    managers: tuple[str, ...] = ()
    at: datetime | None = None
    conditions: tuple[NamespaceCondition, ...] = ()
    finalizers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NamespaceGone:
    """A namespace of ours is no more, and nothing that stood in it is. `how`: it was seen, or it was missing from a list."""

    ref: ObjectRef
    uid: str = ""
    how: Literal["seen", "missed"] = "seen"


@dataclass(frozen=True, slots=True)
class SecretChanged:
    """A Secret in use was written by another: `manager`, at a time, by its managedFields. `fields` names what, never a value."""

    ref: ObjectRef
    resource_version: str
    manager: str
    at: datetime | None = None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SecretVanished:
    """A Secret that is in use is not there. Who deleted it stands in no object; the API server's audit log knows."""

    ref: ObjectRef


SharedFact = NamespaceChanged | NamespaceLeaving | NamespaceGone | SecretChanged | SecretVanished
