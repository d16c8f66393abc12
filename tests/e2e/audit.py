"""The match of ledger and audit log, as the product makes it, for stories; and that nothing is asked that no role allows."""

import time
from collections.abc import Callable, Collection, Iterable
from typing import Any

from adapters.cluster.permissions import ENGINE, ENGINE_SECRETS, PEOPLE, Right
from adapters.observations.audit_entries import request_of
from domain.cluster import Bound
from domain.facts import Fact
from domain.project import shared_namespace
from domain.record import Recorded
from projections.audit import matching
from projections.audit.matching import Match
from tests.e2e.house import House

WRITES = {"create", "update", "patch", "delete", "deletecollection"}


def match(facts: Iterable[Recorded[Fact]], audit: Iterable[dict[str, Any]], *namespaces: str) -> Match:
    """Compare a ledger with what the API server wrote down about our user's writes in some namespaces, by `agrees`."""
    requests = (request for line in audit if (request := request_of(line)) is not None)
    return matching.match(facts, requests, spaces=frozenset(namespaces))


def settled(look: Callable[[], Match]) -> Match:
    """Look until both agree: an engine that still runs may be between a write and its record. What is missing stays missing."""
    deadline = time.monotonic() + 30
    while not (found := look()).agrees and time.monotonic() < deadline:
        time.sleep(0.3)
    return found


def beyond_rights(audit: Iterable[dict[str, Any]]) -> tuple[str, ...]:
    """Name what was asked of the API server that neither an engine's nor a person's role allows."""
    # What all projects share is stored by administrators, who may read it and set how a project's pods are secured.
    administrators = (Right("", "secrets", "get"), Right("", "nodes", "list"), Right("storage.k8s.io", "storageclasses", "list"))
    # Which certificate the API server shows is read by a role that every cluster has; to ask for one's own rights is free to all.
    allowed = {*ENGINE, *ENGINE_SECRETS, *PEOPLE, *administrators, Right("", "configmaps", "get")}
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
    found = settled(lambda: match(house.facts(), house.lab.audit_events("deadreckon"), *namespaces))
    assert found.agrees, found
    replayed = house.reckon("replay", "--all", ok=False)
    assert replayed.exit == 0, replayed
