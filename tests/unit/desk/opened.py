"""A desk with everything real but the machine around it: memory ledger, simulated cluster and registry, a clock moved by hand."""

# pyright: reportPrivateUsage=false
# What lies in a ledger is looked at from inside.

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from adapters.desk.desk import Accepted, Desk
from adapters.desk.projects import Projects
from adapters.desk.registries import Registries
from adapters.desk.secrets import Vault
from adapters.desk.signature import Signature
from adapters.desk.submission import SubmissionRequest
from adapters.desk.writes import Writes
from adapters.machines.catalogue import load_catalogue
from adapters.simulator.cluster import SimulatedCluster
from adapters.simulator.images import SimulatedImages
from domain.deployment import Deployment
from domain.errors import Refused
from domain.names import Key
from domain.ports import Image, Images, Ledger, Login
from domain.record import Who
from tests.memory_ledger import MemoryLedger

CATALOGUE = cache(load_catalogue)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ANN = Signature(Who("ann", "claimed"), reason="because", ticket="OPS-1")
SPEC = b"""apiVersion: v1
name: web
image: registry.example/team/web:1
resources: {machineType: C4, replicas: 2, ports: [8000]}
"""
WITH_SECRET = SPEC + b"env:\n  - {name: TOKEN, value: 'secret:token'}\n"


class Mute:
    """A registry that cannot be asked."""

    def resolve(self, image: str, login: Login | None = None) -> Image | None:  # noqa: ARG002 (it does not even look)
        return None

    def probe(self, login: Login) -> None:
        raise Refused("registry-unreachable", f"{login.server} does not answer")


def numbered() -> Callable[[], str]:
    numbers = itertools.count(1)
    return lambda: f"id-{next(numbers)}"


@dataclass
class Opened:
    """A desk and all that it works on."""

    ledger: Ledger = field(default_factory=MemoryLedger)
    images: Images = field(default_factory=SimulatedImages)
    cluster: SimulatedCluster = field(default_factory=lambda: SimulatedCluster(lambda: NOON, seed="desk"))
    new_id: Callable[[], str] = field(default_factory=numbered)

    @property
    def desk(self) -> Desk:
        return Desk(
            ledger=self.ledger,
            images=lambda: self.images,
            catalogue=CATALOGUE,
            cluster=lambda: self.cluster,
            clock=lambda: NOON,
            new_id=self.new_id,
            build="test",
        )

    @property
    def vault(self) -> Vault:
        return Vault(self.writes)

    @property
    def writes(self) -> Writes:
        return Writes(self.ledger, lambda: self.cluster, lambda: NOON, self.new_id, "test")

    @property
    def registries(self) -> Registries:
        return Registries(self.writes, lambda: self.images)

    @property
    def projects(self) -> Projects:
        return Projects(self.writes)

    def submit(self, text: bytes = SPEC, *, if_version: int | None = None, key: str = "") -> Accepted:
        return self.desk.submit(SubmissionRequest("shop", text, "web.yaml"), ANN, key=key, if_version=if_version)

    def change(self, *sets: str) -> Accepted:
        return self.desk.submit(SubmissionRequest("shop", name="web", sets=sets, kind="set"), ANN)

    def scale(self, replicas: int) -> Accepted:
        request = SubmissionRequest("shop", name="web", sets=(f"resources.replicas={replicas}",), kind="scale")
        return self.desk.submit(request, ANN)

    def rollback(self, to: int | None = None) -> Accepted:
        return self.desk.submit(SubmissionRequest("shop", name="web", kind="rollback", to=to), ANN)

    @property
    def web(self) -> Deployment:
        return self.desk.deployment(Key("shop", "web"))

    def everything_kept(self) -> str:
        """Give all that the ledger holds, as one text: facts, circumstances and the documents they name."""
        facts = self.ledger.tail(0, 10_000)
        named = {word.strip("'\"(),") for fact in facts for word in repr(fact).replace("=", " ").split()}
        assert isinstance(self.ledger, MemoryLedger)
        lying = self.ledger._documents  # as they lie there, also those that no reader would be given
        documents = [lying.get(word) for word in sorted(named)]
        return repr(facts) + "".join(body.decode() for body in documents if body)
