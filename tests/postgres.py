"""A PostgreSQL for tests: the one that RECKON_TEST_POSTGRES names, else a container, else the machine's own binaries.

Each test gets a database of its own. Our own server runs with the settings of production (fsync on), as user postgres where
we are root, on a free port, and is gone with its data when the session ends.
"""

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from time import monotonic, sleep

import psycopg
from psycopg.conninfo import conninfo_to_dict
from psycopg.sql import SQL, Identifier

from tests.lab.require import require_or_skip

CURE = "set RECKON_TEST_POSTGRES to a URL, start a Docker engine, or install postgresql (Debian: apt-get install postgresql)"

_numbers = count(1)


@dataclass
class Server:
    """A PostgreSQL of our own, from the machine's binaries, that a test may stop and start."""

    folder: Path
    port: int
    process: "subprocess.Popen[bytes] | None" = field(default=None)
    address: str = "127.0.0.1"
    """Where others reach it; from elsewhere than this machine only with a password."""

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = ["-c", f"unix_socket_directories={self.folder}", "-c", f"port={self.port}"]
        options += ["-c", f"listen_addresses={','.join(dict.fromkeys(('127.0.0.1', self.address)))}"]
        options += ["-c", "shared_buffers=32MB", "-c", "max_connections=80", "-c", "log_min_messages=fatal"]
        self.process = _as_postgres(["postgres", "-D", str(self.folder / "data"), *options], self.folder / "log")
        deadline = monotonic() + 30
        while monotonic() < deadline:
            try:
                psycopg.connect(self.url, connect_timeout=2).close()
            except psycopg.OperationalError:
                if self.process.poll() is not None:
                    break
                sleep(0.05)
            else:
                return
        raise RuntimeError(f"the test's PostgreSQL did not start: {(self.folder / 'log').read_text()[-500:]}")

    def stop(self) -> None:
        """Stop at once, as a crash would: no checkpoint; sessions are cut."""
        if self.process is not None:
            self.process.send_signal(3)
            self.process.wait(timeout=30)
            self.process = None

    def remove(self) -> None:
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def own_server(address: str = "127.0.0.1") -> Server:
    """Start a server of our own, reached at an address too. Raises FileNotFoundError where the machine has no PostgreSQL."""
    folder = Path(tempfile.mkdtemp(prefix="reckon-postgres-"))
    try:
        if os.getuid() == 0:
            shutil.chown(folder, "postgres")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            server = Server(folder, free.getsockname()[1], address=address)
        _make_data(folder)
        with (folder / "data/pg_hba.conf").open("a") as rules:
            rules.write("host all all all scram-sha-256\n")
        server.start()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return server


def _make_data(folder: Path) -> None:
    # -N: what initdb wrote need not survive a crash; what the server writes does.
    options = ["-U", "postgres", "-A", "trust", "-N", "-E", "UTF8", "--locale=C"]
    if _as_postgres(["initdb", "-D", str(folder / "data"), *options], folder / "log").wait(timeout=60) != 0:
        raise RuntimeError(f"initdb failed: {(folder / 'log').read_text()[-500:]}")


def _as_postgres(command: list[str], log: Path) -> "subprocess.Popen[bytes]":
    program = binary(command[0])
    user = "postgres" if os.getuid() == 0 else None
    groups: list[str] | None = [] if user else None
    with log.open("ab") as out:
        return subprocess.Popen(
            [program, *command[1:]],
            stdout=out,
            stderr=out,
            stdin=subprocess.DEVNULL,
            cwd="/",
            user=user,
            group=user,
            extra_groups=groups,
        )


def binary(name: str) -> str:
    """Find a program of the newest PostgreSQL here. Raises FileNotFoundError."""
    versions = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda path: int(path.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"there is no {name} here")
    return found


@cache
def admin_url() -> str:
    """Give the URL of a server where databases may be made; started on the first call."""
    if given := os.environ.get("RECKON_TEST_POSTGRES"):
        return given
    if url := _from_container():
        return url
    try:
        server = own_server()
    except (OSError, LookupError, RuntimeError) as error:
        require_or_skip("postgres", f"no PostgreSQL can be had here ({error})", CURE)
    atexit.register(server.remove)
    return server.url


def _from_container() -> str | None:
    from tests.postgres_container import engine_answers, start  # its client is loaded where there is an engine only

    if not engine_answers():
        return None
    url, stop = start()
    atexit.register(stop)
    return url


@contextmanager
def fresh_database(admin: Callable[[], str] = admin_url) -> Generator[str]:
    """Give the URL of a new empty database; dropped afterwards."""
    url = admin()
    name = f"reckon_test_{os.getpid()}_{next(_numbers)}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(Identifier(name)))
    try:
        yield _with_database(url, name)
    finally:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def _with_database(url: str, name: str) -> str:
    parts = conninfo_to_dict(url)
    auth = str(parts.get("user", "postgres")) + (f":{parts['password']}" if parts.get("password") else "")
    return f"postgresql://{auth}@{parts.get('host', '127.0.0.1')}:{parts.get('port', 5432)}/{name}"
