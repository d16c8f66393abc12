"""What a doctor asks of the cluster."""

from collections.abc import Iterator
from time import monotonic

from adapters.cli.reading.examined_storage import the_storage
from adapters.cli.reading.looks import quoted
from adapters.cli.reading.past import Moment
from adapters.cli.reading.patient import Found, Patient, Question
from adapters.desk.recorded_names import Called
from adapters.desk.uses import Uses
from domain.cluster_ports import Watches
from domain.deployment import Deployment
from domain.errors import Rejected, Unreachable
from domain.objects import WATCHED, Kind, ObjectRef
from domain.observations import ObjectSeen, Relisted
from domain.placement import place
from projections.wording import count, listed, one_line
from reconciler.metrics_api import REGISTRATION

LOOK = 5.0
"""Seconds that the cluster has to list what carries our label."""
RIGHTS = "an administrator gives them: for a person reckon project grant NAME --user YOU, for an engine reckon manifests"
LOGINS = "an administrator lets the engine at them: reckon project grant {} --engine NAMESPACE"


def the_cluster(patient: Patient) -> Found:
    """See whether the cluster answers."""
    cluster = patient.cluster
    cluster.identity()
    return Found("cluster", ok=True, said=f"{one_line(cluster.description)} answers")


def the_rights(patient: Patient) -> Found:
    """See whether the cluster lets us do what we must."""
    try:  # rights are asked about one by one: that is allowed also to who may do nothing else
        lacking = patient.lacking
        inside = lacking is not None and patient.session.settings.in_cluster
        closed, unseen = (_closed(patient), _unseen(patient)) if inside else ("", "")
    except (Unreachable, Rejected):
        return Found("rights", ok=None, said="not looked at: see cluster")
    if lacking is None:
        return Found("rights", ok=None, said="a simulated cluster refuses nothing")
    if lacking.needed:
        where = "" if patient.session.settings.in_cluster else f" for project {patient.session.project!r}"
        return Found("rights", ok=False, said=f"we may not {listed(lacking.needed, 6)}{where}", cure=RIGHTS)
    if closed:
        said = f"the secrets that project {closed!r} shares with others may not be copied into it"
        return Found("rights", ok=False, said=said, cure=LOGINS.format(quoted(closed)))
    if unseen:
        said = f"all that is needed; that others change or delete the secrets of project {unseen!r} is not seen, unless"
        return Found("rights", ok=True, said=f"{said} {LOGINS.format(quoted(unseen))}")
    more = " by people; an engine could not act with this account" if lacking.to_act else ""
    return Found("rights", ok=True, said=f"all that is needed{more}")


def _closed(patient: Patient) -> str:
    """Name a project whose deployments use what all projects share, and whose Secrets this engine's account may not write."""
    wanted = Uses(patient.session.archive).wanted
    using = sorted({key.project for key, order in wanted if order.wider_secrets or order.registry})
    return next((project for project in using if patient.closed(Called(patient.session.archive).namespace(project))), "")


def _unseen(patient: Patient) -> str:
    """Name a project whose deployments use secrets, and whose Secrets this engine's account may not look at."""
    wanted = Uses(patient.session.archive).wanted
    using = sorted({key.project for key, order in wanted if order.secrets})
    return next((project for project in using if patient.closed(Called(patient.session.archive).namespace(project))), "")


def the_nodes(patient: Patient) -> Found:
    """See for how many machine types the cluster has nodes at all."""
    if not patient.answers:
        return Found("nodes", ok=None, said="not looked at: see cluster")
    session = patient.session
    try:
        nodes = patient.cluster.nodes(counted=False)
    except Rejected as error:
        return Found("nodes", ok=None, said=f"not looked at: {one_line(error.rejection.message)}")
    machines = session.doors.catalogue(session.settings).machines.values()
    held = [machine.name for machine in machines if place(machine, nodes).holders]
    there = f"{count(len(nodes), 'node')}, which can hold {len(held)} of {count(len(machines), 'machine type')}"
    if held:
        return Found("nodes", ok=True, said=f"{there}: {listed(held, 6)}")
    return Found(
        "nodes", ok=False, said=there, cure="reckon machine list says what is missing; a catalogue that fits: --machines"
    )


def the_metrics_api(patient: Patient) -> Found:
    """See whether this cluster's autoscalers would ask us how long requests take."""
    if not patient.answers:
        return Found("metrics", ok=None, said="not looked at: see cluster")
    if patient.cluster.simulated:
        return Found("metrics", ok=None, said="nothing is measured in a simulated cluster")
    try:
        standing = patient.cluster.read(REGISTRATION)
    except Rejected as error:
        return Found("metrics", ok=None, said=f"not looked at: {one_line(error.rejection.message)}")
    if standing is None:
        return Found("metrics", ok=True, said="nobody answers external metrics: an engine will, for the first requestDuration")
    service = f"{standing.fields.get('spec.service.namespace', '?')}/{standing.fields.get('spec.service.name', '?')}"
    if standing.mark.ledger == patient.session.ledger.identity:
        return Found("metrics", ok=True, said=f"external metrics are answered by our Service {service}")
    said = f"external metrics are answered by Service {service}, which is not ours: no deployment can scale by requestDuration"
    return Found("metrics", ok=None, said=f"{said}; scale by cpu or memory, or have that provider removed")


def the_orphans(patient: Patient) -> Found:
    """Look for objects that carry our label and that the ledger knows nothing of."""
    if not patient.answers:
        return Found("orphans", ok=None, said="not looked at: see cluster")
    if patient.cluster.simulated:
        return Found("orphans", ok=None, said="a simulated cluster is watched by its own engine only")
    known = {ref for deployment in _deployments(patient) for ref in deployment.objects}
    if (lacking := patient.lacking) is not None and any(one.startswith("list ") for one in lacking.to_act):
        return Found("orphans", ok=None, said="not looked at: only engines and administrators see all namespaces")
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


def _labelled(cluster: Watches, ledger: str) -> tuple[set[ObjectRef], bool]:
    """List what carries the ledger's label; tells whether all kinds were listed in time."""
    feed, seen = cluster.follow(ledger, {}), set[ObjectRef]()
    left = {kind.value for kind in WATCHED}
    until = monotonic() + LOOK
    try:
        while left and monotonic() < until:
            feed.wait(0.2)
            for observation in (s for watch_event in feed.take() for s in watch_event.observations):
                if isinstance(observation, ObjectSeen):
                    seen.add(observation.ref)
                elif isinstance(observation, Relisted):
                    left.discard(observation.kind)
    finally:
        feed.close()
    return seen, not left


QUESTIONS: dict[str, Question] = {
    "cluster": the_cluster,
    "rights": the_rights,
    "nodes": the_nodes,
    "storage": the_storage,
    "metrics": the_metrics_api,
    "orphans": the_orphans,
}
