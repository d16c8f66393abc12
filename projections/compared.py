"""Versions compared: what one changed, relative to the one before it, in a line and one by one."""

from collections.abc import Callable
from dataclasses import dataclass

from domain.deployment import Deployment, Version
from domain.orders import Submitted
from domain.spec import Spec
from projections.pinned_names import BodyOf, Side, resolved
from projections.spec_diff import Difference, beginning, differences, in_words
from projections.wording import short_image

SpecOf = Callable[[Submitted], Spec | None]
"""Gives the spec of a version; None when its document was erased."""
MOST = 6
"""So many differences are named in a line; `diff` names all."""


def not_kept(_: str) -> None:
    """Give no manifest: how objects differ is not known."""


@dataclass(frozen=True, slots=True)
class WhatChanged:
    """What a version changed, in words and one by one."""

    words: str
    differences: tuple[Difference, ...] = ()


@dataclass(frozen=True, slots=True)
class Looks:
    """What looks at two versions of a deployment, one after the other."""

    deployment: Deployment
    spec_of: SpecOf
    body_of: BodyOf

    def change(self, version: Version, before: Version | None) -> WhatChanged:
        """Say what a version changed, relative to the one before it."""
        order = version.order
        if before is None or before.order.incarnation != order.incarnation:
            spec = self.spec_of(order)
            start = "anew: " if before else ""
            return WhatChanged(start + (beginning(spec) if spec else short_image(order.image)))
        was, now = self.spec_of(before.order), self.spec_of(order)
        asked = differences(was, now) if was and now else None
        sides = [Side.of(self.deployment, one, self.body_of) for one in (before.order, order)]
        beneath = resolved(sides[0], sides[1], asked)
        return WhatChanged(_words(before.order, order, asked, beneath), (*(asked or ()), *beneath))


def _words(before: Submitted, order: Submitted, asked: tuple[Difference, ...] | None, beneath: tuple[Difference, ...]) -> str:
    match order.origin.kind:
        case "rollback":
            return f"back to version {order.origin.of}: {_between(before, order, asked, beneath)}"
        case "stop" | "start":
            said = "stopped" if order.origin.kind == "stop" else "started"
            return f"{said}; {in_words(beneath, MOST)}" if beneath else said
        case _:
            return _between(before, order, asked, beneath)


def _between(before: Submitted, after: Submitted, asked: tuple[Difference, ...] | None, beneath: tuple[Difference, ...]) -> str:
    if asked is not None:
        parts = [in_words(found, MOST) for found in (asked, beneath) if found]
        return "; ".join(parts) or in_words(())
    images = short_image(before.image), short_image(after.image)
    said = f"image {' -> '.join(images)}" if before.image != after.image else "the same image"
    beneath_it = f"; {in_words(beneath, MOST)}" if beneath else ""
    return f"{said}{beneath_it} (what else changed is not known: the document was erased)"
