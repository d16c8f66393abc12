"""What a doctor looks at: one function a question; each gives what was found, and the cure where it is not well."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property
from time import monotonic

from adapters.cli.reading.fleet import Fleet, fleet
from adapters.cli.reading.past import Moment
from adapters.cli.reading.times import ago
from adapters.cli.session import Session
from domain.deployment import Deployment
from domain.errors import DeadreckonError, Rejected, Unfit, Unreachable
from domain.objects import WATCHED, Kind, ObjectRef
from domain.ports import Cluster
from domain.sightings import ObjectSeen, Relisted
from domain.world import World
from projections.wording import count, listed, one_line

LOOK = 5.0
"""Seconds that the cluster has to list what carries our label."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was found. `ok` is None where it could not be looked at, and says why in `said`."""

    about: str
    ok: bool | None
    said: str
    cure: str = ""


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
    def fleet(self) -> Fleet:
        """Give all deployments."""
        return fleet(self.session, Moment(self.session.ledger, self.session.clock()))

    @cached_property
    def cluster(self) -> Cluster:
        """Open the cluster."""
        return self.session.cluster()

    @cached_property
    def answers(self) -> bool:
        """Tell whether the cluster answers us."""
        try:
            self.cluster.identity()
        except DeadreckonError:
            return False
        return True


Question = Callable[[Patient], Found]


def examine(session: Session) -> Iterator[Found]:
    """Ask all questions; one that fails is an answer too. Those about the ledger's content wait for the ledger to open."""
    patient = Patient(session)
    first = _asked("ledger", the_ledger, patient)
    yield first
    yield _asked("catalogue", the_catalogue, patient)
    if not first.ok:
        return
    for about, question in QUESTIONS.items():
        yield _asked(about, question, patient)


def _asked(about: str, question: Question, patient: Patient) -> Found:
    try:
        return question(patient)
    except Unfit as error:
        return Found(about, ok=False, said=one_line(error.message), cure=error.hint)
    except DeadreckonError as error:
        return Found(about, ok=False, said=one_line(str(error)), cure=getattr(error, "hint", "") or CURES.get(about, ""))


CURES = {
    "ledger": "name a ledger that can be opened: --ledger, RECKON_LEDGER",
    "cluster": "see that the cluster answers, and that --context or --kubeconfig name the right one",
    "catalogue": "put the file right that --machines or RECKON_CATALOGUE names",
}


def the_ledger(patient: Patient) -> Found:
    """See whether the ledger opens, and on what it stands."""
    place = patient.session.settings.ledger_place
    head = patient.session.ledger.head()
    if place.startswith(("postgresql://", "postgres://")):
        return Found("ledger", ok=True, said=f"PostgreSQL, {count(head, 'fact')}")
    from adapters.ledger.current_sqlite import may_corrupt, sqlite3  # the current one must be in its place first

    version = sqlite3.sqlite_version
    sick = may_corrupt(sqlite3.sqlite_version_info)
    cure = "install the package pysqlite3 (>= 0.6.1), which brings a current SQLite" if sick else ""
    return Found("ledger", ok=not sick, said=f"{place}, SQLite {version}, {count(head, 'fact')}", cure=cure)


def the_catalogue(patient: Patient) -> Found:
    """See whether the machine types can be read."""
    session = patient.session
    machines = session.doors.catalogue(session.settings).machines
    return Found(
        "catalogue", ok=bool(machines), said=count(len(machines), "machine type"), cure=CURES["catalogue"] * (not machines)
    )


def the_binding(patient: Patient) -> Found:
    """See which cluster the ledger belongs to, and that no older copy of it was put back."""
    world = patient.world
    if world.rewind is not None:
        said = f"an older copy of this ledger was put back ({world.rewind.object} was written later): nothing is acted upon"
        return Found(
            "binding", ok=False, said=said, cure="restore the newest copy, or accept the loss: reckon resume --accept-rewind"
        )
    if not world.cluster:
        return Found("binding", ok=True, said="belongs to no cluster yet: the first engine binds it")
    what = "a simulated cluster" if world.simulated else "cluster"
    return Found("binding", ok=True, said=f"belongs to {what} {world.cluster}")


def the_engine(patient: Patient) -> Found:
    """See whether an engine leads now."""
    leader = patient.session.ledger.leader()
    if leader is None:
        return Found("engine", ok=False, said="none is alive: orders are recorded, and nobody acts on them", cure="reckon engine")
    observing = patient.world.lead is not None and patient.world.lead.observing
    does = "records and does not act (--observe)" if observing else "leads"
    return Found("engine", ok=True, said=f"{one_line(leader.holder, 60)} {does}, epoch {leader.epoch}")


def the_cluster(patient: Patient) -> Found:
    """See whether the cluster answers."""
    cluster = patient.cluster
    cluster.identity()
    return Found("cluster", ok=True, said=f"{one_line(cluster.description)} answers")


def the_rights(patient: Patient) -> Found:
    """See whether the cluster lets us do what we must."""
    try:  # rights are asked about one by one: that is allowed also to who may do nothing else
        missing = _lacking(patient)
    except (Unreachable, Rejected):
        return Found("rights", ok=None, said="not looked at: see cluster")
    if missing is None:
        return Found("rights", ok=None, said="a simulated cluster refuses nothing")
    if missing:
        return Found("rights", ok=False, said=f"we may not {listed(missing, 6)}", cure="give the engine's account these rights")
    return Found("rights", ok=True, said="all that is needed")


def _lacking(patient: Patient) -> tuple[str, ...] | None:
    ask = getattr(patient.cluster, "lacking", None)
    return None if ask is None else tuple(ask())


def the_gaps(patient: Patient) -> Found:
    """Say since when something may have been missed last."""
    gaps = sorted(patient.world.gaps.values(), key=lambda gap: gap.until)
    if not gaps:
        return Found("gaps", ok=True, said="nothing was missed, as far as is known")
    last = gaps[-1]
    when = ago(last.until, patient.session.clock())
    return Found("gaps", ok=True, said=f"{last.kind}s were not watched until {when}: {one_line(last.why)}")


def the_views(patient: Patient) -> Found:
    """See whether the views can be brought up to date."""
    from adapters.views.views import Views
    from projections.fleet import VIEWS

    ledger = patient.session.ledger
    with closing(Views(patient.session.settings.ledger_place, VIEWS)) as views:
        position, head = views.catch_up(ledger), ledger.head()
    behind = max(0, head - position)
    said = f"up to date at position {position}" if not behind else f"{count(behind, 'fact')} behind"
    return Found("views", ok=behind < 1000, said=said, cure="reckon rebuild" if behind >= 1000 else "")


def the_unsure(patient: Patient) -> Found:
    """Name deployments with a write whose outcome nobody knows."""
    blocked = [row.name for row in patient.fleet.rows if row.phase == "blocked"]
    if blocked:
        return Found("writes", ok=False, said=f"the cluster says no to {listed(blocked)}", cure=f"reckon why {blocked[0]}")
    return Found("writes", ok=True, said="the cluster says no to none")


def the_orphans(patient: Patient) -> Found:
    """Look for objects that carry our label and that the ledger knows nothing of."""
    if not patient.answers:
        return Found("orphans", ok=None, said="not looked at: see cluster")
    if patient.cluster.simulated:
        return Found("orphans", ok=None, said="a simulated cluster is watched by its own engine only")
    known = {ref for deployment in _deployments(patient) for ref in deployment.objects}
    seen, whole = _labelled(patient.cluster, patient.session.ledger.identity)
    if not whole:
        return Found("orphans", ok=None, said=f"the cluster did not list its objects within {LOOK:.0f} s")
    lost = sorted(str(ref) for ref in seen - known if ref.kind != Kind.NAMESPACE.value)
    if lost:
        cure = "delete them with kubectl, if nobody needs them: nothing here will ever touch them"
        return Found("orphans", ok=False, said=f"carry our label, and are not on record: {listed(lost)}", cure=cure)
    return Found("orphans", ok=True, said="none")


def _deployments(patient: Patient) -> Iterator[Deployment]:
    moment = Moment(patient.session.ledger, patient.session.clock())
    desk = patient.session.desk
    projects = {row.project for row in patient.fleet.rows}
    return (moment.deployment(key) for project in sorted(projects) for key in desk.keys(project))


def _labelled(cluster: Cluster, ledger: str) -> tuple[set[ObjectRef], bool]:
    """List what carries the ledger's label; tells whether all kinds were listed in time."""
    feed, seen = cluster.follow(ledger, {}), set[ObjectRef]()
    left = {kind.value for kind in WATCHED}
    until = monotonic() + LOOK
    try:
        while left and monotonic() < until:
            feed.wait(0.2)
            for sighting in (s for glance in feed.take() for s in glance.sightings):
                if isinstance(sighting, ObjectSeen):
                    seen.add(sighting.ref)
                elif isinstance(sighting, Relisted):
                    left.discard(sighting.kind)
    finally:
        feed.close()
    return seen, not left


QUESTIONS: dict[str, Question] = {
    "binding": the_binding,
    "engine": the_engine,
    "views": the_views,
    "gaps": the_gaps,
    "writes": the_unsure,
    "cluster": the_cluster,
    "rights": the_rights,
    "orphans": the_orphans,
}
