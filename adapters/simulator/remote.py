"""A simulated cluster that another process owns, reached through its door; it opens nothing that only an owner needs."""

import json
import socket
from base64 import b64decode
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NoReturn, cast

from adapters.simulator.cluster import DESCRIPTION
from adapters.simulator.keeping import open_simulated
from adapters.simulator.validation import rejected
from adapters.simulator.wire import Words, error_of, live_of, node_of, ref_of, ref_words
from domain.actions import Taken
from domain.cluster_ports import Cluster, Feed, Guard, TakenOver
from domain.errors import Unreachable
from domain.nodes import Node
from domain.objects import Live, Manifest, ObjectRef
from domain.ports import Clock

PATIENCE = 30.0
_LONGEST = 64 * 1024 * 1024
"""Bytes of one answer, should somebody else have come to listen where the owner did."""


def door_of(path: Path) -> Path:
    """Give the file that tells port and token of the process that owns a cluster."""
    return path.with_name(f"{path.name}.door")


class RemoteInterventions:
    """Interventions from another process: the same acts as `interventions.Interventions`, by name."""

    def __init__(self, call: Callable[..., Any]) -> None:
        """Keep the way to the owner."""
        self._call = call

    def __getattr__(self, act: str) -> Callable[..., Any]:
        """Give an act; whether there is such a one, the owner says."""

        def done(*taken: object, **named: object) -> object:
            told = [{"ref": ref_words(one)} if isinstance(one, ObjectRef) else one for one in taken]
            result = self._call("hands", act=act, taken=told, named=named)
            if isinstance(result, list):
                return tuple(ref_of(one) for one in cast("list[list[str]]", result))
            return live_of(cast("Words | None", result))

        return done


class RemoteSimulatedCluster:
    """The port `Cluster` on a simulated cluster that another process owns. Following it is the owner's alone."""

    def __init__(self, path: Path) -> None:
        """Remember where the owner's door is told of."""
        self._door = door_of(path)
        self.interventions = RemoteInterventions(self._call)

    @property
    def description(self) -> str:
        """Say that this is a simulation."""
        return DESCRIPTION

    @property
    def simulated(self) -> bool:
        """Tell that nothing here is real."""
        return True

    def identity(self) -> str:
        """Give the uid of `kube-system`."""
        return str(self._call("identity"))

    def read(self, ref: ObjectRef) -> Live | None:
        """Read an object back; None when there is none."""
        return live_of(self._call("read", ref=ref_words(ref)))

    def secret(self, ref: ObjectRef) -> Mapping[str, bytes]:
        """Give a Secret's values; empty when there is none."""
        return {name: b64decode(value) for name, value in self._call("secret", ref=ref_words(ref)).items()}

    def apply(self, manifest: Manifest, *, audit: str, guard: Guard | None = None, dry_run: bool = False) -> Live:
        """Server-side apply, forced."""
        told = [guard.uid, guard.resource_version] if guard else None
        words = {"ref": ref_words(manifest.ref), "body": manifest.body, "manager": manifest.manager, "guard": told}
        live = live_of(self._call("apply", **words, audit=audit, dry_run=dry_run))
        if live is None:
            raise Unreachable("the owner of the simulated cluster gave no object back")
        return live

    def take_over(self, manifest: Manifest, paths: Collection[str], *, guard: Guard, audit: str) -> TakenOver:
        """Write others' ownership of fields over to the manifest's manager."""
        words = {"ref": ref_words(manifest.ref), "body": manifest.body, "manager": manifest.manager, "paths": [*paths]}
        told = self._call("take-over", **words, guard=[guard.uid, guard.resource_version], audit=audit)
        live = live_of(told["live"])
        if live is None:
            raise Unreachable("the owner of the simulated cluster gave no object back")
        return TakenOver(live, tuple(Taken(**one) for one in told["taken"]))

    def remove(self, ref: ObjectRef, *, guard: Guard, audit: str) -> bool:
        """Delete this very object at this very version, its dependents first."""
        told = [guard.uid, guard.resource_version]
        return bool(self._call("remove", ref=ref_words(ref), guard=told, audit=audit))

    def follow(self, ledger: str, since: Mapping[str, str]) -> Feed:  # noqa: ARG002 (the port's names)
        """Refuse: only the engine that owns the cluster records what happens in it."""
        raise Unreachable("the simulated cluster is followed by the engine that owns it; stop that one first")

    def logs(self, pod: ObjectRef, *, follow: bool, previous: bool, since: int | None, tail: int | None) -> Iterator[str]:
        """Give the lines that a replica's container has printed."""
        words = {"pod": ref_words(pod), "follow": follow, "previous": previous, "since": since, "tail": tail}
        for answer in self._ask("logs", words, patience=None if follow else PATIENCE):
            if "end" in answer:
                return
            yield str(answer["line"])

    def scrape(self, pod: ObjectRef, port: int) -> str:
        """Give what a replica answers to `GET /metrics`."""
        return str(self._call("scrape", pod=ref_words(pod), port=port))

    def forward(self, pod: ObjectRef, port: int) -> NoReturn:
        """Refuse: nothing listens anywhere."""
        raise rejected(501, "NotImplemented", f"{pod} is simulated: nothing listens on its port {port}")

    def nodes(self, *, counted: bool = True) -> tuple[Node, ...]:
        """Give the nodes and their room."""
        return tuple(node_of(words) for words in self._call("nodes", counted=counted))

    def close(self) -> None:
        """Let go; there is nothing to let go of."""

    def _call(self, call: str, **words: object) -> Any:  # noqa: ANN401 (JSON)
        return next(self._ask(call, words, patience=PATIENCE)).get("result")

    def _ask(self, call: str, words: Mapping[str, object], *, patience: float | None) -> Iterator[Words]:
        try:
            door = json.loads(self._door.read_text())
            with socket.create_connection(("127.0.0.1", door["port"]), timeout=PATIENCE) as line:
                line.settimeout(patience)
                asked = json.dumps({"call": call, "with": words}).encode()
                line.sendall(json.dumps({"token": door["token"], "bytes": len(asked)}).encode() + b"\n" + asked)
                with line.makefile("rb") as answers:
                    for answer in iter(partial(answers.readline, _LONGEST), b""):
                        yield _unfailed(json.loads(answer))
        except (OSError, ValueError, KeyError, TypeError, OverflowError) as error:
            raise Unreachable(f"the engine that owns the simulated cluster does not answer: {error}") from error
        raise Unreachable("the engine that owns the simulated cluster broke off")


def _unfailed(answer: Words) -> Words:
    if "error" in answer:
        raise error_of(answer["error"])
    return answer


def reach_simulated(path: Path, clock: Clock) -> Cluster:
    """Reach the cluster in a file: by its owner where there is one, else own it (then `close` it)."""
    remote = RemoteSimulatedCluster(path)
    try:
        remote.identity()
    except Unreachable:
        return open_simulated(path, clock)
    return remote
