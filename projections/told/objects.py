"""What was seen of a deployment's objects, told."""

from typing import assert_never

from domain.masks import MASK
from domain.objects import Scalar
from domain.observe_objects import MASKED
from domain.seen import (
    Change,
    Drifted,
    DriftEnded,
    MarkCleared,
    MarkDoubted,
    ObjectLeaving,
    ObjectMet,
    ObjectVanished,
    ReplicasRefused,
    RolloutProgressed,
    SeenFact,
    UnmanagedSeen,
)
from projections.told.said import Said
from projections.wording import listed, one_line


def tell(fact: SeenFact) -> Said:  # noqa: C901, PLR0911 (one line a fact)
    """Say what was seen of an object."""
    match fact:
        case Drifted(ref, _, _, changes):
            return Said("drift", "warning", f"{by(changes)} changed {ref}: {listed([change(c) for c in changes])}")
        case DriftEnded(ref, _, _, how):
            hands = "by our correction" if how == "corrected" else "by other hands"
            return Said("drift", "good", f"{ref} is as it should be again, {hands}")
        case UnmanagedSeen(ref, _, changes):
            added = listed([change(c) for c in changes]) or "nothing any more"
            return Said("drift", "info", f"{by(changes)} added to {ref} what is not ours, left alone: {added}")
        case MarkDoubted():
            return Said("drift", "bad" if fact.ahead else "warning", doubt(fact))
        case MarkCleared(ref):
            return Said("drift", "good", f"{ref} no longer carries a mark that this ledger did not write")
        case ObjectMet(ref):
            return Said("drift", "warning", f"met {ref}: it carries our label, but its last write is not on record")
        case ObjectLeaving(ref):
            return Said("drift", "warning", f"{ref} is being deleted, not by us")
        case ObjectVanished(ref, _, how):
            missed = "" if how == "seen" else " (when is not known)"
            return Said("drift", "warning", f"{ref} is no more{missed}")
        case RolloutProgressed():
            return Said("rollout", "good" if fact.complete else "info", progress(fact))
        case ReplicasRefused(reason, message):
            return Said("rollout", "bad", f"the cluster makes no replica: {reason}: {one_line(message)}")
        case _:
            assert_never(fact)


def doubt(found: MarkDoubted) -> str:
    """Say which mark is doubted, who wrote it, and what follows."""
    hands = "someone" if found.manager in {"", "unknown"} else one_line(found.manager, 60)
    if not found.ahead:
        return f"{hands} gave {found.ref} a mark of ours that cannot be read: it is not believed"
    mark = f"{found.timeline}.{found.position}"
    return (
        f"{hands} gave {found.ref} the mark {mark}, beyond all that this ledger decided and without its proof: "
        "this deployment is not acted upon until the mark is gone or overruled"
    )


def progress(fact: RolloutProgressed) -> str:
    """Say how far a rollout is, in replicas."""
    if fact.wanted == 0:
        return "no replica wanted, none left" if fact.replicas == 0 else f"{fact.replicas} replicas still to go"
    old = f", {fact.replacement_left} of the old still there" if fact.replacement_left > 0 else ""
    new = "" if fact.updated == fact.wanted else f", {fact.updated} new"
    return f"{fact.ready} of {fact.wanted} replicas ready{new}{old}"


def change(changed: Change) -> str:
    """Say one field's change."""
    return f"{field(changed.path)} {scalar(changed.was)} -> {scalar(changed.now)}"


def field(path: str) -> str:
    """Shorten the paths that everybody knows: those inside the only container of the pod template."""
    return path.removeprefix("spec.template.spec.containers[name=app].").removeprefix("spec.")


def scalar(value: Scalar) -> str:
    """Write a field's value as YAML would, cut where it is long."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case _:
            return one_line(_marked(str(value)), 60) or '""'


def _marked(value: str) -> str:
    """Show the one mark where a value was masked when it was recorded."""
    return f"{MASK}{value.removeprefix(MASKED)}" if value in {MASKED, f"{MASKED}, not the same"} else value


def by(changes: tuple[Change, ...]) -> str:
    """Name whose hands they were, by field manager; `someone` when the API server did not say."""
    names = tuple(dict.fromkeys(c.manager for c in changes if c.manager and c.manager != "unknown"))
    return listed(names) or "someone"
