"""Telling a waiting person what the lab is doing, on standard error."""

import sys


def tell(message: str) -> None:
    """Say one line to the person who waits."""
    sys.stderr.write(f"lab: {message}\n")
    sys.stderr.flush()
