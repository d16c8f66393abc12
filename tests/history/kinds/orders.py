"""Orders that dora gives through the product, and submissions that are refused."""

import json
import tomllib
from collections.abc import Callable
from typing import Any

from tests.e2e.house import Said, probe_spec
from tests.history.scene import Scene
from tests.history.truth import Kind, Truth

DORA = "dora"


def _ordered(
    fact: str, *typed: str, words: tuple[str, ...] = (), holds: tuple[str, ...] = (), text: str | None = None
) -> Callable[[Scene], Truth]:
    def happen(scene: Scene) -> Truth:
        scene.deploy("web", replicas=1)
        began, ended = scene.during(lambda: scene.order(*typed, by=DORA, text=text))
        shared = fact in {"SecretSet", "RegistrySet", "PodSecuritySet"}
        return Truth((fact,), began, ended, user=DORA, ordered=True, holds=holds, words=words or (DORA,), shared=shared)

    return happen


def _submitted(scene: Scene) -> Truth:
    scene.deploy("web", replicas=1)
    spec = probe_spec("web", scene.lab.probe_app("2").ref, env=[{"name": "GREETING", "value": "hello"}])
    began, ended = scene.during(lambda: scene.house.submit(spec, "--as", DORA, "--reason", "the new one"))
    return Truth(
        ("Submitted",),
        began,
        ended,
        holds=('"number": 2',),
        user=DORA,
        ordered=True,
        values=("probe-app:2",),
        words=("version 2", DORA),
    )


def _deleted(scene: Scene) -> Truth:
    scene.deploy("gone", replicas=1)
    began, ended = scene.during(lambda: scene.order("delete", "gone", "--yes", by=DORA))
    scene.kept["deployed"].discard("gone")
    return Truth(("DeletionOrdered",), began, ended, user=DORA, ordered=True, words=(DORA, "delet"))


def _refused(
    what: str, word: str, change: Callable[[dict[str, Any], Scene], None], form: str = "json"
) -> Callable[[Scene], Truth]:
    def happen(scene: Scene) -> Truth:
        scene.deploy("web", replicas=1)
        spec = json.loads(probe_spec("web", scene.lab.probe_app("1").ref))
        change(spec, scene)
        file = scene.house.folder / f"refused.{form}"
        written: dict[str, Callable[[dict[str, Any]], str]] = {"toml": _toml, "yaml": _yaml, "json": json.dumps}
        file.write_text(written[form](spec))
        said: list[Said] = []
        began, ended = scene.during(lambda: said.append(scene.order("submit", str(file), "--detach", by=DORA, ok=False)))
        assert said[0].exit, f"{what} was not refused: {said[0]}"
        return Truth(("SubmissionRefused",), began, ended, user=DORA, ordered=True, holds=(word,), words=(word, DORA))

    return happen


def _toml(spec: dict[str, Any]) -> str:
    resources = "\n".join(f"{name} = {json.dumps(value)}" for name, value in spec["resources"].items())
    text = f'apiVersion = "v1"\nname = "{spec["name"]}"\nimage = "{spec["image"]}"\n[resources]\n{resources}\n'
    tomllib.loads(text)
    return text


def _yaml(spec: dict[str, Any]) -> str:
    """Write it as a person would: a field a line."""
    return "".join(f"{name}: {json.dumps(value)}\n" for name, value in spec.items())


def _replicas(spec: dict[str, Any], _: Scene) -> None:
    spec["resources"]["replicas"] = "many"


def _secret(spec: dict[str, Any], _: Scene) -> None:
    spec["env"] = [{"name": "TOKEN", "value": "secret:NOWHERE"}]


def _registry(spec: dict[str, Any], _: Scene) -> None:
    spec["containerRegistry"] = "nobodys"


def _image(spec: dict[str, Any], scene: Scene) -> None:
    spec["image"] = f"{scene.lab.registry}/team/nothing:7"


def _machine(spec: dict[str, Any], _: Scene) -> None:
    spec["resources"]["machineType"] = "C99"


def _field(spec: dict[str, Any], _: Scene) -> None:
    spec["resorces"] = {}


KINDS = (
    Kind(
        "order: secret set",
        "orders",
        _ordered("SecretSet", "secret", "set", "TOKEN", text="hush", words=("TOKEN",), holds=("TOKEN",)),
        fast=True,
    ),
    Kind("order: submission accepted", "orders", _submitted, fast=True),
    Kind("order: hold", "orders", _ordered("Held", "hold", "web", "--reason", "a look at night", words=("hold",)), fast=True),
    Kind(
        "order: resume", "orders", _ordered("Resumed", "resume", "web", "--yes", "--reason", "seen", words=("resume",)), fast=True
    ),
    Kind(
        "order: scale",
        "orders",
        _ordered("Submitted", "scale", "web", "2", words=("2 replicas",), holds=('"kind": "scale"',)),
        fast=True,
    ),
    Kind(
        "order: rollback",
        "orders",
        _ordered("Submitted", "rollback", "web", "1", "--yes", holds=('"kind": "rollback"',), words=("version 1",)),
    ),
    Kind("order: stop", "orders", _ordered("Submitted", "stop", "web", "--yes", holds=('"kind": "stop"',), words=("stop",))),
    Kind("order: start", "orders", _ordered("Submitted", "start", "web", holds=('"kind": "start"',), words=("start",))),
    Kind("order: deletion", "orders", _deleted),
    Kind(
        "order: registry login",
        "orders",
        _ordered(
            "RegistrySet",
            "registry",
            "add",
            "mine",
            "--server",
            "registry.example",
            "-u",
            "me",
            text="hush",
            holds=("mine",),
            words=("mine",),
        ),
    ),
    Kind(
        "order: pod security",
        "orders",
        _ordered("PodSecuritySet", "project", "set", "h-orders", "--pod-security", "restricted", "--yes", words=("restricted",)),
    ),
    Kind("refused: bad value (JSON)", "refused", _refused("a word for a number", "replicas", _replicas), fast=True),
    Kind("refused: bad value (YAML)", "refused", _refused("a word for a number", "replicas", _replicas, "yaml")),
    Kind("refused: bad value (TOML)", "refused", _refused("a word for a number", "replicas", _replicas, "toml")),
    Kind("refused: unknown field", "refused", _refused("a field that is none", "resorces", _field)),
    Kind("refused: missing secret (JSON)", "refused", _refused("a secret that is not there", "NOWHERE", _secret)),
    Kind("refused: unknown registry (JSON)", "refused", _refused("a login that is not there", "nobodys", _registry)),
    Kind("refused: unknown image (JSON)", "refused", _refused("an image that is not there", "nothing", _image)),
    Kind("refused: unknown machine type", "refused", _refused("a machine that is none", "machineType", _machine)),
)
