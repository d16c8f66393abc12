"""Gaps: what an engine that comes after a killed one may have missed is one sentence, and nothing else goes into it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from domain.cluster import ObservationGap, TookLead
from domain.facts import Fact
from domain.record import EventMetadata, Recorded, Who
from projections.merged_gaps import gathered
from projections.timeline import TimelineLine, line
from projections.wording import instant

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
KINDS = ("Deployment", "Pod", "NetworkPolicy", "Ingress", "Job", "Event")


def gap(kind: str, why: str = "410 Expired: too old resource version: 86", *, after: float = 0.0) -> ObservationGap:
    return ObservationGap(kind, None, NOON + timedelta(seconds=after), why)


def told(*facts: Fact) -> Sequence[TimelineLine]:
    metadata = EventMetadata("f", Who("engine", "engine"), "")
    past = [Recorded(number, "cluster/1", number, NOON, fact, metadata) for number, fact in enumerate(facts, 1)]
    return list(gathered(((recorded, line(recorded, str)) for recorded in past), instant))


def test_after_a_killed_engine_one_sentence_says_what_may_have_been_missed() -> None:
    lead = TookLead("two", 2, observing=False, unled_since=NOON, lost_by="one")
    gaps = [gap(kind, f"410 Expired: too old resource version: {80 + number}") for number, kind in enumerate(KINDS)]

    led, missed = told(lead, *gaps)

    assert "it was killed, cut off or stood still" in led.text
    assert missed.text == (
        "what came and went of Deployments, Pods, NetworkPolicies and 3 more kinds may have been missed until "
        "2026-11-22T12:00:00Z: 410 Expired: too old resource version; what stands now was read anew"
    )
    assert missed.position == 1 + len(KINDS)


def test_gaps_of_another_reason_another_time_or_of_the_audit_log_are_told_by_themselves() -> None:
    others = [gap("Job", "connection reset"), gap("Job", after=10.1), gap("AuditLog")]

    for other in others:
        assert len(told(gap("Pod"), other)) == 2

    for control in (gap("Job"), gap("Job", after=10)):
        assert len(told(gap("Pod"), control)) == 1


def test_a_gap_of_one_kind_reads_as_it_did() -> None:
    (one,) = told(gap("Ingress"))

    assert one.text.startswith("changes of Ingresses may have been missed until")
