"""Kubernetes behind the port `Cluster`: raw JSON, one request an order, our own watches."""

import json
import re
from base64 import b64decode
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace

from adapters.cluster.connection import Answer, ApiRequest, Connection, content_of, raise_if_taken, raise_unless_successful
from adapters.cluster.front_proxy import FrontProxy, front_proxy
from adapters.cluster.nodes import nodes
from adapters.cluster.paths import object_path
from adapters.cluster.permissions import ENGINE, ENGINE_SECRETS, IDENTITY, KUBE_SYSTEM, PEOPLE, SEE_SECRETS, lacking
from adapters.cluster.pod_log import lines, page
from adapters.cluster.replica_ports import Forwarding, nowhere, scraped
from adapters.cluster.storage import storage_classes
from adapters.cluster.watch_timing import Chance, WatchTiming
from adapters.observations.objects import live, uid
from adapters.observations.surroundings import secret_looked
from adapters.observations.taking_over import TakingOver, taking_over
from adapters.observations.tolerant import Tree, branch, text
from domain.cluster_ports import Feed, Guard, PortConnection, TakenOver
from domain.copies import filled, hidden, is_whole_secret, source_of
from domain.errors import Rejected, Rejection, Unreachable
from domain.nodes import Node
from domain.objects import Kind, Live, Manifest, ObjectRef
from domain.observations import SecretLooked
from domain.ports import Clock
from domain.storage import StorageClass

_STRICT = {"fieldValidation": "Strict"}
METADATA_ALONE = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1"
"""Of an object its metadata alone; an API server that cannot do so answers with no object at all."""
_SECRET = re.compile("/secrets/[^/]+$")
_READ_BY = "Secrets are read by engines alone, where an administrator lets them: reckon project grant NAME --engine NAMESPACE"
_KUBE_SYSTEM = ObjectRef(Kind.NAMESPACE.value, "", KUBE_SYSTEM)


@dataclass(frozen=True, slots=True)
class KubernetesCluster:
    """A real Kubernetes; see `domain.cluster_ports.Cluster` for what each method promises."""

    connection: Connection
    description: str
    clock: Clock
    chance: Chance
    timing: WatchTiming = field(default_factory=WatchTiming)
    simulated: bool = False
    forwarding: Forwarding = nowhere
    _open: set[str] = field(default_factory=set[str])
    """Namespaces whose Secrets we were told that we may look at."""

    def identity(self) -> str:
        """Give the uid of `kube-system`."""
        answer = self.connection.ask(ApiRequest("GET", object_path(_KUBE_SYSTEM)))
        found = uid(answer.content)
        if not found:
            raise Unreachable(f"{self.description}: the answer about kube-system has no uid; is this an API server?")
        return found

    def read(self, ref: ObjectRef) -> Live | None:
        """Read an object back; None only when the API server itself says that there is none."""
        request = ApiRequest("GET", object_path(ref))
        answer = self._look(request)
        return _live(request, answer) if answer else None

    def secret(self, ref: ObjectRef) -> Mapping[str, bytes]:
        """Give a Secret's values; empty when there is none."""
        data = branch(self._content(ref) or {}, "data")
        return {name: b64decode(str(value)) for name, value in data.items()}

    def secret_metadata(self, ref: ObjectRef, project: str) -> SecretLooked:
        """Look at a Secret that a project uses; its values never leave the API server. Raises Rejected, Unreachable.

        Whether we may is asked first: an attempt that is refused stands in an auditor's log like an intruder's.
        """
        if ref.namespace not in self._open:
            if lacking(self.connection, (SEE_SECRETS,), ref.namespace):
                raise Rejected(Rejection(403, "Forbidden", f"{_READ_BY} ({ref.namespace} is not granted)"))
            self._open.add(ref.namespace)
        try:
            return self._metadata_of(ref, project)
        except Rejected:
            self._open.discard(ref.namespace)  # the grant may have been taken away
            raise

    def _metadata_of(self, ref: ObjectRef, project: str) -> SecretLooked:
        request = ApiRequest("GET", object_path(ref), accept=METADATA_ALONE)
        answer = self._look(request)
        if answer is None:
            return secret_looked(ref, project, None)
        content = _readable(request, answer)
        if text(content, "kind") != "PartialObjectMetadata":
            raise Unreachable(f"{self.description}: the answer about {ref} is no PartialObjectMetadata: it is not read")
        return secret_looked(ref, project, content)

    def _content(self, ref: ObjectRef) -> Tree | None:
        request = ApiRequest("GET", object_path(ref))
        answer = self._look(request)
        return _readable(request, answer) if answer else None

    def _look(self, request: ApiRequest) -> Answer | None:
        answer = self.connection.send(request)
        if answer.missing:
            return None
        if answer.status == 403 and _SECRET.search(request.path):
            message = text(answer.content, "message")
            raise Rejected(Rejection(403, "Forbidden", f"{_READ_BY} ({message})"))
        raise_unless_successful(request, answer)
        return answer

    def apply(self, manifest: Manifest, *, audit: str, guard: Guard | None = None, dry_run: bool = False) -> Live:
        """Apply in one request. An answer that was cut or cannot be read is Unreachable: it may well have been done."""
        source = source_of(manifest)
        whole = filled(manifest, self._content(source)) if source else manifest
        request = _creation(manifest) if is_whole_secret(manifest) and guard is None else _application(whole, guard)
        request = replace(request, query={**request.query, **({"dryRun": "All"} if dry_run else {})}, audit=audit)
        try:
            answer = self.connection.send(request)
            if request.method == "POST":
                raise_if_taken(answer)
            raise_unless_successful(request, answer)
            return _live(request, answer)
        except Rejected as refusal:
            if whole.ref.kind == Kind.SECRET.value:
                raise hidden(refusal, whole) from None
            raise

    def take_over(self, manifest: Manifest, paths: Collection[str], *, guard: Guard, audit: str) -> TakenOver:
        """Write others' managedFields over to our entry, as a JSON patch under uid and resourceVersion."""
        path = object_path(manifest.ref)
        found = self.connection.ask(ApiRequest("GET", path))
        over = taking_over(found.content, manifest, paths)
        if not over.taken:
            return TakenOver(_live(ApiRequest("GET", path), found), ())
        request = _taking(path, over, guard, manifest.manager)
        answer = self.connection.ask(replace(request, audit=audit))
        return TakenOver(_live(request, answer), over.taken)

    def remove(self, ref: ObjectRef, *, guard: Guard, audit: str) -> bool:
        """Delete this very object at this very version, dependents first; False when it was gone already."""
        preconditions = {"uid": guard.uid, "resourceVersion": guard.resource_version}
        options = {"propagationPolicy": "Foreground", "preconditions": preconditions}
        body = json.dumps({"kind": "DeleteOptions", "apiVersion": "v1", **options})
        request = ApiRequest("DELETE", object_path(ref), body=body, audit=audit)
        answer = self.connection.send(request)
        if answer.missing:
            return False
        raise_unless_successful(request, answer)
        return True

    def follow(self, ledger: str, since: Mapping[str, str]) -> Feed:
        """Watch all that is this ledger's, in all namespaces, and the core Events of our namespaces."""
        from adapters.cluster.feed import KubernetesFeed  # an engine alone watches: no command pays for what that takes
        from adapters.cluster.owners import OwnerLookup
        from adapters.cluster.watch import Shell

        shell = Shell(self.connection, self.clock, self.chance, self.timing, OwnerLookup(self.connection))
        return KubernetesFeed.start(shell, ledger=ledger, since=since)

    def logs(self, pod: ObjectRef, *, follow: bool, previous: bool, since: int | None, tail: int | None) -> Iterator[str]:
        """Give the lines that a replica's container has printed."""
        wanted = {"follow": follow, "previous": previous, "sinceSeconds": since, "tailLines": tail}
        return lines(self.connection, pod, wanted)

    def scrape(self, pod: ObjectRef, port: int) -> str:
        """Give what a replica's port answers to `GET /metrics`, asked through the API server."""
        return scraped(self.connection, pod, port)

    def forward(self, pod: ObjectRef, port: int) -> PortConnection:
        """Open a connection to a port of a replica, through the API server."""
        return self.forwarding(pod, port)

    def beside(self, pod: ObjectRef, container: str, since: int) -> Iterator[str]:
        """Give what another container of a replica has printed in so many seconds, as much as one look takes."""
        return page(self.connection, pod, container, since)

    def front_proxy(self) -> FrontProxy:
        """Give what tells the API server's own requests from others'. Raises Rejected, Unreachable."""
        return front_proxy(self.connection)

    def nodes(self, *, counted: bool = True) -> tuple[Node, ...]:
        """Give the nodes and their room."""
        return nodes(self.connection, counted=counted)

    def storage_classes(self) -> tuple[StorageClass, ...]:
        """Give the classes of storage. Raises Rejected, Unreachable."""
        return storage_classes(self.connection)

    def lacking(self, *, acting: bool = True, namespace: str = "") -> tuple[str, ...]:
        """Name the rights that this identity lacks of those of an engine, or (not `acting`) of people: `verb resource.group`.

        An engine's hold in all namespaces; of one that is named those on Secrets are meant. People's are those in a project's
        namespace (none named: in all), and the one to see which cluster this is.
        """
        if acting:
            return lacking(self.connection, ENGINE_SECRETS if namespace else ENGINE, namespace)
        which = tuple(f"{one} {KUBE_SYSTEM}" for one in lacking(self.connection, (IDENTITY,), KUBE_SYSTEM))
        return (*lacking(self.connection, PEOPLE, namespace), *which)


def _application(manifest: Manifest, guard: Guard | None) -> ApiRequest:
    query = {"force": "true", **_STRICT, "fieldManager": manifest.manager}
    body = _guarded(manifest, guard) if guard else manifest.body
    return ApiRequest("PATCH", object_path(manifest.ref), query=query, body=body, content_type="application/apply-patch+yaml")


def _creation(manifest: Manifest) -> ApiRequest:
    """Ask for no more than a new object: who may only create can do it, and the answer tells nothing but what was sent."""
    query = {**_STRICT, "fieldManager": manifest.manager}
    return ApiRequest("POST", object_path(manifest.ref).rpartition("/")[0], query=query, body=manifest.body)


def _guarded(manifest: Manifest, guard: Guard) -> str:
    content = content_of(manifest.body)
    content["metadata"]["uid"] = guard.uid
    content["metadata"]["resourceVersion"] = guard.resource_version
    return json.dumps(content, separators=(",", ":"))


def _taking(path: str, over: TakingOver, guard: Guard, manager: str) -> ApiRequest:
    """Ask for new managedFields alone. What was read may be newer than the guard: then the guard does not hold."""
    values = {"uid": guard.uid, "resourceVersion": guard.resource_version, "managedFields": over.entries}
    patch = [{"op": "add", "path": f"/metadata/{name}", "value": value} for name, value in values.items()]
    query = {"fieldManager": manager}
    return ApiRequest("PATCH", path, query=query, body=json.dumps(patch), content_type="application/json-patch+json")


def _live(request: ApiRequest, answer: Answer) -> Live:
    return live(_readable(request, answer), created=answer.status == 201)


def _readable(request: ApiRequest, answer: Answer) -> Tree:
    content = answer.content
    if not uid(content):
        raise Unreachable(f"{request.method} {request.path}: HTTP {answer.status}, but the answer cannot be read")
    return content
