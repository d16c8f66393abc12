"""A version takes effect once its integrations are filled; until then the one before it stands, and is looked after."""

from dataclasses import replace

import pytest

from domain.actions import Action, Create, Decided, Remove
from domain.deployment import Deployment, Version
from domain.names import Key
from domain.objects import Kind, ObjectRef
from domain.orders import Fill, Rendered
from domain.tracked_objects import TrackedObject
from reconciler.content import job_actions
from tests.simulation.invariants import broken
from tests.simulation.people import DEADLINE
from tests.simulation.world import NOON, World
from tests.unit.one_deployment import submitted

WEB = Key("shop", "web")
GOOD, OTHER, SLOW = (f"https://git.example/{word}" for word in ("a", "b", "slow"))
BROKEN, MISSING = "https://git.example/broken", "https://git.example/missing"
SERVICE = ObjectRef(Kind.SERVICE.value, WEB.namespace, WEB.object_name)


def web(world: World) -> Deployment:
    return world.people.deployment(WEB)


def made(world: World, kind: Kind) -> list[str]:
    decided = (recorded.fact for recorded in world.ledger.about(WEB.subject) if isinstance(recorded.fact, Decided))
    actions = [action for fact in decided for action in fact.actions]
    return [action.ref.name for action in actions if isinstance(action, Create) and action.ref.kind == kind.value]


def claims(world: World) -> set[str]:
    return {claim["metadata"]["name"] for claim in world.cluster.store.of_kind(Kind.CLAIM.value)}


def serving() -> World:
    """A version with content runs."""
    world = World("content")
    world.people.submit(WEB, sources=(GOOD,))
    world.run(60)
    assert [version.verdict for version in web(world).versions] == ["healthy"]
    return world


def test_an_unchanged_source_is_neither_filled_again_nor_restarted_for() -> None:
    world = serving()
    before = set(web(world).replicas)

    world.people.submit(WEB, sources=(GOOD,))
    world.run(60)

    assert len(made(world, Kind.JOB)) == 1
    assert set(web(world).replicas) == before
    assert broken(world, [WEB]) == []


@pytest.mark.parametrize("source", [BROKEN, MISSING])
def test_a_failed_fill_fails_its_version_and_the_old_one_is_looked_after(source: str) -> None:
    world = serving()
    before = set(web(world).replicas)

    world.people.submit(WEB, "2", sources=(source,))
    world.run(120)

    failed = web(world).versions[-1]
    assert failed.verdict == "failed"
    assert "integration data-0 could not be filled" in failed.why[0]
    assert set(web(world).replicas) == before
    world.cluster.interventions.delete(SERVICE)
    world.run(30)
    assert world.cluster.read(SERVICE) is not None
    assert broken(world, [WEB]) == []


def test_the_same_again_tries_again_and_anything_else_goes_on() -> None:
    world = serving()
    world.people.submit(WEB, "2", sources=(MISSING,))
    world.run(60)
    world.people.submit(WEB, "2", sources=(MISSING,))
    world.run(60)
    assert len(made(world, Kind.JOB)) == 3

    world.people.submit(WEB, "2", sources=(OTHER,))
    world.run(90)

    assert web(world).versions[-1].verdict == "healthy"
    assert claims(world) == {fill.claim.name for fill in web(world).versions[-1].order.fills}


def test_a_rollouts_time_begins_when_its_content_is_there() -> None:
    world = World("slow")
    world.people.submit(WEB, sources=(SLOW,))
    world.run(85)
    assert (web(world).versions[0].verdict, web(world).opened) == ("", 0)

    world.run(60)

    assert web(world).versions[0].verdict == "healthy"


def test_a_version_that_is_overtaken_while_it_is_filled_leaves_nothing() -> None:
    world = serving()
    world.people.submit(WEB, "2", sources=(SLOW,))
    world.run(20)

    world.people.rollback(WEB, 1)
    world.run(60)

    assert web(world).versions[-1].verdict == "healthy"
    assert len(claims(world)) == 1
    assert broken(world, [WEB]) == []


def test_a_stopped_deployment_keeps_its_content_and_starts_from_it() -> None:
    world = serving()
    world.people.stop(WEB)
    world.run(90)
    assert len(claims(world)) == 1

    world.people.start(WEB)
    world.run(60)

    assert (len(made(world, Kind.JOB)), web(world).versions[-1].verdict) == (1, "healthy")


def test_content_that_was_taken_away_is_filled_anew() -> None:
    world = serving()
    world.people.stop(WEB)
    world.run(90)
    (claim,) = claims(world)
    world.cluster.interventions.delete(ObjectRef(Kind.CLAIM.value, WEB.namespace, claim))
    world.run(30)
    assert web(world).fills == {}

    world.people.start(WEB)
    world.run(90)

    assert (len(made(world, Kind.JOB)), web(world).versions[-1].verdict) == (2, "healthy")
    assert broken(world, [WEB]) == []


def test_a_job_goes_once_its_work_is_on_record_and_a_deletion_takes_all() -> None:
    world = serving()
    removed = [
        action.because
        for recorded in world.ledger.about(WEB.subject)
        if isinstance(recorded.fact, Decided)
        for action in recorded.fact.actions
        if isinstance(action, Remove) and action.ref.kind == Kind.JOB.value
    ]
    assert removed == ["its claim is filled: that is on record, and the job not needed any more"]

    world.people.delete(WEB)
    world.run(120)

    assert claims(world) == set()
    assert broken(world, [WEB]) == []


def test_a_fill_that_never_begins_fails_in_time_and_says_what_it_waits_for() -> None:
    world = World("bare")
    cluster = world.cluster

    def no_storage(namespace: str, name: str) -> None:
        claim = cluster.store.get(Kind.CLAIM.value, namespace, name)
        assert claim is not None
        words = 'storageclass.storage.k8s.io "fast" not found'
        cluster.controllers.occurrences.tell(
            claim, "ProvisioningFailed", words, source="persistentvolume-controller", warning=True
        )

    cluster.agenda.handlers["claim.bind"] = no_storage
    world.people.submit(WEB, sources=(GOOD,))
    world.run(DEADLINE * 2)

    (version,) = web(world).versions
    assert (version.verdict, version.why) == (
        "failed",
        ('integration data-0 was not filled: ProvisioningFailed: storageclass.storage.k8s.io "fast" not found',),
    )


@pytest.mark.parametrize(("unfit", "actions"), [(False, ()), (True, None)])
def test_a_job_under_way_is_not_begun_anew_for_another_rendering_of_the_same_content_unless_it_is_unfit(
    unfit: bool, actions: tuple[Action, ...] | None
) -> None:
    claim, job = (ObjectRef(kind.value, WEB.namespace, "fill-a") for kind in (Kind.CLAIM, Kind.JOB))
    version = Version(replace(submitted(1), fills=(Fill("data", claim, job),)), NOON, "f1")
    deployment = Deployment(WEB, (version,), objects={job: TrackedObject(job, "j1", "rendered before", unfit=unfit)})

    assert job_actions(deployment, version, Rendered(job, "rendered now")) == actions
