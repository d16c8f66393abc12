"""A Docker engine of our own, for a test: its network, its data and its socket are apart from the machine's, and go with it.

It runs in a network namespace of its own, because an engine changes the packet filter of the one it is in (it sets the
FORWARD policy to DROP), which would cut the lab's nodes off. A pair of interfaces leads to the ports that it maps.
"""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import monotonic, sleep

from tests.lab import debian
from tests.lab.require import require_or_skip, required

HERE, THERE = "10.213.77.1", "10.213.77.2"
LANGUAGE = "C.utf8"


@dataclass(frozen=True)
class Engine:
    """A running engine: the URL of its socket, and the address at which its mapped ports are reached."""

    url: str
    address: str

    def docker(self, *arguments: str) -> str:
        return _run("docker", "-H", self.url, *arguments)


def ensure_dockerd() -> None:
    """See that an engine can be started: where it is required it is installed, else the test is skipped, loudly."""
    if shutil.which("dockerd") is None and required("docker") and os.getuid() == 0:
        debian.ensure_packages(debian.DOCKER)
    if shutil.which("dockerd") is None:
        require_or_skip("docker", "there is no dockerd here", "apt-get install docker.io iptables")


@contextmanager
def own_engine() -> Generator[Engine]:
    """Start an engine. Raises FileNotFoundError, PermissionError or RuntimeError (with the end of its log) where none can run."""
    if os.getuid() != 0:
        raise PermissionError("a Docker engine of our own needs root")
    folder = Path(tempfile.mkdtemp(prefix="reckon-docker-"))
    with _network(f"reckon-docker-{os.getpid()}") as namespace, (folder / "log").open("ab") as log:
        engine = Engine(f"unix://{folder}/docker.sock", THERE)
        process = subprocess.Popen(_command(namespace, folder, engine), stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        try:
            _await(engine, process, folder / "log")
            yield engine
        finally:
            process.terminate()
            process.wait(timeout=30)
            shutil.rmtree(folder, ignore_errors=True)


def _command(namespace: str, folder: Path, engine: Engine) -> list[str]:
    dockerd = shutil.which("dockerd")
    if dockerd is None:
        raise FileNotFoundError("there is no dockerd here (Debian: apt-get install docker.io)")
    options = ["-H", engine.url, "--data-root", f"{folder}/data", "--exec-root", f"{folder}/exec", "-p", f"{folder}/pid"]
    # Not `ip netns exec`: it hides /sys/fs/cgroup. In mounts of its own, so that none stay behind.
    return ["nsenter", f"--net=/run/netns/{namespace}", "unshare", "--mount", dockerd, *options]


def _await(engine: Engine, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = monotonic() + 60
    while monotonic() < deadline and process.poll() is None:
        answer = subprocess.run(["docker", "-H", engine.url, "info"], capture_output=True, check=False)
        if answer.returncode == 0:
            return
        sleep(0.2)
    raise RuntimeError(f"dockerd did not start: {log.read_text()[-1000:]}")


@contextmanager
def _network(namespace: str) -> Generator[str]:
    outer, inner = f"rdo{os.getpid()}", f"rdi{os.getpid()}"
    _run("ip", "netns", "add", namespace)
    try:
        _run("ip", "link", "add", outer, "type", "veth", "peer", "name", inner, "netns", namespace)
        _run("ip", "addr", "add", f"{HERE}/30", "dev", outer)
        _run("ip", "link", "set", outer, "up")
        _run("ip", "-n", namespace, "addr", "add", f"{THERE}/30", "dev", inner)
        for one in ("lo", inner):
            _run("ip", "-n", namespace, "link", "set", one, "up")
        yield namespace
    finally:
        _run("ip", "netns", "del", namespace)
        subprocess.run(["ip", "link", "del", outer], capture_output=True, check=False)  # gone with its peer already, mostly


def import_postgres(engine: Engine, binaries: Path, image: str) -> None:
    """Make an image of the machine's own PostgreSQL: there is no registry to pull one from."""
    with tempfile.TemporaryDirectory(prefix="reckon-image-") as folder:
        root = Path(folder) / "root"
        programs = [
            *(binaries / name for name in ("postgres", "initdb")),
            Path("/bin/sh"),
            Path("/bin/mkdir"),
            Path("/bin/chown"),
        ]
        programs += [
            Path("/usr/bin/setpriv"),
            *binaries.parent.glob("lib/plpgsql.so"),
            *binaries.parent.glob("lib/dict_snowball.so"),
        ]
        _copy(_with_libraries(programs), root)
        share = Path(_run(str(binaries / "pg_config"), "--sharedir").strip())
        for tree in (share, Path("/usr/share/zoneinfo"), Path("/usr/lib/locale") / LANGUAGE):
            shutil.copytree(tree, root / tree.relative_to("/"), symlinks=True, dirs_exist_ok=True)
        (root / "etc").mkdir()
        (root / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\npostgres:x:999:999::/:/bin/sh\n")
        (root / "etc/group").write_text("root:x:0:\npostgres:x:999:\n")
        (root / "start").write_text(START.format(binaries=binaries))
        (root / "start").chmod(0o755)
        _run("tar", "-C", str(root), "-cf", f"{folder}/image.tar", ".")
        engine.docker("import", "-c", 'ENTRYPOINT ["/start"]', "-c", "EXPOSE 5432", f"{folder}/image.tar", image)


START = """#!/bin/sh
set -e
mkdir -p /data && chown postgres:postgres /data
as="setpriv --reuid=999 --regid=999 --clear-groups"
$as {binaries}/initdb -D /data -U "$POSTGRES_USER" -A trust -N -E UTF8 --locale=C
echo "host all all all trust" >> /data/pg_hba.conf
exec $as {binaries}/postgres -D /data -c listen_addresses='*' -c unix_socket_directories=/data
"""


def _with_libraries(programs: Iterable[Path]) -> set[Path]:
    found = set(programs)
    for program in programs:
        found |= {Path(word) for word in _run("ldd", str(program)).split() if word.startswith("/")}
    return found


def _copy(files: Iterable[Path], root: Path) -> None:
    for file in files:
        target = root / file.relative_to("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, target)


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:6])} failed: {done.stderr.strip()[-500:]}")
    return done.stdout
