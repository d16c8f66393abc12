"""How many examples a property draws: a hundred at night, and by the profile fewer on a push."""

from hypothesis import settings


def examples(at_night: int) -> int:
    """Give how many a property draws that wants more or fewer at night than a hundred: as many in a hundred as the profile's."""
    return max(1, at_night * settings().max_examples // 100)
