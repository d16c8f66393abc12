"""Portions: so many facts in one transaction and no more, in their order; what is left follows in the next."""

from collections.abc import Iterator, Mapping
from typing import TypeVar

T = TypeVar("T")

ROUND = 1000
"""Facts of what was seen that are recorded in one round; the sights that are left come first in the next."""
TRANSACTION = 2000
"""Facts in one transaction, where one sight alone makes more: a list, after thousands of pods went unseen."""


def portions(notes: Mapping[str, tuple[T, ...]], most: int = TRANSACTION) -> Iterator[Mapping[str, tuple[T, ...]]]:
    """Give what belongs to each stream in portions of so many at most; none is empty, and nothing changes places."""
    portion: dict[str, tuple[T, ...]] = {}
    size = 0
    for stream, whole in notes.items():
        for first in range(0, len(whole), most):
            part = whole[first : first + most]
            if size + len(part) > most:
                yield portion
                portion, size = {}, 0
            portion[stream] = part
            size += len(part)
    if portion:
        yield portion
