"""Why something befell a replica: what its own life, its node, its Secrets and others' hands have to do with it."""

from collections.abc import Sequence
from datetime import datetime

from domain.actions import Decided, VersionHealthy
from domain.facts import Fact
from domain.orders import Submitted
from domain.pod_facts import ReplicaChanged, ReplicaDisowned, ReplicaEnded, ReplicaLeaving, ReplicaRemoved
from domain.record import Recorded
from domain.replica import (
    BecameReady,
    BecameUnready,
    ContainerStarted,
    ImagePulled,
    ProbeFailed,
    ReplicaCreated,
    ReplicaGone,
    ReplicaKilled,
    ReplicaScheduled,
    ReplicaUnschedulable,
    ReplicaWaiting,
    ReplicaWarned,
    Restarted,
    StartupPassed,
    ended_by,
)
from domain.seen import Drifted
from domain.shared_seen import SecretVanished
from projections.when import happened_at
from projections.why import departures, keeping
from projections.why.counts import SLACK
from projections.why.links import NOTHING, Links, beside, follows
from projections.why.past import Past, last

_CRASH_LOOP = "CrashLoopBackOff"
_REDEFINED = "definition changed"
"""The kubelet's words where a container is started anew because its pod was changed where it stands."""
_BEGUN = (ReplicaScheduled, ImagePulled, StartupPassed, ReplicaUnschedulable)


def causes(here: Recorded[Fact], past: Past) -> Links:  # noqa: C901, PLR0911, PLR0912 (one line a fact)
    """Give why something befell a replica."""
    match here.fact:
        case ReplicaCreated():
            return keeping.causes(here, past)
        case ReplicaLeaving() | ReplicaGone():
            return departures.causes(here, past)
        case ReplicaRemoved():
            return departures.of_removal(here, past)
        case ReplicaChanged() | ReplicaDisowned():
            return follows(past.request(here), "the API server's audit log has the request")
        case Restarted() as restart:
            return _of_restart(restart, here, past)
        case ReplicaKilled() as killed:
            return _of_kill(killed, here, past)
        case ReplicaEnded():
            return follows(_told_to_end(here, past), "it had been told to end")
        case BecameUnready():
            return _of_unreadiness(here, past)
        case BecameReady():
            return _of_readiness(here, past)
        case ReplicaWaiting() | ReplicaWarned():
            return _of_waiting(here, past)
        case ContainerStarted():
            again = last(_before(here, past), lambda fact: isinstance(fact, Restarted))
            return follows(again, "it was started again") or _of_birth(here, past)
        case ProbeFailed():
            return _of_version(here, past)
        case _:
            return _of_birth(here, past) if isinstance(here.fact, _BEGUN) else NOTHING


def _before(here: Recorded[Fact], past: Past) -> Sequence[Recorded[Fact]]:
    return [one for one in past.life(here) if one.position < here.position]


def _of_birth(here: Recorded[Fact], past: Past) -> Links:
    return follows(past.birth(here), "the replica was made")


def _told_to_end(here: Recorded[Fact], past: Past) -> Recorded[Fact] | None:
    """Find that it was told to end before: it may be on record later, and the node's clock may be behind."""

    def leaves(fact: Fact) -> bool:
        return isinstance(fact, ReplicaLeaving)

    return last(_before(here, past), leaves) or last(past.life(here), leaves, happened_at(here) + SLACK)


def _of_restart(restart: Restarted, here: Recorded[Fact], past: Past) -> Links:
    """Find who ended the container, by the node's own times; a kill may be on record after the restart that it led to."""
    kills = [one for one in past.life(here) if isinstance(one.fact, ReplicaKilled) and _within(one, restart)]
    for kill in reversed(kills):
        assert isinstance(kill.fact, ReplicaKilled)
        if ended_by(kill.fact, restart.started_at, restart.finished_at) or _REDEFINED in kill.fact.message:
            return follows(kill, "the kubelet ended the container")
    match restart.cause:
        case "startup probe" | "liveness probe":
            probe = restart.cause.partition(" ")[0]
            return follows(_failure(here, past, probe), f"its {probe} check failed")
        case "crashed" | "out of memory" | "completed":
            return _of_version(here, past)
        case _:
            near = last(_before(here, past), _may_end, happened_at(here) + SLACK)
            return beside([near] if near and _since(near, restart.started_at) else [])


def _failure(here: Recorded[Fact], past: Past, probe: str) -> Recorded[Fact] | None:
    """Find the failed check in this container's life: the kubelet limits its Events, and one of a life before is not it."""
    before = _before(here, past)
    failed = last(before, lambda fact: isinstance(fact, ProbeFailed) and fact.probe == probe)
    begun = last(before, lambda fact: isinstance(fact, ContainerStarted))
    since = here.fact.started_at if isinstance(here.fact, Restarted) else happened_at(begun) if begun else None
    return failed if failed and _since(failed, since) else None


def _may_end(fact: Fact) -> bool:
    """Tell whether a fact may have to do with the end of a container whose cause is not known."""
    return isinstance(fact, ReplicaKilled | ReplicaChanged) or (isinstance(fact, ProbeFailed) and fact.probe != "readiness")


def _within(kill: Recorded[Fact], restart: Restarted) -> bool:
    at, slack = happened_at(kill), SLACK
    after = restart.started_at is None or at >= restart.started_at - slack
    return after and (restart.finished_at is None or at <= restart.finished_at + slack)


def _since(one: Recorded[Fact], started_at: datetime | None) -> bool:
    return started_at is None or happened_at(one) >= started_at - SLACK


def _of_kill(killed: ReplicaKilled, here: Recorded[Fact], past: Past) -> Links:
    life, at = past.life(here), happened_at(here)
    if killed.probe:
        return follows(_failure(here, past, killed.probe), f"its {killed.probe} check failed as often as it may")
    if _REDEFINED in killed.message:
        changed = last(life, lambda fact: isinstance(fact, ReplicaChanged) and _image(fact), at + SLACK)
        return follows(changed, "the pod was changed where it stands")
    return follows(_told_to_end(here, past), "it had been told to end")


def _image(fact: ReplicaChanged) -> bool:
    return any(change.path.endswith("image") for change in fact.changes)


def _of_unreadiness(here: Recorded[Fact], past: Past) -> Links:
    """Find what made it unready since it was ready: its end, a failing check, or a node that is not heard."""
    at = happened_at(here) + SLACK
    ready = last(_before(here, past), lambda fact: isinstance(fact, BecameReady))
    restart = last(past.life(here), lambda fact: isinstance(fact, Restarted) and _ended_between(fact, ready, at))
    if restart is not None:
        return follows(restart, "its container ended")
    for one in reversed([one for one in past.life(here) if one is not here and happened_at(one) <= at]):
        match one.fact:
            case BecameReady():
                break
            case ReplicaLeaving():
                return follows(one, "what is told to end takes no traffic")
            case Restarted() | ReplicaKilled():
                return follows(one, "its container ended")
            case ProbeFailed(probe="readiness"):
                return follows(one, "its readiness check failed")
            case _:
                pass
    return beside([past.node_trouble(past.node(here), at)], "its node is in trouble")


def _ended_between(fact: Restarted, ready: Recorded[Fact] | None, until: datetime) -> bool:
    """Tell whether a container ended since it was ready: the check of one that has ended fails too."""
    end = fact.finished_at
    return end is not None and end <= until and (ready is None or end >= happened_at(ready))


def _of_readiness(here: Recorded[Fact], past: Past) -> Links:
    for one in reversed(_before(here, past)):
        if isinstance(one.fact, BecameUnready):
            return NOTHING  # it is ready again of itself
        if isinstance(one.fact, Restarted):
            return follows(one, "it was started again")
    return _of_birth(here, past)


def _of_waiting(here: Recorded[Fact], past: Past) -> Links:
    fact = here.fact
    assert isinstance(fact, ReplicaWaiting | ReplicaWarned)
    if fact.reason == _CRASH_LOOP:
        return follows(last(_before(here, past), lambda f: isinstance(f, Restarted)), "it ends again and again")
    for one in reversed(past.of(SecretVanished)):
        if isinstance(one.fact, SecretVanished) and f'secret "{one.fact.ref.name}" not found' in fact.message:
            return follows(one, "it needs that Secret")
    return _of_version(here, past)


def _of_version(here: Recorded[Fact], past: Past) -> Links:
    """Give the version that it runs, where that has never yet been healthy and nobody else changed it: it is what fails."""
    created = past.created(here)
    if created is None or any(isinstance(one.fact, ReplicaChanged) for one in past.life(here)):
        return NOTHING
    orders = [one for one in past.before(here) if isinstance(one.fact, Submitted)]
    brought = _brought(orders, created.template)
    if brought is None:
        return NOTHING
    since = [one for one in past.before(here) if one.position > brought.position]
    if any(_spoils(one.fact) for one in since):
        return NOTHING
    assert isinstance(brought.fact, Submitted)
    return follows(brought, f"it runs version {brought.fact.number}, which has not been healthy yet")


def _brought(orders: Sequence[Recorded[Fact]], template: str) -> Recorded[Fact] | None:
    """Find the order that brought a pod template, not one that only changed how often it runs."""
    found, before = None, ""
    for one in orders:
        assert isinstance(one.fact, Submitted)
        if one.fact.template == template and before != template:
            found = one
        before = one.fact.template
    return found


def _spoils(fact: Fact) -> bool:
    """Tell whether a fact makes it doubtful that a version as it was ordered is what fails."""
    match fact:
        case Decided(findings=findings):
            return any(isinstance(one, VersionHealthy) for one in findings)
        case Drifted(changes=changes):
            return any(change.path.startswith("spec.template") for change in changes)
        case _:
            return False
