"""Telling a waiting person how far it is."""

import sys


def say(words: str) -> None:
    """Say a line."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()
