"""The lab's API server, asked by HTTP: what it says to our objects, so that each example costs milliseconds."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

import urllib3

from adapters.cluster.paths import kind_path, object_path
from domain.objects import Kind, Manifest, ObjectRef
from tests.lab.cluster import Lab

APPLY = "application/apply-patch+yaml"
OPTIONS = "force=true&fieldValidation=Strict"


@dataclass(frozen=True)
class Answer:
    status: int
    body: dict[str, Any]

    @property
    def taken(self) -> bool:
        return self.status in {HTTPStatus.OK, HTTPStatus.CREATED}


class ApiServer:
    """Asks as the engine would: by server-side apply, with every field checked."""

    def __init__(self, lab: Lab) -> None:
        self._http = urllib3.PoolManager(ca_certs=str(lab.server_ca))
        self._server = lab.server
        self._token = lab.token("deadreckon")

    def ask(self, method: str, path: str, body: str = "", kind: str = "application/json") -> Answer:
        headers = {"Authorization": f"Bearer {self._token}", "Content-Type": kind}
        response = self._http.request(method, self._server + path, body=body.encode(), headers=headers)
        return Answer(response.status, response.json())

    def apply(self, manifest: Manifest, *, dry_run: bool = True) -> Answer:
        options = f"fieldManager={manifest.manager}&{OPTIONS}" + ("&dryRun=All" if dry_run else "")
        return self.ask("PATCH", f"{object_path(manifest.ref)}?{options}", manifest.body, APPLY)

    def read(self, ref: ObjectRef) -> Answer:
        return self.ask("GET", object_path(ref))

    def delete(self, ref: ObjectRef) -> Answer:
        return self.ask("DELETE", object_path(ref))

    def try_pod(self, namespace: str, template: Mapping[str, Any]) -> Answer:
        """Ask for a bare pod of a template, as a controller would: Pod Security is enforced on pods alone."""
        pod: dict[str, Any] = {"apiVersion": "v1", "kind": "Pod", **template}
        pod["metadata"] = {**pod.get("metadata", {}), "name": "one", "namespace": namespace}
        where = kind_path(Kind.POD).replace("/pods", f"/namespaces/{namespace}/pods")
        return self.ask("POST", f"{where}?dryRun=All&fieldValidation=Strict", json.dumps(pod))


def wait_for_account(lab: Lab, namespace: str) -> None:
    """Wait until the namespace has its service account: a bare pod is refused before."""
    deadline = time.monotonic() + 240
    while not lab.kubectl("get", "sa", "default", "-n", namespace, "--ignore-not-found", "-o=name"):
        assert time.monotonic() < deadline
        time.sleep(0.1)
