"""The ledger's tail as an engine has it: nothing is missed, whoever wrote it; what is written says who, when and why."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

import pytest

from domain.cluster import ObservationGap, RewindAccepted, TookLead
from domain.errors import NotLeading, Unsound
from domain.facts import Fact, cluster_stream, orders_stream, project_stream, replica_stream, seen_stream
from domain.names import Key
from domain.observe import News
from domain.orders import Held
from domain.project import RegistryRemoved
from domain.record import Append, Document, EventMetadata, Lease, Recorded, UncommittedFact, Who
from domain.replica import ReplicaGone, ReplicaScheduled
from domain.seen import RolloutProgressed
from domain.unsound import ObservationRefused
from reconciler.leadership import EngineIdentity, Leadership
from reconciler.ledger_tail import PAGE, LedgerTail
from tests.contracts.ledgers import NOON, Hands
from tests.memory_ledger import MemoryLedger

WEB, API = Key("shop", "web").subject, Key("shop", "api").subject
CLUSTER = cluster_stream("c1")
LEAD = TookLead("one", 1, observing=False)
GAP = ObservationGap("Pod", None, NOON, "the watch ended")
HELD = Held(None)
SCHEDULED = ReplicaScheduled("node-1")


class BlockedLedger(MemoryLedger):
    """A ledger in which foreign rows stand in the way of some streams; it counts how often it is read."""

    def __init__(self, clock: Hands) -> None:
        super().__init__(clock)
        self.blocked: list[str] = []
        self.reads = 0

    def tail(self, after: int, limit: int = 500) -> tuple[Recorded[Fact], ...]:
        self.reads += 1
        return super().tail(after, limit)

    def read(self, stream: str, after: int = 0) -> Iterator[Recorded[Fact]]:
        self.reads += 1
        return super().read(stream, after)

    def append(
        self,
        appends: Sequence[Append[Fact]],
        *,
        documents: Sequence[Document] = (),
        watch_positions: Mapping[str, str] | None = None,
        lease: Lease | None = None,
    ) -> tuple[Recorded[Fact], ...]:
        streams = [append.stream for append in appends]
        if blocked := [stream for stream in self.blocked if stream in streams or stream == "elsewhere"]:
            raise Unsound(f"a foreign row stands in {blocked[0]}", stream=blocked[0])
        return super().append(appends, documents=documents, watch_positions=watch_positions, lease=lease)


class Engine:
    """A tail that leads, what its listener was told, and others that write into the same ledger."""

    def __init__(self, *, leads: bool = True) -> None:
        self.clock = Hands(NOON)
        self.ledger = BlockedLedger(self.clock)
        self.told: list[Recorded[Fact]] = []
        self.leadership = Leadership(self.ledger, EngineIdentity("one", "1.2"), self.clock)
        self._ids = iter(range(1000))
        self.tail = LedgerTail(self.ledger, self.leadership, lambda: f"id-{next(self._ids)}", self.told.extend)
        self.tail.cluster_uid = "c1"
        if leads:
            lease = self.leadership.ask()
            assert lease is not None
            self.leadership.take(lease)

    def others(self, stream: str, subject: str, *facts: Fact) -> None:
        """Let somebody else write."""
        expected = sum(1 for _ in MemoryLedger.read(self.ledger, stream))
        head = self.ledger.head()
        notes = tuple(
            UncommittedFact(fact, EventMetadata(f"theirs-{head + n}", Who("ann", "claimed"), subject))
            for n, fact in enumerate(facts)
        )
        MemoryLedger.append(self.ledger, [Append(stream, expected, notes)])

    def writes(self, stream: str, subject: str, *facts: Fact) -> None:
        self.tail.append({stream: tuple(self.tail.note(fact, subject) for fact in facts)})


# --- reading


def test_which_cluster_it_is_about_is_not_known_before_it_was_found_out() -> None:
    ledger = MemoryLedger()

    assert LedgerTail(ledger, Leadership(ledger, EngineIdentity("one"), Hands()), str).cluster_uid == ""


def test_nothing_new_is_no_move_and_something_is() -> None:
    engine = Engine()

    assert not engine.tail.catch_up()
    engine.others(orders_stream(WEB), WEB, HELD)
    assert engine.tail.catch_up()
    assert not engine.tail.catch_up()


@pytest.mark.parametrize("many", [PAGE - 1, PAGE, PAGE + 1, 2 * PAGE])
def test_catching_up_stops_at_nothing_but_the_head(many: int) -> None:
    engine = Engine()
    engine.others(CLUSTER, "", *[LEAD] * many)
    engine.tail.catch_up()

    assert engine.tail.memory.position == many
    assert len(engine.told) == many


def test_a_round_that_finds_little_reads_the_ledger_once() -> None:
    engine = Engine()
    engine.others(CLUSTER, "", LEAD)
    engine.tail.catch_up()

    assert engine.ledger.reads == 1


def test_who_has_no_listener_reads_all_the_same() -> None:
    engine = Engine()
    engine.others(CLUSTER, "", LEAD)
    alone = LedgerTail(engine.ledger, engine.leadership, str)

    assert alone.catch_up()


def thinking_after(stream: str, subject: str, *facts: Fact) -> tuple[set[str], set[str]]:
    """Give whom facts set thinking where two deployments are known, and whose service they have judged anew."""
    engine = Engine()
    engine.others(orders_stream(WEB), WEB, HELD)
    engine.others(orders_stream(API), API, HELD)
    engine.tail.catch_up()
    engine.tail.due.clear()
    engine.tail.changed.clear()
    engine.others(stream, subject, *facts)
    engine.tail.catch_up()
    return engine.tail.due, engine.tail.changed


def test_a_fact_about_one_deployment_sets_that_one_thinking() -> None:
    assert thinking_after(orders_stream(WEB), WEB, HELD) == ({WEB}, {WEB})


def test_a_fact_about_all_sets_all_thinking_and_nobody_s_service_is_judged_anew() -> None:
    assert thinking_after(CLUSTER, "", GAP) == ({WEB, API}, set())
    assert thinking_after(CLUSTER, "", LEAD, GAP, LEAD) == ({WEB, API}, set()), "one among others that are only told"
    assert thinking_after(project_stream("shop"), "shop", RegistryRemoved("ghcr.io")) == ({WEB, API}, set())


def test_a_row_on_a_project_s_stream_concerns_all_of_it_whatever_it_says_that_it_is_about() -> None:
    due, _ = thinking_after(project_stream("shop"), WEB, RegistryRemoved("ghcr.io"))

    assert due == {WEB, API}


def test_a_fact_that_is_only_told_sets_nobody_thinking() -> None:
    assert thinking_after(CLUSTER, "", LEAD) == (set(), set())


def test_that_a_person_took_the_cluster_as_new_is_kept_until_it_is_looked_at() -> None:
    engine = Engine()
    engine.others(CLUSTER, "", LEAD)
    engine.tail.catch_up()
    before = engine.tail.rewind_accepted
    engine.others(CLUSTER, "", LEAD, RewindAccepted(1))
    engine.tail.catch_up()
    engine.others(CLUSTER, "", LEAD)
    engine.tail.catch_up()

    assert (before, engine.tail.rewind_accepted) == (False, True)


# --- writing


def test_a_note_says_who_and_why_and_of_what_was_seen_also_when_and_by_whom() -> None:
    engine = Engine()
    engine.others(orders_stream(WEB), WEB, HELD)
    engine.tail.catch_up()

    thought = engine.tail.note(HELD, WEB, cause="theirs-0")
    seen = engine.tail.note(SCHEDULED, WEB, seen_at=NOON)

    who, hangs_on = Who("one", "engine"), "theirs-0"
    assert thought == UncommittedFact(
        HELD, EventMetadata("id-0", who, WEB, cause="theirs-0", correlation=hangs_on, observed_by="", build="1.2")
    )
    assert seen == UncommittedFact(
        SCHEDULED, EventMetadata("id-1", who, WEB, correlation=hangs_on, observed_at=NOON, observed_by="one", build="1.2")
    )


def test_what_is_noted_of_something_seen_tells_when_and_what_caused_it() -> None:
    news = News(replica_stream("p1"), WEB, SCHEDULED)
    [(same, noted)] = Engine().tail.noted([news], seen_at=NOON, cause="c")

    assert same is news
    assert (noted.metadata.observed_at, noted.metadata.cause, noted.metadata.subject) == (NOON, "c", WEB)


def unfit(engine: Engine, node: str = "half\ud800") -> list[tuple[str, Fact]]:
    """Let something come that no ledger can keep, and something that can."""
    news = [News(replica_stream("p1"), WEB, ReplicaScheduled(node)), News(replica_stream("p2"), WEB, SCHEDULED)]
    return [(one.stream, noted.fact) for one, noted in engine.tail.noted(news)]


def test_what_cannot_be_kept_is_told_once_and_once_more_to_who_leads_next() -> None:
    engine = Engine()

    (kept, told), (again,) = unfit(engine), unfit(engine)
    engine.tail.forget_telling()
    anew = unfit(engine)

    assert kept == again == (replica_stream("p2"), SCHEDULED)
    assert told[0] == seen_stream(WEB)
    assert isinstance(told[1], ObservationRefused)
    assert anew == [kept, told]


def test_what_stands_on_record_as_left_out_is_not_told_again() -> None:
    engine = Engine()
    _, (stream, told) = unfit(engine)
    engine.writes(stream, WEB, told)
    engine.tail.forget_telling()

    assert len(unfit(engine)) == 1


def test_what_is_written_is_folded_at_once_and_not_read_back() -> None:
    engine = Engine()
    engine.writes(orders_stream(WEB), WEB, HELD)

    assert engine.tail.memory.position == 1
    assert engine.tail.due == {WEB}
    assert [recorded.fact for recorded in engine.told] == [HELD]
    assert engine.ledger.reads == 0


def test_what_another_wrote_in_between_is_folded_too_in_the_ledger_s_order() -> None:
    engine = Engine()
    engine.others(orders_stream(API), API, HELD)
    engine.writes(seen_stream(WEB), WEB, RolloutProgressed("u1", 1, 2, 2, 2, 2, 2))

    assert engine.tail.memory.position == engine.ledger.head() == 2
    assert [recorded.position for recorded in engine.told] == [1, 2]
    assert engine.tail.due == {WEB, API}


def test_nothing_to_append_is_not_written_also_by_who_does_not_lead() -> None:
    engine = Engine(leads=False)
    engine.tail.append({})

    assert engine.ledger.head() == 0


def test_who_does_not_lead_writes_nothing_and_is_told_whose_lease_is_over() -> None:
    engine = Engine()
    engine.clock.move(10)

    with pytest.raises(NotLeading, match="the lease of one ran out before it could record"):
        engine.writes(orders_stream(WEB), WEB, HELD)
    assert engine.ledger.head() == 0


def test_documents_and_places_of_watches_are_kept_with_the_facts_that_they_belong_to() -> None:
    engine = Engine()
    body = b"what the server returned"
    document = Document(engine.ledger.digest(body), body)

    engine.tail.append({seen_stream(WEB): (engine.tail.note(HELD, WEB),)}, [document], {"Pod": "7"})

    assert engine.ledger.document(document.digest) == body
    assert engine.ledger.watch_positions() == {"Pod": "7"}


def test_facts_of_an_engine_that_another_led_over_are_refused_by_the_ledger() -> None:
    engine = Engine()
    engine.clock.move(-1)
    assert engine.ledger.lead("two", 10) is None, "the control: the lease is held"
    engine.ledger.release(Lease("one", 1))
    engine.ledger.lead("two", 10)

    with pytest.raises(NotLeading):
        engine.writes(orders_stream(WEB), WEB, HELD)
    with pytest.raises(NotLeading):
        engine.tail.keep({"Pod": "7"})
    assert engine.ledger.watch_positions() == {}


def test_places_of_watches_are_kept_without_a_fact() -> None:
    engine = Engine()
    engine.tail.keep({"Pod": "7"})

    assert engine.ledger.watch_positions() == {"Pod": "7"}


def test_a_foreign_row_in_one_stream_s_way_holds_what_it_is_about_and_the_others_go_on() -> None:
    engine = Engine()
    for subject in (WEB, API):
        engine.others(orders_stream(subject), subject, HELD)
    engine.tail.catch_up()
    engine.ledger.blocked = [seen_stream(WEB)]
    notes = {seen_stream(subject): (engine.tail.note(HELD, subject),) for subject in (WEB, API)}
    engine.tail.append(notes, (), {"Pod": "7"})

    web, api = (engine.tail.memory.deployment(subject) for subject in (WEB, API))
    assert web is not None
    assert api is not None
    assert list(web.unsound.values()) == [f"a foreign row stands in {seen_stream(WEB)}"]
    assert not api.unsound
    assert [recorded.stream for recorded in engine.ledger.tail(2)] == [seen_stream(API)]
    assert engine.ledger.watch_positions() == {"Pod": "7"}


def test_a_foreign_row_that_stands_in_no_stream_of_these_is_no_reason_to_leave_any_out() -> None:
    engine = Engine()
    engine.ledger.blocked = ["elsewhere"]

    with pytest.raises(Unsound, match="a foreign row stands in elsewhere"):
        engine.writes(orders_stream(WEB), WEB, HELD)


def test_each_stream_goes_on_at_the_version_at_which_it_was_folded() -> None:
    engine = Engine()
    for _ in range(2):
        engine.writes(orders_stream(WEB), WEB, HELD)
        engine.writes(replica_stream("p1"), WEB, SCHEDULED)

    assert engine.ledger.reads == 1, "only for the replica: what was folded, and any other stream, is known"
    assert [recorded.version for recorded in engine.ledger.tail(0)] == [1, 1, 2, 2]


def test_a_replica_that_was_taken_for_gone_and_is_seen_again_goes_on_in_its_stream() -> None:
    engine = Engine()
    engine.writes(replica_stream("p1"), WEB, SCHEDULED, ReplicaGone("missed"))
    engine.writes(replica_stream("p1"), WEB, SCHEDULED)
    engine.clock.at += timedelta(seconds=1)

    assert [recorded.version for recorded in engine.ledger.read(replica_stream("p1"))] == [1, 2, 3]
