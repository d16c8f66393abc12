"""The plan: what is to be done now about one deployment, from the folded facts alone.

Level, not edge: the question is never what just happened. Asking twice gives the same answer, and a deployment that is as
it should be gets an empty plan and a time to look again, or none.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import NAMESPACE_URL, uuid5

from domain.actions import Action, Finding
from domain.deployment import Deployment
from domain.world import World
from reconciler.convergence import convergence, given_up, removal
from reconciler.policy import RULES, Policy, Rules
from reconciler.trouble_isolation import AWAY, after_troubles, retry_at
from reconciler.verdict import deadline_of, findings


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do and what was found out. `wake_at`: look again then, whatever happens in between; None: only on news."""

    actions: tuple[Action, ...] = ()
    findings: tuple[Finding, ...] = ()
    wake_at: datetime | None = None

    def __bool__(self) -> bool:
        """Tell whether there is anything to record."""
        return bool(self.actions or self.findings)


def plan(  # noqa: PLR0913 (what a decision depends on)
    deployment: Deployment, world: World, *, ledger: str, now: datetime, policy: Policy, rules: Rules = RULES
) -> Plan:
    """Say what to do about a deployment now. Actions without an outcome come first: they are resolved before anything new."""
    if deployment.pending:
        return Plan()
    wake_at = deadline_of(deployment, world, policy)
    found = tuple(findings(deployment, now, wake_at, rules))
    if world.rewind is not None or deployment.doubted or deployment.unsound or world.missing(deployment.key.project):
        return Plan()  # a fold that misses a fact, or is of another's: nobody decides on it
    hold = deployment.hold if deployment.hold and deployment.hold.holds(now) else world.held(deployment.key.project, now)
    if hold is not None or (world.lead is not None and world.lead.observing):
        return Plan((), found, _earliest(wake_at, hold.until if hold else None))
    due = _retry_at(deployment, policy, rules)
    if due is not None and now < due:
        return Plan((), found, _earliest(wake_at, due))
    steps = tuple(removal(deployment) if deployment.removing else convergence(deployment, policy, now, rules))
    steps = tuple(after_troubles(steps, deployment, policy, now)) if rules.apart else steps
    gave_up = () if deployment.removing else tuple(given_up(deployment, policy, now))
    ready = [step.action for step in steps if step.not_before is None or step.not_before <= now]
    later = [step.not_before for step in steps if step.not_before is not None and step.not_before > now]
    lineage = f"{ledger}.{world.timeline}" if world.timeline else ledger
    actions = tuple(_identified(action, deployment, lineage, deployment.decided + index) for index, action in enumerate(ready, 1))
    return Plan(actions, (*found, *gave_up), _earliest(wake_at, *later))


def _identified(action: Action, deployment: Deployment, lineage: str, ordinal: int) -> Action:
    """Give an action its id: the same history gives the same id, in this ledger and timeline and in no other.

    An older copy of a ledger counts its actions anew; what the lost ones left on the cluster must not be taken for its own.
    """
    identity = uuid5(NAMESPACE_URL, f"deadreckon:{lineage}/{deployment.key.subject}#{ordinal}")
    return replace(action, id=str(identity), retry_of=deployment.unsure.get(action.ref, ""))


def _earliest(*times: datetime | None) -> datetime | None:
    return min((time for time in times if time is not None), default=None)


def _retry_at(deployment: Deployment, policy: Policy, rules: Rules) -> datetime | None:
    """Say when anything is tried again; None: now."""
    trouble = deployment.trouble
    if trouble is None or (rules.apart and trouble.code != AWAY):
        return None
    return retry_at(trouble, policy)
