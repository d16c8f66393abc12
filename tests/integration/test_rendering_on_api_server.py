"""What we render is what a real API server takes, keeps as it is, and admits under Pod Security: whatever a spec says.

RECKON_RENDERINGS=1000 tries that many; by default a fourth of that.
"""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings

from adapters.observations.objects import live
from domain.copies import filled, source_of
from domain.names import FIRST, WHOLE, Key, namespace_of
from domain.objects import WRITTEN, Kind, Manifest, flatten
from domain.spec import Resources, Spec
from reconciler.admission import admitted
from reconciler.desired import Rendering, namespace, render
from reconciler.render_context import RenderContext
from tests.fields import every, said
from tests.integration.api_server import Answer, ApiServer, wait_for_account
from tests.lab.cluster import Lab
from tests.lab.gateway_api import add_routes
from tests.meaning import by_kind, misread
from tests.render_contexts import LEDGER, MACHINES, PLACES, Place, Submission, everything, sparse, submissions

pytestmark = pytest.mark.lab

TRIES = int(os.environ.get("RECKON_RENDERINGS", "250"))
ANY, RESTRICTED = PLACES[:2]
NOT_GIVEN_BACK = {"spec.paused": False, "spec.minReadySeconds": 0}
"""What the API server takes, obeys, and leaves out of its answers."""
SOURCE: Mapping[str, Any] = {
    "metadata": {"labels": {"deadreckon.dev/ledger": LEDGER}},
    "data": {"value": "djE="},
    "type": "Opaque",
}
"""A Secret of a wider scope, as the cluster's adapter reads it when it fills a copy."""
NEVER = {
    "written.health.any(Probe).check(ExecCheck).command empty": "a command has a first word",
    "written.resources.autoscaling(Autoscaling).metrics empty": "the format asks for one",
}
"""What the types could say and the format never does."""


def altered(manifest: Manifest, answer: Answer) -> dict[str, object]:
    """Give the fields of ours that came back otherwise than they were written."""
    came = flatten(answer.body)
    ours = flatten(manifest.content)
    return {path: value for path, value in ours.items() if came.get(path, NOT_GIVEN_BACK.get(path)) != value}


def templates(rendering: Rendering) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give the pod templates of a rendering, with their namespaces: the replicas' and those of fills."""
    for manifest in rendering.manifests:
        if manifest.ref.kind in {Kind.DEPLOYMENT.value, Kind.JOB.value}:
            yield manifest.ref.namespace, manifest.content["spec"]["template"]


def accepted(server: ApiServer, rendering: Rendering) -> tuple[Manifest, ...]:
    """Hold a rendering to the API server's answers, and give these."""
    answers: list[Manifest] = []
    for manifest in rendering.manifests:
        whole = filled(manifest, SOURCE) if source_of(manifest) else manifest
        answer = server.apply(whole)
        assert answer.taken, f"{answer.body} to {whole.body}"
        assert altered(whole, answer) == {}
        assert admitted(whole, live(answer.body)) == (), "where nobody admits anything, nothing is said to be admission's"
        answers.append(Manifest.of(answer.body))
    for where, template in templates(rendering):
        pod = server.try_pod(where, template)
        assert pod.taken, f"{pod.body} to {template}"
    return tuple(answers)


@pytest.fixture(scope="module")
def server(lab: Lab) -> Iterator[ApiServer]:
    server = ApiServer(lab)
    add_routes(lab)
    # Grounds are drawn under both schemes of names.
    spaces = {namespace_of(place.project, scheme): place for place in PLACES for scheme in (FIRST, WHOLE)}
    for name, place in spaces.items():
        space = namespace(place.project, LEDGER, restricted=place.restricted, name=name)
        assert server.apply(Manifest.of(space), dry_run=False).taken
        wait_for_account(lab, name)
    yield server
    lab.kubectl("delete", "namespace", "--wait=false", *spaces)


def test_every_field_of_every_spec_is_accepted_as_it_is_and_kept_as_it_was_meant(server: ApiServer) -> None:
    fields, kinds = Counter[str](), Counter[str]()

    @settings(
        max_examples=TRIES, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.too_slow]
    )
    @example(Submission(everything(ANY)[0].spec, everything(ANY)[0]))
    @example(Submission(everything(RESTRICTED)[1].spec, everything(RESTRICTED)[1]))
    @example(Submission(sparse(ANY).spec, sparse(ANY)))
    @given(submissions())
    def tried(submission: Submission) -> None:
        rendering = render(submission.context)
        fields.update(said(submission, Submission))
        kinds.update({manifest.ref.kind for manifest in rendering.manifests})
        answers = accepted(server, rendering)
        assert misread(submission.context, by_kind(answers)) == {}

    tried()

    assert merged(every(Submission)) - merged(fields) <= NEVER.keys(), "fields that no example had"
    assert {kind.value for kind in WRITTEN} <= kinds.keys(), "kinds that no example had"


def merged(paths: Iterable[str]) -> set[str]:
    """Take the three health checks as one, as one function writes them; and the spec of the context as that which was written."""
    one = (re.sub(r"\.health\.[a-z]+\(Probe\)", ".health.any(Probe)", path) for path in paths)
    return {path.replace("context.spec.", "written.") for path in one}


def simple(place: Place = ANY, *, restricted: bool | None = None) -> RenderContext:
    spec = Spec("web", "web:1", Resources("C4", 2, (8000,)))
    level = place.restricted if restricted is None else restricted
    return RenderContext(
        spec,
        Key(place.project, spec.name),
        ledger=LEDGER,
        incarnation=1,
        machine=next(machine for machine in MACHINES if machine.name == "C4"),
        image=spec.image,
        secrets={},
        deadline=600,
        restricted=level,
    )


def deployment() -> dict[str, Any]:
    return next(m.content for m in render(simple()).manifests if m.ref.kind == Kind.DEPLOYMENT.value)


def changed(path: str, value: object) -> Rendering:
    """Give the example's Deployment with one field of its pod or (`0.…`) of its container set."""
    content = deployment()
    place = content["spec"]["template"]["spec"]
    *steps, last = path.split(".")
    for step in steps:
        place = place["containers"][0] if step == "0" else place.setdefault(step, {})
    place[last] = value
    return Rendering((Manifest.of(content),), "")


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        ("0.imagePolicy", "Always", "imagePolicy"),
        ("0.resources.limits.memory", "4096Mi", "memory"),
        ("0.ports", [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}], "violates PodSecurity"),
        ("0.securityContext.privileged", True, "violates PodSecurity"),
        ("0.securityContext.capabilities.add", ["SYS_ADMIN"], "violates PodSecurity"),
        ("hostNetwork", True, "violates PodSecurity|hostNetwork"),
        ("hostPID", True, "violates PodSecurity"),
        ("volumes", [{"name": "root", "hostPath": {"path": "/", "type": ""}}], "violates PodSecurity"),
    ],
)
def test_the_control_what_does_not_belong_is_caught(server: ApiServer, path: str, value: object, words: str) -> None:
    with pytest.raises(AssertionError, match=words):
        accepted(server, changed(path, value))


def test_the_control_pods_of_the_baseline_are_refused_by_a_restricted_project(server: ApiServer) -> None:
    with pytest.raises(AssertionError, match="violates PodSecurity"):
        accepted(server, render(simple(RESTRICTED, restricted=False)))


def test_the_control_a_field_that_no_example_has_is_found() -> None:
    missing = every(RenderContext) - said(simple(), RenderContext)
    assert {"spec.command[]", "spec.resources.autoscaling(Autoscaling).metrics[].name=cpu", "restricted=True"} <= missing


def test_a_pause_by_hand_does_not_outlive_our_next_apply(server: ApiServer, lab: Lab) -> None:
    ours = Manifest.of(deployment())
    where = ("--namespace", ours.ref.namespace)
    assert server.apply(ours, dry_run=False).taken
    lab.kubectl("rollout", "pause", f"deployment/{ours.ref.name}", *where, user="human")
    assert lab.kubectl("get", "deployment", ours.ref.name, *where, "-o=jsonpath={.spec.paused}") == "true"
    again = server.apply(ours, dry_run=False)
    assert again.taken
    assert not again.body["spec"].get("paused", False)
    lab.kubectl("delete", "deployment", ours.ref.name, *where)
