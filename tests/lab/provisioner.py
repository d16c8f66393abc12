"""The lab's shared storage: for each claim of its class a folder that all nodes see, gone when the claim is.

The nodes are one machine, so a folder plays what a file server would; any user may write there, as on most of them. It is
a program of its own (`python -m tests.lab.provisioner KUBECONFIG FOLDER`), beside the other controllers.
"""

import base64
import json
import shutil
import ssl
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any

CLASS = "lab-shared"
NAME = "lab.deadreckon.dev/shared"
_CLAIMS, _VOLUMES = "/api/v1/persistentvolumeclaims", "/api/v1/persistentvolumes"


@dataclass(frozen=True, slots=True)
class Provisioner:
    """Answers the claims of one cluster out of one folder."""

    folder: Path
    server: str
    token: str
    trust: ssl.SSLContext

    @classmethod
    def of(cls, kubeconfig: Path, folder: Path) -> "Provisioner":
        """As the user of that kubeconfig, which has a token."""
        known = json.loads(kubeconfig.read_text())
        cluster, user = known["clusters"][0]["cluster"], known["users"][0]["user"]
        authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
        return cls(folder, cluster["server"], user["token"], ssl.create_default_context(cadata=authority))

    def provide(self, claim: dict[str, Any]) -> None:
        """Make the volume that a claim waits for; the cluster binds them."""
        spec, meta = claim["spec"], claim["metadata"]
        waits = claim.get("status", {}).get("phase") == "Pending" and "deletionTimestamp" not in meta
        if spec.get("storageClassName") != CLASS or spec.get("volumeName") or not waits:
            return
        there = self.folder / meta["uid"]
        there.mkdir(parents=True, exist_ok=True)
        there.chmod(0o777)
        self._send("POST", _VOLUMES, _volume(claim, there))

    def reclaim(self, volume: dict[str, Any]) -> None:
        """Delete a volume that its claim has left, and all that is in it."""
        meta, phase = volume["metadata"], volume.get("status", {}).get("phase")
        if volume["spec"].get("storageClassName") == CLASS and phase == "Released" and "deletionTimestamp" not in meta:
            shutil.rmtree(volume["spec"]["hostPath"]["path"], ignore_errors=True)
            self._send("DELETE", f"{_VOLUMES}/{meta['name']}", {})

    def follow(self, path: str, do: Callable[[dict[str, Any]], None]) -> None:
        """Do it to every object there, now and whenever it changes, for ever."""
        while True:
            try:
                for event in self._watch(path):
                    if event["type"] in {"ADDED", "MODIFIED"}:
                        do(event["object"])
            except (OSError, ValueError) as error:
                # The API server is away now and then: some tests stop it.
                sys.stderr.write(f"{path}: {error}\n")
            time.sleep(0.5)

    def _watch(self, path: str) -> Iterator[dict[str, Any]]:
        with self._open("GET", f"{path}?watch=1&timeoutSeconds=600", None) as lines:
            for line in lines:
                yield json.loads(line)

    def _send(self, method: str, path: str, body: dict[str, Any]) -> None:
        try:
            self._open(method, path, json.dumps(body).encode()).close()
        except urllib.error.HTTPError as refused:
            refused.close()
            if refused.code not in {HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND}:
                raise

    def _open(self, method: str, path: str, body: bytes | None) -> Any:  # noqa: ANN401  # urllib has no better type
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        request = urllib.request.Request(f"{self.server}{path}", data=body, method=method, headers=headers)
        return urllib.request.urlopen(request, timeout=660, context=self.trust)


def _volume(claim: dict[str, Any], there: Path) -> dict[str, Any]:
    meta, spec = claim["metadata"], claim["spec"]
    wanted_by = {"apiVersion": "v1", "kind": "PersistentVolumeClaim"}
    wanted_by |= {key: meta[key] for key in ("namespace", "name", "uid", "resourceVersion")}
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": f"pvc-{meta['uid']}", "annotations": {"pv.kubernetes.io/provisioned-by": NAME}},
        "spec": {
            "capacity": {"storage": spec["resources"]["requests"]["storage"]},
            "accessModes": spec["accessModes"],
            "storageClassName": CLASS,
            "persistentVolumeReclaimPolicy": "Delete",
            "claimRef": wanted_by,
            "hostPath": {"path": str(there), "type": "Directory"},
        },
    }


def main() -> None:
    """Serve until the lab ends us."""
    kubeconfig, folder = map(Path, sys.argv[1:])
    provisioner = Provisioner.of(kubeconfig, folder)
    threading.Thread(target=provisioner.follow, args=(_VOLUMES, provisioner.reclaim), daemon=True).start()
    provisioner.follow(_CLAIMS, provisioner.provide)


if __name__ == "__main__":
    main()
