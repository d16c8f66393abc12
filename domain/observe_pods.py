"""What others made of a replica's pod itself: taken out of its ReplicaSet, changed where it stands, made other by admission.

A pod is compared with the template of the very ReplicaSet that owns it, never with what we last asked for: another template
makes other pods, and that is the Deployment's drift. What differs is its maker's doing, and so admission's, unless managedFields
name another hand. What the API server fills into every pod is not told.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime

from domain.deployment import Deployment
from domain.field_managers import NOBODY, UNKNOWN, FieldManager, FieldOwners
from domain.objects import Fields, Scalar
from domain.observations import UNTOLD_NOTES, PodSeen, PodSpecSeen
from domain.observe_drift import hidden
from domain.pod_facts import ReplicaAdmitted, ReplicaChanged, ReplicaDisowned
from domain.replica import Replica, ReplicaFact
from domain.seen import ABSENT, AppliedState, Change

ADMISSION = "admission"
LIMIT_RANGER = "LimitRanger"
_MOST = 20
"""Changes of one pod that are told one by one."""
_KEPT = 60
"""Fields of one pod of which it is remembered that they were changed: of more nothing is told."""
_HASH = "metadata.labels.pod-template-hash"
_NOTE = "metadata.annotations."
_SELECTED = "spec.selector.matchLabels."
_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 (where the API server mounts a pod's own token)
_RESOURCES = re.compile(r"(.*\.resources)\.requests\.(.*)")
_SIZE = re.compile(r".*\.resources(\.|$)")


def made_of(home: Deployment, applied_state: AppliedState | None, replica: Replica, seen: PodSeen) -> Iterator[ReplicaFact]:
    """Give what is new of what others made of a pod. `applied_state`: what the API server made of our Deployment."""
    spec = seen.spec
    if spec is None or seen.deleting:
        return
    taken_out = _disowned(replica, seen, spec, applied_state)
    if taken_out is not None:
        yield taken_out
    if seen.owner is None or not seen.owner.template:
        return
    selected = {*_selected(applied_state), _HASH}
    differing = {path: was for path, was in _differing(seen.owner.template, spec.fields).items() if path not in selected}
    theirs, admitted = _apart(replica, spec, differing)
    if changes := _changes(replica, spec, theirs):
        yield ReplicaChanged(changes)
    if news := _news_of_admission(home, replica, spec, admitted):
        yield news


def _disowned(replica: Replica, seen: PodSeen, spec: PodSpecSeen, applied_state: AppliedState | None) -> ReplicaDisowned | None:
    """Tell that no ReplicaSet counts it any more: nothing controls it, or its labels are no longer those that are selected."""
    if replica.disowned:
        return None
    wanted = {**_selected(applied_state), **_hash_of(seen)}
    changes = tuple(
        Change(path, hidden(path, was), hidden(path, spec.fields.get(path, ABSENT)), *_hand(path, spec))
        for path, was in wanted.items()
        if spec.fields.get(path, ABSENT) != was
    )
    if spec.controlled and not changes:
        return None
    last = next((change for change in changes if change.manager != UNKNOWN), None)
    return ReplicaDisowned(changes[:_MOST], last.manager if last else UNKNOWN, last.at if last else None)


def _selected(applied_state: AppliedState | None) -> Mapping[str, Scalar]:
    """Give the labels by which our Deployment selects its pods; a selector never changes."""
    found: Fields = applied_state.all if applied_state else {}
    return {f"metadata.labels.{path.removeprefix(_SELECTED)}": now for path, now in found.items() if path.startswith(_SELECTED)}


def _hash_of(seen: PodSeen) -> Mapping[str, Scalar]:
    template: Fields = seen.owner.template if seen.owner else {}
    return {_HASH: template[_HASH]} if _HASH in template else {}


def _hand(path: str, spec: PodSpecSeen) -> tuple[str, datetime | None]:
    hand = _changer(path, spec)
    return hand.name, hand.at


def _changer(path: str, spec: PodSpecSeen) -> FieldManager:
    """Name who set a field; who took one away owns nothing of it, and is named only where nobody else wrote."""
    owners = FieldOwners(spec.managers)
    if owners.of(path):
        return owners.hand(path)
    alone = {writer.name: writer for writer in reversed(spec.writers)}
    if path in spec.fields or len(alone) != 1:
        return NOBODY
    (only,) = alone.values()
    return FieldManager(only.name, only.at)


def _differing(template: Fields, fields: Fields) -> Mapping[str, Scalar]:
    """Give the fields in which a pod is not as its template, with the template's value."""
    untold = UNTOLD_NOTES in template or UNTOLD_NOTES in fields
    paths = (path for path in {**template, **fields} if template.get(path, ABSENT) != fields.get(path, ABSENT))
    paths = (path for path in paths if not (untold and path.startswith(UNTOLD_NOTES)))
    return {path: template.get(path, ABSENT) for path in sorted(paths) if not _filled_in(path, template, fields)}


def _filled_in(path: str, template: Fields, fields: Fields) -> bool:
    """Tell whether the API server fills a field into every pod: its token, and requests as large as the limits."""
    if _TOKEN in path or (path.endswith((".volumeMounts", ".resources")) and fields.get(path, ABSENT) == ABSENT):
        return True
    asked = _RESOURCES.fullmatch(path)
    limit = template.get(f"{asked[1]}.limits.{asked[2]}", ABSENT) if asked else ABSENT
    return limit != ABSENT and path not in template and fields.get(path) == limit


def _apart(
    replica: Replica, spec: PodSpecSeen, differing: Mapping[str, Scalar]
) -> tuple[Mapping[str, Scalar], Mapping[str, Scalar]]:
    """Tell apart what another hand changed since from what admission made of the pod when it was created.

    A field that somebody owns is theirs. One that was taken away is nobody's: theirs where anybody wrote at all.
    """
    owners = FieldOwners(spec.managers)
    theirs = {
        path: was
        for path, was in differing.items()
        if owners.of(path) or path in replica.changed or (path not in spec.fields and spec.writers)
    }
    untold = UNTOLD_NOTES in spec.fields
    kept = {path: change for path, change in replica.changed.items() if not (untold and path.startswith(UNTOLD_NOTES))}
    back = {path: change.was for path, change in kept.items() if path not in differing}
    return {**theirs, **back}, {path: was for path, was in differing.items() if path not in theirs}


def _changes(replica: Replica, spec: PodSpecSeen, theirs: Mapping[str, Scalar]) -> tuple[Change, ...]:
    """Tell each value once; also that a field is again as it was."""
    told: list[Change] = []
    for path, was in theirs.items():
        known = replica.changed.get(path)
        before, now = known.now if known else hidden(path, was), hidden(path, spec.fields.get(path, ABSENT))
        if path.startswith(_NOTE) and known is not None and ABSENT not in {before, now}:
            continue  # notes may be rewritten for ever: of one it is told that it came, and that it went
        if before != now and (known is not None or len(replica.changed) + len(told) < _KEPT):
            told.append(Change(path, before, now, *_hand(path, spec)))
    return tuple(told[:_MOST])


def _news_of_admission(
    home: Deployment, replica: Replica, spec: PodSpecSeen, admitted: Mapping[str, Scalar]
) -> ReplicaAdmitted | None:
    """Tell once for each template what admission made other of its pods."""
    told = home.replica_sets.admitted.get(replica.template, frozenset())
    news = [path for path in admitted if path not in told][:_MOST]
    if not news or len(told) >= _KEPT:
        return None
    return ReplicaAdmitted(
        tuple(
            Change(path, hidden(path, admitted[path]), hidden(path, spec.fields.get(path, ABSENT)), _whose(path, spec))
            for path in news
        )
    )


def _whose(path: str, spec: PodSpecSeen) -> str:
    return LIMIT_RANGER if spec.limits and _SIZE.match(path) else ADMISSION
