"""What was asked about: the fact that a name, a replica, an object, a position or an id (its own, or a log line's) stands for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NoReturn

from adapters.cli.failures import nearest
from adapters.cli.reading.past import a_number
from adapters.cli.reading.why_about import SubjectReader
from adapters.cli.session import Session
from domain import deployment_fold
from domain.errors import NotFound
from domain.facts import Fact
from domain.names import Key
from domain.record import Recorded
from domain.replica import ReplicaCreated
from projections.why.starts import of_log_line, of_object, of_replica, of_restart, telling


@dataclass(frozen=True, slots=True)
class FactAsked:
    """The fact that was meant; `standing`: it stands for how a deployment is now."""

    about: Recorded[Fact]
    standing: bool = False


def asked_about(session: Session, around: SubjectReader, what: str, restart: int | None = None) -> FactAsked:
    """Find the fact that was meant. Raises NotFound with the nearest name, or with the restarts that there were."""
    if restart is not None:
        return FactAsked(_restart(session, around, what, restart))
    if what in session.names(also_gone=True):
        return FactAsked(_of_deployment(around, session.key(what)), standing=True)
    return FactAsked(_named(session, around, what))


def _named(session: Session, around: SubjectReader, what: str) -> Recorded[Fact]:
    kind, slash, name = what.partition("/")
    found = session.ledger.find(what) or _at(session, what)
    found = found or of_replica(_life(session, around, name if kind.lower() == "pod" else what))
    found = found or (_of_object(session, around, kind, name) if slash else None)
    found = found or _of_log_line(session, around, what)
    return found or _no_such_thing(session, what)


def _of_deployment(around: SubjectReader, key: Key) -> Recorded[Fact]:
    start = telling(around.facts(key.subject), deployment_fold.fold(key, around.own(key)))
    assert start is not None, "what has a name has a fact"
    return start


def _at(session: Session, what: str) -> Recorded[Fact] | None:
    position = a_number(what)
    page = session.ledger.tail(position - 1, 1) if position else ()
    return page[0] if page and page[0].position == position else None


def _restart(session: Session, around: SubjectReader, pod: str, number: int) -> Recorded[Fact]:
    life = _life(session, around, pod.removeprefix("Pod/").removeprefix("pod/"))
    if not life:
        _no_such_thing(session, pod)
    found = of_restart(life, number)
    if found is None:
        known = max((getattr(one.fact, "restarts", 0) for one in life), default=0)
        there = f"it was started again {known} times" if known > 1 else "it was started again once" if known else "it never was"
        raise NotFound("no-such-restart", f"restart {number} of replica {pod!r} is not on record", f"{there}, as far as is known")
    return found


def _life(session: Session, around: SubjectReader, pod: str) -> list[Recorded[Fact]]:
    """Give the facts of the newest replica of a pod's name, or of the end of one; none where there is no such replica."""
    for key in _likely(session, pod):
        facts = around.facts(key.subject)
        for birth in reversed(facts):
            if isinstance(birth.fact, ReplicaCreated) and (birth.fact.pod == pod or birth.fact.pod.endswith(f"-{pod}")):
                return [recorded for recorded in facts if recorded.stream == birth.stream]
    return []


def _of_object(session: Session, around: SubjectReader, kind: str, name: str) -> Recorded[Fact] | None:
    """Find what last happened to an object: among the facts of a deployment, then of the project, then about all."""
    for key in _likely(session, name):
        if found := of_object(around.own(key), kind, name):
            return found
    others = (of_object(around.facts(scope), kind, name) for scope in (session.project, ""))
    return next((found for found in others if found), None)


def _of_log_line(session: Session, around: SubjectReader, what: str) -> Recorded[Fact] | None:
    """Find what the id of an action, or the correlation of an order, stands for: a log line of an engine names both."""
    found = (of_log_line(around.own(key), what) for key in _likely(session, what))
    return next((one for one in found if one), None)


def _likely(session: Session, name: str) -> Iterator[Key]:
    """Give the deployments of the project, first those whose name an object's name begins with."""
    known = session.names(also_gone=True)
    for one in sorted(known, key=lambda each: (not name.startswith(each), -len(each))):
        yield session.key(one)


def _no_such_thing(session: Session, what: str) -> NoReturn:
    near = nearest(what, session.names(also_gone=True))
    hint = f"did you mean {near!r}?" if near else "reckon list, reckon get NAME and reckon events show what there is"
    said = f"{what!r} is no deployment, replica, object or fact in project {session.project!r}"
    raise NotFound("no-such-thing", said, hint)
