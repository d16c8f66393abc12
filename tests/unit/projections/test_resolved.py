"""Two renderings of one spec are the same, or what lies beneath says by name why they are not."""

from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.orders import Origin, Rendered, Submitted
from domain.spec import Bucket, GitLfs
from projections.pinned_names import Side, resolved
from projections.spec_diff import Difference
from reconciler.desired import render
from reconciler.render_context import RenderContext
from tests.at_night import at_night
from tests.render_contexts import contexts, everything, identities, machines, platforms
from tests.stories import plain_digest

PART = st.sampled_from(["machine", "platform", "restricted", "secrets", "image", "identities", "registry", "deadline"])


@dataclass
class Shelf:
    """Keeps what is rendered, as a ledger does."""

    kept: dict[str, bytes] = field(default_factory=dict[str, bytes])

    def side(self, context: RenderContext) -> Side:
        rendering = render(context)
        objects = tuple(Rendered(one.ref, self.keep(one.body)) for one in rendering.manifests)
        order = Submitted(
            number=1,
            incarnation=context.incarnation,
            key="",
            origin=Origin("submit"),
            source="",
            spec="",
            objects=objects,
            template=rendering.template,
            image=context.spec.image,
            digest=context.image.partition("@")[2],
            machine_type=context.machine.name,
            replicas=context.replicas,
            enabled=context.spec.enabled,
            deadline=context.deadline,
            secrets=tuple(sorted(context.secrets.items())),
            fills=rendering.fills,
            endpoint=rendering.endpoint,
            wider_secrets=tuple(sorted(context.wider.items())),
            registry=context.registry,
        )
        return Side(order, self.kept.get, {})

    def keep(self, body: str) -> str:
        digest = plain_digest(body.encode())
        self.kept[digest] = body.encode()
        return digest


@st.composite
def other(draw: st.DrawFn, context: RenderContext) -> RenderContext:
    """The same spec on a ground that is another in one or more of its parts."""
    parts = draw(st.sets(PART, min_size=1))
    sources = [one for one in context.spec.integrations if isinstance(one, GitLfs | Bucket)]
    anew: dict[str, Any] = {
        "machine": replace(draw(machines()), name=context.machine.name),
        "platform": draw(platforms),
        "restricted": not context.restricted,
        "secrets": {name: version + draw(st.integers(0, 2)) for name, version in context.secrets.items()},
        "image": f"{context.spec.image.partition('@')[0]}@sha256:{draw(st.sampled_from('abc')) * 64}",
        "identities": draw(identities(sources)),
        "registry": context.registry and (context.registry[0], context.registry[1] + 1),
        "deadline": context.deadline + 1,
    }
    return replace(context, **{part: anew[part] for part in parts})


def differing(one: Side, two: Side) -> tuple[Difference, ...]:
    return resolved(one, two, ())


@settings(deadline=None, max_examples=at_night(200), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.data())
def test_whatever_is_rendered_otherwise_is_named(data: st.DataObject) -> None:
    context = data.draw(contexts())
    shelf = Shelf()
    one, two = shelf.side(context), shelf.side(data.draw(other(context)))

    found = differing(one, two)

    assert found or set(one.order.objects) == set(two.order.objects)
    assert not any(each.path.startswith("objects.") for each in found), "each has a name of its own"


@settings(deadline=None, max_examples=at_night(30), suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(contexts())
def test_equal_renderings_differ_in_nothing(context: RenderContext) -> None:
    shelf = Shelf()

    assert differing(shelf.side(context), shelf.side(context)) == ()


def test_what_no_name_accounts_for_is_named_by_its_object_and_places_and_never_by_what_stands_there() -> None:
    context = everything()[0]
    shelf = Shelf()
    one = shelf.side(context)
    objects = [replace(each, body=shelf.keep(_patient(shelf.kept[each.body]))) for each in one.order.objects]
    two = replace(one, order=replace(one.order, objects=tuple(objects)))

    (found,) = differing(one, two)

    assert found.path.startswith("objects.Deployment.")
    assert found.short.endswith("is rendered otherwise (spec.template.spec.terminationGracePeriodSeconds)")
    assert "some-value" not in repr(found)


def _patient(body: bytes) -> str:
    """Write a pod template as a later build might."""
    return body.decode().replace('"terminationGracePeriodSeconds":3', '"terminationGracePeriodSeconds":9')


def test_what_is_not_kept_any_more_is_still_no_sameness() -> None:
    context = everything()[0]
    shelf = Shelf()
    one, two = (
        shelf.side(context),
        shelf.side(replace(context, platform=replace(context.platform, relay_image="r.example/caddy:3"))),
    )
    shelf.kept.clear()

    assert [each.path.split(".")[:2] for each in differing(one, two)] == [["objects", "Deployment"]]
