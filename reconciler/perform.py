"""Performing: one recorded action, one write request at most, one outcome. Whoever performs does not think.

Guards (each tried on a real API server): an update carries uid and resourceVersion read just before; a create is a read that
must say 404 and an apply that should answer 201; an object whose label shows a later decision of ours is left to it; what is
not labelled ours is never touched.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from domain.actions import (
    Action,
    Create,
    Ensure,
    Failed,
    HandOver,
    NotAttempted,
    Outcome,
    Remove,
    Succeeded,
    TakeOver,
    Unknown,
    Update,
)
from domain.cluster_ports import Guard, Objects
from domain.copies import is_whole_secret
from domain.errors import Contested, Rejected, Unreachable
from domain.marks import Signer
from domain.masks import Masks
from domain.objects import Json, Kind, Live, Manifest, Mark, canonical, flatten, orders, stamp
from domain.private_values import of_manifest
from domain.seen import ABSENT
from reconciler.admission import admitted
from reconciler.trouble_isolation import AWAY, needs

_JUDGED = ("spec.", "metadata.labels.", "metadata.annotations.")
_LONGEST = 2000
"""Characters of the cluster's words that are kept."""


@dataclass(frozen=True, slots=True)
class Task:
    """An action with all that is needed to perform it: the mark it leaves, and its manifest (None: a removal, or erased)."""

    action: Action
    mark: Mark
    manifest: Manifest | None
    signer: Signer
    """Proves the mark, and tells whether others are this ledger's own."""
    unsound: str = ""
    """Why its manifest cannot be used, although there is one."""


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a task, and the text of what the server settled on, to be kept under a digest (empty: nothing)."""

    outcome: Outcome
    settled: bytes = b""


def perform_all(tasks: tuple[Task, ...], cluster: Objects, leading: Callable[[], bool]) -> tuple[Done, ...]:
    """Perform a decision's tasks in order; after one that did not succeed, what needs it is not attempted.

    Nothing is, once this engine no longer leads, or the API server did not even answer a question.
    """
    done: list[Done] = []
    failed: list[Action] = []
    stopped = ""
    for task in tasks:
        action = task.action
        missing = next((one for one in failed if needs(action, one)), None)
        if not stopped and not leading():
            stopped = "this engine no longer leads"
        if stopped or missing:
            why = stopped or (f"{missing.verb} of {missing.ref} did not succeed" if missing else "")
            done.append(Done(NotAttempted(action.id, action.ref, why)))
            continue
        result = perform(task, cluster)
        done.append(result)
        if not isinstance(result.outcome, Succeeded):
            failed.append(action)
        if isinstance(result.outcome, Failed) and result.outcome.code == AWAY:
            stopped = "the API server did not answer"
    return tuple(done)


def perform(task: Task, cluster: Objects) -> Done:  # noqa: PLR0911 (each answer has its outcome)
    """Perform one task; whatever the cluster answers becomes an outcome, and nothing is raised for it."""
    action = task.action
    try:
        before = None if _made_unread(action, task.manifest) else cluster.read(action.ref)
    except Unreachable as error:
        return Done(Failed(action.id, action.ref, AWAY, _said(task, f"nothing was sent: {error}")))
    except Rejected as error:
        return Done(Failed(action.id, action.ref, error.rejection.reason, _said(task, error.rejection.message)))
    obstacle = _obstacle(task, before) or _erased(task)
    if obstacle is not None:
        return Done(obstacle)
    try:
        return _write(task, before, cluster)
    except Contested as error:
        return Done(Failed(action.id, action.ref, "Contested", _said(task, str(error))))
    except Rejected as error:
        return Done(Failed(action.id, action.ref, error.rejection.reason, _said(task, error.rejection.message)))
    except Unreachable as error:
        return Done(Unknown(action.id, action.ref, _said(task, str(error))))


def _made_unread(action: Action, manifest: Manifest | None) -> bool:
    """Tell whether it is made without a look: who makes a Secret need not read one, and the cluster refuses where one stands."""
    return isinstance(action, Create) and manifest is not None and is_whole_secret(manifest)


def _said(task: Task, message: str) -> str:
    """Give the cluster's words without the private values that it may repeat from our manifest, and not without end."""
    message = Masks.of(of_manifest(task.manifest) if task.manifest else ()).hide(message)
    return message if len(message) <= _LONGEST else f"{message[:_LONGEST]}…"


def resolve(task: Task, cluster: Objects) -> Done:
    """Find out what became of an action that has no outcome, by reading it back. Raises Unreachable, Rejected, Contested."""
    action, ref = task.action, task.action.ref
    live = cluster.read(ref)
    if isinstance(action, Remove):
        if live is None or live.uid != action.uid:
            return Done(Succeeded(action.id, ref, "absent", wrote=False, uid=action.uid))
        if live.deleting:
            return Done(Succeeded(action.id, ref, "leaving", wrote=False, uid=action.uid))
        return Done(Unknown(action.id, ref, "the object is still there; the request may have been lost, or may yet arrive"))
    if isinstance(action, Ensure) and live is not None and live.mark.ledger == task.mark.ledger:
        made = live.mark.action == action.id
        return Done(_succeeded(task, live, "created" if made else "found", wrote=made))
    if live is None or live.mark.action != action.id:
        return Done(Unknown(action.id, ref, "the object does not carry this action; the request may have been lost"))
    return _read_back(task, live, cluster)


def _read_back(task: Task, live: Live, cluster: Objects) -> Done:
    """Find out what the server settled on when it wrote an object that carries this action."""
    action, ref = task.action, task.action.ref
    if isinstance(action, HandOver):
        return Done(_succeeded(task, live, "updated", wrote=True))
    if _erased(task):
        lost = task.unsound or "its manifest was erased from the ledger"
        return Done(Unknown(action.id, ref, f"the object carries this action, but {lost}"))
    # What the server settled on is asked of the server, not taken from the object: others may have changed it since.
    try:
        guard = Guard(live.uid, live.resource_version)
        answer = cluster.apply(_stamped(task), audit=f"{action.id}-readback", guard=guard, dry_run=True)
    except Rejected as error:
        # Some clusters refuse dry runs (a webhook with side effects): without what it settled on no drift would be seen.
        message = f"the object carries this action, but what was made of it could not be asked: {error}"
        return Done(Unknown(action.id, ref, _said(task, message)))
    settled = _settlement(task, answer)
    effect = "updated" if isinstance(action, Update) else "created"
    return Done(_succeeded(task, live, effect, wrote=True), settled)


def _obstacle(task: Task, before: Live | None) -> Failed | Succeeded | None:  # noqa: PLR0911 (one line an obstacle)
    """Say why the task must not, or need not, write; None when it may."""
    action = task.action
    if before is None:
        return _nothing_there(action)
    if before.mark.ledger != task.mark.ledger:
        return Failed(action.id, action.ref, "NotOurs", _taken(before), before.uid)
    if isinstance(action, Ensure):  # whoever made what is shared, it is there
        return _shared(task, before)
    proven = task.signer.genuine(action.ref, before.mark, before.proof)
    if proven and before.mark.newer_than(task.mark):
        return Failed(action.id, action.ref, "Superseded", "a later decision of ours stands on the object", before.uid)
    if isinstance(action, Create) or before.uid != action.uid:
        return _another(action, before, ours=proven or _lost_answer(action, before))
    if isinstance(action, Remove):
        return Succeeded(action.id, action.ref, "leaving", wrote=False, uid=action.uid) if before.deleting else None
    return Failed(action.id, action.ref, "Terminating", "it is being deleted") if before.deleting else None


def _shared(task: Task, before: Live) -> Failed | Succeeded:
    if before.deleting:
        message = "it is being deleted; it can be made anew once it is gone"
        return Failed(task.action.id, task.action.ref, "Terminating", message)
    return _succeeded(task, before, "found", wrote=False)


def _another(action: Action, before: Live, *, ours: bool) -> Failed:
    """Say that an object stands there which is not the one that is known; only what is our own may be written over next."""
    if not ours:
        return Failed(action.id, action.ref, "NotOurs", _imitated(before), before.uid)
    if isinstance(action, Create):
        return Failed(action.id, action.ref, "AlreadyThere", "an object of ours has this name already", before.uid)
    return Failed(action.id, action.ref, "Replaced", "another object has this name now", before.uid)


def _lost_answer(action: Action, before: Live) -> bool:
    """Tell whether the object was written by the action that this one tries again."""
    return bool(action.retry_of) and before.mark.action == action.retry_of


def _imitated(before: Live) -> str:
    return (
        f"{before.ref} carries this ledger's labels, but this ledger did not write it: not touched. "
        f"Remove it (kubectl -n {before.ref.namespace} delete {before.ref.kind.lower()} {before.ref.name}) if nobody needs it"
    )


def _taken(before: Live) -> str:
    """Say whose an object is that is not ours, and for the metrics API, of which a cluster has one, what can be done."""
    owner = f"ledger {before.mark.ledger}" if before.mark.ledger else "someone else"
    if before.ref.kind != Kind.API_SERVICE.value:
        return f"an object of this name belongs to {owner}: not touched"
    service = f"{before.fields.get('spec.service.namespace', '?')}/{before.fields.get('spec.service.name', '?')}"
    return (
        f"{before.ref.name} is answered by Service {service}, which belongs to {owner}, and a cluster has only one: not touched. "
        "Scale by cpu or memory instead of requestDuration, or have that provider removed"
    )


def _erased(task: Task) -> Failed | None:
    action = task.action
    if task.manifest is not None or isinstance(action, Remove):
        return None
    if task.unsound:
        return Failed(action.id, action.ref, "Unsound", task.unsound)
    return Failed(action.id, action.ref, "Erased", "its manifest was erased from the ledger: submit the deployment anew")


def _nothing_there(action: Action) -> Failed | Succeeded | None:
    match action:
        case Update() | HandOver() | TakeOver():
            return Failed(action.id, action.ref, "Gone", "the object is no longer there")
        case Remove():
            return Succeeded(action.id, action.ref, "absent", wrote=False, uid=action.uid)
        case Create() | Ensure():
            return None


def _write(task: Task, before: Live | None, cluster: Objects) -> Done:
    action = task.action
    guard = Guard(before.uid, before.resource_version) if before else None
    if isinstance(action, Remove):
        assert guard is not None, "what is not there is not removed"
        removed = cluster.remove(action.ref, guard=guard, audit=action.id)
        effect = "deleted" if removed else "absent"
        return Done(Succeeded(action.id, action.ref, effect, wrote=removed, uid=action.uid))
    if isinstance(action, TakeOver):
        return _take_over(task, action, guard, cluster)
    answer = cluster.apply(_stamped(task), audit=action.id, guard=guard)
    effect = "created" if answer.created else "updated"
    # What is handed over is not ours to judge afterwards.
    settled = b"" if isinstance(action, HandOver) else _settlement(task, answer)
    return Done(_succeeded(task, answer, effect, wrote=True), settled)


def _take_over(task: Task, action: TakeOver, guard: Guard | None, cluster: Objects) -> Done:
    assert guard is not None, "of what is not there nothing is taken over"
    assert task.manifest is not None, f"{action.verb} of {action.ref} has no manifest"
    over = cluster.take_over(task.manifest, action.paths, guard=guard, audit=action.id)
    effect = "taken over" if over.taken else "found"
    return Done(replace(_succeeded(task, over.live, effect, wrote=bool(over.taken)), taken=over.taken))


def _stamped(task: Task) -> Manifest:
    assert task.manifest is not None, f"{task.action.verb} of {task.action.ref} has no manifest"
    return stamp(task.manifest, task.mark, task.signer.proof(task.manifest.ref, task.mark))


def _succeeded(task: Task, live: Live, effect: str, *, wrote: bool) -> Succeeded:
    return Succeeded(
        task.action.id,
        task.action.ref,
        effect,
        wrote=wrote,
        uid=live.uid,
        resource_version=live.resource_version,
        generation=live.generation,
    )


def _settlement(task: Task, answer: Live) -> bytes:
    """Give what the server made of our manifest (`ours`) beside all that it returned (`all`): drift is judged against it."""
    assert task.manifest is not None
    content, answered = task.manifest.content, answer.fields
    ours = {path: answered.get(path, ABSENT) for path in flatten(content) if path in answered or path.startswith(_JUDGED)}
    settled: dict[str, Json] = {
        # Of a list's order what we declared counts: whoever put an element in keeps it, and the others stand as they were.
        "ours": {**ours, **orders(content)},
        "all": dict(answered),
        "whole": True,
        "at": answer.written_at.isoformat() if answer.written_at else "",
        "admitted": [list(one) for one in admitted(task.manifest, answer)],
    }
    return canonical(settled).encode()
