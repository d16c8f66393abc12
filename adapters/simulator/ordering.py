"""In which order the items of a keyed list stand after a write: one way for an apply, one for a patch, as on an API server."""

from collections.abc import Callable, Hashable, Sequence

Order = Callable[[Sequence[Hashable], Sequence[Hashable]], list[Hashable]]
"""Gives the order of all items, from those that stand and those that are written."""


def of_apply(stand: Sequence[Hashable], written: Sequence[Hashable]) -> list[Hashable]:
    """Order as structured-merge-diff does: what is written keeps its order, others stay before what they stood before."""
    order: list[Hashable] = []
    shared = [key for key in written if key in stand]
    left, right = list(stand), list(written)
    while left or right:
        if left and right and left[0] == right[0]:
            order.append(left.pop(0))
            right.pop(0)
            shared = shared[1:]
        elif left and right and left[0] in written and shared and left[0] != shared[0]:
            left.pop(0)  # it is written, but not its turn
        elif left and left[0] not in written:
            order.append(left.pop(0))
        else:
            left = left[1:] if left and left[0] in order else left
            if right:
                shared = shared[1:] if shared and shared[0] == right[0] else shared
                order.append(right.pop(0))
    return order


def of_patch(stand: Sequence[Hashable], written: Sequence[Hashable]) -> list[Hashable]:
    """Order as a strategic merge does: what is patched in the patch's order, others before what they stood before."""
    place = {key: index for index, key in enumerate(stand)}
    others, patched = [key for key in stand if key not in written], list(written)
    order: list[Hashable] = []
    while others and patched:
        first = patched[0] in place and place[others[0]] < place[patched[0]]
        order.append(others.pop(0) if first else patched.pop(0))
    return [*order, *others, *patched]
