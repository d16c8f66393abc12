"""The lab's programs, built once by the Go toolchain and kept by the hash of what they are made from."""

import fcntl
import hashlib
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from tests.lab import home
from tests.lab.home import HERE
from tests.lab.progress import tell

SERVERS = ("kubernetes", "etcd", "registry", "metrics_server", "caddy", "versitygw")
FIXTURES = ("pause", "probe_app", "rclone")
BUILDABLE = SERVERS + FIXTURES

_OFTEN = 10.0  # seconds between two lines of progress
_PATIENCE = {
    "kubernetes": ", and takes about five minutes",
    "metrics_server": ", and takes about two minutes",
    **dict.fromkeys(("registry", "caddy", "versitygw", "rclone"), ", and takes about a minute"),
}


class BuildFailed(Exception):
    """The Go toolchain could not build one of the lab's modules; its last words are in the message."""


def missing_go() -> bool:
    """Whether there is no Go toolchain to build with."""
    return shutil.which("go") is None


@cache
def binaries(module: str) -> Path:
    """The folder with the module's programs, built now if they were not before."""
    folder = home.cache() / f"{module}-{_digest(module)}"
    if folder.is_dir():
        return folder
    with _alone(module):
        if not folder.is_dir():
            _build(module, folder)
    return folder


def _digest(module: str) -> str:
    digest = hashlib.sha256(_link_flags(module).encode())
    for source in sorted((HERE / module).iterdir()):
        digest.update(f"{source.name}\0{source.stat().st_size}\0".encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


@contextmanager
def _alone(module: str) -> Generator[None]:
    # Two sessions that start together must not build twice: minutes of both cores.
    with (home.cache() / f"{module}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _build(module: str, folder: Path) -> None:
    """Build into a folder beside the final one, and rename: a folder that is there is whole."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix=f"{module}-building-", dir=home.cache()) as scratch:
        made = Path(scratch) / "bin"
        made.mkdir()
        _run_go(module, made)
        if (made / "server").exists():  # etcd's main package is called server
            (made / "server").rename(made / "etcd")
        made.rename(folder)
    tell(f"{module} is built, in {time.monotonic() - began:.0f} s ({folder})")


def _run_go(module: str, made: Path) -> None:
    what = "tool" if module in SERVERS else "."
    command = ["nice", "go", "build", "-v", "-trimpath", "-buildvcs=false"]
    command += ["-ldflags", _link_flags(module), "-o", f"{made}/", what]
    tell(f"building {module}; this is done once{_PATIENCE.get(module, '')}")
    env = {**os.environ, "CGO_ENABLED": "0"}
    with subprocess.Popen(command, cwd=HERE / module, env=env, stderr=subprocess.PIPE, text=True) as go:
        last_words = _follow(module, go)
    if go.returncode != 0:
        raise BuildFailed(f"go build of {module}:\n" + "\n".join(last_words))


def _follow(module: str, go: "subprocess.Popen[str]") -> list[str]:
    """Count the packages that go names, say so now and then, and keep the last lines."""
    began = said = time.monotonic()
    last_words: list[str] = []
    assert go.stderr is not None
    for count, line in enumerate(go.stderr, 1):
        last_words = [*last_words[-30:], line.rstrip()]
        if time.monotonic() - said > _OFTEN:
            said = time.monotonic()
            tell(f"{module}: {count} packages after {said - began:.0f} s, now {line.rstrip()}")
    return last_words


def _link_flags(module: str) -> str:
    flags = "-s -w"
    if module != "kubernetes":
        return flags
    # Without these the servers call themselves v0.0.0-master, and clients that look at the version go astray.
    wanted = (HERE / module / "go.mod").read_text()
    found = re.search(r"^(?:require|\s)\s*k8s\.io/kubernetes v((\d+)\.(\d+)\.\d+)\b", wanted, re.MULTILINE)
    assert found, "go.mod requires no k8s.io/kubernetes"
    named = {"gitVersion": f"v{found[1]}", "gitMajor": found[2], "gitMinor": found[3], "gitTreeState": "clean"}
    # The servers tell the one, the name under which clients call (kubectl/v1.36.3) has the other.
    for package in ("k8s.io/component-base/version", "k8s.io/client-go/pkg/version"):
        flags += "".join(f" -X {package}.{key}={value}" for key, value in named.items())
    return flags
