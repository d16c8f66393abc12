"""`reckon demo`: the whole product in under a minute, on a simulated cluster whose time runs faster than ours.

Nothing is scripted but what people do: the orders, a bad release, foreign hands, a fault. What follows from them is what the
engine and the simulated cluster make of it, told as it is recorded.
"""

import json
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from time import sleep
from typing import TYPE_CHECKING, Annotated, Any

import typer

from adapters.cli.command import RUNNING, Needs, command
from adapters.cli.session import Session
from domain.names import Key

if TYPE_CHECKING:
    from adapters.desk.desk import Desk
    from adapters.simulator.keeping import KeptCluster
    from domain.facts import Fact
    from domain.ports import Ledger
    from domain.record import Recorded
    from reconciler.loop import Loop

PROJECT = "demo"
LASTS = timedelta(minutes=6)
"""About how long the story is in simulated time; it ends about now."""
QUIET = frozenset(
    {
        "ReplicaScheduled",
        "ImagePulled",
        "ContainerStarted",
        "StartupPassed",
        "Bound",
        "TookLead",
        "ReplicaKilled",
        "ReplicaWarned",
        "Succeeded",
    }
)
"""Facts that the demo does not show; `reckon events` does."""


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "demo", panel=RUNNING, needs=Needs.A_STAGE)(demo)


def demo(
    session: Session,
    *,
    pace: Annotated[float, typer.Option("--pace", min=1, help="How many times faster than ours the simulated time runs.")] = 10,
) -> None:
    """See the whole of it in under a minute: releases, an incident, its history and its rollback, on a simulated cluster."""
    place = _fresh_place(session)
    with closing(Stage.build(session, place, pace)) as stage:
        stage.title("A simulated cluster: nothing here is real, and its time runs faster than yours.")
        _two_deployments(stage)
        _a_bad_release(stage)
        _foreign_hands(stage)
        _an_incident(stage)
        _a_rollback(stage)
    _next_commands(session, place)


# --- the story


def _two_deployments(stage: "Stage") -> None:
    stage.title("1. Two deployments are submitted", "reckon submit web.yaml model-server.yaml")
    stage.submit("web", "registry.example/shop/web:1.4", replicas=3, reason="the shop goes live")
    stage.submit("model server", "registry.example/team/model-server:7", replicas=2, reason="recommendations")
    stage.until_judged("web", "model server")


def _a_bad_release(stage: "Stage") -> None:
    stage.title("2. A bad release crashes; the old version serves on; it fails in its own words", "reckon submit web.yaml")
    stage.submit("web", "registry.example/shop/web:1.5-crash", replicas=3, reason="new checkout")
    stage.until_judged("web")


def _foreign_hands(stage: "Stage") -> None:
    stage.title("3. An out-of-band change: recorded with who and what, and put right")
    workload = stage.deployment("model server").workload
    assert workload is not None, "it was healthy a moment ago"
    stage.cluster.interventions.scale(workload.ref, 1)
    stage.play(20)


def _an_incident(stage: "Stage") -> None:
    stage.title("4. A replica stops answering its liveness check; the kubelet restarts it")
    names = stage.deployment("model server").names
    pod = next(ref for ref in stage.cluster.interventions.pods(names.namespace) if ref.name.startswith(names.workload))
    stage.cluster.interventions.answer(pod, "liveness", "HTTP probe failed with statuscode: 500")
    stage.play(60, lambda: any(replica.restarts for replica in stage.deployment("model server").replicas.values()))
    stage.cluster.interventions.answer(pod, "liveness", None)
    stage.play(20)


def _a_rollback(stage: "Stage") -> None:
    stage.title("5. Back to the last healthy version, as a new version, with the digest that ran", "reckon rollback web")
    stage.roll_back("web", reason="checkout crashes; see the replicas' words")
    stage.until_judged("web")


def _next_commands(session: Session, place: Path) -> None:
    from shlex import quote

    said = f"""
Everything above is in one ledger. Look around in it:

{_alias()}  export RECKON_LEDGER={quote(str(place))} RECKON_PROJECT={PROJECT}
  reckon list                    what is there and how it is
  reckon history web             its versions: who, when, why, how it went
  reckon diff web 1 2            what the bad release changed
  reckon why web                 the chain of causes, back to a person
  reckon events 'model server'   every fact, in order
  reckon replay web              every decision made again, and compared
  reckon engine                  an engine: the simulated cluster runs on"""
    session.screen.show(said)


def _alias() -> str:
    """Say how a clone's `reckon` is typed, where no other is installed; empty where it is."""
    from shlex import quote
    from shutil import which

    script = Path(__file__).parents[3] / "scripts" / "reckon"
    return f"  alias reckon={quote(str(script))}\n" if which("reckon") is None and script.exists() else ""


# --- the stage


def _fresh_place(session: Session) -> Path:
    """Give the file of the demo's ledger; what an earlier demo left there is removed, and only that."""
    from adapters.files import own_folder
    from adapters.settings import default_ledger

    place = default_ledger().with_name("demo.sqlite")
    own_folder(place.parent)
    for old in place.parent.glob(f"{place.name}*"):
        old.unlink()
    session.screen.note(f"ledger {place}")
    return place


@dataclass
class Stage:
    """An engine and a simulated cluster, played in one thread under a clock of their own."""

    session: Session
    ledger: "Ledger"
    cluster: "KeptCluster"
    loop: "Loop"
    desk: "Desk"
    pace: float
    time: list[datetime] = field(default_factory=list[datetime])

    @classmethod
    def build(cls, session: Session, place: Path, pace: float) -> "Stage":
        """Set it up."""
        from adapters.desk.desk import Desk
        from adapters.ledger.ledger import open_ledger
        from adapters.simulator.images import SimulatedImages
        from adapters.simulator.keeping import KeptCluster, beside
        from reconciler.leadership import EngineIdentity, Leadership
        from reconciler.ledger_tail import LedgerTail
        from reconciler.loop import Loop
        from reconciler.policy import Policy
        from reconciler.recording import Recording
        from reconciler.worker_pool import InlineWorkerPool

        time = [session.clock() - LASTS]
        ledger = open_ledger(str(place), build=session.doors.build, clock=lambda: time[0])
        cluster = KeptCluster(beside(place), lambda: time[0])
        teller = _Teller(session)
        leadership = Leadership(ledger, EngineIdentity("demo's engine", session.doors.build), lambda: time[0])
        tail = LedgerTail(ledger, leadership, session.new_id, teller.told)
        loop = Loop(Recording(tail), cluster, InlineWorkerPool(), Policy())
        desk = Desk(
            ledger=ledger,
            images=SimulatedImages,
            catalogue=lambda: session.doors.catalogue(session.settings),
            cluster=lambda: cluster,
            clock=lambda: time[0],
            new_id=session.new_id,
            build=session.doors.build,
            rollout_deadline=60,
        )
        return cls(session, ledger, cluster, loop, desk, pace, time)

    def close(self) -> None:
        """End the engine as Ctrl-C does, and put the cluster by."""
        self.loop.resign()
        self.cluster.close()
        self.ledger.close()

    def title(self, text: str, typed: str = "") -> None:
        """Say what comes now, and what a person would have typed."""
        from rich.text import Text

        shown = Text(f"\n{text}\n", style="bold")
        if typed:
            shown.append(f"$ {typed}\n", style="not bold dim")
        self.session.screen.show(shown)

    def submit(self, name: str, image: str, *, replicas: int, reason: str) -> None:
        """Submit a spec, as a person does."""
        from adapters.desk.submission import SubmissionRequest

        probe = {"path": "/", "periodSeconds": 5, "initialDelaySeconds": 3}
        spec: dict[str, Any] = {
            "apiVersion": "v1",
            "name": name,
            "image": image,
            "resources": {"machineType": "C4", "replicas": replicas, "ports": [8000]},
            "healthChecks": {"readiness": probe, "liveness": probe},
        }
        self.desk.submit(SubmissionRequest(PROJECT, json.dumps(spec).encode(), f"{name}.yaml"), self._signature(reason))

    def roll_back(self, name: str, *, reason: str) -> None:
        """Order a rollback, as a person does."""
        from adapters.desk.submission import SubmissionRequest

        self.desk.submit(SubmissionRequest(PROJECT, name=name, kind="rollback"), self._signature(reason))

    def _signature(self, reason: str) -> Any:  # noqa: ANN401 (opened late)
        from adapters.desk.signature import Signature, os_user

        return Signature(os_user(), reason=reason)

    def deployment(self, name: str) -> Any:  # noqa: ANN401
        """Give a deployment as the engine knows it."""
        found = self.loop.tail.memory.deployment(Key(PROJECT, name).subject)
        assert found is not None, f"{name} was submitted"
        return found

    def until_judged(self, *names: str) -> None:
        """Play until the newest version of each is healthy or failed."""

        def judged() -> bool:
            return all((d := self.deployment(name)).newest is not None and d.newest.verdict for name in names)

        self.play(180, judged)
        self.play(4)

    def play(self, seconds: float, enough: Callable[[], bool] | None = None) -> None:
        """Let simulated time pass, at most so many seconds, until it is enough."""
        end = self.time[0] + timedelta(seconds=seconds)
        while self.time[0] < end:
            while self.loop.step():
                pass
            if enough is not None and enough():
                return
            soon = [t for t in (self.loop.wake_at(), self.cluster.agenda.next_due, end) if t is not None]
            then = max(min(soon), self.time[0] + timedelta(milliseconds=50))
            sleep((then - self.time[0]).total_seconds() / self.pace)
            self.time[0] = then
            self.cluster.tick()


class _Teller:
    """Tells facts as lines, but for those that a first look does not need."""

    def __init__(self, session: Session) -> None:
        from adapters.cli.running.telling import Teller

        self._teller = Teller(session.screen, session.clock() - 2 * LASTS)

    def told(self, facts: "Sequence[Recorded[Fact]]") -> None:
        self._teller.told([recorded for recorded in facts if not _quiet(recorded.fact)])


def _quiet(fact: "Fact") -> bool:
    from domain.actions import Decided

    return type(fact).__name__ in QUIET or (isinstance(fact, Decided) and not fact.findings and not fact.actions)
