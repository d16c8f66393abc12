"""What every ledger keeps: in memory, on SQLite, on PostgreSQL."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from time import monotonic, sleep

import pytest

from domain.cluster import TookLead
from domain.errors import Conflict, DeadreckonError, NotLeading, Unsound
from domain.facts import Fact
from domain.ports import Ledger
from domain.record import Append, Document, Lease, Recorded
from domain.replica import ReplicaScheduled
from tests.contracts.ledgers import KINDS, fact_id, note, some, tamper

Opener = Callable[[], Ledger]


@pytest.fixture(params=KINDS)
def another(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Opener]:
    with request.param(tmp_path) as opener:
        yield opener


@pytest.fixture
def ledger(another: Opener) -> Ledger:
    return another()


def whole(ledger: Ledger) -> list[Recorded[Fact]]:
    """Read a ledger through its tail, in small pages."""
    found: list[Recorded[Fact]] = []
    while page := ledger.tail(found[-1].position if found else 0, 7):
        found += page
    return found


def test_a_new_ledger_is_empty(ledger: Ledger) -> None:
    assert ledger.head() == 0
    assert ledger.tail(0) == ()
    assert ledger.subjects() == ()
    assert ledger.watch_positions() == {}
    assert list(ledger.read("deployment/shop/web")) == []
    assert ledger.find("nothing") is None
    assert not ledger.wait(0, 0)


def test_its_identity_is_made_once(another: Opener) -> None:
    assert another().identity == another().identity != ""


def test_what_was_appended_is_read_back_whole(ledger: Ledger) -> None:
    written = ledger.append([some("replica/a", 0, 3), some("replica/b", 0, 2)])

    assert [(one.position, one.stream, one.version) for one in written] == [
        (1, "replica/a", 1),
        (2, "replica/a", 2),
        (3, "replica/a", 3),
        (4, "replica/b", 1),
        (5, "replica/b", 2),
    ]
    assert ledger.tail(0) == written
    assert tuple(ledger.read("replica/a")) == written[:3]
    assert tuple(ledger.read("replica/a", after=2)) == written[2:3]
    assert ledger.head() == 5


def test_another_reader_sees_it_too(another: Opener) -> None:
    first, second = another(), another()
    written = first.append([some("replica/a", 0, 3)])
    assert second.tail(0) == written


def test_two_writers_cannot_both_win(another: Opener) -> None:
    first, second = another(), another()
    won = first.append([some("actions/shop/web", 0)])

    with pytest.raises(Conflict) as refused:
        second.append([some("actions/shop/web", 0)])

    assert (refused.value.stream, refused.value.expected) == ("actions/shop/web", 0)
    assert second.tail(0) == won


@pytest.mark.parametrize("expected", [0, 1, 3, 99])
def test_a_stream_must_stand_exactly_where_it_is_expected_to(ledger: Ledger, expected: int) -> None:
    ledger.append([some("replica/a", 0, 2)])
    with pytest.raises(Conflict):
        ledger.append([some("replica/a", expected)])
    assert ledger.head() == 2


def test_a_conflict_in_one_stream_leaves_all_streams_as_they_were(ledger: Ledger) -> None:
    ledger.append([some("replica/a", 0)])
    document = Document(ledger.digest(b"text"), b"text")
    with pytest.raises(Conflict):
        ledger.append([some("replica/b", 0), some("replica/a", 0)], documents=[document], watch_positions={"Pod": "7"})
    assert ledger.head() == 1
    assert list(ledger.read("replica/b")) == []
    assert ledger.document(document.digest) is None
    assert ledger.watch_positions() == {}


def test_two_parts_of_one_append_may_follow_each_other_in_a_stream(ledger: Ledger) -> None:
    written = ledger.append([some("replica/a", 0, 2), some("replica/a", 2)])
    assert [one.version for one in written] == [1, 2, 3]


def test_the_same_append_again_is_answered_and_not_written_twice(another: Opener) -> None:
    order = [some("deployment/shop/web", 0, 2), some("replica/a", 0)]
    written = another().append(order)
    later = another()
    later.append([some("deployment/shop/web", 2)])

    assert later.append(order) == written
    assert later.head() == 4


def test_an_id_is_given_to_one_fact_only(ledger: Ledger) -> None:
    taken = fact_id()
    ledger.append([Append("replica/a", 0, (note(id=taken),))])
    with pytest.raises(ValueError, match="taken"):
        ledger.append([Append("replica/b", 0, (note(id=taken),))])
    with pytest.raises(ValueError, match="taken"):
        ledger.append([Append("replica/a", 1, (note(id=taken), note()))])
    with pytest.raises(ValueError, match="twice"):
        ledger.append([Append("replica/b", 0, (note(id="same"), note(id="same")))])
    assert ledger.head() == 1


def test_a_fact_is_found_by_its_id(ledger: Ledger) -> None:
    (first, second) = ledger.append([some("replica/a", 0, 2)])
    assert ledger.find(first.metadata.id) == first
    assert ledger.find(second.metadata.id) == second


def test_what_is_about_a_subject_comes_in_the_ledgers_order_from_all_streams(ledger: Ledger) -> None:
    ledger.append([some("replica/a", 0), some("replica/x", 0, subject="shop/other")])
    ledger.append([some("actions/shop/web", 0)])
    ledger.append([some("replica/a", 1), some("cluster/1", 0, subject="")])

    assert [one.position for one in ledger.about("shop/web")] == [1, 3, 4]
    assert [one.position for one in ledger.about("shop/web", after=1)] == [3, 4]
    assert [one.position for one in ledger.about("shop/web", after=1, upto=3)] == [3]
    assert [one.position for one in ledger.about("shop/web", upto=0)] == []
    assert list(ledger.about("shop/nothing")) == []
    assert ledger.subjects() == ("shop/web", "shop/other")


def test_what_concerns_the_whole_ledger_is_about_the_empty_subject_which_is_not_named(ledger: Ledger) -> None:
    ledger.append([some("cluster/1", 0, 2, subject=""), some("replica/a", 0)])
    assert [one.position for one in ledger.about("")] == [1, 2]
    assert ledger.subjects() == ("shop/web",)


def test_subjects_come_in_order_of_first_appearance(ledger: Ledger) -> None:
    for number, subject in enumerate(["z/z", "a/a", "m/m", "a/a", "z/z"]):
        ledger.append([some(f"replica/{number}", 0, subject=subject)])
    assert ledger.subjects() == ("z/z", "a/a", "m/m")


def test_a_long_stream_comes_whole_and_in_order(ledger: Ledger) -> None:
    for start in range(0, 1200, 400):
        ledger.append([some("replica/a", start, 400)])

    assert [one.version for one in ledger.read("replica/a")] == list(range(1, 1201))
    assert [one.version for one in ledger.about("shop/web")] == list(range(1, 1201))
    assert len(ledger.tail(0)) == 500
    assert [one.position for one in ledger.tail(1000)] == list(range(1001, 1201))
    assert len(ledger.tail(3, 4)) == 4


def test_recorded_times_never_run_backwards_and_tell_positions(ledger: Ledger) -> None:
    for version in range(20):
        ledger.append([some("replica/a", version)])
    times = [one.recorded_at for one in ledger.tail(0)]

    assert times == sorted(times)
    assert ledger.position_at(times[0] - timedelta(seconds=1)) == 0
    assert ledger.position_at(times[-1] + timedelta(seconds=1)) == 20
    for time in times:
        expected = max(position for position, at in enumerate(times, 1) if at <= time)
        assert ledger.position_at(time) == expected


def test_documents_are_kept_once_under_a_salted_digest(another: Opener) -> None:
    ledger = another()
    body = "command: ['✓']\n".encode() + bytes(range(256))
    document = Document(ledger.digest(body), body)
    ledger.append([some("replica/a", 0)], documents=[document, document])
    ledger.append([some("replica/a", 1)], documents=[document])

    assert another().document(document.digest) == body
    assert another().digest(body) == document.digest
    assert ledger.document(ledger.digest(b"other")) is None


def test_a_document_under_a_digest_not_its_own_is_not_kept(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="digest"):
        ledger.append([some("replica/a", 0)], documents=[Document("abc", b"text")])
    assert ledger.head() == 0


def test_a_document_that_is_not_what_its_digest_says_is_never_given_back(another: Opener) -> None:
    ledger = another()
    document, other = (Document(ledger.digest(body), body) for body in (b"image: web:1", b"image: api:1"))
    ledger.append([some("replica/a", 0)], documents=[document, other])
    tamper(ledger, document.digest, b"image: evil:1")

    for reader in (ledger, another()):
        with pytest.raises(Unsound, match=document.digest):
            reader.document(document.digest)
        assert reader.document(other.digest) == other.body


def test_a_document_laid_before_its_version_came_is_never_given_back(another: Opener) -> None:
    ledger = another()
    coming = Document(ledger.digest(b"image: web:2"), b"image: web:2")
    tamper(ledger, coming.digest, b"image: evil:2")
    ledger.append([some("replica/a", 0)], documents=[coming])

    with pytest.raises(Unsound):
        another().document(coming.digest)


def test_places_are_kept_with_the_facts_they_led_to(another: Opener) -> None:
    ledger = another()
    ledger.append([some("replica/a", 0)], watch_positions={"Pod": "17", "Event": "3"})
    ledger.append([], watch_positions={"Pod": "21"})
    assert another().watch_positions() == {"Pod": "21", "Event": "3"}


def test_one_leads_and_the_others_stand_by(another: Opener) -> None:
    first, second = another(), another()
    lease = first.lead("one", 60)
    assert lease == Lease("one", 1)
    assert second.lead("two", 60) is None
    assert first.lead("one", 60) == lease


def test_who_leads_can_be_asked_by_anyone(another: Opener) -> None:
    first, second = another(), another()
    assert second.leader() is None
    lease = first.lead("one", 60)
    assert lease is not None
    assert second.leader() == lease
    first.release(lease)
    assert second.leader() is None
    first.lead("one", 0)
    sleep(0.002)
    assert second.leader() is None


def test_a_released_lease_is_free_at_once_under_the_next_epoch(another: Opener) -> None:
    first, second = another(), another()
    lease = first.lead("one", 60)
    assert lease is not None
    first.release(lease)
    assert second.lead("two", 60) == Lease("two", 2)
    first.release(lease)
    assert second.leader() == Lease("two", 2), "who asks for a lease takes one that was wrongly freed; who looks sees that it was"
    assert first.lead("one", 60) is None


def test_a_lease_that_ran_out_is_taken_by_who_asks(another: Opener) -> None:
    first, second = another(), another()
    assert first.lead("one", 0.05) == Lease("one", 1)
    deadline = monotonic() + 5
    while (taken := second.lead("two", 60)) is None and monotonic() < deadline:
        sleep(0.01)
    assert taken == Lease("two", 2)
    assert first.lead("one", 60) is None


def test_a_stale_epoch_is_refused_and_the_log_is_unchanged(another: Opener) -> None:
    first, second = another(), another()
    old = first.lead("one", 0)
    sleep(0.002)
    new = second.lead("two", 60)
    assert old is not None
    assert new is not None
    kept = second.append([some("actions/shop/web", 0)], lease=new)

    with pytest.raises(NotLeading):
        first.append([some("actions/shop/web", 1)], lease=old, watch_positions={"Pod": "9"})
    with pytest.raises(NotLeading):
        first.append([some("actions/shop/web", 1)], lease=Lease("two", new.epoch + 1))

    assert first.tail(0) == kept
    assert first.watch_positions() == {}


def test_a_released_lease_appends_nothing_more(ledger: Ledger) -> None:
    lease = ledger.lead("one", 60)
    assert lease is not None
    ledger.release(lease)
    with pytest.raises(NotLeading):
        ledger.append([some("actions/shop/web", 0)], lease=lease)


def test_what_was_written_in_time_is_still_answered_after_the_lease_is_lost(another: Opener) -> None:
    ledger = another()
    lease = ledger.lead("one", 0)
    order = [Append("cluster/1", 0, (note(TookLead("one", 1, observing=False)),))]
    written = ledger.append(order, lease=lease)
    sleep(0.002)
    assert another().lead("two", 60) is not None
    assert ledger.append(order, lease=lease) == written


def test_a_waiting_reader_is_woken_by_an_append(another: Opener) -> None:
    reader, writer = another(), another()
    with ThreadPoolExecutor() as pool:
        waiting = pool.submit(reader.wait, 0, 10)
        sleep(0.02)
        writer.append([some("replica/a", 0)])
        began = monotonic()
        assert waiting.result()
        assert monotonic() - began < 8


def test_who_waits_for_what_is_there_already_need_not_wait(ledger: Ledger) -> None:
    ledger.append([some("replica/a", 0)])
    began = monotonic()
    assert ledger.wait(0, 10)
    assert not ledger.wait(1, 0.02)
    assert monotonic() - began < 8


def test_no_wake_up_is_lost_however_close_the_append(another: Opener) -> None:
    reader, writer = another(), another()
    with ThreadPoolExecutor() as pool:
        for position in range(60):
            waiting = pool.submit(reader.wait, position, 10)
            sleep(0.0003 * (position % 7))
            writer.append([some("replica/a", position)])
            assert waiting.result(timeout=10)


def test_a_tailing_reader_misses_nothing_of_eight_writers(another: Opener) -> None:
    reader, writers = another(), [another() for _ in range(2)]
    each = 40

    def write(number: int) -> None:
        for version in range(each):
            writers[number % 2].append([some(f"replica/{number}", version)])

    seen: list[Recorded[Fact]] = []
    with ThreadPoolExecutor(9) as pool:
        done = [pool.submit(write, number) for number in range(8)]
        while len(seen) < 8 * each and reader.wait(seen[-1].position if seen else 0, 10):
            seen += reader.tail(seen[-1].position if seen else 0, 11)
        for one in done:
            one.result()

    assert seen == whole(reader)
    assert len(seen) == 8 * each
    for number in range(8):
        assert [one.version for one in seen if one.stream == f"replica/{number}"] == list(range(1, each + 1))


def test_of_many_who_race_for_one_stream_each_gets_the_right_answer(ledger: Ledger) -> None:
    def race(number: int) -> str:
        append = Append("actions/shop/web", 0, (note(ReplicaScheduled(f"node-{number}"), id=f"racer-{number}"),))
        own = some(f"replica/{number}", 0)
        try:
            (one, _) = ledger.append([append, own])
        except DeadreckonError as error:
            assert isinstance(error, Conflict)  # noqa: PT017 (the other answer is as right)
            return ""
        assert one.fact == ReplicaScheduled(f"node-{number}")
        return one.metadata.id

    with ThreadPoolExecutor(16) as pool:
        winners = [winner for winner in pool.map(race, range(16)) if winner]

    assert [one.metadata.id for one in ledger.read("actions/shop/web")] == winners
    assert len(winners) == 1
    assert ledger.head() == 2


def test_callers_in_a_hurry_each_get_their_own_facts_back(ledger: Ledger) -> None:
    def write(number: int) -> tuple[Recorded[Fact], ...]:
        return ledger.append([some(f"replica/{number}", 0, 1 + number % 3)])

    with ThreadPoolExecutor(32) as pool:
        answers = list(pool.map(write, range(200)))

    for number, written in enumerate(answers):
        assert tuple(ledger.read(f"replica/{number}")) == written
        assert len(written) == 1 + number % 3
    assert sorted(one.position for written in answers for one in written) == list(range(1, ledger.head() + 1))
