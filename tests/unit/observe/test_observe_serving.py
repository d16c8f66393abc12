"""Endpoints and others' objects: what is news, when it has lasted, and what costs nobody else anything."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest

from domain import served as servings
from domain.deployment import Deployment
from domain.facts import Fact
from domain.names import LABEL
from domain.objects import Kind, ObjectRef
from domain.observations import GoneSeen, Observation, Relisted, SliceSeen, TakerSeen, WatchEvent
from domain.replica import BecameReady, ReplicaCreated, begin, evolve
from domain.seen import AppliedState, Change
from domain.selectors import Requirement, Selector
from domain.serving import MOST, is_served, level, pod_labels, unserved
from domain.serving_seen import EndpointsChanged, LetGo, TakenUp
from domain.tracked_objects import TrackedObject
from domain.views import SLICES, TAKERS, VIEWS
from reconciler.serving import FREE, PAUSE, SETTLE, STRANGE, Serving
from tests.unit.observe.bridge import KEY, NAME, NOON, SERVICE, WORKLOAD

SPACE = KEY.namespace
LABELS = {f"{LABEL}/deployment": NAME, "app": "web"}
SETTLED = AppliedState({f"spec.template.metadata.labels.{key}": value for key, value in LABELS.items()}, {})
SECOND = timedelta(seconds=1)
SLICE = ObjectRef("EndpointSlice", SPACE, f"{NAME}-abcde")


def home(*ready: str, waiting: Sequence[str] = ()) -> Deployment:
    """A deployment with its Deployment and Service, and replicas that are ready or not."""
    replicas = {uid: begin(uid, ReplicaCreated(uid, SPACE, 1, "t1", NOON)) for uid in (*ready, *waiting)}
    for uid in ready:
        after = evolve(replicas[uid], BecameReady(NOON))
        assert after is not None
        replicas[uid] = after
    objects = {WORKLOAD: TrackedObject(WORKLOAD, "u1", settled="s"), SERVICE: TrackedObject(SERVICE, "u2")}
    return Deployment(KEY, objects=objects, replicas=replicas)


@dataclass
class Desk:
    """What an engine keeps, and a deployment whose fold takes in what it tells."""

    home: Deployment
    serving: Serving = field(default_factory=Serving)
    now: timedelta = timedelta()
    told: list[Fact] = field(default_factory=list[Fact])

    def listed(self) -> "Desk":
        return self.sees(*(Relisted(view.name, "1", frozenset()) for view in VIEWS))

    def sees(self, *seen: Observation) -> "Desk":
        for one in seen:
            named = one.kind if isinstance(one, Relisted) else SLICES.name if isinstance(one, SliceSeen) else TAKERS[0].name
            assert self.serving.take([WatchEvent((one,), NOON + self.now, named, "1")]) == ()
        return self

    def later(self, span: timedelta = SETTLE) -> list[Fact]:
        """Let time pass, and give what is told by then."""
        before = len(self.told)
        self._tell()
        self.now += span
        self._tell()
        return self.told[before:]

    def _tell(self) -> None:
        for news, _ in list(self.serving.news({NAME: self.home}, [NAME], lambda _: SETTLED, NOON + self.now)):
            self.told.append(news.fact)
            assert isinstance(news.fact, EndpointsChanged | TakenUp | LetGo)
            self.home = replace(self.home, served=servings.take_in(self.home.served, news.fact))


def slice_of(*ready: str, name: str = "abcde", service: str = NAME) -> SliceSeen:
    return SliceSeen(ObjectRef("EndpointSlice", SPACE, f"{NAME}-{name}"), f"uid-{name}", "5", service, ready, NOON)


def theirs(name: str = "theirs", uid: str = "u9", **labels: str) -> TakerSeen:
    selector = Selector(tuple((labels or {"app": "web"}).items()))
    return TakerSeen(ObjectRef("Service", SPACE, name), uid, "7", "selects", selector, detail=str(selector), manager="kubectl")


def test_nothing_is_told_before_all_slices_are_listed() -> None:
    assert Desk(home("a")).sees(slice_of()).later() == []


def test_that_none_of_the_ready_replicas_is_served_is_told_once_it_has_lasted() -> None:
    desk = Desk(home("a", "b")).listed().sees(slice_of())

    assert desk.later(SETTLE - SECOND) == []
    (fact,) = desk.later(SECOND)
    assert isinstance(fact, EndpointsChanged)
    assert (fact.ready, fact.total, fact.others, fact.serves) == (0, 2, 0, False)
    assert (is_served(desk.home), unserved(desk.home)) == (False, (fact,))
    assert desk.later() == []


def test_that_all_are_served_is_told_at_once() -> None:
    desk = Desk(home("a", "b")).listed().sees(slice_of("a", "b"))

    (fact,) = desk.later(timedelta())

    assert isinstance(fact, EndpointsChanged)
    assert fact.serves
    assert is_served(desk.home)


def test_slices_count_together() -> None:
    (fact,) = Desk(home("a", "b")).listed().sees(slice_of("a"), slice_of("b", name="v6")).later(timedelta())

    assert isinstance(fact, EndpointsChanged)
    assert fact.ready == 2


def test_endpoints_that_follow_the_replicas_are_no_news() -> None:
    desk = Desk(home("a")).listed().sees(slice_of("a"))
    desk.later()

    desk.home = replace(home("a", "b"), served=desk.home.served)
    assert desk.sees(slice_of("a", "b")).later(STRANGE) == []


def test_a_pod_that_is_seen_after_its_endpoint_is_no_stranger() -> None:
    desk = Desk(home("a")).listed().sees(slice_of("a"))
    desk.later()
    assert desk.sees(slice_of("a", "b")).later(STRANGE - SECOND) == []

    desk.home = replace(home("a", "b"), served=desk.home.served)
    assert desk.later(STRANGE) == []


def test_an_endpoint_that_stays_no_replica_of_ours_is_told() -> None:
    desk = Desk(home("a")).listed().sees(slice_of("a"))
    desk.later()

    (fact,) = desk.sees(slice_of("a", "10.0.0.9")).later(STRANGE)

    assert isinstance(fact, EndpointsChanged)
    assert (fact.ready, fact.others, fact.serves) == (1, 1, True)


def test_a_service_that_lost_our_label_is_not_judged() -> None:
    lost = home("a")
    change = Change(f"metadata.labels.{LABEL}/ledger", "l", "absent", "kubectl")
    lost = replace(lost, objects={**lost.objects, SERVICE: TrackedObject(SERVICE, "u2", changes=(change,))})

    assert Desk(lost).listed().later() == []


def test_what_flaps_is_told_less_often() -> None:
    desk = Desk(home("a")).listed()
    for _ in range(30):
        desk.sees(slice_of()).later(SETTLE)
        desk.sees(slice_of("a")).later(SETTLE)

    assert FREE <= len(desk.told) <= FREE + 4


def test_ten_changes_in_ten_minutes_are_told_as_they_come_and_the_next_a_minute_after_them() -> None:
    desk = Desk(home("a")).listed().sees(slice_of("a"))
    for number in range(FREE):
        assert len(desk.sees(slice_of(*"a" * (number % 2 == 0))).later(SETTLE)) == 1, number

    assert desk.sees(slice_of("a")).later(PAUSE - 2 * SETTLE) == []
    assert len(desk.later(2 * SETTLE)) == 1


def test_anothers_service_is_told_once_and_when_it_is_gone() -> None:
    desk = Desk(home("a")).listed()
    (taken,) = [fact for fact in desk.sees(theirs()).later() if isinstance(fact, TakenUp)]
    assert (taken.what, taken.manager, taken.detail) == ("selects", "kubectl", "app=web")
    assert [fact for fact in desk.sees(theirs()).later() if isinstance(fact, TakenUp)] == []

    (gone,) = desk.sees(GoneSeen(taken.ref, taken.uid, "9", "")).later()

    assert isinstance(gone, LetGo)
    assert (gone.how, gone.what) == ("seen", "selects")


def test_one_that_is_changed_so_that_it_means_others_lets_go() -> None:
    desk = Desk(home("a")).listed().sees(theirs())
    desk.later()

    (gone,) = desk.sees(theirs(app="other")).later()

    assert isinstance(gone, LetGo)
    assert (gone.how, gone.manager) == ("changed", "kubectl")


def test_what_went_while_nobody_looked_is_told_as_missed_and_only_after_a_whole_list() -> None:
    desk = Desk(home("a")).listed().sees(theirs())
    desk.later()
    anew = Desk(desk.home)
    assert [fact for fact in anew.later() if isinstance(fact, LetGo)] == []

    (gone,) = [fact for fact in anew.listed().later() if isinstance(fact, LetGo)]

    assert isinstance(gone, LetGo)
    assert gone.how == "missed"


def test_what_stood_there_before_the_deployment_is_told_when_that_comes() -> None:
    desk = Desk(Deployment(KEY)).listed().sees(theirs())
    assert desk.later() == []

    desk.home = home("a")
    assert [type(fact) for fact in desk.later() if isinstance(fact, TakenUp)] == [TakenUp]


@pytest.mark.parametrize("labels", [{"app": "other"}, {"app": "web", "tier": "x"}])
def test_one_that_means_others_is_nothing_to_us(labels: dict[str, str]) -> None:
    assert [f for f in Desk(home("a")).listed().sees(theirs(**labels)).later() if isinstance(f, TakenUp)] == []


def test_anothers_autoscaler_is_told_by_its_target() -> None:
    ref = ObjectRef(Kind.AUTOSCALER.value, SPACE, "theirs")
    ours, other = (TakerSeen(ref, "u9", "7", "scales", target=target) for target in (NAME, "other"))

    assert [f for f in Desk(home("a")).listed().sees(other).later() if isinstance(f, TakenUp)] == []
    (taken,) = [f for f in Desk(home("a")).listed().sees(ours).later() if isinstance(f, TakenUp)]
    assert taken.what == "scales"


def test_whoever_makes_them_by_the_thousand_fills_no_ledger() -> None:
    desk = Desk(home("a")).listed().sees(*(theirs(f"s{n}", f"u{n}") for n in range(2000)))

    assert len([fact for fact in desk.later() if isinstance(fact, TakenUp)]) == MOST


def test_labels_of_pods_are_those_that_the_server_settled() -> None:
    assert pod_labels(SETTLED) == LABELS
    assert pod_labels(None) == {}


@pytest.mark.parametrize(
    ("selector", "means"),
    [
        (Selector(), True),
        (Selector(expressions=(Requirement("app", "In", ("web", "api")),)), True),
        (Selector(expressions=(Requirement("app", "NotIn", ("web",)),)), False),
        (Selector(expressions=(Requirement("tier", "NotIn", ("x",)),)), True),
        (Selector(expressions=(Requirement("app", "Exists"), Requirement("tier", "DoesNotExist"))), True),
        (Selector(expressions=(Requirement("tier", "Exists"),)), False),
    ],
)
def test_a_selector_means_what_kubernetes_says_it_means(selector: Selector, means: object) -> None:
    assert selector.matches(LABELS) is means


@pytest.mark.parametrize(
    ("before", "after", "news"),
    [
        ((0, 2, 0), (0, 3, 0), False),
        ((0, 2, 0), (1, 2, 0), True),
        ((0, 0, 0), (0, 2, 0), True),
        ((1, 3, 0), (2, 3, 0), False),
        ((1, 2, 0), (2, 2, 0), True),
        ((2, 2, 0), (3, 3, 0), False),
        ((2, 2, 0), (0, 2, 0), True),
        ((2, 2, 0), (2, 2, 1), True),
    ],
)
def test_of_endpoints_it_is_news_that_none_some_or_all_are_served_and_how_many_of_others(
    before: tuple[int, int, int], after: tuple[int, int, int], news: bool
) -> None:
    told, now = EndpointsChanged(SERVICE, "u2", *before), EndpointsChanged(SERVICE, "u2", *after)

    assert (level(told) != level(now)) == news
    assert level(told) != level(replace(told, uid="u9")), "another Service is always news"
