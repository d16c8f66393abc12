"""Who applies a rendering again changes nothing: no generation, no version of any object, and so no replica."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given, settings

from domain import names
from domain.copies import filled, source_of
from domain.names import Key, namespace_of
from domain.objects import WRITTEN, Kind, Manifest, Mark, stamp
from reconciler.desired import namespace, render
from reconciler.filling import STAY
from reconciler.render_context import RenderContext
from tests.integration.api_server import ApiServer, wait_for_account
from tests.integration.test_rendering_on_api_server import SOURCE, simple
from tests.lab.cluster import Lab
from tests.lab.gateway_api import add_routes
from tests.render_contexts import LEDGER, Place, contexts, everything

pytestmark = pytest.mark.lab

TRIES = 25
PLACE = Place("twice", restricted=False)
WHERE = tuple(namespace_of(PLACE.project, scheme) for scheme in (names.FIRST, names.WHOLE))
"""Grounds are drawn under both schemes of names."""
FIRST, SECOND = Mark(LEDGER, "0" * 32, 0, 1), Mark(LEDGER, "1" * 32, 0, 2)
INTERRUPTED = 5
"""So often a controller may write to an object between our look and our apply."""


@pytest.fixture(scope="module")
def server(lab: Lab) -> Iterator[ApiServer]:
    server = ApiServer(lab)
    add_routes(lab)
    for where in WHERE:
        assert server.apply(Manifest.of(namespace(PLACE.project, LEDGER, restricted=False, name=where)), dry_run=False).taken
        wait_for_account(lab, where)
        # Everything is real here but pods: none of them may begin.
        lab.kubectl("create", "quota", "no-pods", "--hard=pods=0", "--namespace", where)
    yield server
    lab.kubectl("delete", "apiservices,ns", "-l", f"deadreckon.dev/ledger={LEDGER}", "--wait=false", user="admin")


def applied(server: ApiServer, manifest: Manifest, mark: Mark) -> dict[str, Any]:
    """Apply an object as the engine does, for good."""
    whole = stamp(filled(manifest, SOURCE) if source_of(manifest) else manifest, mark, "p" * 32)
    answer = server.apply(whole, dry_run=False)
    assert answer.taken, f"{answer.body} to {whole.body}"
    return answer.body


def standing(body: dict[str, Any]) -> object:
    """Give what nobody but us changes: a controller only writes an object's status."""
    metadata = body["metadata"]
    return metadata["uid"], metadata.get("generation"), metadata["labels"], body.get("spec"), body.get("data")


def changes_nothing(server: ApiServer, manifest: Manifest, again: Manifest) -> None:
    """Hold an object that stands to a second apply, by the same decision and then by a later one."""
    for _ in range(INTERRUPTED):
        before = server.read(manifest.ref).body
        after = applied(server, again, FIRST)
        assert standing(after) == standing(before)
        if after["metadata"]["resourceVersion"] == before["metadata"]["resourceVersion"]:
            break
    else:
        pytest.fail(f"{manifest.ref} is written anew each time")
    later = applied(server, again, SECOND)
    assert later["metadata"].get("generation") == before["metadata"].get("generation"), f"{manifest.ref} has a new generation"
    assert later.get("spec") == before.get("spec")


def test_a_second_apply_changes_no_object_of_any_kind(server: ApiServer) -> None:
    kinds, numbers = Counter[str](), count()

    @settings(
        max_examples=TRIES, deadline=None, phases=[Phase.explicit, Phase.generate], suppress_health_check=[HealthCheck.too_slow]
    )
    @example(everything(PLACE)[0])
    @example(everything(PLACE)[1])
    @given(contexts(places=(PLACE,)))
    def tried(context: RenderContext) -> None:
        # Each example has a name of its own, and claims of its own: what was there before takes a while to go.
        key = Key(PLACE.project, f"{next(numbers)} {context.key.name}")
        own = {name: known for name, known in context.identities.items() if not known.startswith(STAY)}
        called = key.names(context.recorded.scheme) if context.recorded else None
        manifests = render(replace(context, key=key, identities=own, recorded=called)).manifests
        for manifest in manifests:
            applied(server, manifest, FIRST)
        for manifest in manifests:
            changes_nothing(server, manifest, manifest)
        kinds.update({manifest.ref.kind for manifest in manifests})

    tried()

    assert {kind.value for kind in WRITTEN} <= kinds.keys(), "kinds that no example had"


@pytest.mark.parametrize(
    ("kind", "old", "new"),
    [
        (Kind.DEPLOYMENT, '"minReadySeconds":5', '"minReadySeconds":6'),
        (Kind.DEPLOYMENT, '"revisionHistoryLimit":3', '"revisionHistoryLimit":4'),
        (Kind.SERVICE, '"port-8000"', '"port-8001"'),
        (Kind.NETWORK_POLICY, '"policyTypes":["Ingress"]', '"policyTypes":["Ingress","Egress"]'),
    ],
)
def test_the_control_a_changed_field_is_seen(server: ApiServer, kind: Kind, old: str, new: str) -> None:
    manifest = next(one for one in render(simple(PLACE)).manifests if one.ref.kind == kind.value)
    other = Manifest(manifest.ref, manifest.body.replace(old, new))
    assert other != manifest
    applied(server, manifest, FIRST)
    with pytest.raises(AssertionError):
        changes_nothing(server, manifest, other)
