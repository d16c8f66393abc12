"""The history: a deployment's versions — number, who, when, why, what changed, how it went."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

from domain.deployment import Deployment, Version, fold
from domain.facts import Fact
from domain.names import Key
from domain.orders import DeletionOrdered, Submitted
from domain.record import Circumstances, Recorded
from domain.spec import Spec
from projections.changes import beginning, differences, in_words
from projections.wording import last_words, listed, short_image, span

SpecOf = Callable[[Submitted], Spec | None]
"""Gives the spec of a version; None when its document was erased."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One version. `went` is its verdict in words, `verdict` in one: healthy, failed, superseded, or empty (not judged yet).

    `judged_at` and `replaced_at` are None while that has not happened.
    """

    number: int
    incarnation: int
    at: datetime
    who: str
    surety: str
    reason: str
    ticket: str
    origin: str
    of: int
    image: str
    digest: str
    machine_type: str
    replicas: int
    changed: str
    verdict: str
    recovered: bool
    went: str
    judged_at: datetime | None
    replaced_at: datetime | None
    fact: str
    """The id of the fact that made it."""


def history(key: Key, facts: Iterable[Recorded[Fact]], spec_of: SpecOf) -> tuple[Entry, ...]:
    """Give all versions, oldest first, of all incarnations."""
    told = tuple(facts)
    deployment = fold(key, told)
    circumstances = {r.circumstances.id: r.circumstances for r in told if isinstance(r.fact, Submitted)}
    ends = _ends(deployment, told)
    entries: list[Entry] = []
    for version in deployment.versions:
        before = deployment.version(version.number - 1)
        changed = what_changed(version, before, spec_of)
        entries.append(_entry(version, changed, circumstances[version.fact], ends.get(version.number)))
    return tuple(entries)


def _ends(deployment: Deployment, facts: Iterable[Recorded[Fact]]) -> Mapping[int, datetime]:
    """Give for each version the time from which it was no longer wanted."""
    versions = deployment.versions
    ends = {one.number: after.submitted_at for one, after in pairwise(versions)}
    for recorded in facts:
        if isinstance(recorded.fact, DeletionOrdered):
            last = [v.number for v in versions if v.order.incarnation <= recorded.fact.incarnation]
            if last:
                ends[last[-1]] = recorded.recorded_at
    return ends


def _entry(version: Version, changed: str, circumstances: Circumstances, replaced_at: datetime | None) -> Entry:
    order = version.order
    return Entry(
        number=order.number,
        incarnation=order.incarnation,
        at=version.submitted_at,
        who=circumstances.who.name,
        surety=circumstances.who.surety,
        reason=circumstances.reason,
        ticket=circumstances.ticket,
        origin=order.origin.kind,
        of=order.origin.of,
        image=order.image,
        digest=order.digest,
        machine_type=order.machine_type,
        replicas=order.replicas,
        changed=changed,
        verdict=version.verdict or ("superseded" if replaced_at else ""),
        recovered=version.recovered,
        went=how_it_went(version, replaced_at),
        judged_at=version.judged_at,
        replaced_at=replaced_at,
        fact=version.fact,
    )


def what_changed(version: Version, before: Version | None, spec_of: SpecOf) -> str:
    """Say what a version changed, relative to the one before it."""
    order = version.order
    spec = spec_of(order)
    if before is None or before.order.incarnation != order.incarnation:
        start = "anew: " if before else ""
        return start + (beginning(spec) if spec else short_image(order.image))
    if order.origin.kind == "rollback":
        return f"back to version {order.origin.of}: {_between(before.order, order, spec_of)}"
    if order.origin.kind == "stop":
        return "stopped"
    if order.origin.kind == "start":
        return "started"
    return _between(before.order, order, spec_of)


def _between(before: Submitted, after: Submitted, spec_of: SpecOf) -> str:
    was, now = spec_of(before), spec_of(after)
    if was and now:
        words = in_words(differences(was, now))
        moved = words == "the same again" and before.digest != after.digest
        return f"the same again, the image's name stands for {after.digest[7:19] or 'another'} now" if moved else words
    if before.image != after.image:
        return f"image {short_image(before.image)} -> {short_image(after.image)}"
    return "the same image (what else changed is not known: the document was erased)"


def how_it_went(version: Version, replaced_at: datetime | None) -> str:
    """Say how a version went, and how long that took."""
    seconds = (version.judged_at - version.submitted_at).total_seconds() if version.judged_at else 0
    took = f"after {span(seconds)}" if seconds >= 0.5 else "at once"
    match version.verdict:
        case "healthy":
            return f"healthy {took}"
        case "failed":
            words = listed([last_words(why, 100) for why in version.why], 2)
            late = "; recovered later" if version.recovered else ""
            return f"failed {took}" + (f": {words}" if words else "") + late
        case _ if replaced_at:
            return f"superseded after {span((replaced_at - version.submitted_at).total_seconds())}, not judged"
        case _:
            return "under way" if version.order.enabled else "stopped"
