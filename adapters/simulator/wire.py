"""The words in which a simulated cluster is asked from another process: one JSON line each way."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from domain.errors import Contested, DeadreckonError, Rejected, Rejection, Unreachable
from domain.nodes import Node, NodeCapacity, Taint
from domain.objects import Live, Mark, ObjectRef

Words = dict[str, Any]


def ref_words(ref: ObjectRef) -> list[str]:
    """Write where an object stands."""
    return [ref.kind, ref.namespace, ref.name]


def ref_of(words: list[str]) -> ObjectRef:
    """Read where an object stands."""
    return ObjectRef(*words)


def live_words(live: Live | None) -> Words | None:
    """Write an object as the cluster returned it."""
    if live is None:
        return None
    written = live.written_at.isoformat() if live.written_at else ""
    return {**asdict(live), "ref": ref_words(live.ref), "fields": dict(live.fields), "written_at": written}


def live_of(words: Words | None) -> Live | None:
    """Read an object back."""
    if words is None:
        return None
    written = datetime.fromisoformat(words["written_at"]) if words["written_at"] else None
    read: Words = {**words, "ref": ref_of(words["ref"]), "mark": Mark(**words["mark"])}
    read |= {"written_at": written, "foreign": tuple(words["foreign"])}
    return Live(**read)


def node_of(words: Words) -> Node:
    """Read a node back that `asdict` has written."""
    taints = tuple(Taint(**taint) for taint in words["taints"])
    read: Words = {**words, "whole": NodeCapacity(**words["whole"]), "free": NodeCapacity(**words["free"]), "taints": taints}
    return Node(**read)


def error_words(error: DeadreckonError) -> Words:
    """Write a failure that has a name."""
    words: Words = {"kind": type(error).__name__, "message": str(error)}
    return {**words, "rejection": asdict(error.rejection)} if isinstance(error, Rejected) else words


def error_of(words: Words) -> DeadreckonError:
    """Read a failure back."""
    if words["kind"] == "Rejected":
        return Rejected(Rejection(**words["rejection"]))
    known: Mapping[str, Callable[[str], DeadreckonError]] = {"Contested": Contested}
    return known.get(words["kind"], Unreachable)(words["message"])
