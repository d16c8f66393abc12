"""What an earlier build rendered is rendered again byte for byte: who submits an old spec anew restarts nothing.

The files were written by the build of commit 78cc763, the last one before integrations, autoscaling, registries and endpoints,
under what were then the only choices. Each holds a spec, all else that its rendering depended on, and the objects' bytes.
"""

import json
import lzma
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from adapters.spec_file.normal import spec_from_json
from domain.machines import Machine, Toleration
from domain.names import FIRST, Key
from domain.objects import Kind, Manifest
from reconciler.desired import Rendering, render
from reconciler.render_context import RenderContext

FOLDER = Path(__file__).parent / "renderings"
ADDED = {Kind.NETWORK_POLICY.value}
"""What new versions have beside all that they had: it changes no object that is there, and restarts no replica."""


def kept() -> Iterator[tuple[str, dict[str, Any]]]:
    for file in sorted(FOLDER.glob("*.json")):
        yield file.stem, json.loads(file.read_text())
    many = lzma.decompress((FOLDER / "generated.jsonl.xz").read_bytes()).decode().splitlines()
    yield from ((f"generated-{number}", json.loads(line)) for number, line in enumerate(many))


KEPT = dict(kept())
EACH = pytest.mark.parametrize("frozen", KEPT.values(), ids=KEPT.keys())


def machine_of(written: dict[str, Any]) -> Machine:
    selector = tuple((name, value) for name, value in written.pop("node_selector"))
    return Machine(node_selector=selector, tolerations=tuple(Toleration(**t) for t in written.pop("tolerations")), **written)


def again(frozen: dict[str, Any]) -> Rendering:
    spec = spec_from_json(json.dumps(frozen["spec"]).encode())
    taken = {name: frozen[name] for name in ("ledger", "incarnation", "image", "secrets", "deadline", "restricted")}
    key, early = Key(frozen["project"], spec.name), frozenset(("project", name) for name in frozen["secrets"])
    recorded = key.names(FIRST)
    return render(RenderContext(spec, key, machine=machine_of(dict(frozen["machine"])), recorded=recorded, first=early, **taken))


def holds(rendering: Rendering, frozen: dict[str, Any]) -> None:
    """Hold a rendering to the old one: the same objects in the same order, beside them only what is known to be new."""
    assert [one.body for one in rendering.manifests if one.ref.kind not in ADDED] == frozen["bodies"]
    assert rendering.template == frozen["template"]
    assert rendering.fills == ()
    assert rendering.endpoint == ""


def test_there_are_many() -> None:
    assert len(KEPT) > 60


@EACH
def test_an_old_spec_is_rendered_as_it_was(frozen: dict[str, Any]) -> None:
    holds(again(frozen), frozen)


def test_the_control_another_byte_or_another_object_is_caught() -> None:
    frozen = KEPT["everything"]
    rendering = again(frozen)
    for changed in (
        {**frozen, "bodies": [body.replace('"minReadySeconds":0', '"minReadySeconds":1') for body in frozen["bodies"]]},
        {**frozen, "bodies": frozen["bodies"][:-1]},
        {**frozen, "template": "0" * 16},
    ):
        with pytest.raises(AssertionError):
            holds(rendering, changed)
    more = Manifest.of({"kind": "Secret", "metadata": {"name": "new"}})
    with pytest.raises(AssertionError):
        holds(Rendering((*rendering.manifests, more), rendering.template), frozen)
