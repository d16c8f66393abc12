"""Filling: how the content of a version's integrations comes to its claims: facts and fold. Stream `seen/<project>/<name>`.

A claim is named by what it holds, so each of these facts is about one content; a claim that is lost takes its fill with it.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, assert_never

from domain.changed import changed
from domain.repeats import gist

FINAL = 65
"""The exit code by which a tool says: another try would fail alike."""
NOTHING = hashlib.sha256().hexdigest()
"""The digest of a listing without a line: what a bucket, or its prefix, stands at while no object is in it."""
Stage = Literal["waiting", "filling", "done", "failed"]


@dataclass(frozen=True, slots=True)
class FillStarted:
    """The tool runs: from now on content comes in. Each try has a pod of its own."""

    integration: str
    claim: str
    pod: str


@dataclass(frozen=True, slots=True)
class FillProgressed:
    """A fill cannot begin yet (`waiting`), or one try of it failed and the next follows (`retrying`), and why."""

    integration: str
    claim: str
    pod: str
    """Empty while none was made."""
    phase: Literal["waiting", "retrying"]
    words: str


@dataclass(frozen=True, slots=True)
class FillDone:
    """A claim holds its content, whole. `identity` is what that is: a commit, a digest of a bucket's listing."""

    integration: str
    claim: str
    identity: str
    size: int
    """In bytes; -1 where the tool's own account of it was lost."""
    files: int
    seconds: float


@dataclass(frozen=True, slots=True)
class FillFailed:
    """The last try failed; `words` are the tool's own last lines."""

    integration: str
    claim: str
    words: str


FillFact = FillStarted | FillProgressed | FillDone | FillFailed


@dataclass(frozen=True, slots=True)
class Filling:
    """The fold of one claim's fill. `at` is when its stage began; `failed` names the pods of tries that did not succeed."""

    integration: str
    claim: str
    stage: Stage
    at: datetime
    pod: str = ""
    words: str = ""
    failed: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    """What was told already of why it cannot begin, without numbers and ids."""
    identity: str = ""
    size: int = 0
    files: int = 0
    seconds: float = 0.0


Fillings = Mapping[str, Filling]
"""The fills of a deployment's claims, by the claim's name."""


def take_in(fillings: Fillings, fact: FillFact, at: datetime) -> Fillings:
    """Take a fact in."""
    before = fillings.get(fact.claim) or Filling(fact.integration, fact.claim, "waiting", at)
    return {**fillings, fact.claim: _after(before, fact, at)}


def _after(before: Filling, fact: FillFact, at: datetime) -> Filling:
    match fact:
        case FillStarted(pod=pod):
            return changed(before, stage="filling", at=at, pod=pod)
        case FillProgressed(pod=pod, phase="waiting", words=words):
            return changed(before, pod=pod or before.pod, words=words, said=(*before.said, gist(words)))
        case FillProgressed(pod=pod, words=words):
            return changed(before, stage="waiting", at=at, pod=pod, words=words, failed=(*before.failed, pod))
        case FillDone(identity=identity, size=size, files=files, seconds=seconds):
            done = changed(before, stage="done", at=at, words="", identity=identity)
            return changed(done, size=size, files=files, seconds=seconds)
        case FillFailed(words=words):
            return changed(before, stage="failed", at=at, words=words)
        case _:
            assert_never(fact)


def emptied(fillings: Fillings, claim: str) -> Fillings:
    """Forget a claim's fill: it is gone, or begins anew."""
    return {name: filling for name, filling in fillings.items() if name != claim}


def essence(identity: str) -> str:
    """Give of an identity what tells contents apart; the rest of it is only for finding the same content again."""
    return identity.partition(";")[0]


def is_empty(identity: str) -> bool:
    """Tell whether a source is known to have held nothing. A commit does not tell: how many files it has is known once filled."""
    return essence(identity).rpartition(":")[2] == NOTHING


def came_empty(identity: str, size: int, files: int) -> bool:
    """Tell whether a fill is known to have brought nothing: by the tool's account, or by the listing where that was lost."""
    return (size, files) == (0, 0) or (size < 0 and is_empty(identity))
