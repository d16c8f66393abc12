"""Time and identity, read from the machine: the only place that does."""

from datetime import UTC, datetime
from uuid import uuid4


def now() -> datetime:
    """Give the time in UTC."""
    return datetime.now(UTC)


def new_id() -> str:
    """Give an id that was never given before."""
    return str(uuid4())
