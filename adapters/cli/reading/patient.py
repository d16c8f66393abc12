"""A set-up under examination, and what is found out about it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from adapters.cli.reading.fleet import FleetSnapshot, fleet
from adapters.cli.reading.past import Moment
from adapters.cli.session import Session
from adapters.desk.recorded_names import Called
from domain.cluster_ports import Cluster
from domain.errors import DeadreckonError
from domain.world import World


@dataclass(frozen=True, slots=True)
class Found:
    """What was found. `ok` is None where it could not be looked at, and says why in `said`."""

    about: str
    ok: bool | None
    said: str
    cure: str = ""


@dataclass(frozen=True, slots=True)
class Lacking:
    """The rights that an account lacks: of those that whoever asks needs (a pod's account is an engine's), and of an engine's."""

    needed: tuple[str, ...]
    to_act: tuple[str, ...]


class Patient:
    """A set-up, looked at as far as it can be."""

    def __init__(self, session: Session) -> None:
        """Take the session; nothing is opened yet."""
        self.session = session

    @cached_property
    def world(self) -> World:
        """Fold what holds for all."""
        return Moment(self.session.ledger, self.session.clock()).world

    @cached_property
    def fleet(self) -> FleetSnapshot:
        """Give all deployments."""
        return fleet(self.session, Moment(self.session.ledger, self.session.clock()))

    @cached_property
    def cluster(self) -> Cluster:
        """Open the cluster."""
        return self.session.cluster()

    @cached_property
    def lacking(self) -> "Lacking | None":
        """Name what this account may not do; None on a cluster that refuses nothing. Raises Unreachable, Rejected."""
        session = self.session
        # Who may not even see which cluster it is can still be told which rights that takes.
        cluster = session.doors.cluster(session.settings) if session.settings.real_cluster else self.cluster
        ask = getattr(cluster, "lacking", None)
        if ask is None:
            return None
        to_act = tuple(ask())
        space = Called(session.archive).namespace(session.project)
        return Lacking(to_act if session.settings.in_cluster else tuple(ask(acting=False, namespace=space)), to_act)

    def closed(self, namespace: str) -> bool:
        """Tell whether an engine with this account could not copy Secrets into a namespace. Raises Unreachable, Rejected."""
        ask: Callable[..., tuple[str, ...]] | None = getattr(self.cluster, "lacking", None)
        return bool(ask(namespace=namespace)) if ask else False

    @cached_property
    def answers(self) -> bool:
        """Tell whether the cluster answers us."""
        try:
            self.cluster.identity()
        except DeadreckonError:
            return False
        return True


Question = Callable[[Patient], Found]
"""One question a doctor asks; what it cannot find out it raises."""
