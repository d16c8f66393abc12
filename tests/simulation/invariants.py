"""What must hold once the weather has cleared up and time has passed. Each check says what it found, in words."""

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from adapters.simulator.replica_sets import is_ready
from adapters.simulator.schema import Object
from domain.actions import Action, Decided, Failed, HandOver, NotAttempted, Outcome, Remove, Succeeded, TakeOver, Unknown, Update
from domain.cluster import TookLead
from domain.deployment import Deployment
from domain.errors import Rejected
from domain.facts import Fact
from domain.filling import FillDone
from domain.names import LABEL, OUR_MANAGERS, Key
from domain.objects import WRITTEN, Kind, Manifest, ObjectRef, flatten
from domain.orders import Rendered, Submitted
from domain.pod_facts import ReplicaRemoved
from domain.record import Recorded
from domain.replica import ReplicaCreated
from domain.spec import GitLfs
from projections.status import row
from reconciler.content import standing
from reconciler.replay import replay
from tests.differences import MOST, differences
from tests.simulation.people import BAD_SOURCES, GOOD
from tests.simulation.restored import restored
from tests.simulation.weather import StormyCluster
from tests.simulation.world import World


def broken(world: World, keys: list[Key]) -> list[str]:
    """Give everything that is not as it must be."""
    each = (converged, restored, content_first, replays, served)
    found = [f"{key.name}: {words}" for key in keys for check in each for words in check(world, key)]
    return [*found, *matched(world), *in_order(world), *one_leads(world), *lives_once(world), *counts_kept(world)]


def converged(world: World, key: Key) -> Iterator[str]:
    """Promise 2: every object of the wanted version is there as rendered, and nothing of ours besides."""
    deployment = world.people.deployment(key)
    if deployment.pending:
        yield f"without an outcome: {sorted(deployment.pending)}"
    rendered = tuple(one for _, one in standing(deployment))
    for one in rendered:
        if one.ref.kind != Kind.JOB.value:  # a job goes when its work is done
            yield from _as_rendered(world, one)
    yield from _nothing_besides(world, key, rendered)
    yield from _content(world, deployment)
    yield from _replicas(world, deployment)


def _as_rendered(world: World, rendered: Rendered) -> Iterator[str]:
    body = world.ledger.document(rendered.body)
    assert body is not None
    manifest = Manifest(rendered.ref, body.decode())
    live = world.cluster.read(rendered.ref)
    if live is None or live.deleting:
        yield f"{rendered.ref} is {'missing' if live is None else 'going'}"
        return
    try:  # What it would be if it were applied now: the server's own spelling of our values.
        would_be = world.cluster.apply(manifest, audit="check", dry_run=True).fields
    except Rejected as error:
        yield f"{rendered.ref} cannot become what is wanted: {error}"
        return
    for path in flatten(manifest.content).keys() & would_be.keys():
        if live.fields.get(path) != would_be[path]:
            yield f"{rendered.ref}: {path} is {live.fields.get(path)!r}, not {would_be[path]!r}"


def _nothing_besides(world: World, key: Key, rendered: tuple[Rendered, ...]) -> Iterator[str]:
    wanted = {one.ref.kind for one in rendered}
    shared = {Kind.NAMESPACE}
    for kind in (kind for kind in WRITTEN if kind not in shared):
        if kind.value not in wanted and world.cluster.store.get(kind.value, key.namespace, key.object_name) is not None:
            yield f"a {kind.value} is there that no version wants"
    if not rendered:
        kinds = ("ReplicaSet", "Pod", "Job", "PersistentVolumeClaim")
        left = [obj["metadata"]["name"] for kind in kinds for obj in of(world, kind, key)]
        if left:
            yield f"left behind: {left}"


def _content(world: World, deployment: Deployment) -> Iterator[str]:
    """Judge by what the sources are like, not by what the ledger made of them."""
    wanted, key = deployment.wanted, deployment.key
    if wanted is None:
        return
    spec = world.people.specs[key.subject, wanted.number]
    bad = [one.name for one in spec.integrations if isinstance(one, GitLfs) and one.url in BAD_SOURCES and spec.replicas_wanted]
    if bad and (deployment.opened == wanted.number or wanted.verdict != "failed"):
        yield f"version {wanted.number} is {wanted.verdict or 'not judged'} and cannot have {bad}"
    if bad:
        return
    if deployment.opened != wanted.number:
        yield f"version {wanted.number} is not applied, although all its content can be had"
    jobs = [obj["metadata"]["name"] for obj in of(world, "Job", key)]
    if jobs:
        yield f"jobs are left that nothing needs: {jobs}"
    claims = {obj["metadata"]["name"] for obj in of(world, "PersistentVolumeClaim", key)}
    needed = {fill.claim.name for fill in wanted.order.fills}
    if wanted.order.image.endswith(GOOD) and claims != (needed if spec.replicas_wanted else claims & needed):
        yield f"claims {sorted(claims)} stand, {sorted(needed)} are needed"


def content_first(world: World, key: Key) -> Iterator[str]:
    """No replica is made of a template before every claim that it mounts was filled."""
    filled: set[str] = set()
    needed: dict[str, set[str]] = {}
    for recorded in history_of(world, key):
        fact = recorded.fact
        if isinstance(fact, Submitted):
            needed[fact.template] = {fill.claim.name for fill in fact.fills}
        elif isinstance(fact, FillDone) and recorded.metadata.subject == key.subject:
            filled.add(fact.claim)
        elif isinstance(fact, ReplicaCreated) and (early := needed.get(fact.template, set()) - filled):
            yield f"{fact.pod} was made before {sorted(early)} was filled"


def of(world: World, kind: str, key: Key) -> list[Object]:
    """Give the objects of a kind that carry a deployment's label."""
    label = f"{LABEL}/deployment"
    return [obj for obj in world.cluster.store.of_kind(kind) if obj["metadata"].get("labels", {}).get(label) == key.object_name]


def _replicas(world: World, deployment: Deployment) -> Iterator[str]:
    wanted = deployment.effective
    pods = {pod["metadata"]["uid"]: pod for pod in of(world, "Pod", deployment.key)}
    if deployment.replicas.keys() != pods.keys():
        yield f"remembers replicas {sorted(deployment.replicas)}, but there are {sorted(pods)}"
    if wanted is None or not wanted.order.image.endswith(GOOD):
        return
    ready = sum(replica.ready for replica in deployment.replicas.values())
    least = wanted.order.replicas
    if len(pods) != ready or not least <= ready <= max(least, wanted.order.ceiling):
        yield f"{len(pods)} pods, {ready} known as ready, of {least} to {wanted.order.ceiling}"
    if wanted == deployment.wanted and not (wanted.verdict == "healthy" or wanted.recovered):
        yield f"version {wanted.number} runs and is judged {wanted.verdict or 'not at all'}"


def served(world: World, key: Key) -> Iterator[str]:
    """What is said to be healthy is served: every ready replica stands in the endpoints of each of its Services."""
    deployment = world.people.deployment(key)
    if row(deployment).phase != "healthy":
        return
    ready = {
        pod["metadata"]["uid"] for pod in of(world, "Pod", key) if is_ready(pod) and "deletionTimestamp" not in pod["metadata"]
    }
    for ref in (ref for ref in deployment.objects if ref.kind == Kind.SERVICE.value):
        slices = (one for one in world.cluster.store.of_kind("EndpointSlice") if _of_service(one, ref))
        reached = {one["targetRef"]["uid"] for each in slices for one in each["endpoints"] if one["conditions"]["ready"]}
        if ready - reached:
            yield f"is called healthy, but {ref} does not reach {len(ready - reached)} of {len(ready)} ready replicas"


def _of_service(one: Object, ref: ObjectRef) -> bool:
    metadata = one["metadata"]
    return (metadata["namespace"], metadata["labels"]["kubernetes.io/service-name"]) == (ref.namespace, ref.name)


def matched(world: World) -> Iterator[str]:
    """Promise 3: the ledger and the API server's audit log agree one to one."""
    facts = world.ledger.tail(0, 1_000_000)
    actions: dict[str, Action] = {a.id: a for r in facts if isinstance(r.fact, Decided) for a in r.fact.actions}
    outcomes: list[Outcome] = [r.fact for r in facts if isinstance(r.fact, Succeeded | Failed | Unknown | NotAttempted)]
    writes = [line for line in world.cluster.audit if line.manager in OUR_MANAGERS and not line.dry_run]
    succeeded = {line.audit: line.ref for line in writes if line.code < 300}
    told = Counter(outcome.action for outcome in outcomes)
    yield from (f"a write that no action stands for: {ref} {audit}" for audit, ref in succeeded.items() if audit not in actions)
    yield from (f"written to another object: {i}" for i, ref in succeeded.items() if i in actions and actions[i].ref != ref)
    yield from (
        f"claims to have written: {o.ref} {o.action}"
        for o in outcomes
        if isinstance(o, Succeeded) and o.wrote and o.action not in succeeded
    )
    yield from (
        f"denies to have written: {type(o).__name__} {o.ref} {o.action}"
        for o in outcomes
        if isinstance(o, Failed | NotAttempted) and o.action in succeeded
    )
    yield from (f"sent {n} times: {i}" for i, n in Counter(line.audit for line in writes).items() if n > 1)
    yield from (f"{told[i]} outcomes: {i}" for i in sorted(actions.keys() | told.keys()) if told[i] != 1)


def in_order(world: World) -> Iterator[str]:
    """No older decision overwrites a newer one: whatever arrives late is turned away.

    But for a creation: no request can say `only if it is not there`, so a late one is put right afterwards, as drift.
    """
    facts = [r.fact for r in world.ledger.tail(0, 1_000_000)]
    decided = {a.id: (fact.position, a) for fact in facts if isinstance(fact, Decided) for a in fact.actions}
    newest: dict[ObjectRef, int] = {}
    for line in world.cluster.audit:
        if line.manager in OUR_MANAGERS and not line.dry_run and line.code < 300 and line.audit in decided:
            position, action = decided[line.audit]
            if position < newest.get(line.ref, 0) and isinstance(action, Update | HandOver | TakeOver | Remove):
                yield f"{line.ref}: a decision of position {position} overwrote one of {newest[line.ref]}"
            newest[line.ref] = position


def counts_kept(world: World) -> Iterator[str]:
    """A number of replicas that is the autoscaler's is not touched by our writes, and is handed over whole."""
    for write in world.cluster.counted if isinstance(world.cluster, StormyCluster) else ():
        if write.before and write.given is None and write.after != write.before:
            yield f"{write.ref}: a write that does not say how many replicas made {write.after} of {write.before}"
        if write.before and write.handed and write.after < min(write.before, write.handed):
            yield f"{write.ref}: of {write.before} replicas {write.after} were handed over"


def one_leads(world: World) -> Iterator[str]:
    """One leads: after an engine took the lead, no other one writes."""
    leader = ""
    for recorded in world.ledger.tail(0, 1_000_000):
        if isinstance(recorded.fact, TookLead):
            leader = recorded.fact.holder
        elif recorded.metadata.who.surety == "engine" and recorded.metadata.who.name not in {leader, ""} and leader:
            yield f"{recorded.metadata.who.name} wrote at {recorded.position} while {leader} led"


def history_of(world: World, key: Key) -> tuple[Recorded[Fact], ...]:
    """Give the facts that a deployment's replay takes in: its own, its project's, the cluster's."""
    subjects = {key.subject, key.project, ""}
    return tuple(r for r in world.ledger.tail(0, 1_000_000) if r.metadata.subject in subjects)


def replays(world: World, key: Key) -> Iterator[str]:
    """Promise 4: every decision made again is the same."""
    verdict = replay(key.subject, history_of(world, key), ledger=world.ledger.identity, document=world.ledger.document)
    found = verdict.difference
    if found is not None:
        recorded = (found.recorded.actions, found.recorded.findings) if found.recorded else ((), ())
        told = islice(differences(recorded, (found.actions, found.findings)), MOST)
        yield f"replays differently at {found.position}: {'; '.join(told)}"


def lives_once(world: World) -> Iterator[str]:
    """A replica is told of from its creation to its end, each once: no living one is taken for gone.

    Only its ReplicaSet's word that it removed it may come later, once: it is an Event, and those are watched apart.
    """
    removed = Counter(r.stream for r in world.ledger.tail(0, 1_000_000) if isinstance(r.fact, ReplicaRemoved))
    yield from (f"{stream} is told to have been removed {times} times" for stream, times in removed.items() if times > 1)
    lives: dict[str, list[str]] = {}
    for recorded in world.ledger.tail(0, 1_000_000):
        if recorded.stream.startswith("replica/") and not isinstance(recorded.fact, ReplicaRemoved):
            lives.setdefault(recorded.stream, []).append(type(recorded.fact).__name__)
    for stream, told in lives.items():
        made, gone = told.count("ReplicaCreated"), told.count("ReplicaGone")
        if told[0] != "ReplicaCreated" or made != 1 or gone > 1 or (gone and told[-1] != "ReplicaGone"):
            yield f"{stream} is not told as one life: {told}"
