"""A simulated cluster for other processes: its owner serves it on the loopback, behind a token that only its user can read."""

import json
import os
import secrets
import socket
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import Any, NoReturn, cast

from adapters.simulator.cluster import DESCRIPTION, SimulatedCluster
from adapters.simulator.keeping import KeptCluster, open_simulated
from adapters.simulator.validation import rejected
from adapters.simulator.wire import Words, error_of, error_words, live_of, live_words, node_of, ref_of, ref_words
from domain.errors import DeadreckonError, Unreachable
from domain.names import MANAGER
from domain.nodes import Node
from domain.objects import Live, Manifest, ObjectRef
from domain.ports import Clock, Cluster, Feed, Guard

_PATIENCE = 30.0


def door_of(path: Path) -> Path:
    """Give the file that tells port and token of the process that owns a cluster."""
    return path.with_name(f"{path.name}.door")


class Served:
    """A cluster being served, until `close`."""

    def __init__(self, cluster: SimulatedCluster, path: Path) -> None:
        """Listen on a free port of the loopback and say so beside the cluster's file."""
        self._door = door_of(path)
        token = secrets.token_urlsafe(32)
        self._server = _Server(cluster, token)
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), name="simulated-door", daemon=True)
        self._thread.start()
        self._door.unlink(missing_ok=True)
        with os.fdopen(os.open(self._door, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            json.dump({"port": self._server.server_address[1], "token": token}, file)

    def close(self) -> None:
        """Serve no more."""
        self._door.unlink(missing_ok=True)
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def serve(cluster: SimulatedCluster, path: Path) -> Served:
    """Serve a cluster to other processes; `path` is its file."""
    return Served(cluster, path)


class _Server(ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False

    def __init__(self, cluster: SimulatedCluster, token: str) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.cluster = cluster
        self.token = token


class _Handler(StreamRequestHandler):
    timeout = _PATIENCE

    def handle(self) -> None:
        server = cast("_Server", self.server)
        try:
            asked: Words = json.loads(self.rfile.readline())
            if not secrets.compare_digest(str(asked.get("token", "")).encode(), server.token.encode()):
                self._say({"error": {"kind": "Unreachable", "message": "the simulated cluster does not know this token"}})
                return
            self._answer(server.cluster, str(asked["call"]), asked.get("with") or {})
        except (OSError, ValueError, KeyError):
            return  # the other side went away, or speaks another language: nothing can be said to it

    def _answer(self, cluster: SimulatedCluster, call: str, words: Words) -> None:
        try:
            if call == "logs":
                for line in cluster.logs(ref_of(words.pop("pod")), **words):
                    self._say({"line": line})
                self._say({"end": True})
            else:
                self._say({"result": _CALLS[call](cluster, words)})
        except DeadreckonError as error:
            self._say({"error": error_words(error)})

    def _say(self, words: Words) -> None:
        self.wfile.write(json.dumps(words).encode() + b"\n")
        self.wfile.flush()


def _apply(cluster: SimulatedCluster, words: Words) -> Words | None:
    guard = Guard(*words["guard"]) if words["guard"] else None
    manifest = Manifest(ref_of(words["ref"]), words["body"], words.get("manager", MANAGER))
    return live_words(cluster.apply(manifest, audit=words["audit"], guard=guard, dry_run=words["dry_run"]))


def _hands(cluster: SimulatedCluster, words: Words) -> Any:  # noqa: ANN401 (JSON)
    if words["act"] not in _HANDS:
        raise Unreachable(f"these hands cannot {words['act']}")
    told: list[Any] = words["taken"]
    taken = [_taken(one) for one in told]
    done = getattr(cluster.hands, words["act"])(*taken, **words["named"])
    if isinstance(done, tuple):
        return [ref_words(one) for one in cast("tuple[ObjectRef, ...]", done)]
    return live_words(done) if isinstance(done, Live) else None


def _taken(one: Any) -> Any:  # noqa: ANN401 (JSON)
    words = cast("Words", one) if isinstance(one, dict) else {}
    return ref_of(words["ref"]) if "ref" in words else cast("object", one)


_HANDS = (
    "edit",
    "scale",
    "create",
    "delete",
    "delete_pod",
    "pods",
    "answer",
    "crash",
    "quota",
    "load",
    "forget_history",
    "cut_feeds",
)
_CALLS: Mapping[str, Callable[[SimulatedCluster, Words], Any]] = {
    "identity": lambda cluster, _: cluster.identity(),
    "read": lambda cluster, words: live_words(cluster.read(ref_of(words["ref"]))),
    "apply": _apply,
    "secret": lambda cluster, words: {n: b64encode(v).decode() for n, v in cluster.secret(ref_of(words["ref"])).items()},
    "remove": lambda cluster, words: cluster.remove(ref_of(words["ref"]), guard=Guard(*words["guard"]), audit=words["audit"]),
    "scrape": lambda cluster, words: cluster.scrape(ref_of(words["pod"]), words["port"]),
    "nodes": lambda cluster, words: [asdict(node) for node in cluster.nodes(counted=words["counted"])],
    "hands": _hands,
}


class RemoteHands:
    """Other people's hands, from another process: the same acts as `hands.Hands`, by name."""

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
        self.hands = RemoteHands(self._call)

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
        for answer in self._ask("logs", words, patience=None if follow else _PATIENCE):
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
        return next(self._ask(call, words, patience=_PATIENCE)).get("result")

    def _ask(self, call: str, words: Mapping[str, object], *, patience: float | None) -> Iterator[Words]:
        try:
            door = json.loads(self._door.read_text())
            with socket.create_connection(("127.0.0.1", door["port"]), timeout=_PATIENCE) as line:
                line.settimeout(patience)
                asked = {"token": door["token"], "call": call, "with": words}
                line.sendall(json.dumps(asked).encode() + b"\n")
                with line.makefile("rb") as answers:
                    for answer in answers:
                        yield _unfailed(json.loads(answer))
        except (OSError, ValueError, KeyError) as error:
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


class OwnedCluster(KeptCluster):
    """The simulated cluster of an engine: it runs by the clock and is served to other commands until it is closed."""

    def __init__(self, path: Path, clock: Clock) -> None:
        """Own the file, run, and serve."""
        super().__init__(path, clock)
        try:
            self._served = serve(self, path)
        except OSError as error:
            super().close()
            raise Unreachable(f"the simulated cluster {path} cannot be served: {error.strerror}") from error
        self.start()

    def close(self) -> None:
        """Serve no more, stop, and write all of it down."""
        self._served.close()
        super().close()


def own_simulated(path: Path, clock: Clock, *, patience: float = 5.0) -> OwnedCluster:
    """Own, run and serve the cluster in a file. Raises Unreachable when another engine owns it for longer than that."""
    deadline = time.monotonic() + patience
    while True:
        try:
            return OwnedCluster(path, clock)
        except Unreachable:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
