"""What a version's names stood for: an image's digest, secrets' versions, sources' content, what a machine type gives.

Two versions of one spec differ where these do, and each of these is a change. Of the platform's choices only those are told that
show in the objects; what no name accounts for is told as an object that is rendered otherwise, never as nothing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from domain.deployment import Deployment
from domain.filling import essence
from domain.orders import Fill, Submitted
from domain.project import PROJECT
from projections.rendered import OwnObjects, choices, machine, otherwise
from projections.sentences.fills import named
from projections.spec_diff import ABSENT, Difference
from projections.wording import listed, short_image

if TYPE_CHECKING:
    from domain.decide import PreparedVersion  # what is looked up was decided long ago: it needs no rules

Resolved: TypeAlias = "Submitted | PreparedVersion"
BodyOf = Callable[[str], bytes | None]
"""Gives the manifest with a digest; None when it is not kept any more."""
NOT_KNOWN = "not known"
_DEADLINE = "deadreckon.rolloutDeadlineSeconds"


@dataclass(frozen=True, slots=True)
class Side:
    """One of two versions that are compared. `filled` has what each claim was found to hold when it was filled."""

    order: Resolved
    body_of: BodyOf
    filled: Mapping[str, str]

    @classmethod
    def of(cls, deployment: Deployment, order: Resolved, body_of: BodyOf) -> "Side":
        """Take an order of a deployment."""
        return cls(order, body_of, deployment.filled)

    def rendering(self, other: "Side") -> OwnObjects:
        """Give its objects as far as they are not the other's too."""
        same = set(other.order.objects)
        return OwnObjects.of([one for one in self.order.objects if one not in same], self.body_of)

    def content(self, fill: Fill) -> str:
        """Give what an integration's source stood at; empty where that was never known."""
        return fill.identity or self.filled.get(fill.claim.name, "")


def resolved(before: Side, after: Side, spec: tuple[Difference, ...] | None) -> tuple[Difference, ...]:
    """Give what differs beneath two specs; () only where the renderings are the same, or the specs say why they are not.

    `spec` is what differs between the specs themselves; None where that is not known.
    """
    told = {each.path for each in spec or ()}
    renderings = before.rendering(after), after.rendering(before)
    found = (
        *_image(before.order, after.order),
        *_secrets(before.order, after.order),
        *_login(before.order, after.order),
        *_content(before, after),
        *_machine(before.order, after.order, renderings),
        *_platform(before.order, after.order, renderings, told),
    )
    return found if found or spec != () else tuple(_otherwise(renderings))


def _image(before: Resolved, after: Resolved) -> Iterator[Difference]:
    if before.image == after.image and before.digest != after.digest:
        was, now = before.digest or NOT_KNOWN, after.digest or NOT_KNOWN
        yield Difference("image.digest", was, now, f"digest of {short_image(after.image)} {digits(was)} -> {digits(now)}")


def _secrets(before: Resolved, after: Resolved) -> Iterator[Difference]:
    was, now = _versions(before), _versions(after)
    for name in was:
        if name in now and was[name] != now[name]:
            yield Difference(f"secrets.{name}", was[name], now[name], f"secret {name} {was[name]} -> {now[name]}")


def _versions(order: Resolved) -> dict[str, str]:
    scopes = dict(order.wider_secrets)
    return {name: f"version {n}{_whose(scopes.get(name, PROJECT))}" for name, n in order.secrets}


def _whose(scope: str) -> str:
    return "" if scope == PROJECT else f" of the {scope}"


def _login(before: Resolved, after: Resolved) -> Iterator[Difference]:
    was, now = before.registry, after.registry
    if was and now and was[0] == now[0] and was != now:
        texts = f"version {was[1]}", f"version {now[1]}"
        yield Difference(f"registries.{now[0]}", *texts, f"login of registry {now[0]} {' -> '.join(texts)}")


def _content(before: Side, after: Side) -> Iterator[Difference]:
    fills = {fill.integration: fill for fill in before.order.fills}
    for fill in after.order.fills:
        old = fills.get(fill.integration)
        if old is None or old.claim == fill.claim:
            continue
        was, now = before.content(old), after.content(fill)
        if was and now and essence(was) == essence(now):
            continue
        old_words, words = (named(each) if each else NOT_KNOWN for each in (was, now))
        short = f"{old_words} -> {words}" if was or now else "anew: what its source stood at is not known"
        yield Difference(f"content.{fill.integration}", old_words, words, f"content of {fill.integration} {short}")


def _machine(before: Resolved, after: Resolved, renderings: tuple[OwnObjects, OwnObjects]) -> Iterator[Difference]:
    name = after.machine_type
    if before.machine_type != name:
        return
    was, now = map(machine, renderings)
    changed = [field for field in dict.fromkeys((*was, *now)) if was.get(field) != now.get(field)]
    if was and now and changed:
        short = listed([f"{field} {was.get(field, ABSENT)} -> {now.get(field, ABSENT)}" for field in changed], 6)
        yield Difference(f"machines.{name}", _said(was), _said(now), f"machine type {name}: {short}")
    elif before.catalogue and after.catalogue and before.catalogue != after.catalogue:
        short = f"another machine catalogue, {name} as before" if bool(was) == bool(now) else "another machine catalogue"
        yield Difference("machines", before.catalogue[:12], after.catalogue[:12], short)


def _said(fields: Mapping[str, str]) -> str:
    return ", ".join(f"{name} {value}" for name, value in fields.items())


def _platform(
    before: Resolved, after: Resolved, renderings: tuple[OwnObjects, OwnObjects], told: set[str]
) -> Iterator[Difference]:
    if before.endpoint != after.endpoint:
        short = f"endpoint {before.endpoint or ABSENT} -> {after.endpoint or ABSENT}"
        yield Difference("endpoint", before.endpoint, after.endpoint, short)
    if before.deadline != after.deadline and _DEADLINE not in told:
        was, now = f"{before.deadline} s", f"{after.deadline} s"
        yield Difference("rolloutDeadline", was, now, f"rollout deadline {was} -> {now}")
    old, new = map(choices, renderings)
    for path in old:
        if path in new and old[path] != new[path]:
            short = f"{path.replace('.', ' ', 1)} {old[path] or ABSENT} -> {new[path] or ABSENT}"
            yield Difference(path, old[path], new[path], short)


def _otherwise(renderings: tuple[OwnObjects, OwnObjects]) -> Iterator[Difference]:
    for change in otherwise(*renderings):
        where = f" ({listed(change.paths, 3)})" if change.paths else ""
        short = f"{change.ref.kind} {change.ref.name} {change.how}{where}"
        yield Difference(f"objects.{change.ref.kind}.{change.ref.name}", change.was[:12], change.now[:12], short)


def digits(digest: str) -> str:
    """Give the first digits of a digest, as screens have it."""
    return digest.removeprefix("sha256:")[:12]
