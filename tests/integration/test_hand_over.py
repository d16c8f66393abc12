"""The number of replicas on a real API server with its own autoscaler: handed over, taken back; each value it had is seen."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from itertools import groupby
from typing import TypeVar

import pytest
import urllib3

from adapters.clock import new_id
from adapters.cluster.connect import connect
from domain.cluster_ports import Cluster
from domain.deployment import Deployment
from domain.names import Key
from domain.objects import Kind, Manifest, Mark, ObjectRef, stamp
from domain.scaling import Scaled, ScaledByHand, ScalingTroubled
from reconciler.leadership import EngineIdentity, Leadership
from reconciler.ledger_tail import LedgerTail
from reconciler.loop import Loop
from reconciler.policy import Policy
from reconciler.recording import Recording
from reconciler.worker_pool import InlineWorkerPool
from tests.lab.cluster import Lab
from tests.memory_ledger import MemoryLedger
from tests.simulation.people import People

pytestmark = pytest.mark.lab

F = TypeVar("F")


def clock() -> datetime:
    return datetime.now(UTC)  # noqa: TID251 (a real cluster keeps real time)


class Office:
    """An engine on a real API server, a ledger in memory, people, and someone who writes each number of replicas down."""

    def __init__(self, lab: Lab, cluster: Cluster) -> None:
        self.lab, self.key = lab, Key(f"handed-{new_id()[:8]}", "web")
        self.ledger = MemoryLedger(clock, new_id())
        self.people = People(self.ledger, clock, new_id)
        tail = LedgerTail(self.ledger, Leadership(self.ledger, EngineIdentity("engine"), clock), new_id)
        self.loop = Loop(Recording(tail), cluster, InlineWorkerPool(), Policy())
        self.counts: list[int] = []
        self.version = 0
        self._http = urllib3.PoolManager(ca_certs=str(lab.server_ca))
        self._watch = self._http.request(
            "GET",
            f"{lab.server}/apis/apps/v1/namespaces/{self.key.namespace}/deployments?watch=true",
            headers={"Authorization": f"Bearer {lab.token('human')}"},
            preload_content=False,
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        with suppress(urllib3.exceptions.HTTPError, ValueError, OSError):  # it is cut off at the end
            for line in self._watch:
                seen = json.loads(line)["object"]
                self.counts.append(seen["spec"]["replicas"])
                self.version = int(seen["metadata"]["resourceVersion"])

    @property
    def seen(self) -> list[int]:
        """The numbers of replicas that the Deployment has had, one after the other."""
        return [count for count, _ in groupby(self.counts)]

    @property
    def deployment(self) -> Deployment:
        return self.people.deployment(self.key)

    def told(self, kind: type[F]) -> list[F]:
        return [r.fact for r in self.ledger.about(self.key.subject) if isinstance(r.fact, kind)]

    def until(self, holds: Callable[[], object], seconds: float = 240) -> None:
        deadline = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < deadline, (self.seen, [str(r.fact) for r in self.ledger.about(self.key.subject)][-12:])
            if not self.loop.step():
                time.sleep(0.05)

    def applied(self) -> None:
        """Let the engine work until the wanted version is applied whole and nothing is left to do."""

        def done() -> bool:
            deployment = self.deployment
            version = deployment.wanted
            if version is None or not deployment.applied(version) or deployment.pending:
                return False
            # After a conflict with a controller's status it rests a little, and has something left to do.
            return deployment.trouble is None and not self.loop.step()

        self.until(done)
        where = ("deployment", self.key.object_name, "-n", self.key.namespace, "-o=jsonpath={.metadata.resourceVersion}")
        stands, deadline = int(self.lab.kubectl("get", *where)), time.monotonic() + 240
        while self.version < stands:  # the last frame may still be on its way
            assert time.monotonic() < deadline
            time.sleep(0.05)

    def scale(self, replicas: int) -> None:
        self.lab.kubectl("scale", "deployment", self.key.object_name, "-n", self.key.namespace, f"--replicas={replicas}")

    def close(self) -> None:
        self.loop.step_down()
        self._watch.shutdown()
        self._reader.join(timeout=5)
        self._watch.close()
        self.lab.kubectl("delete", "namespace", self.key.namespace, "--wait=false", "--ignore-not-found")


@pytest.fixture
def office(lab: Lab) -> Iterator[Office]:
    one = Office(lab, connect(kubeconfig=str(lab.kubeconfig_for("deadreckon"))))
    yield one
    one.close()


def test_switching_on_and_off_stopping_and_starting_never_lose_the_number(office: Office) -> None:
    office.people.submit(office.key, "1", 3)
    office.applied()
    office.people.autoscale(office.key, 2, 5)
    office.applied()
    assert office.seen == [3]

    office.scale(4)
    office.until(lambda: office.told(ScaledByHand))
    (told,) = office.told(ScaledByHand)
    assert (told.before, told.after, told.manager) == (3, 4, "kubectl")
    assert told.at is None, "the scale subresource leaves no time in managedFields"
    office.people.submit(office.key, "2", 2)
    office.people.autoscale(office.key, 2, 5)
    office.applied()
    office.people.autoscale(office.key, 3, 5)
    office.applied()
    assert office.seen == [3, 4]

    office.people.stop(office.key)
    office.applied()
    office.people.start(office.key)
    office.applied()
    assert office.seen == [3, 4, 0, 4]

    office.people.autoscale(office.key, 2, 5, on=False)
    office.applied()
    assert office.seen == [3, 4, 0, 4, 2]
    autoscaler = ObjectRef(Kind.AUTOSCALER.value, office.key.namespace, office.key.object_name)
    office.until(lambda: autoscaler not in office.deployment.objects)


def test_the_autoscaler_s_own_words_stand_beside_what_it_did_and_what_hinders_it_is_told_once(office: Office) -> None:
    office.people.submit(office.key, "1", 3)
    office.people.autoscale(office.key, 2, 5)
    office.applied()
    assert min(office.seen[1:] or [3]) >= 2

    office.scale(1)
    office.until(lambda: office.told(Scaled))
    office.until(lambda: office.told(ScalingTroubled))
    end = time.monotonic() + 12
    office.until(lambda: time.monotonic() > end)

    [scaled] = office.told(Scaled)
    assert (scaled.before, scaled.after, scaled.reason) == (1, 2, "Current number of replicas below Spec.MinReplicas")
    troubled = office.told(ScalingTroubled)
    assert {fact.reason for fact in troubled} == {"FailedGetResourceMetric"}
    assert len(troubled) == len({fact.message for fact in troubled})


def test_none_at_all_is_put_right_since_an_autoscaler_rests_there(office: Office) -> None:
    office.people.submit(office.key, "1", 3)
    office.people.autoscale(office.key, 2, 5)
    office.applied()
    before = office.counts[-1]

    office.scale(0)
    office.until(lambda: office.seen[-2:] == [0, before])

    office.applied()
    assert office.seen[-2:] == [0, before]


def test_the_control_a_manifest_without_the_number_drops_it_to_one(office: Office) -> None:
    office.people.submit(office.key, "1", 3)
    office.applied()
    version = office.deployment.wanted
    assert version is not None
    ref = ObjectRef(Kind.DEPLOYMENT.value, office.key.namespace, office.key.object_name)
    body = next(office.ledger.document(one.body) for one in version.order.objects if one.ref == ref)
    content = json.loads(body or b"{}")
    del content["spec"]["replicas"]

    office.loop.cluster.apply(stamp(Manifest.of(content), Mark(office.ledger.identity, "naive"), ""), audit="naive")

    office.until(lambda: office.seen[-1] == 1)
