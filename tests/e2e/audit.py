"""The match of ledger and audit log: every write of ours is an action in the ledger, every claimed success is in the log."""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from adapters.cluster.permissions import ENGINE, PEOPLE, Right
from domain.actions import Action, Decided, Failed, NotAttempted, Outcome, Succeeded, Unknown
from domain.cluster import Bound
from domain.facts import Fact
from domain.project import shared_namespace
from domain.record import Recorded
from tests.e2e.house import House

WRITES = {"create", "update", "patch", "delete", "deletecollection"}


@dataclass(frozen=True)
class Match:
    """What does not match; all empty when ledger and audit log agree one to one."""

    unrecorded: tuple[str, ...]
    """Successful writes of ours that no action in the ledger stands for."""
    unproved: tuple[str, ...]
    """Actions that claim to have written and are not in the audit log."""
    denied: tuple[str, ...]
    """Actions that failed for certain, although the audit log shows a success."""
    repeated: tuple[str, ...]
    """Audit-IDs that were used for more than one write."""
    outcomes: tuple[str, ...]
    """Actions that do not have exactly one outcome."""

    @property
    def whole(self) -> bool:
        """Tell whether all agrees."""
        return not (self.unrecorded or self.unproved or self.denied or self.repeated or self.outcomes)


def match(facts: Iterable[Recorded[Fact]], audit: Iterable[dict[str, Any]], *namespaces: str) -> Match:
    """Compare a ledger with what the API server wrote down about our user's writes in some namespaces."""
    facts = tuple(facts)
    actions: dict[str, Action] = {action.id: action for r in facts if isinstance(r.fact, Decided) for action in r.fact.actions}
    outcomes: list[Outcome] = [r.fact for r in facts if isinstance(r.fact, Succeeded | Failed | Unknown | NotAttempted)]
    writes = [line for line in audit if _is_write(line, namespaces) or (_is_registration(line) and line["auditID"] in actions)]
    succeeded = {line["auditID"] for line in writes if line["responseStatus"]["code"] < 300}
    told = Counter(outcome.action for outcome in outcomes)
    return Match(
        unrecorded=tuple(sorted(succeeded - set(actions))),
        unproved=tuple(o.action for o in outcomes if isinstance(o, Succeeded) and o.wrote and o.action not in succeeded),
        denied=tuple(o.action for o in outcomes if isinstance(o, Failed | NotAttempted) and o.action in succeeded),
        repeated=tuple(i for i, times in Counter(line["auditID"] for line in writes).items() if times > 1),
        outcomes=tuple(sorted({i for i in actions if told[i] != 1} | {i for i in told if told[i] != 1})),
    )


def _is_write(line: dict[str, Any], namespaces: Collection[str]) -> bool:
    if line["stage"] != "ResponseComplete" or line["verb"] not in WRITES or "dryRun" in line["requestURI"]:
        return False
    about: dict[str, Any] = line.get("objectRef") or {}
    return about.get("namespace") in namespaces or (about.get("resource") == "namespaces" and about.get("name") in namespaces)


def _is_registration(line: dict[str, Any]) -> bool:
    """Tell whether it writes the one registration that a cluster has: every story's ledger has its turn with it."""
    about: dict[str, Any] = line.get("objectRef") or {}
    return line["stage"] == "ResponseComplete" and line["verb"] in WRITES and about.get("resource") == "apiservices"


def beyond_rights(audit: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    """Name what was asked of the API server that neither an engine's nor a person's role allows."""
    # Which certificate the API server shows is read by a role that every cluster has; to ask for one's own rights is free to all.
    allowed = {*ENGINE, *PEOPLE, Right("", "configmaps", "get")}
    asked = {_right(line) for line in audit if line.get("objectRef")}
    return tuple(sorted(str(right) for right in asked - allowed if right.group != "authorization.k8s.io"))


def _of_the_story(line: dict[str, Any], namespaces: Collection[str]) -> bool:
    about: dict[str, Any] = line.get("objectRef") or {}
    return line["verb"] in {"list", "watch"} or not {about.get("namespace"), about.get("name")}.isdisjoint(namespaces)


def _right(line: dict[str, Any]) -> Right:
    about: dict[str, Any] = line["objectRef"]
    within = about.get("subresource", "")
    return Right(about.get("apiGroup", ""), f"{about['resource']}{'/' if within else ''}{within}", line["verb"])


def must_match(house: House) -> None:
    """Hold the ledger against the audit log, and every recorded decision against the one made again."""
    facts = house.facts()
    shared = {shared_namespace(recorded.fact.ledger) for recorded in facts if isinstance(recorded.fact, Bound)}
    namespaces = (house.namespace, *shared)
    assert not beyond_rights(line for line in house.lab.audit_events("deadreckon") if _of_the_story(line, namespaces))
    found = match(facts, house.lab.audit_events("deadreckon"), *namespaces)
    assert found.whole, found
    replayed = house.reckon("replay", "--all", ok=False)
    assert replayed.exit == 0, replayed
