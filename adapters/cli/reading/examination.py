"""What a doctor looks at: one function a question; each gives what was found, and the cure where it is not well."""

from collections.abc import Iterator
from contextlib import closing

from adapters.cli.reading import examined_cluster, examined_ledger
from adapters.cli.reading.patient import Found, Patient, Question
from adapters.cli.reading.times import ago
from adapters.cli.session import Session
from domain.errors import DeadreckonError, Unfit
from projections.sentences.cluster import imitation
from projections.wording import count, listed, one_line


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


def the_imitations(patient: Patient) -> Found:
    """Name what carries this ledger's labels in the cluster and is not its own."""
    found = patient.world.imitations
    if not found:
        return Found("imitations", ok=True, said="nothing that is not ours carries our labels, as far as was seen")
    others = f", and {count(len(found) - 1, 'other')}" if len(found) > 1 else ""
    one = next(reversed(found))
    cure = f"look at it, and remove it or its labels: kubectl -n {one.ref.namespace} get {one.ref.kind.lower()} {one.ref.name}"
    return Found("imitations", ok=False, said=f"{imitation(one)}{others}", cure=f"{cure}; all: reckon events --kind cluster")


def the_doubts(patient: Patient) -> Found:
    """Name deployments that are left alone because of a mark that this ledger never wrote."""
    doubted = [row for row in patient.fleet.rows if row.doubted]
    if not doubted:
        return Found("marks", ok=True, said="no object carries a mark that this ledger did not write")
    first = doubted[0]
    said = f"{listed([row.name for row in doubted])}: {first.trouble[0]}"
    cure = f"put the label right, or overrule it: reckon -p {first.project} resume {first.name} --accept-rewind"
    return Found("marks", ok=False, said=said, cure=cure)


def the_engine(patient: Patient) -> Found:
    """See whether an engine leads now."""
    leader = patient.session.ledger.leader()
    if leader is None:
        return Found("engine", ok=False, said="none is alive: orders are recorded, and nobody acts on them", cure="reckon engine")
    observing = patient.world.lead is not None and patient.world.lead.observing
    does = "records and does not act (--observe)" if observing else "leads"
    return Found("engine", ok=True, said=f"{one_line(leader.holder, 60)} {does}, epoch {leader.epoch}")


def the_gaps(patient: Patient) -> Found:
    """Say since when something may have been missed last."""
    gaps = sorted(patient.world.gaps.values(), key=lambda gap: gap.until)
    if not gaps:
        return Found("gaps", ok=True, said="nothing was missed, as far as is known")
    last = gaps[-1]
    when = ago(last.until, patient.session.clock())
    of_log = last.kind == "AuditLog"
    what = "the API server's audit log was not read whole" if of_log else f"{one_line(last.kind, 60)}s were not watched"
    return Found("gaps", ok=True, said=f"{what} until {when}: {one_line(last.why)}")


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


QUESTIONS: dict[str, Question] = {
    **examined_ledger.QUESTIONS,
    "binding": the_binding,
    "imitations": the_imitations,
    "marks": the_doubts,
    "engine": the_engine,
    "views": the_views,
    "gaps": the_gaps,
    "writes": the_unsure,
    **examined_cluster.QUESTIONS,
}
