"""How much a test tries that could try without end: all of it at night, a quarter of it on a push."""

from hypothesis import settings


def at_night(whole: int) -> int:
    """Give this at night, and otherwise so much of it as the profile draws of a hundred examples."""
    return max(1, whole * settings().max_examples // 100)
