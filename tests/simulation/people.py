"""People of a simulation: they submit, roll back, scale, stop, start, delete, hold and resume, as the desk would let them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta

from adapters.machines.catalogue import load_catalogue
from domain.decide import Command, Delete, Hold, PreparedVersion, Resume, Submit, decide, next_incarnation
from domain.deployment import Deployment
from domain.deployment_fold import fold
from domain.errors import Refused
from domain.facts import orders_stream
from domain.names import Key
from domain.orders import Origin, Rendered
from domain.ports import Clock, Ledger, NewId
from domain.record import Append, Document, EventMetadata, UncommittedFact, Who
from domain.rollback import rollback_target
from domain.spec import Autoscaling, EnvVar, GitLfs, HealthChecks, HttpCheck, Metric, Probe, Resources, SecretRef, Spec
from reconciler.desired import render
from reconciler.render_context import RenderContext
from tests.simulation.chance import Chance

CATALOGUE = load_catalogue(None)
DEADLINE = 60
GOOD = ("1", "2", "3-slow")
BROKEN = ("4-bad", "5-crash", "6-missing")
SOURCES = ("https://git.example/a", "https://git.example/b", "https://git.example/slow")
BAD_SOURCES = ("https://git.example/missing", "https://git.example/broken")


@dataclass
class People:
    """Give orders to one ledger; an order that the rules refuse changes nothing."""

    ledger: Ledger
    clock: Clock
    new_id: NewId
    specs: dict[tuple[str, int], Spec] = field(default_factory=dict[tuple[str, int], Spec])
    shared: dict[str, int] = field(default_factory=dict[str, int])
    """Secrets of the team that all that is submitted uses, and the newest version of each."""

    def deployment(self, key: Key) -> Deployment:
        return fold(key, self.ledger.about(key.subject))

    def submit(
        self, key: Key, tag: str = "1", replicas: int = 2, ports: tuple[int, ...] = (80,), sources: tuple[str, ...] = ()
    ) -> None:
        probe = Probe(HttpCheck("/", 80), period=5)
        spec = Spec(
            key.name,
            f"reg.example/app:{tag}",
            Resources("C4", replicas, ports),
            env=tuple(EnvVar(name.upper(), SecretRef(name)) for name in self.shared),
            health=HealthChecks(readiness=probe),
            integrations=tuple(GitLfs(f"data-{n}", f"/data/{n}", source) for n, source in enumerate(sources)),
        )
        self._submit(key, spec, Origin("submit"))

    def change(self, key: Key, kind: str, to: Callable[[Spec], Spec]) -> None:
        """Change what stands: scale, stop, start."""
        standing = self.deployment(key).wanted
        if standing is not None:
            spec = self.specs[key.subject, standing.number]
            self._submit(key, to(spec), Origin(kind, standing.number))  # type: ignore[arg-type]  # a word of OriginKind

    def scale(self, key: Key, replicas: int) -> None:
        self.change(key, "scale", lambda spec: replace(spec, resources=replace(spec.resources, replicas=replicas)))

    def stop(self, key: Key) -> None:
        self.change(key, "stop", lambda spec: replace(spec, enabled=False))

    def start(self, key: Key) -> None:
        self.change(key, "start", lambda spec: replace(spec, enabled=True))

    def autoscale(self, key: Key, least: int, most: int, *, on: bool = True) -> None:
        """Switch autoscaling on, between these bounds, or off."""
        scaling = Autoscaling(most, (Metric("cpu", 50.0),), on)

        def scaled(spec: Spec) -> Spec:
            return replace(spec, resources=replace(spec.resources, replicas=least, autoscaling=scaling))

        self.change(key, "set", scaled)

    def rollback(self, key: Key, to: int | None = None) -> None:
        deployment = self.deployment(key)
        try:
            target = rollback_target(deployment, to)
        except Refused:
            return
        spec, incarnation = self.specs[key.subject, target.number], next_incarnation(deployment)
        as_it_was = target.order.incarnation == incarnation
        prepared, documents = (PreparedVersion.again(target.order), []) if as_it_was else self._prepared(key, spec, incarnation)
        self._order(key, Submit(prepared, self.new_id(), Origin("rollback", target.number)), documents)
        self.specs[key.subject, len(self.deployment(key).versions)] = spec

    def delete(self, key: Key) -> None:
        self._order(key, Delete())

    def hold(self, key: Key, seconds: float) -> None:
        now = self.clock()
        self._order(key, Hold("looking into it", now, now + timedelta(seconds=seconds)))

    def resume(self, key: Key) -> None:
        self._order(key, Resume(self.clock()))

    def _submit(self, key: Key, spec: Spec, origin: Origin) -> None:
        prepared, documents = self._prepared(key, spec, next_incarnation(self.deployment(key)))
        self._order(key, Submit(prepared, self.new_id(), origin), documents)
        self.specs[key.subject, len(self.deployment(key).versions)] = spec

    def _prepared(self, key: Key, spec: Spec, incarnation: int) -> tuple[PreparedVersion, list[Document]]:
        context = RenderContext(
            spec,
            key,
            ledger=self.ledger.identity,
            incarnation=incarnation,
            machine=CATALOGUE.machines[spec.resources.machine_type],
            image=spec.image,
            secrets={name: self.shared[name] for name in spec.secrets if name in self.shared},
            wider=dict.fromkeys(self.shared, "team"),
            deadline=DEADLINE,
            recorded=self.deployment(key).names,
        )
        rendering = render(context)
        documents = [Document(self.ledger.digest(m.body.encode()), m.body.encode()) for m in rendering.manifests]
        objects = tuple(Rendered(m.ref, d.digest) for m, d in zip(rendering.manifests, documents, strict=True))
        prepared = PreparedVersion(
            incarnation=incarnation,
            source="",
            spec="",
            objects=objects,
            template=rendering.template,
            image=spec.image,
            digest="",
            machine_type=spec.resources.machine_type,
            replicas=spec.replicas_wanted,
            enabled=spec.enabled,
            deadline=DEADLINE,
            ceiling=spec.autoscaled.max_replicas if spec.autoscaled else 0,
            fills=rendering.fills,
            endpoint=rendering.endpoint,
            secrets=tuple(sorted(context.secrets.items())),
            wider_secrets=tuple((name, "team") for name in sorted(context.secrets)),
        )
        return prepared, documents

    def _order(self, key: Key, command: Command, documents: list[Document] | None = None) -> None:
        try:
            facts = decide(self.deployment(key), command)
        except Refused:
            return
        stream = orders_stream(key.subject)
        expected = sum(1 for _ in self.ledger.read(stream))
        first = self.new_id()
        notes = tuple(
            UncommittedFact(
                fact, EventMetadata(first if n == 0 else self.new_id(), Who("ann", "claimed"), key.subject, correlation=first)
            )
            for n, fact in enumerate(facts)
        )
        if notes:
            self.ledger.append([Append(stream, expected, notes)], documents=documents or ())


def any_order(people: People, key: Key, chance: Chance) -> str:
    """Let people do something to a deployment; give its name."""
    kind = chance.weighed(
        [("submit", 4), ("scale", 3), ("rollback", 2), ("stop", 1), ("start", 1.5), ("delete", 1), ("hold", 0.7), ("resume", 0.7)]
    )
    match kind:
        case "submit":
            tag = chance.pick(GOOD) if chance.strikes(0.75) else chance.pick(BROKEN)
            replicas, ports = chance.pick((1, 2, 3)), chance.pick(((80,), (80, 81), ()))
            people.submit(key, tag, replicas, ports, _sources(Chance(f"sources of {people.new_id()} {tag} {replicas}")))
        case "scale":
            people.scale(key, chance.pick((0, 1, 2, 4)))
        case "rollback":
            people.rollback(key, chance.pick((None, 1, 2)))
        case "hold":
            people.hold(key, chance.between(5, 60))
        case _:
            getattr(people, kind)(key)
    return kind


def _sources(chance: Chance) -> tuple[str, ...]:
    """Choose what integrations are filled from; its own chance, so that seeds which found a fault before still find it."""
    if chance.strikes(0.6):
        return ()
    some = [chance.pick(SOURCES) for _ in range(chance.pick((1, 1, 2)))]
    return (*some[:-1], chance.pick(BAD_SOURCES)) if chance.strikes(0.2) else tuple(some)


def autoscaling_order(people: People, key: Key, chance: Chance) -> str:
    """Let people do something to a deployment that may be autoscaled; give its name."""
    if chance.strikes(0.5) or people.deployment(key).wanted is None:
        return any_order(people, key, chance)
    least = chance.pick((1, 2, 3))
    on = chance.strikes(0.75)
    people.autoscale(key, least, least + chance.pick((0, 1, 3)), on=on)
    return "autoscaled" if on else "no longer autoscaled"
