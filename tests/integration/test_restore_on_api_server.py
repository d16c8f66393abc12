"""A whole engine on a real API server: what hands renumber and add is put right in one or two actions; the next version comes."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.cluster.connect import connect
from domain.actions import Decided, Failed, Succeeded, TakeOver, Update
from domain.objects import Kind, ObjectRef
from tests.integration.test_hand_over import Office
from tests.lab.cluster import Lab

pytestmark = pytest.mark.lab
Box = dict[str, Any]


@pytest.fixture
def office(lab: Lab) -> Iterator[Office]:
    one = Office(lab, connect(kubeconfig=str(lab.kubeconfig_for("deadreckon"))))
    yield one
    one.close()


def ref(office: Office, kind: Kind) -> ObjectRef:
    found = [one for one in office.deployment.objects if one.kind == kind.value]
    return found[0]


def spec(office: Office, what: ObjectRef) -> Box:
    told = office.lab.kubectl("get", what.kind.lower(), what.name, "-n", what.namespace, "-o", "json")
    return dict(json.loads(told)["spec"])


def patch(office: Office, what: ObjectRef, change: Box) -> None:
    office.lab.kubectl("patch", what.kind.lower(), what.name, "-n", what.namespace, "--patch", json.dumps({"spec": change}))


def renumbered(before: Box) -> Box:
    (port,) = before["ports"]
    return {"ports": [{"port": port["port"], "$patch": "delete"}, {**port, "port": port["port"] + 1}]}


def retargeted(before: Box) -> Box:
    (port,) = before["ports"]
    return {"ports": [{**port, "targetPort": 1}]}


def on_each_node(_: Box) -> Box:
    return {"type": "NodePort"}


def selecting(_: Box) -> Box:
    return {"selector": {"stray": "x"}}


def with_variable(before: Box) -> Box:
    (box,) = before["template"]["spec"]["containers"]
    return {"template": {"spec": {"containers": [{"name": box["name"], "env": [{"name": "STRAY", "value": "x"}]}]}}}


def opened(before: Box) -> Box:
    return {"ingress": [*before["ingress"], {"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]}


HANDS = {
    "a port with another number": (Kind.SERVICE, renumbered),
    "a port with another target": (Kind.SERVICE, retargeted),
    "a port on each node": (Kind.SERVICE, on_each_node),
    "a key added to the selector": (Kind.SERVICE, selecting),
    "a variable added": (Kind.DEPLOYMENT, with_variable),
    "a rule added to the network policy": (Kind.NETWORK_POLICY, opened),
}


def actions_on(office: Office, what: ObjectRef) -> list[TakeOver | Update]:
    decided = (r.fact for r in office.ledger.about(office.key.subject) if isinstance(r.fact, Decided))
    return [a for one in decided for a in one.actions if a.ref == what and isinstance(a, TakeOver | Update)]


@pytest.mark.parametrize("name", sorted(HANDS))
def test_it_is_put_right_in_one_or_two_actions_and_the_next_version_is_applied(office: Office, name: str) -> None:
    kind, hand = HANDS[name]
    office.people.submit(office.key, "1", 1)
    office.applied()
    what = ref(office, kind)
    before = spec(office, what)
    done_before = len(actions_on(office, what))
    patch(office, what, hand(before))
    assert spec(office, what) != before

    office.until(lambda: spec(office, what) == before)
    office.applied()

    contested = [f for f in office.told(Failed) if f.ref == what and f.code == "Contested"]
    assert 1 <= len(actions_on(office, what)) - done_before <= 2 + 2 * len(contested)
    taken = [f for f in office.told(Succeeded) if f.taken]
    assert {one.manager for done in taken for one in done.taken} <= {"kubectl-patch"}
    office.people.submit(office.key, "2", 1)
    office.applied()
    assert spec(office, what) == before or kind is Kind.DEPLOYMENT


def test_the_next_version_takes_a_renumbered_port_in_its_stride(office: Office) -> None:
    office.people.submit(office.key, "1", 1)
    office.applied()
    what = ref(office, Kind.SERVICE)
    before = spec(office, what)
    patch(office, what, renumbered(before))
    office.people.submit(office.key, "2", 1)

    office.until(lambda: spec(office, what) == before)
    office.applied()

    assert office.deployment.troubles == {}
