"""A metrics API that someone else answers is not taken over, and what is said of it helps."""

from dataclasses import replace
from datetime import timedelta

from domain.actions import Decided, Ensure, Failed, Succeeded, VersionFailed
from domain.objects import Kind, Live, Manifest, Mark, ObjectRef
from domain.orders import Rendered
from reconciler.metrics_api import REGISTRATION
from reconciler.perform import Task, perform
from reconciler.verdict import findings
from tests.signing import SIGNER
from tests.unit.one_deployment import Log, decided, submitted
from tests.unit.reconciler.test_perform import OneObject

THEIRS = Live(
    REGISTRATION,
    "u9",
    "77",
    0,
    Mark(),
    {"spec.service.namespace": "monitoring", "spec.service.name": "prometheus-adapter"},
)
ENSURE = Ensure("a1", REGISTRATION, "b", "version 1 needs it")
TASK = Task(ENSURE, Mark("ledger", "a1", 0, 20), Manifest(REGISTRATION, "{}"), SIGNER)


class Registered(OneObject):
    """A cluster whose one object is a registration."""

    def read(self, ref: ObjectRef) -> Live | None:
        return self.live if ref == REGISTRATION else None


def test_it_is_left_alone_and_the_words_name_its_service_and_a_way_out() -> None:
    cluster = Registered(THEIRS)

    done = perform(TASK, cluster)

    assert isinstance(done.outcome, Failed)
    assert cluster.writes == []
    assert done.outcome.code == "NotOurs"
    assert "Service monitoring/prometheus-adapter, which belongs to someone else" in done.outcome.message
    assert "cpu or memory" in done.outcome.message


def test_one_of_ours_is_content() -> None:
    done = perform(TASK, Registered(replace(THEIRS, mark=Mark("ledger", "a0", 0, 3))))

    assert isinstance(done.outcome, Succeeded)
    assert done.outcome.effect == "found"


def test_the_version_fails_at_once_and_not_at_its_deadline() -> None:
    log = _timed().takes(Decided(1, Log().now, "1", "", (ENSURE,)))
    log.takes(Failed("a1", REGISTRATION, "NotOurs", "answered by Service monitoring/prometheus-adapter", "u9"))

    found = tuple(findings(log.deployment, log.now, log.now + timedelta(hours=1)))

    assert found == (VersionFailed(1, ("answered by Service monitoring/prometheus-adapter",)),)


def test_a_version_that_does_not_ask_there_does_not_fail_by_it() -> None:
    log = Log().takes(submitted(1)).takes(Decided(1, Log().now, "1", "", (ENSURE,)))
    log.takes(Failed("a1", REGISTRATION, "NotOurs", "answered by Service monitoring/prometheus-adapter", "u9"))

    assert tuple(findings(log.deployment, log.now, log.now + timedelta(hours=1))) == ()


def test_another_object_in_the_way_is_given_its_time() -> None:
    service = ObjectRef(Kind.SERVICE.value, "reckon-shop", "web")
    log = _timed().takes(decided(replace(ENSURE, ref=service)))
    log.takes(Failed("a1", service, "NotOurs", "someone else's", "u9"))

    assert tuple(findings(log.deployment, log.now, log.now + timedelta(hours=1))) == ()


def _timed() -> Log:
    order = submitted(1)
    return Log().takes(replace(order, objects=(*order.objects, Rendered(REGISTRATION, "b"))))
