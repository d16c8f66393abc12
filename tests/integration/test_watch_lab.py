"""The cluster adapter and a real Kubernetes: rights, outages, containers that run, fail and print."""

import time
from collections.abc import Iterator
from itertools import islice

import pytest

from adapters.cluster.connect import connect
from domain.errors import Rejected, Unfit, Unreachable
from domain.objects import Json
from domain.observations import EventSeen, Exit, ObjectSeen, PodSeen, Relisted, Running
from tests.contracts.clusters import SERVICE, Ground, KubectlInterventions, Lookout
from tests.lab.cluster import Lab


def ground_on(lab: Lab) -> Ground:
    cluster = connect(kubeconfig=str(lab.kubeconfig_for("deadreckon")))
    ground = Ground(cluster, KubectlInterventions(lab.kubectl), lab.compact, lambda: time.sleep(0.05))
    ground.apply(ground.space())
    return ground


@pytest.fixture
def ground(lab: Lab) -> Iterator[Ground]:
    ground = ground_on(lab)
    yield ground
    lab.kubectl("delete", "namespace", ground.namespace, "--wait=false")


@pytest.fixture
def node_ground(node_lab: Lab) -> Iterator[Ground]:
    ground = ground_on(node_lab)
    yield ground
    node_lab.kubectl("delete", "namespace", ground.namespace, "--wait=false")


def test_who_may_do_all_lacks_nothing_and_who_may_nothing_is_told_what(lab: Lab) -> None:
    strong = connect(kubeconfig=str(lab.kubeconfig_for("deadreckon")))
    weak = connect(kubeconfig=str(lab.kubeconfig_for("weak")))

    assert strong.lacking() == strong.lacking(acting=False) == ()
    lacking = weak.lacking()
    assert {"patch deployments.apps", "watch events", "get pods/proxy", "delete poddisruptionbudgets.policy"} <= set(lacking)
    assert {"get pods/log", "create pods/portforward", "get namespaces kube-system"} <= set(weak.lacking(acting=False))
    with pytest.raises(Rejected, match="Forbidden"):
        weak.identity()


def test_a_description_names_the_context_and_the_server(lab: Lab) -> None:
    assert connect(kubeconfig=str(lab.kubeconfig_for("deadreckon"))).description == f"context lab at {lab.server}"


def test_a_kubeconfig_that_cannot_be_used_is_unfit_and_says_which(lab: Lab, tmp_path: object) -> None:
    with pytest.raises(Unfit, match=r"nowhere\.yaml"):
        connect(kubeconfig=f"{tmp_path}/nowhere.yaml")
    with pytest.raises(Unfit, match="production"):
        connect(kubeconfig=str(lab.kubeconfig), context="production")
    with pytest.raises(Unfit, match="service account"):
        connect(in_cluster=True)


def test_after_an_outage_all_that_stands_is_seen_and_what_may_have_been_missed_is_said(ground: Ground, lab: Lab) -> None:
    with Lookout(ground).ready() as lookout:
        before = ground.apply(ground.service("before"))
        lookout.until(ObjectSeen, lambda seen: seen.uid == before.uid)
        lab.stop_apiserver()
        with pytest.raises(Unreachable):
            ground.apply(ground.service("meanwhile"))
        lab.start_apiserver()
        after = ground.apply(ground.service("after"))
        lookout.until(ObjectSeen, lambda seen: seen.uid == after.uid)

        names = [seen.ref.name for seen in lookout.seen(ObjectSeen) if seen.ref.kind == SERVICE]
        lists = [relisted for relisted in lookout.seen(Relisted) if relisted.kind == SERVICE]
        # A restarted API server remembers nothing from before its start (410 for an older place): then it was listed.
        assert sorted(names) == ["after", "before", *(["before"] if len(lists) > 1 else [])]
        assert all("Expired" in relisted.missed for relisted in lists[1:])
        assert all(relisted.last_contact for relisted in lists[1:])


def test_the_audit_log_has_each_write_under_our_id(ground: Ground, lab: Lab) -> None:
    mine = ground.apply(ground.service()).mark.action

    (event,) = ground.soon(lambda: [event for event in lab.audit_events("deadreckon") if event["auditID"] == mine])

    assert (event["verb"], event["objectRef"]["resource"], event["stage"]) == ("patch", "services", "ResponseComplete")
    assert event["userAgent"].startswith("deadreckon/")


@pytest.mark.node
def test_a_replica_that_runs_is_seen_ready_with_its_digest_and_its_log_is_read(node_ground: Ground, node_lab: Lab) -> None:
    image = node_lab.probe_app("watch-1")
    with Lookout(node_ground).ready() as lookout:
        probe: Json = {"httpGet": {"path": "/readiness", "port": 8000}, "periodSeconds": 1}
        node_ground.apply(node_ground.deployment(replicas=1, image=image.ref, readinessProbe=probe))

        pod = node_ground.soon(lambda: [pod for pod in lookout.seen(PodSeen) if pod.ready])[0]

        assert pod.container is not None
        assert isinstance(pod.container.state, Running)
        assert (pod.container.digest, pod.phase, pod.scheduled) == (image.digest, "Running", True)
        assert pod.ready_since is not None
        followed = node_ground.cluster.logs(pod.ref, follow=True, previous=False, since=None, tail=None)
        assert list(islice(followed, 1))


@pytest.mark.node
def test_a_container_that_leaves_is_seen_with_its_code_and_last_words(node_ground: Ground, node_lab: Lab) -> None:
    image = node_lab.probe_app("watch-1")
    with Lookout(node_ground).ready() as lookout:
        env: Json = [{"name": "EXIT_CODE", "value": "3"}]
        node_ground.apply(node_ground.deployment(replicas=1, image=image.ref, env=env))

        pod = lookout.until(PodSeen, lambda pod: pod.container is not None and pod.container.restarts > 0)
        back_off = lookout.until(
            EventSeen, lambda said: said.reason == "BackOff" and said.about.namespace == node_ground.namespace
        )

        assert pod.container is not None
        assert pod.container.last_exit is not None
        assert (pod.container.last_exit.code, type(pod.container.last_exit)) == (3, Exit)
        assert (back_off.about_uid, back_off.container, back_off.type) == (pod.uid, "app", "Warning")
        # The node may just be tidying up the container before the last one: then it says so instead.
        words = "probe-app leaves with code 3, as EXIT_CODE asks"
        logs = node_ground.cluster.logs
        node_ground.soon(lambda: [words] == list(logs(pod.ref, follow=False, previous=True, since=None, tail=1)))
