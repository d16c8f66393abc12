"""What was seen of a deployment's objects, told."""

from collections.abc import Sequence
from typing import assert_never

from domain.masks import MASK
from domain.objects import ObjectRef, Scalar
from domain.private_values import MASKED
from domain.seen import (
    ABSENT,
    AdmissionChanged,
    Change,
    Drifted,
    DriftEnded,
    MarkCleared,
    MarkDoubted,
    ObjectLeaving,
    ObjectMet,
    ObjectVanished,
    ReplicaSetScaled,
    ReplicasRefused,
    RolloutProgressed,
    SeenFact,
    UnmanagedSeen,
)
from domain.server_defaults import is_default
from projections.drift import foremost
from projections.sentences.sentence import Sentence
from projections.wording import count, listed, one_line

_FEW = 4
"""Of fewer defaults each is named."""
_MOST = 12
"""So many fields are told by name; of more, how many."""


def tell(fact: SeenFact) -> Sentence:  # noqa: C901, PLR0911, PLR0912 (one line a fact)
    """Say what was seen of an object."""
    match fact:
        case Drifted():
            return Sentence("drift", "warning", drifted(fact))
        case DriftEnded(ref, _, _, how):
            end = "by our correction" if how == "corrected" else "changed back out-of-band"
            return Sentence("drift", "good", f"{ref} is as it should be again, {end}")
        case UnmanagedSeen():
            return Sentence("drift", "info", unmanaged(fact))
        case AdmissionChanged(ref, _, changes):
            return Sentence("drift", "warning" if changes else "good", admitted(ref, changes))
        case MarkDoubted():
            return Sentence("drift", "bad" if fact.ahead else "warning", doubt(fact))
        case MarkCleared(ref):
            return Sentence("drift", "good", f"{ref} no longer carries a mark that this ledger did not write")
        case ObjectMet(ref):
            return Sentence("drift", "warning", f"met {ref}: it carries our label, but its last write is not on record")
        case ObjectLeaving():
            return Sentence("drift", "warning", leaving(fact))
        case ObjectVanished():
            return Sentence("drift", "warning", vanished(fact))
        case RolloutProgressed():
            return Sentence("rollout", "good" if fact.complete else "info", progress(fact))
        case ReplicasRefused(reason, message):
            times = f" (refused {fact.times} times since this was last told)" if fact.times > 1 else ""
            return Sentence("rollout", "bad", f"the cluster makes no replica{times}: {reason}: {one_line(message)}")
        case ReplicaSetScaled():
            return Sentence("rollout", "info", scaled(fact))
        case _:
            assert_never(fact)


def admitted(ref: ObjectRef, changes: tuple[Change, ...]) -> str:
    """Say what admission made of an object."""
    if not changes:
        return f"the API server's admission leaves {ref} as we asked"
    said = fields(changes)
    return f"the API server's admission changed {ref}: {said} (a policy or webhook: which one is not in the answer)"


def drifted(fact: Drifted) -> str:
    """Say what others changed, what is new of it first; and what stood otherwise before."""
    fresh = [change for change in fact.changes if change.path not in fact.before]
    stands = [change for change in fact.changes if change.path in fact.before]
    if not fresh:
        return f"of what others changed on {fact.ref} some is left: {fields(stands, fact.ref.kind)}"
    still = f"; still otherwise: {fields(stands, fact.ref.kind)}" if stands else ""
    return f"{by_hand(fresh, f'changed {fact.ref}', fact.ref.kind)}{still}"


def unmanaged(fact: UnmanagedSeen) -> str:
    """Say what others added that is none of ours, and what of it is gone."""
    fresh = [change for change in fact.changes if change.path not in fact.before]
    said: list[str] = []
    if fresh:
        said.append(by_hand(fresh, f"added to {fact.ref} what is not ours, left alone", fact.ref.kind))
    if fact.gone:
        said.append(by_hand(fact.gone, f"took from {fact.ref} what was not ours"))
    left = f"of what others added to {fact.ref} some is left" if fact.changes else f"what others added to {fact.ref} is gone"
    return "; ".join(said) or left


def leaving(fact: ObjectLeaving) -> str:
    """Say that an object is being deleted, by whom as far as that is known, and what it waits for."""
    waits = f"; it waits for {_finalizers(fact.finalizers)}" if fact.finalizers else ""
    if fact.ours:
        return f"{fact.ref} is being deleted, as we asked, and does not come to its end{waits}"
    return f"{fact.ref} is being deleted, not by us: {_deleter(fact.managers)}{waits}"


def vanished(fact: ObjectVanished) -> str:
    """Say that an object is no more, and by whom as far as that is known."""
    missed = "" if fact.how == "seen" else " (when is not known)"
    return f"{fact.ref} is no more{missed}{f': {_deleter(fact.managers)}' if fact.managers else ''}"


def _deleter(managers: tuple[str, ...]) -> str:
    """Point to who knows who deleted something: whoever wrote it last may be innocent."""
    last = f" (last written by {listed([one_line(name, 60) for name in managers])})" if managers else ""
    return f"someone deleted it; the API server's audit log says who{last}"


def _finalizers(names: tuple[str, ...]) -> str:
    noun = "finalizer" if len(names) == 1 else "finalizers"
    return f"{noun} {listed([one_line(name, 80) for name in names])}, which its owner has to take off"


def fields(changes: Sequence[Change], kind: str = "") -> str:
    """Name the fields that were changed: those that stood there and those of known hands first, and up to a bound all.

    Where the object's kind is known, the defaults that the API server filled in beside others' additions are only counted.
    """
    filled = [one for one in changes if one.was == ABSENT and is_default(kind, one.path, one.now)]
    named = [one for one in changes if one not in filled]
    if not named or len(filled) < _FEW:
        return listed([change(one) for one in foremost(changes)], _MOST)
    return (
        f"{listed([change(one) for one in foremost(named)], _MOST)} (and {len(filled)} defaults of Kubernetes' that come with it)"
    )


def by_hand(changes: Sequence[Change], deed: str, kind: str = "") -> str:
    """Say what each hand did: what nobody is named for is not said to be the deed of one who is."""
    named = foremost(changes)
    hands = list(dict.fromkeys(one.manager or "unknown" for one in named))
    if len(hands) == 1:
        return f"{by(named)} {deed}: {fields(named, kind)}"
    said: list[str] = []
    for hand in sorted(hands, key=lambda one: one == "unknown"):
        his = [one for one in named if (one.manager or "unknown") == hand]
        who = f"{by(his)} {deed}" if not said else "by whom is not known" if hand == "unknown" else by(his)
        said.append(f"{who}: {fields(his, kind)}")
    return "; ".join(said)


def doubt(found: MarkDoubted) -> str:
    """Say which mark is doubted, who wrote it, and what follows."""
    hands = "someone" if found.manager in {"", "unknown"} else one_line(found.manager, 60)
    if found.action:
        return (
            f"{hands} changed the mark of ours on {found.ref} (action {one_line(found.action, 60)}): this ledger did not "
            "write it, it is not believed, and our next write puts it right"
        )
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


def scaled(fact: ReplicaSetScaled) -> str:
    """Say how many replicas a ReplicaSet is to have, and how many it was to have before."""
    if fact.before is None:
        return f"{fact.ref} is to have {count(fact.after, 'replica')}"
    way = "down" if fact.after < fact.before else "up"
    return f"{fact.ref} is scaled {way} from {fact.before} to {count(fact.after, 'replica')}"


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


def by(changes: Sequence[Change]) -> str:
    """Name whose hands they were, by field manager; `someone` when the API server did not say."""
    names = tuple(dict.fromkeys(c.manager for c in changes if c.manager and c.manager != "unknown"))
    return listed([one_line(name, 60) for name in names]) or "someone"
