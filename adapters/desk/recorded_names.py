"""What things are called on Kubernetes, as it stands on record: a name, once given, is never made anew by other rules."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial

from adapters.desk.archive import ALL_PROJECTS, Archive, whole
from domain.actions import Decided
from domain.decide import free_of_collision
from domain.deployment import Deployment
from domain.facts import Fact, actions_stream, host_stream, orders_stream, project_stream
from domain.hosts import candidates, claim, host_of
from domain.names import Key, Names, namespace_of, scheme_of, told_apart
from domain.objects import Kind
from domain.orders import HostTaken, Submitted
from domain.platform import PlatformSet


@dataclass(frozen=True, slots=True)
class Called:
    """Looks names up: of projects, of deployments, of who has a host."""

    archive: Archive

    def names(self, key: Key) -> Names:
        """Give a deployment's names: its own, where it has a version; else new ones, in its project's namespace."""
        return self._own(key) or Names(self.namespace(key.project), key.object_name)

    def namespace(self, project: str) -> str:
        """Give a project's namespace: what its deployments or the writes of its secrets have on record, else a new one."""
        own = (self._own(key) for key in self.archive.keys(project))
        found = next((names.namespace for names in own if names), "") or next(self._written(project), "")
        return found or namespace_of(project)

    def free(self, key: Key) -> None:
        """See that nothing that came first is called as a deployment is. Raises Refused, naming it."""
        subjects = [subject for subject in self.archive.ledger.subjects() if "/" in subject]
        before = subjects[: subjects.index(key.subject)] if key.subject in subjects else subjects
        names = self.names(key)
        spaces = cache(partial(_could_share, names.namespace))
        others = (Key.of(subject) for subject in before)
        others = (one for one in others if (_could_meet(one, names) if one.project == key.project else spaces(one.project)))
        free_of_collision(key, names, ((other, self.names(other)) for other in others))

    def claimed(self, endpoint: str, taker: Deployment) -> tuple[tuple[HostTaken, ...], int]:
        """Take an endpoint's host for a deployment; gives its stream's version too. Raises Refused: another has it."""
        host = host_of(endpoint)
        taken = tuple(whole(self.archive.ledger.read(host_stream(host)))) if host else ()
        keys = (Key.of(taken[-1].metadata.subject),) if taken else self._before(host, taker)
        holders = tuple(self.archive.standing(key).deployment for key in keys)
        return claim(host, taker, holders), len(taken)

    def _own(self, key: Key) -> Names | None:
        facts = (recorded.fact for recorded in self.archive.ledger.read(orders_stream(key.subject)))
        return next((fact.names for fact in facts if isinstance(fact, Submitted) and fact.names), None)

    def _written(self, project: str) -> Iterator[str]:
        for recorded in self.archive.ledger.read(actions_stream(project)):
            actions = recorded.fact.actions if isinstance(recorded.fact, Decided) else ()
            yield from (action.ref.name for action in actions if action.ref.kind == Kind.NAMESPACE.value)

    def _before(self, host: str, taker: Deployment) -> tuple[Key, ...]:
        """Name who may have a host that nobody took on record: versions of before had theirs without a word."""
        standing = taker.wanted
        if not host or (standing and host_of(standing.order.endpoint) == host):
            return ()
        keys = tuple(Key.of(subject) for subject in self.archive.ledger.subjects() if "/" in subject)
        return candidates(host, frozenset(self._patterns()), keys)

    def _patterns(self) -> Iterator[str]:
        for recorded in self.archive.ledger.read(project_stream(ALL_PROJECTS)):
            yield from _chosen(recorded.fact)


def _chosen(fact: Fact) -> Iterator[str]:
    if isinstance(fact, PlatformSet):
        yield from (text for name, text in fact.choices if name == "hosts" and text)


def _could_share(namespace: str, project: str) -> bool:
    """Tell by its name alone whether a project could have a namespace: of others nothing is looked up."""
    return namespace == namespace_of(project, scheme_of(namespace))


def _could_meet(other: Key, names: Names) -> bool:
    return names.workload.endswith(told_apart(other.subject, names.scheme))
