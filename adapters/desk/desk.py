"""The desk: takes orders and records them. Each method is one use case; what it returns is for others to show."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from adapters.desk.archive import EVERYTHING, Archive, LoadedDeployment, Written
from adapters.desk.bad_spec import BadSpec
from adapters.desk.logins import Logins
from adapters.desk.preparing import RenderedSubmission
from adapters.desk.preview import Preview, preview
from adapters.desk.recorded_names import Called
from adapters.desk.signature import Signature
from adapters.desk.sourcing import SOURCE_REFUSALS, Sourcing, Unasked
from adapters.desk.submission import SubmissionPipeline, SubmissionRequest, name_in
from adapters.spec_file.bounded import left_out
from adapters.spec_file.reading import SpecReading
from domain import decide as rules
from domain.cluster import RewindAccepted
from domain.cluster_ports import Cluster
from domain.decide import Command, decide, next_incarnation
from domain.deployment import Deployment
from domain.documents import kept
from domain.errors import Refused
from domain.facts import Fact, cluster_stream, host_stream, orders_stream, project_stream
from domain.machines import Catalogue
from domain.masks import NOTHING_KNOWN
from domain.names import Key
from domain.objects import ObjectRef
from domain.orders import DeletionOrdered, MarksOverruled, OrderFact, Submitted, ValuesRevealed
from domain.ports import Clock, Images, Ledger, NewId, Sources
from domain.private_values import of_spec
from domain.project import Project
from domain.record import Append, Lease, Recorded, UncommittedFact
from domain.spec import Spec
from domain.world import World
from projections.wording import one_line

REFUSED_FOR_GOOD = frozenset(
    {
        "missing-secret",
        "binary-secret",
        "name-collision",
        "host-taken",
        "host-too-long",
        "image-name",
        "image-unknown",
        "missing-registry",
        "registry-login",
        "basic-auth-secret",
    }
    | SOURCE_REFUSALS
)
"""Refusals that the submission itself is the reason of: they are put on record. Who was only slower than another is told."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """A version was recorded; `repeated` tells that this very order had been taken before."""

    key: Key
    order: Submitted
    fact: str
    position: int
    offer: RenderedSubmission
    repeated: bool = False


@dataclass(frozen=True)
class Desk:
    """Takes orders. Everything from outside comes as a parameter; what is dear is opened by a call."""

    ledger: Ledger
    images: Callable[[], Images]
    catalogue: Callable[[], Catalogue]
    cluster: Callable[[], Cluster]
    clock: Clock
    new_id: NewId
    build: str = ""
    rollout_deadline: int = 600
    sources: Callable[[], Sources] = Unasked

    @property
    def archive(self) -> Archive:
        """Give the way to look up and to record."""
        return Archive(self.ledger)

    @property
    def pipeline(self) -> SubmissionPipeline:
        """Give the place where specs become renderings."""
        archive = self.archive
        login = Logins(self.ledger.identity, self.cluster).login
        sourcing = Sourcing(self.ledger.identity, self.sources, self.cluster, self.new_id)
        known = (self.ledger, self.images, self.catalogue, archive.reach, self.rollout_deadline, archive.platform)
        return SubmissionPipeline(*known, login, archive.models, sourcing, self.called.names)

    @property
    def called(self) -> Called:
        """Give the way to look names on Kubernetes up."""
        return Called(self.archive)

    def deployment(self, key: Key) -> Deployment:
        """Give everything known under a name."""
        return self.archive.standing(key).deployment

    def keys(self, project: str) -> tuple[Key, ...]:
        """Name everything ever deployed in a project."""
        return self.archive.keys(project)

    def project(self, name: str) -> Project:
        """Give what a project knows of its secrets."""
        return self.archive.project(name)

    def world(self, project: str = EVERYTHING) -> World:
        """Give what holds for all deployments, and for one project."""
        return self.archive.world(project)

    def leader(self) -> Lease | None:
        """Name the engine that acts now; None when none is alive."""
        return self.ledger.leader()

    def spec(self, deployment: Deployment) -> Spec | None:
        """Give the spec that stands; None where nothing does."""
        return self.pipeline.spec_of(deployment.wanted) if deployment.wanted else None

    def check(self, request: SubmissionRequest) -> SpecReading:
        """Read a spec file; nothing is recorded. Raises BadSpec."""
        return self.pipeline.read(request)

    def plan(self, request: SubmissionRequest) -> Preview:
        """Say what a request would change; nothing is recorded. Raises Refused, NotFound."""
        key, reading = self._understand(request)
        standing = self.archive.standing(key)
        self.called.free(key)
        offer = self._offer(request, standing, reading)
        self.called.claimed(offer.prepared.endpoint, standing.deployment)
        return preview(standing.deployment, self.spec(standing.deployment), offer, kept(self.archive.ledger))

    def submit(
        self, request: SubmissionRequest, signature: Signature, *, key: str = "", if_version: int | None = None
    ) -> Accepted:
        """Make a request the desired state. Raises Refused (recorded, where a file was at fault), NotFound, Conflict."""
        correlation, order_key = self.new_id(), key or self.new_id()
        offers: list[RenderedSubmission] = []
        try:
            named, reading = self._understand(request)
            signature = signature.without(of_spec(reading.spec) if reading.spec else ())
            self.called.free(named)

            def prepare() -> Written:
                standing = self.archive.standing(named)
                offer = self._offer(request, standing, reading)
                offers.append(offer)
                command = rules.Submit(offer.prepared, order_key, offer.origin, if_version)
                facts = decide(standing.deployment, command)
                notes = self._notes(facts, signature, subject=named.subject, correlation=correlation)
                taken = self._taken(facts, standing, signature, correlation)
                return Written(orders_stream(named.subject), standing.version, notes, offer.documents, taken)

            recorded = self.archive.record(prepare)
        except Refused as refusal:
            if isinstance(refusal, BadSpec) or refusal.code in REFUSED_FOR_GOOD:
                self._record_refusal(request, refusal, signature, correlation)
            raise
        return self._accepted(named, recorded, offers[-1], order_key)

    def delete(self, key: Key, signature: Signature, if_version: int | None = None) -> DeletionOrdered:
        """Order that everything of a deployment goes. Raises Refused, NotFound, Conflict."""
        recorded = self._order(key, lambda _: rules.Delete(if_version), signature)
        fact = recorded[0].fact
        assert isinstance(fact, DeletionOrdered)
        return fact

    def hold(self, scope: Key | str, signature: Signature, until: datetime | None) -> bool:
        """Leave a deployment, a project or (empty) all as it is; False when it is held so already. Raises Refused."""
        order = rules.Hold(signature.reason, self.clock(), until)
        if isinstance(scope, Key):
            return bool(self._order(scope, lambda _: order, signature))
        return bool(self._order_all(scope, lambda world: rules.hold(world.holds.get(scope), order), signature))

    def resume(self, scope: Key | str, signature: Signature) -> None:
        """Act again. Raises Refused when nothing is held."""
        now = self.clock()
        if isinstance(scope, Key):
            self._order(scope, lambda _: rules.Resume(now), signature)
            return
        what = f"project {scope!r}" if scope else "the whole ledger"
        self._order_all(scope, lambda world: rules.resume(world.holds.get(scope), now, what), signature)

    def reveal(self, key: Key, versions: Iterable[int], signature: Signature) -> None:
        """Record that literal values of versions are about to be shown; nothing where there is no version. Raises Conflict."""
        fact = ValuesRevealed(tuple(sorted(set(versions))))
        correlation, stream = self.new_id(), orders_stream(key.subject)

        def prepare() -> Written:
            notes = self._notes((fact,), signature, subject=key.subject, correlation=correlation)
            return Written(stream, self.archive.version(stream), notes)

        if fact.versions:
            self.archive.record(prepare)

    def accept_rewind(self, signature: Signature) -> int:
        """Accept that what an older copy of the ledger does not know is lost; gives the new timeline. Raises Refused."""

        def prepare() -> Written:
            world = self.world()
            if world.rewind is None:
                hint = "where a doubted mark stops a deployment (reckon doctor): reckon resume NAME --accept-rewind"
                raise Refused("no-rewind", "no rewind was found: there is nothing to accept", hint)
            stream = cluster_stream(world.cluster)
            # The ledger's own count, never the cluster's: where what was lost had gone further, it is found and asked again.
            fact = RewindAccepted(world.timeline + 1)
            notes = self._notes((fact,), signature, subject=EVERYTHING, correlation=self.new_id())
            return Written(stream, self.archive.version(stream), notes)

        fact = self.archive.record(prepare)[0].fact
        assert isinstance(fact, RewindAccepted)
        return fact.timeline

    def overrule_marks(self, key: Key, signature: Signature) -> tuple[ObjectRef, ...]:
        """Say that the doubted marks on a deployment's objects mean nothing; gives the objects. Raises Refused."""

        def prepare() -> Written:
            doubted = tuple(found.ref for found in self.deployment(key).doubted)
            if not doubted:
                message = f"no mark on an object of {key.name!r} is doubted, and no rewind was found: there is nothing to accept"
                raise Refused("no-rewind", message)
            stream = orders_stream(key.subject)
            notes = self._notes((MarksOverruled(doubted),), signature, subject=key.subject, correlation=self.new_id())
            return Written(stream, self.archive.version(stream), notes)

        fact = self.archive.record(prepare)[0].fact
        assert isinstance(fact, MarksOverruled)
        return fact.objects

    def _understand(self, request: SubmissionRequest) -> tuple[Key, SpecReading]:
        if request.from_file:
            reading = self.pipeline.read(request)
            assert reading.spec is not None
            return Key(request.project, reading.spec.name), reading
        key = Key(request.project, request.name)
        if request.kind == "rollback":
            return key, SpecReading(None)
        return key, self.pipeline.change(request, rules.present(self.deployment(key)))

    def _offer(self, request: SubmissionRequest, standing: LoadedDeployment, reading: SpecReading) -> RenderedSubmission:
        if not request.from_file and request.kind != "rollback":  # what stands may have moved since it was first read
            reading = self.pipeline.change(request, rules.present(standing.deployment))
        return self.pipeline.offer(request, standing, reading, next_incarnation(standing.deployment))

    def _accepted(self, key: Key, recorded: tuple[Recorded[Fact], ...], offer: RenderedSubmission, order_key: str) -> Accepted:
        if recorded:
            order = recorded[0].fact
            assert isinstance(order, Submitted)
            return Accepted(key, order, recorded[0].metadata.id, recorded[0].position, offer)
        version = next(v for v in self.deployment(key).versions if v.order.key == order_key)
        return Accepted(key, version.order, version.fact, self.ledger.head(), offer, repeated=True)

    def _taken(
        self, facts: tuple[OrderFact, ...], standing: LoadedDeployment, signature: Signature, correlation: str
    ) -> tuple[Append[Fact], ...]:
        """Take the hosts that new versions are served under. Raises Refused: one is another's."""
        appends = list[Append[Fact]]()
        for order in (fact for fact in facts if isinstance(fact, Submitted)):
            claims, version = self.called.claimed(order.endpoint, standing.deployment)
            notes = self._notes(claims, signature, subject=standing.deployment.key.subject, correlation=correlation)
            appends += [Append(host_stream(claims[0].host), version, notes)] if claims else []
        return tuple(appends)

    def _record_refusal(self, request: SubmissionRequest, refusal: Refused, signature: Signature, correlation: str) -> None:
        document = self.ledger.digest(request.text) if request.from_file else ""
        problems = refusal.problems if isinstance(refusal, BadSpec) else ()
        more = left_out(problems)
        told = problems[:-1] if more else problems
        codes = tuple(problem.code for problem in told) or (refusal.code,)
        places = tuple(f"{problem.line}:{problem.column}" for problem in told)
        key = Key(request.project, request.name or name_in(request.text, request.file))
        known = key.name and key in self.keys(request.project)
        # A name that never got a version would only clutter the lists: its refusals stand with the project.
        subject = key.subject if known else request.project
        stream = orders_stream(subject) if known else project_stream(subject)
        about = tuple(one_line(problem.path) for problem in told) or (one_line(NOTHING_KNOWN.hide(refusal.message), 400),)
        command = rules.Refuse(codes, places, document, more, about, one_line(key.name, 64))

        def prepare() -> Written:
            facts = decide(Deployment(key), command)
            notes = self._notes(facts, signature, subject=subject, correlation=correlation)
            newest = self.archive.newest(stream)
            # The same again, by the same person, is no news: who tries ten thousand times fills no ledger.
            again = newest is not None and _alike(newest, notes[-1])
            return Written(stream, newest.version if newest else 0, () if again else notes)

        self.archive.record(prepare)

    def _order(self, key: Key, command: Callable[[Deployment], Command], signature: Signature) -> tuple[Recorded[Fact], ...]:
        correlation = self.new_id()

        def prepare() -> Written:
            standing = self.archive.standing(key)
            facts = decide(standing.deployment, command(standing.deployment))
            notes = self._notes(facts, signature, subject=key.subject, correlation=correlation)
            return Written(orders_stream(key.subject), standing.version, notes)

        return self.archive.record(prepare)

    def _order_all(
        self, scope: str, choose: Callable[[World], tuple[OrderFact, ...]], signature: Signature
    ) -> tuple[Recorded[Fact], ...]:
        correlation, stream = self.new_id(), project_stream(scope or "*")

        def prepare() -> Written:
            notes = self._notes(choose(self.world(scope)), signature, subject=scope, correlation=correlation)
            return Written(stream, self.archive.version(stream), notes)

        return self.archive.record(prepare)

    def _notes(
        self, facts: tuple[Fact, ...], signature: Signature, *, subject: str, correlation: str
    ) -> tuple[UncommittedFact[Fact], ...]:
        return tuple(
            UncommittedFact(
                fact,
                signature.metadata(self.new_id(), subject=subject, correlation=correlation, build=self.build),
            )
            for fact in facts
        )


def _alike(recorded: Recorded[Fact], note: UncommittedFact[Fact]) -> bool:
    """Tell whether a fact on record says the same, of the same person and for the same reason."""
    one, other = recorded.metadata, note.metadata
    return recorded.fact == note.fact and (one.who, one.reason, one.ticket) == (other.who, other.reason, other.ticket)
