"""Which field manager it was, as far as managedFields can say: never a wrong name, and `unknown` where several could be meant.

Whoever changes a field owns it from then on, and the entry has the time of its last write. Whoever takes a field away owns
nothing of it: such a manager is named only where no other could have done it.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from domain.names import MANAGER, SOMEBODY_ELSES
from domain.observations import Manager, ObjectSeen
from domain.seen import AppliedState

UNKNOWN = "unknown"
_UNDER_OUR_NAME = f"{MANAGER}{SOMEBODY_ELSES}"
_FREE = (".labels.", ".annotations.", ".selector.", ".matchLabels.", ".nodeSelector.")
"""Below these a name may have dots of its own: `app` is no parent of `app.kubernetes.io/name`."""
_JOINT = re.compile(r"[.\[(]")


@dataclass(frozen=True, slots=True)
class FieldManager:
    """A field manager, and when it last wrote; `unknown` has no time."""

    name: str = UNKNOWN
    at: datetime | None = None


NOBODY = FieldManager()


class FieldOwners:
    """Who owns which path, looked up by the path: an object may have thousands of both."""

    def __init__(self, managers: Iterable[Manager]) -> None:
        """Take in what managedFields say."""
        self._at: dict[str, list[Manager]] = {}
        for manager in managers:
            self._at.setdefault(manager.path, []).append(manager)

    def of(self, path: str) -> Sequence[Manager]:
        """Give those who own a path, or the nearest whole that it is in."""
        if path in self._at:
            return self._at[path]
        if not self._at:
            return ()
        for end in reversed([found.start() for found in _JOINT.finditer(path)]):
            above = [manager for manager in self._at.get(path[:end], ()) if manager.whole]
            if above and not any(part in path[:end] for part in _FREE):
                return above
        return ()

    def hand(self, path: str) -> FieldManager:
        """Name the one that owns a path; of several the one that wrote last, alone."""
        owners = self.of(path)
        newest = max((_time(manager) for manager in owners), default=0.0)
        last = [manager for manager in owners if _time(manager) == newest]
        return FieldManager(last[0].name, last[0].at) if len({manager.name for manager in last}) == 1 else NOBODY


def changer(path: str, seen: ObjectSeen, applied_state: AppliedState, owners: FieldOwners) -> FieldManager:
    """Name who made a field what it is now, or took it away."""
    if owners.of(path):
        return owners.hand(path)
    if path not in seen.fields:
        return _remover(seen, applied_state)
    ours = path in applied_state.ours and _imitated(seen, applied_state)
    return FieldManager(_UNDER_OUR_NAME, seen.own_at) if ours else NOBODY


def _imitated(seen: ObjectSeen, applied_state: AppliedState) -> bool:
    """Tell whether our own manager's name wrote after we did."""
    return applied_state.at is not None and seen.own_at is not None and seen.own_at > applied_state.at


def _remover(seen: ObjectSeen, applied_state: AppliedState) -> FieldManager:
    """Name who took something away: the only one that wrote since we did, if nothing else explains that it wrote."""
    since = applied_state.at
    if since is None:
        return NOBODY
    found = [FieldManager(writer.name, writer.at) for writer in seen.writers if writer.at is None or writer.at >= since]
    if _imitated(seen, applied_state):
        found.append(FieldManager(_UNDER_OUR_NAME, seen.own_at))
    if len(found) != 1 or found[0].at is None or found[0].at == since:
        return NOBODY
    own = FieldOwners(manager for manager in seen.managers if manager.name == found[0].name)
    explained = any(own.of(path) and applied_state.ours.get(path) != now for path, now in seen.fields.items())
    return NOBODY if explained else found[0]


def _time(manager: Manager) -> float:
    return manager.at.timestamp() if manager.at else 0.0
