"""What a cluster promises of claims and jobs, by the very objects that a rendering has."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from adapters.machines.catalogue import load_catalogue
from domain.errors import Rejected
from domain.names import Key
from domain.objects import Kind, Manifest, ObjectRef, flatten
from domain.observations import FillPodSeen, GoneSeen, JobSeen, PodSeen
from domain.spec import GitLfs, Resources, Spec
from reconciler.desired import render
from reconciler.render_context import RenderContext as Grounds
from tests.contracts.clusters import CLUSTERS, Ground, Lookout

WEB = Spec("web", "web:1", Resources("C4"), integrations=(GitLfs("data", "/data", "https://git.invalid/slow"),))


@pytest.fixture(params=CLUSTERS)
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    with request.param(request) as ground:
        ground.apply(ground.space())
        yield ground


def rendered(ground: Ground, kind: Kind) -> Manifest:
    """The claim or the job, in the test's namespace and ledger."""
    machine = load_catalogue().machines["C4"]
    of = Grounds(WEB, Key("x", "web"), ground.ledger, 1, machine, "web:1", {}, 60, identities={"data": "a" * 40})
    (manifest,) = (one for one in render(of).manifests if one.ref.kind == kind.value)
    content = manifest.content
    content["metadata"]["namespace"] = ground.namespace
    return Manifest.of(content)


def changed(manifest: Manifest, change: Mapping[str, Any]) -> Manifest:
    content = manifest.content
    return Manifest.of({**content, "spec": {**content["spec"], **change}})


@pytest.mark.parametrize("kind", [Kind.CLAIM, Kind.JOB])
def test_it_is_taken_as_it_is_and_applied_again_it_changes_nothing(ground: Ground, kind: Kind) -> None:
    manifest = rendered(ground, kind)
    first = ground.apply(manifest)

    again = ground.apply(manifest)

    ours = {path: value for path, value in flatten(manifest.content).items() if path.startswith("spec.") and value is not None}
    assert {path: again.fields.get(path) for path in ours} == ours
    assert again.generation == first.generation


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        (Kind.CLAIM, {"accessModes": ["ReadOnlyMany"]}),
        (Kind.JOB, {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "app", "image": "other:1"}]}}}),
    ],
)
def test_what_it_is_for_cannot_be_changed(ground: Ground, kind: Kind, change: Mapping[str, Any]) -> None:
    manifest = rendered(ground, kind)
    ground.apply(manifest)

    with pytest.raises(Rejected, match="immutable") as no:
        ground.apply(changed(manifest, change))

    assert no.value.rejection.reason == "Invalid"


def test_a_jobs_pod_is_seen_as_its_try_and_goes_with_it(ground: Ground) -> None:
    ground.apply(rendered(ground, Kind.CLAIM))
    job = ground.apply(rendered(ground, Kind.JOB))
    with Lookout(ground).ready() as lookout:
        first = lookout.until(FillPodSeen, lambda seen: seen.job == job.ref)

        assert (first.job_uid, first.deployment) == (job.uid, Key("x", "web").object_name)
        assert lookout.seen(PodSeen) == []
        assert not any(seen.complete or seen.failed for seen in lookout.seen(JobSeen))

        assert ground.remove(job.ref, job.uid)
        lookout.until(GoneSeen, lambda seen: seen.ref == job.ref)
        lookout.until(GoneSeen, lambda seen: seen.ref == first.pod.ref)


def test_a_claim_that_is_removed_is_gone_and_its_name_is_free(ground: Ground) -> None:
    manifest = rendered(ground, Kind.CLAIM)
    claim = ground.apply(manifest)

    assert ground.remove(claim.ref, claim.uid)
    ground.soon(lambda: ground.cluster.read(ObjectRef(Kind.CLAIM.value, ground.namespace, claim.ref.name)) is None)

    assert ground.apply(manifest).uid != claim.uid
