"""A PostgreSQL in a container, by testcontainers: where a Docker engine answers and RECKON_TEST_POSTGRES_IMAGE is there."""

import os
from collections.abc import Callable
from pathlib import Path

IMAGE = os.environ.get("RECKON_TEST_POSTGRES_IMAGE", "postgres:17-alpine")


def engine_answers() -> bool:
    """Tell whether a Docker engine answers and has, or can get, the image."""
    address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    return not address.startswith("unix://") or Path(address.removeprefix("unix://")).exists()


def start(image: str = IMAGE) -> tuple[str, Callable[[], None]]:
    """Start a container; give its URL and what ends it."""
    from testcontainers.postgres import PostgresContainer

    container = PostgresContainer(image, driver=None)
    container.start()
    return str(container.get_connection_url()), container.stop
