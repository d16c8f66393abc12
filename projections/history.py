"""The history: a deployment's versions — number, who, when, why, what changed, how it went."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import pairwise

from domain.deployment import Deployment
from domain.facts import Fact
from domain.last_good_version import soon_crashed
from domain.names import Key
from domain.orders import DeletionOrdered, Submitted
from domain.record import EventMetadata, Recorded
from projections.compared import Looks, SpecOf, WhatChanged, not_kept
from projections.images_run import ran
from projections.pinned_names import BodyOf
from projections.spec_diff import Difference
from projections.trials import UNSEEN, Trial, trials
from projections.version_course import Course


@dataclass(frozen=True, slots=True)
class VersionEntry:
    """One version. `went` is its verdict in words, `verdict` in one: healthy, stopped, failed, superseded; empty: not judged yet.

    `judged_at` and `replaced_at` are None while that has not happened. `never_healthy`: it failed or was replaced, and was at no
    time healthy. `crashed`: it was found healthy, crashed within ten minutes, and did not
    run well for ten minutes since. `seen` is what was seen of its replicas, also of those that are gone.
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
    """What the image's name stood for when it was ordered; empty where its registry could not be asked."""
    ran: tuple[str, ...]
    """The digests that its replicas were seen to run; () where none was seen."""
    machine_type: str
    replicas: int
    changed: str
    changes: tuple[Difference, ...]
    """What differs from the version before, as data: in the spec, and beneath it (`projections.pinned_names`)."""
    verdict: str
    recovered: bool
    never_healthy: bool
    crashed: bool
    seen: Trial
    went: str
    judged_at: datetime | None
    replaced_at: datetime | None
    fact: str
    """The id of the fact that made it."""
    acting_as: str = ""
    """In whose name `who` ordered it, by `--as`; empty: in their own."""


def history(key: Key, facts: Iterable[Recorded[Fact]], spec_of: SpecOf, body_of: BodyOf = not_kept) -> tuple[VersionEntry, ...]:
    """Give all versions, oldest first, of all incarnations. `body_of` gives manifests, for what differs beneath equal specs."""
    told = tuple(facts)
    deployment, seen = trials(key, told)
    metadata = {r.metadata.id: r.metadata for r in told if isinstance(r.fact, Submitted)}
    ends = _ends(deployment, told)
    looks, digests = Looks(deployment, spec_of, body_of), ran(deployment, told)
    entries: list[VersionEntry] = []
    for version in deployment.versions:
        change = looks.change(version, deployment.version(version.number - 1))
        replaced_at = ends.get(version.number)
        crashed = replaced_at is not None and soon_crashed(deployment, version)
        course = Course(version, replaced_at, seen.get(version.number, UNSEEN), crashed)
        entry = _entry(course, change, metadata[version.fact])
        entries.append(replace(entry, ran=digests[version.number]))
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


def _entry(course: Course, change: WhatChanged, metadata: EventMetadata) -> VersionEntry:
    version, replaced_at = course.version, course.replaced_at
    order = version.order
    return VersionEntry(
        number=order.number,
        incarnation=order.incarnation,
        at=version.submitted_at,
        who=metadata.who.name,
        surety=metadata.who.surety,
        reason=metadata.reason,
        ticket=metadata.ticket,
        origin=order.origin.kind,
        of=order.origin.of,
        image=order.image,
        digest=order.digest,
        ran=(),
        machine_type=order.machine_type,
        replicas=order.replicas,
        changed=change.words,
        changes=change.differences,
        verdict=course.verdict or ("superseded" if replaced_at else ""),
        recovered=version.recovered,
        never_healthy=course.never_healthy,
        crashed=course.crashed,
        seen=course.seen,
        went=course.told(),
        judged_at=version.judged_at,
        replaced_at=replaced_at,
        fact=version.fact,
        acting_as=metadata.who.acting_as,
    )
