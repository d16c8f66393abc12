"""What a submission records, what it refuses, and what it leaves alone."""

from collections.abc import Mapping, Sequence

import pytest

from adapters.desk.bad_spec import BadSpec
from adapters.desk.submission import SubmissionRequest
from adapters.simulator.images import SimulatedImages
from domain.deployment import Deployment
from domain.errors import Conflict, NotFound, Refused
from domain.facts import Fact, replica_stream
from domain.names import Key
from domain.orders import SubmissionRefused, Submitted
from domain.record import Append, Document, EventMetadata, Lease, Recorded, UncommittedFact, Who
from domain.replica import ImagePulled, ReplicaCreated
from tests.memory_ledger import MemoryLedger
from tests.unit.desk.opened import ANN, NOON, SPEC, WITH_SECRET, Mute, Opened


def test_a_submission_is_recorded_with_every_document_that_it_names() -> None:
    opened = Opened()
    order = opened.submit().order
    assert (order.number, order.incarnation, order.replicas) == (1, 1, 2)
    assert opened.ledger.document(order.source) == SPEC
    for digest in (order.spec, *(rendered.body for rendered in order.objects)):
        assert opened.ledger.document(digest)
    assert order.objects[0].ref.kind == "Namespace"


def test_it_records_who_and_why() -> None:
    opened = Opened()
    opened.submit()
    (recorded,) = opened.ledger.tail(0)
    metadata = recorded.metadata
    assert (metadata.who, metadata.reason, metadata.ticket) == (ANN.who, "because", "OPS-1")
    assert metadata.build == "test"
    assert metadata.correlation


def test_the_image_is_pinned_where_its_registry_answers() -> None:
    order = Opened().submit().order
    assert order.digest.startswith("sha256:")
    opened = Opened(images=Mute())
    accepted = opened.submit()
    assert accepted.order.digest == ""
    assert "could not be asked" in accepted.offer.remarks[0]


def test_the_deadline_is_never_shorter_than_a_replica_may_take_to_start() -> None:
    text = SPEC + b"healthChecks: {startup: {path: /, periodSeconds: 100, failureThreshold: 20}}\n"
    assert Opened().submit(text).order.deadline >= 100 * 20 + 60
    assert Opened().submit().order.deadline == 600


def test_a_bad_spec_is_refused_with_all_problems_and_put_on_record_without_its_text() -> None:
    opened = Opened()
    text = b"apiVersion: v1\nname: web\nimagee: private-thing\nresources: {machineType: C99}\n"
    with pytest.raises(BadSpec) as refusal:
        opened.submit(text)
    assert {problem.code for problem in refusal.value.problems} >= {"unknown-field", "unknown-machine-type"}
    (recorded,) = opened.ledger.tail(0)
    assert isinstance(recorded.fact, SubmissionRefused)
    assert "4:26" in recorded.fact.places
    assert recorded.fact.document == opened.ledger.digest(text)
    assert "private-thing" not in opened.everything_kept()


def test_a_refusal_stands_with_the_deployment_where_there_is_one() -> None:
    opened = Opened()
    with pytest.raises(BadSpec):
        opened.submit(b"name: web\n")
    assert opened.desk.keys("shop") == (), "a name that never got a version must not clutter the lists"
    opened.submit()
    with pytest.raises(BadSpec):
        opened.submit(b"name: web\nimage: [\n")
    assert opened.ledger.tail(0)[-1].metadata.subject == "shop/web"


def test_missing_secrets_are_refused_by_name_before_anything_is_recorded_as_wanted() -> None:
    opened = Opened()
    text = SPEC + b"env:\n  - {name: A, value: 'secret:one'}\n  - {name: B, value: 'secret:two'}\n"
    with pytest.raises(Refused, match="'one', 'two'"):
        opened.submit(text)
    assert [type(recorded.fact) for recorded in opened.ledger.tail(0)] == [SubmissionRefused]


def test_the_same_order_again_makes_no_second_version() -> None:
    opened = Opened()
    first = opened.submit(key="once")
    again = opened.submit(key="once")
    assert again.repeated
    assert (again.order.number, again.fact) == (1, first.fact)
    assert opened.ledger.head() == 1


def test_someone_faster_is_told() -> None:
    opened = Opened()
    opened.submit()
    opened.submit(if_version=1)
    with pytest.raises(Refused) as refusal:
        opened.submit(if_version=1)
    assert refusal.value.code == "version-moved"


def test_an_image_that_its_registry_does_not_have_is_refused_on_record() -> None:
    opened = Opened()
    with pytest.raises(Refused, match="no image"):
        opened.submit(SPEC.replace(b"web:1", b"web:missing"))
    assert [type(recorded.fact) for recorded in opened.ledger.tail(0)] == [SubmissionRefused]


def test_an_empty_file_is_a_refused_submission() -> None:
    opened = Opened()
    with pytest.raises(BadSpec):
        opened.submit(b"")
    assert [type(recorded.fact) for recorded in opened.ledger.tail(0)] == [SubmissionRefused]


class Rival(MemoryLedger):
    """Someone else submits just before each of our first appends."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def append(
        self,
        appends: Sequence[Append[Fact]],
        *,
        documents: Sequence[Document] = (),
        watch_positions: Mapping[str, str] | None = None,
        lease: Lease | None = None,
    ) -> tuple[Recorded[Fact], ...]:
        if self.times:
            times, self.times = self.times, 0
            Opened(self, new_id=lambda: f"rival-{self.head()}-{next(self.ids)}").submit()
            self.times = times - 1
        return super().append(appends, documents=documents, watch_positions=watch_positions, lease=lease)

    ids = iter(range(10_000))


def test_who_loses_the_race_looks_again_and_decides_again() -> None:
    opened = Opened(Rival(times=4))
    assert opened.submit().order.number == 5
    assert [version.number for version in opened.web.versions] == [1, 2, 3, 4, 5]


def test_who_loses_five_times_gives_up_and_nothing_is_recorded() -> None:
    opened = Opened(Rival(times=5))
    with pytest.raises(Conflict):
        opened.submit()
    assert len(opened.web.versions) == 5


def test_a_scaling_restarts_nothing_even_if_the_tag_has_moved() -> None:
    images = SimulatedImages()
    opened = Opened(images=images)
    before = opened.submit().order
    images.digests["registry.example/team/web:1"] = f"sha256:{'9' * 64}"
    assert opened.scale(5).order.template == before.template
    assert opened.submit().order.template != before.template, "a resubmission asks the registry again"


def test_a_scaling_keeps_its_secrets_and_a_resubmission_takes_the_newest() -> None:
    opened = Opened()
    opened.vault.set("shop", "token", b"one", ANN)
    opened.submit(WITH_SECRET)
    opened.vault.set("shop", "token", b"two", ANN)
    assert opened.scale(3).order.secrets == (("token", 1),)
    assert opened.change("env.LOG=debug").order.secrets == (("token", 1),)
    again = opened.desk.submit(SubmissionRequest("shop", name="web"), ANN)
    assert again.order.secrets == (("token", 2),)


def test_stopping_and_starting_keep_what_ran() -> None:
    opened = Opened()
    first = opened.submit().order
    stopped = opened.desk.submit(SubmissionRequest("shop", name="web", sets=("enabled=false",), kind="stop"), ANN).order
    assert (stopped.enabled, stopped.replicas, stopped.origin.kind) == (False, 0, "stop")
    started = opened.desk.submit(SubmissionRequest("shop", name="web", sets=("enabled=true",), kind="start"), ANN).order
    assert started.objects == first.objects


def test_a_rollback_is_a_new_version_with_the_very_old_rendering() -> None:
    opened = Opened()
    first = opened.submit().order
    opened.change("image=registry.example/team/web:2")
    back = opened.rollback(1).order
    assert (back.number, back.origin.of, back.objects) == (3, 1, first.objects)


def test_a_rollback_after_a_deletion_is_rendered_for_the_new_incarnation() -> None:
    opened = Opened()
    first = opened.submit().order
    opened.desk.delete(Key("shop", "web"), ANN)
    back = opened.rollback(1).order
    assert (back.number, back.incarnation, back.digest) == (2, 2, first.digest)
    assert back.objects != first.objects, "the incarnation is in the selector"


def ran(opened: Opened, order: Submitted, digest: str) -> None:
    """Let a replica be seen to run a digest."""
    facts: list[Fact] = [ReplicaCreated("web-1", "ns", order.incarnation, order.template, NOON), ImagePulled("web:1", digest)]
    stream = replica_stream("uid-1")
    notes = tuple(UncommittedFact(f, EventMetadata(opened.new_id(), Who("engine", "engine"), "shop/web")) for f in facts)
    opened.ledger.append([Append(stream, 0, notes)])


def test_a_rollback_of_a_tag_goes_to_the_digest_that_ran() -> None:
    opened = Opened(images=Mute())
    first = opened.submit().order
    digest = f"sha256:{'7' * 64}"
    ran(opened, first, digest)
    opened.change("image=registry.example/team/web:2")
    back = opened.rollback(1)
    assert back.order.digest == digest
    assert any(digest in manifest.body for manifest in back.offer.manifests)


def test_a_plan_records_nothing_and_says_whether_replicas_restart() -> None:
    opened = Opened()
    new = opened.desk.plan(SubmissionRequest("shop", SPEC, "web.yaml"))
    assert opened.ledger.head() == 0
    assert new.created
    assert not new.restarts
    opened.submit()
    assert not opened.desk.plan(SubmissionRequest("shop", SPEC, "web.yaml")).changes
    scaled = opened.desk.plan(SubmissionRequest("shop", name="web", sets=("resources.replicas=3",), kind="scale"))
    assert scaled.changes
    assert not scaled.restarts
    image = opened.desk.plan(SubmissionRequest("shop", name="web", sets=("image=registry.example/team/web:2",), kind="set"))
    assert image.restarts


def test_what_is_not_there_cannot_be_changed() -> None:
    opened = Opened()
    with pytest.raises(NotFound):
        opened.scale(3)
    opened.submit()
    opened.desk.delete(Key("shop", "web"), ANN)
    with pytest.raises(Refused, match="deleted"):
        opened.scale(3)


def test_an_erased_document_stops_a_change_with_a_way_out() -> None:
    class Forgetful(MemoryLedger):
        def document(self, digest: str) -> bytes | None:  # noqa: ARG002 (it forgets all)
            return None

    opened = Opened(Forgetful())
    opened.submit()
    with pytest.raises(Refused, match="erased"):
        opened.scale(3)


def test_a_deployment_unknown_to_the_ledger_is_empty() -> None:
    assert Opened().web == Deployment(Key("shop", "web"))
