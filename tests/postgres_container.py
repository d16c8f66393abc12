"""A PostgreSQL in a container, by testcontainers, where a Docker engine answers."""

import os
from collections.abc import Callable
from pathlib import Path
from time import monotonic, sleep

import psycopg

IMAGE = os.environ.get("RECKON_TEST_POSTGRES_IMAGE", "postgres:17-alpine")


def engine_answers() -> bool:
    """Tell whether there is a Docker engine to ask."""
    address = os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock")
    return not address.startswith("unix://") or Path(address.removeprefix("unix://")).exists()


def start(image: str = IMAGE) -> tuple[str, Callable[[], None]]:
    """Start a container; give its URL and what ends it."""
    os.environ.setdefault("TESTCONTAINERS_RYUK_DISABLED", "true")  # its image may not be had; we stop what we start
    from testcontainers.core.container import DockerContainer

    # Not its PostgresContainer: that asks psql within the container whether it is ready, which an image of ours does not have.
    container = DockerContainer(image).with_exposed_ports(5432)
    container = container.with_env("POSTGRES_USER", "postgres").with_env("POSTGRES_PASSWORD", "postgres")
    container.start()
    try:
        url = f"postgresql://postgres:postgres@{container.get_container_host_ip()}:{container.get_exposed_port(5432)}/postgres"
        _await(url, container.get_logs)
    except BaseException:
        container.stop()
        raise
    return url, container.stop


def _await(url: str, logs: Callable[[], tuple[bytes, bytes]]) -> None:
    deadline = monotonic() + 60
    while True:
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError as error:
            if monotonic() > deadline:
                said = b"".join(logs()).decode(errors="replace")
                raise RuntimeError(f"the container's PostgreSQL does not answer ({error}); it said: {said[-1000:]}") from error
            sleep(0.2)
        else:
            return
