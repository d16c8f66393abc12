"""A kind that a cluster does not know (yet): no gap, no silence to be alarmed about, and seen once it is there."""

import json
import threading
import time
from collections.abc import Callable

import pytest

from adapters.clock import new_id, now
from adapters.cluster.connect import connect
from adapters.cluster.connection import Connection
from adapters.cluster.owners import OwnerLookup
from adapters.cluster.requests import source, unknown
from adapters.cluster.watch import Shell, Watch
from adapters.cluster.watch_timing import WatchTiming
from domain.objects import Kind
from domain.observations import ObjectSeen, Relisted, WatchEvent
from tests.lab.cluster import Lab

ROUTES = "httproutes.gateway.networking.k8s.io"
DEFINITION = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": ROUTES, "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"}},
    "spec": {
        "group": "gateway.networking.k8s.io",
        "names": {"kind": "HTTPRoute", "plural": "httproutes", "singular": "httproute"},
        "scope": "Namespaced",
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
            }
        ],
    },
}


@pytest.fixture
def connection(lab: Lab) -> Connection:
    # The lab is shared: another test may have made the kind known.
    lab.kubectl("delete", "customresourcedefinition", ROUTES, "--ignore-not-found")
    return connect(kubeconfig=str(lab.kubeconfig_for("deadreckon"))).connection


def test_the_api_server_itself_says_which_kinds_it_has(connection: Connection) -> None:
    _until(lambda: unknown(connection, Kind.ROUTE))
    assert not any(unknown(connection, kind) for kind in (Kind.INGRESS, Kind.NETWORK_POLICY, Kind.POD, Kind.AUTOSCALER))


def test_an_unknown_kind_is_no_gap_and_its_watch_is_not_deaf_and_takes_up_when_it_is_installed(
    lab: Lab, connection: Connection
) -> None:
    watch_events: list[WatchEvent] = []
    ledger = new_id()
    shell = Shell(connection, now, lambda: 0.5, WatchTiming(unknown=0.2, first=0.05), OwnerLookup(connection))
    watch = Watch(source(Kind.ROUTE, ledger), shell, since="", deliver=watch_events.append)
    thread = threading.Thread(target=watch.run, daemon=True)
    thread.start()
    try:
        _until(lambda: watch.unknown)
        time.sleep(0.5)
        [told] = watch_events
        assert told.observations == (Relisted("HTTPRoute", "", frozenset()),)
        assert watch.age() == 0.0
        assert watch.failures == 0

        lab.kubectl("create", "-f", "-", input=json.dumps(DEFINITION))
        _until(lambda: not watch.unknown)
        metadata = {"name": "web", "labels": {"deadreckon.dev/ledger": ledger}}
        route = {"apiVersion": "gateway.networking.k8s.io/v1", "kind": "HTTPRoute", "metadata": metadata, "spec": {}}
        # Past what kubectl finds out of kinds, which may lag behind.
        routes = "/apis/gateway.networking.k8s.io/v1/namespaces/default/httproutes"
        lab.kubectl("create", "--raw", routes, "-f", "-", input=json.dumps(route))

        _until(lambda: any(isinstance(one, ObjectSeen) for watch_event in watch_events for one in watch_event.observations))
    finally:
        watch.close()
        lab.kubectl("delete", "crd", ROUTES, "--ignore-not-found")
    thread.join(5)
    assert not any(one.missed for watch_event in watch_events for one in watch_event.observations if isinstance(one, Relisted))


def _until(happens: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 240
    while not happens():
        assert time.monotonic() < deadline
        time.sleep(0.05)
