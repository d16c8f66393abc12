"""What a cluster says of a deployment is recorded without the deployment's own values, and the same sight again is no news."""

from dataclasses import replace
from typing import Any

from adapters.simulator.apps import AppBehaviour, fails
from domain.audit import RequestWitnessed
from domain.masks import MASK
from domain.names import Key
from domain.objects import ObjectRef
from domain.observations import WatchEvent
from domain.orders import Held
from domain.ownership import Fleet
from domain.spec import EnvVar, Header, HealthChecks, HttpCheck, Literal, Probe, Spec
from reconciler.masking import Masking
from reconciler.recording import Recording
from tests.canaries import SHAPES, canaries, leaks
from tests.simulation.world import NOON, World

CANARIES = canaries(2 * len(SHAPES))
KEYS = tuple(Key("shop", f"web {n}") for n in range(len(SHAPES)))


class Loose(Masking):
    """Takes the cluster's words as they come."""

    def masked(self, watch_event: WatchEvent, fleet: Fleet) -> WatchEvent:
        del fleet
        return watch_event


class LooseRecording(Recording):
    """The control: an engine that masks nothing that comes in."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 (the recording's own)
        super().__init__(*args, **kwargs)
        self.masking = Loose(self.tail.ledger)


class LooseWorld(World):
    recording_class = LooseRecording


def talked(world: World, seconds: float = 300) -> World:
    """Let applications repeat their values: as their last words, and in what their probes answer."""
    for n, key in enumerate(KEYS):
        env, header = CANARIES[n][1], CANARIES[n + len(SHAPES)][1]
        image = f"reg.example/app:{n}"
        words = f"fatal: bad configuration {env!r}: {env}"
        said = AppBehaviour(
            readiness=fails(f'Get "http://10.0.0.1/": header {header!r} is no good'), exits_after=40, message=words
        )
        world.cluster.behaviour(image, said)

        def given(spec: Spec, env: str = env, header: str = header, image: str = image) -> Spec:
            health = HealthChecks(readiness=Probe(HttpCheck("/", 80, (Header("X-Api", header),)), period=5))
            return replace(spec, image=image, env=(EnvVar("VALUE", Literal(env)),), health=health)

        world.people.submit(key, tag=str(n), replicas=1)
        world.people.change(key, "set", given)
    world.run(seconds)
    for pod in world.cluster.interventions.pods():
        own = next(n for n, key in enumerate(KEYS) if pod.name.startswith(key.object_name))
        world.cluster.interventions.edit(pod, {"metadata": {"annotations": {"noted": f"as in {CANARIES[own][1]}"}}})
    world.run(10)
    return world


def test_what_the_api_server_answered_to_others_is_recorded_without_a_deployment_s_values() -> None:
    world, (_, value) = World("refused"), CANARIES[0]
    env = (EnvVar("VALUE", Literal(value)),)
    world.people.submit(KEYS[0], tag="1")
    world.people.change(KEYS[0], "set", lambda spec: replace(spec, env=env))
    world.run(30)
    home = world.people.deployment(KEYS[0])
    ref = ObjectRef("Deployment", home.key.namespace, home.key.object_name)
    refused = RequestWitnessed("r", "patch", ref, "", "", "", "ann", "", "", 422, "", NOON)
    masking = Masking(world.ledger)

    shown = masking.without(replace(refused, message=f"env: {value} is no good"), home)
    assert isinstance(shown, RequestWitnessed)
    assert shown.message == f"env: {MASK} is no good"
    nobodys = masking.without(replace(refused, message="https://ann:hunter2-and-more@db/x"), None)
    assert isinstance(nobodys, RequestWitnessed)
    assert "hunter2" not in nobodys.message
    assert masking.without(refused, home) is refused
    assert masking.without(Held(None), home) == Held(None)


def told(world: World) -> list[str]:
    return [repr(recorded.fact) for recorded in world.ledger.tail(0, 100_000)]


def test_no_value_that_a_container_or_a_probe_repeats_is_recorded() -> None:
    facts = told(talked(World("talkative")))
    assert sum("fatal: bad configuration" in fact for fact in facts) >= len(KEYS)
    assert sum("is no good" in fact for fact in facts) >= len(KEYS)
    assert sum("metadata.annotations.noted" in fact for fact in facts) >= len(KEYS)
    assert not [part for _, value in CANARIES for fact in facts for part in leaks(value, fact)]


def test_the_control_an_engine_that_masks_nothing_records_them() -> None:
    facts = told(talked(LooseWorld("talkative")))
    assert [part for _, value in CANARIES for fact in facts for part in leaks(value, fact)]


def test_masking_makes_no_fact_more_than_there_were_without_it() -> None:
    masked, loose = (told(talked(world("alike"))) for world in (World, LooseWorld))
    assert len(masked) == len(loose)
