"""What is new in a fact that also tells what stood already: of that neither the hand nor the time says anything of the news."""

from domain.facts import Fact
from domain.pod_facts import ReplicaChanged, ReplicaDisowned
from domain.seen import Change, Drifted, UnmanagedSeen
from domain.shared_seen import NamespaceChanged


def news(fact: Fact) -> tuple[Change, ...]:
    """Give the changes that a fact tells for the first time, and those of before that it tells to be gone."""
    match fact:
        case Drifted(changes=changes, before=before):
            return tuple(change for change in changes if change.path not in before)
        case (
            UnmanagedSeen(changes=changes, before=before, gone=gone) | NamespaceChanged(changes=changes, before=before, gone=gone)
        ):
            return (*(change for change in changes if change.path not in before), *gone)
        case ReplicaChanged(changes=changes) | ReplicaDisowned(changes=changes):
            return changes
        case _:
            return ()
