"""What is wrong with a text is said, and the line that would be right is shown."""

import json
from typing import Any

import jsonschema
import pytest

from adapters.spec_file.cures import cure
from adapters.spec_file.normal import spec_from_json, spec_json
from adapters.spec_file.reading import read_spec
from adapters.spec_file.schema import json_schema
from domain.machines import Catalogue, Machine

CATALOGUE = Catalogue({"C4": Machine("C4", 1800, 3686)})
DIGEST = "0a" * 32
FORM = "write registry/repository:tag, or repository@sha256:…"
FILL = f"{FORM}, or fill it when it is submitted: reckon submit FILE --image IMAGE"


VALIDATOR: Any = jsonschema.Draft202012Validator(json_schema())


def fits(found: Any) -> bool:  # noqa: ANN401 (JSON)
    return bool(VALIDATOR.is_valid(found))


def said(image: str) -> tuple[str, str]:
    """Give what is said of an image that cannot be one, and the cure."""
    text = f"name: web\nimage: {image!r}\nresources: {{machineType: C4}}\n"
    (problem,) = read_spec(text.encode(), file="web.yaml", catalogue=CATALOGUE).problems
    return problem.message, problem.hint


@pytest.mark.parametrize(
    ("image", "hint"),
    [
        ("registry.example/Team/App:1", "write registry.example/team/app:1"),
        ("Web", "write web"),
        (f"registry.example:5000/App:V1@sha256:{DIGEST}", f"write registry.example:5000/app:V1@sha256:{DIGEST}"),
        ("web:1 ", "write web:1"),
        ("https://registry.example/web:1", "write registry.example/web:1"),
        ("docker://web", "write web"),
        (" oci://Registry.example/Web:1", "write Registry.example/web:1"),
        (f"web@{DIGEST}", f"write web@sha256:{DIGEST}"),
        (f"web:sha256:{DIGEST}", f"write web@sha256:{DIGEST}"),
        (f"web@sha256:{DIGEST.upper()}", f"write web@sha256:{DIGEST}"),
        (f"web@SHA256:{DIGEST}", f"write web@sha256:{DIGEST}"),
        ("web:", "write web:TAG"),
        ("registry.example//web", "write registry.example/web"),
    ],
)
def test_where_the_image_that_was_meant_can_be_known_it_is_shown_and_is_right(image: str, hint: str) -> None:
    message, cure = said(image)
    assert cure == hint
    assert message != "this is not an image's name"
    right = f"name: web\nimage: {cure.removeprefix('write ')!r}\nresources: {{machineType: C4}}\n"
    assert read_spec(right.encode(), file="web.yaml", catalogue=CATALOGUE).problems == ()


@pytest.mark.parametrize(
    ("image", "fault"),
    [
        ("registry.example/Team/App:1", "lower-case"),
        ("web:1 ", "space stands before or behind"),
        ("we b", "space stands in"),
        ("https://web", "https://"),
        ("web@sha256:12ab", "64 hexadecimal digits, this has 4"),
        (f"web@sha512:{DIGEST}", "sha256, not of sha512"),
        ("web@", "no digest"),
        ("registry.example/", "no repository"),
        ("web:1:2", "one tag"),
        ("web:-x", "a tag has letters"),
        ("web:" + "x" * 129, "at most 128 characters, this has 129"),
        ("my_registry:5000/web", "my_registry:5000 is no registry's host"),
        ("web#1", "small letters"),
        ("x" * 501, "at most 500 characters, this has 501"),
    ],
)
def test_what_is_wrong_with_an_image_is_said(image: str, fault: str) -> None:
    assert fault in said(image)[0]


@pytest.mark.parametrize(
    "image",
    [":image", "", " ", "${IMAGE}", "$IMAGE", "$(IMAGE):1", "web:${TAG}", "{{ image }}", "<image>", "%IMAGE%", "@IMAGE@", ":1"],
)
def test_a_placeholder_is_called_one_and_the_option_that_fills_it_is_named(image: str) -> None:
    message, hint = said(image)
    assert message in {"this is a placeholder that nothing was put in for", "no image is named"}
    assert hint == FILL


def test_a_missing_name_is_told_with_the_option_that_gives_it() -> None:
    text = b"image: web:1\nresources: {machineType: C4}\n"
    (problem,) = read_spec(text, file="web.yaml", catalogue=CATALOGUE).problems
    assert (problem.path, problem.hint) == ("name", "give it with --name NAME, or write name: NAME")


PLACES = {
    "EnvV1": "env[0]",
    "HeaderV1": "healthChecks.readiness.headers[1]",
    "ExecV1": "healthChecks.liveness.exec",
    "MetricV1": "resources.autoscaling.metrics[2]",
    "ResourcesV1": "resources",
}


def test_every_field_that_is_required_has_a_cure() -> None:
    schema = json_schema()
    parts: dict[str, dict[str, Any]] = schema["$defs"]
    for name, part in {"": schema, **parts}.items():
        for field in part.get("required", ()):
            place = PLACES.get(name, "integrations[0]" if name else "")
            path = f"{place}.{field}" if place else field
            assert path.endswith("].type") or cure(path), path
    assert all(map(cure, ("name", "resources.autoscaling.maxReplicas", "resources.autoscaling.metrics")))
    assert cure("region") == "", "the control: what need not be there has none"


@pytest.mark.parametrize(
    "rest",
    ["", "maxReplicas: 5", "metrics: [{metric: cpu, value: 50}]", "maxReplicas: 5, metrics: []", "maxReplicas: , metrics: "],
)
def test_autoscaling_that_is_switched_off_needs_nothing_else_and_keeps_what_is_written(rest: str) -> None:
    block = f"resources: {{machineType: C4, ports: [80], autoscaling: {{enabled: false, {rest}}}}}\n"
    spec = read_spec(f"name: web\nimage: web:1\n{block}".encode(), file="web.yaml", catalogue=CATALOGUE).spec

    assert spec is not None
    kept = spec.resources.autoscaling
    assert kept is not None
    assert (kept.enabled, kept.max_replicas, len(kept.metrics)) == (
        False,
        5 if "Replicas: 5" in rest else 0,
        1 if "cpu" in rest else 0,
    )
    assert spec_from_json(spec_json(spec)) == spec
    assert fits(json.loads(spec_json(spec)))


@pytest.mark.parametrize("block", ["{}", "{enabled: true}", "{enabled: }", "{maxReplicas: 5}", "{metrics: []}"])
def test_the_control_autoscaling_that_is_on_asks_for_what_it_goes_by_with_a_cure(block: str) -> None:
    text = f"name: web\nimage: web:1\nresources: {{machineType: C4, autoscaling: {block}}}\n"
    problems = read_spec(text.encode(), file="web.yaml", catalogue=CATALOGUE).problems

    assert problems
    assert all("enabled: false" in problem.hint for problem in problems)
    assert not fits({"image": "web:1", "resources": {"machineType": "C4", "autoscaling": json.loads(_as_json(block))}})


def _as_json(block: str) -> str:
    words = {"enabled": '"enabled"', "maxReplicas": '"maxReplicas"', "metrics": '"metrics"', ": }": ": null}"}
    for word, written in words.items():
        block = block.replace(word, written)
    return block
