"""What an engine remembers: its own facts are folded unread when nothing stands in between; objects are busy until an outcome."""

from datetime import UTC, datetime

from domain.actions import Create, Decided, Ensure, Succeeded
from domain.cluster import TookLead
from domain.facts import Fact, actions_stream, orders_stream
from domain.names import FIRST, Key, namespace_of
from domain.objects import Kind, ObjectRef
from domain.orders import Origin, Rendered, Submitted
from domain.record import EventMetadata, Recorded, Who
from reconciler.memory import Memory

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
KEY = Key("shop", "web")
SPACE = ObjectRef(Kind.NAMESPACE.value, "", KEY.namespace)
SERVICE = ObjectRef(Kind.SERVICE.value, KEY.namespace, KEY.object_name)
WORKLOAD = ObjectRef(Kind.DEPLOYMENT.value, KEY.namespace, KEY.object_name)


def recorded(position: int, fact: Fact, subject: str = "") -> Recorded[Fact]:
    about = EventMetadata(f"fact-{position}", Who("me", "engine"), subject)
    return Recorded(position, actions_stream(subject), position, NOON, fact, about)


def lead(position: int) -> Recorded[Fact]:
    return recorded(position, TookLead("me", 1, observing=False))


def test_facts_go_on_from_memory_only_when_none_is_left_out() -> None:
    memory = Memory()
    memory.take([lead(1), lead(2)])

    assert memory.continues([lead(3), lead(4)])
    assert not memory.continues([lead(4), lead(5)])
    assert not memory.continues([lead(3), lead(5)])
    assert not memory.continues([lead(2), lead(3)])


def test_an_object_is_busy_from_the_decision_until_its_own_outcome() -> None:
    memory = Memory()
    actions = (Ensure("a", SPACE, "", ""), Create("b", SERVICE, "", ""), Create("c", WORKLOAD, "", ""))

    memory.take([recorded(1, Decided(0, NOON, "1", "", actions, ()), KEY.subject)])
    decided = set(memory.busy)
    memory.take([recorded(2, Succeeded("b", SERVICE, "created", wrote=True), KEY.subject)])
    in_between = set(memory.busy)
    memory.take([recorded(3, Succeeded("c", WORKLOAD, "created", wrote=True), KEY.subject)])

    assert decided == {SERVICE, WORKLOAD}
    assert in_between == {WORKLOAD}
    assert memory.busy == set()


def submitted(subject: str, workload: str) -> Submitted:
    ref = ObjectRef(Kind.DEPLOYMENT.value, namespace_of(Key.of(subject).project, FIRST), workload)
    objects = (Rendered(ref, f"body of {subject}"),)
    return Submitted(1, 1, "k", Origin("submit"), "", "", objects, "t", "web:1", "", "C4", 1, enabled=True, deadline=600)


def test_a_deployment_is_known_by_the_name_that_its_versions_have_on_record() -> None:
    memory = Memory()
    memory.take([recorded(1, lead(1).fact, "shop/web"), recorded(2, submitted("shop/web", "web-1a2b3c4d"), "shop/web")])
    assert list(memory.fleet) == ["web-1a2b3c4d"]
    assert memory.object_name("shop/web") == "web-1a2b3c4d"


def test_a_neighbour_whose_early_name_is_the_same_is_not_taken_for_the_other() -> None:
    memory = Memory()
    memory.take([recorded(1, submitted("shop/web", "web-1a2b3c4d"), "shop/web")])
    memory.take([recorded(2, submitted("evil/web", "web-1a2b3c4d"), "evil/web")])
    memory.take([recorded(3, Decided(0, NOON, "1", "", ()), "evil/web")])
    first, second = memory.deployment("shop/web"), memory.deployment("evil/web")
    assert first is not None
    assert first is memory.fleet["web-1a2b3c4d"]
    assert [version.order.objects[0].body for version in first.versions] == ["body of shop/web"]
    assert second is not None
    assert [version.order.objects[0].body for version in second.versions] == ["body of evil/web"]
    assert set(memory.subjects()) == {"shop/web", "evil/web"}


def test_what_follows_on_an_order_hangs_on_what_the_order_hung_on() -> None:
    memory, order = Memory(), submitted("shop/web", "web-1a2b3c4d")
    about = EventMetadata("fact-1", Who("ann", "claimed"), "shop/web", correlation="rollout of many")
    memory.take([Recorded(1, orders_stream("shop/web"), 1, NOON, order, about)])
    assert memory.causal_context("shop/web").correlation == "rollout of many"

    memory.take([Recorded(2, orders_stream("shop/web"), 2, NOON, order, EventMetadata("fact-2", about.who, "shop/web"))])
    assert memory.causal_context("shop/web").correlation == "fact-2"
