"""Orders for the benchmarks: submissions prepared as the desk prepares them, so that only recording and acting are timed."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.clock import new_id
from adapters.desk.archive import LoadedDeployment
from adapters.desk.signature import os_user
from adapters.desk.submission import SubmissionPipeline, SubmissionRequest
from adapters.machines.catalogue import load_catalogue
from domain.decide import Submit, decide
from domain.deployment import Deployment
from domain.facts import Fact, orders_stream
from domain.names import Key
from domain.objects import Manifest
from domain.platform import Platform
from domain.ports import Image, Ledger, Login
from domain.reach import Reach
from domain.record import Append, Document, EventMetadata, UncommittedFact

MACHINES = Path(__file__).parents[1] / "e2e" / "machines.yaml"
NOWHERE = "127.0.0.1:9/team/app:1"
"""An image that no node will ever pull."""


class Pinned:
    """A registry that knows one digest."""

    def __init__(self, digest: str = "sha256:" + "5" * 64) -> None:
        self.digest = digest

    def resolve(self, image: str, login: Login | None = None) -> Image:  # noqa: ARG002 (it knows one only)
        return Image(self.digest, (8000,))

    def probe(self, login: Login) -> None:
        raise NotImplementedError


@dataclass(frozen=True)
class Prepared:
    """An order that only needs to be recorded."""

    key: Key
    append: Append[Fact]
    documents: tuple[Document, ...]
    manifests: tuple[Manifest, ...]

    def record(self, ledger: Ledger) -> None:
        ledger.append([self.append], documents=self.documents)


def spec(name: str, image: str, resources: Mapping[str, Any]) -> str:
    """A deployment that is asked each second whether it is ready."""
    content: dict[str, Any] = {
        "apiVersion": "v1",
        "name": name,
        "image": image,
        "resources": {"machineType": "C4", **resources},
        "healthChecks": {"readiness": {"path": "/readiness", "port": 8000, "periodSeconds": 1}},
    }
    return json.dumps(content)


def with_service(ledger: Ledger, key: Key, image: str, digest: str) -> Prepared:
    """One replica behind a Service: two objects."""
    return _prepare(ledger, key, spec(key.name, image, {"replicas": 1, "ports": [8000]}), Pinned(digest))


def fleet(ledger: Ledger, project: str, count: int, replicas: int = 2) -> Sequence[Prepared]:
    """Deployments without a Service, for the lab has 250 addresses only; from two replicas on with a PodDisruptionBudget."""
    keys = [Key(project, f"app-{number:04}") for number in range(count)]
    return [_prepare(ledger, key, spec(key.name, NOWHERE, {"replicas": replicas}), Pinned()) for key in keys]


def _prepare(ledger: Ledger, key: Key, text: str, images: Pinned) -> Prepared:
    shop = SubmissionPipeline(ledger, lambda: images, lambda: load_catalogue(MACHINES), lambda _: Reach(), 600, Platform)
    request = SubmissionRequest(key.project, text=text.encode(), file="bench.json")
    nothing = Deployment(key)
    offer = shop.offer(request, LoadedDeployment(nothing, 0), shop.read(request), 1)
    facts = decide(nothing, Submit(offer.prepared, new_id(), offer.origin))
    metadata = EventMetadata(new_id(), os_user(), key.subject, correlation=new_id())
    notes = tuple(UncommittedFact(fact, metadata) for fact in facts)
    documents = {document.digest: document for document in offer.documents}
    append: Append[Fact] = Append(orders_stream(key.subject), 0, notes)
    return Prepared(key, append, tuple(documents.values()), offer.manifests)
