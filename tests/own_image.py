"""Deadreckon's own image, built from its Dockerfile without any image registry: on a base made of this machine's own Python,
with wheels that the machine's package client has fetched beforehand."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.docker_engine import Engine, own_engine
from tests.lab.home import cache
from tests.lab.images import Image, push_whole
from tests.lab.layers import Layer, kept_layer, libraries
from tests.lab.progress import tell

ROOT = Path(__file__).parents[1]
BASE, IMAGE = "reckon-test/python:own", "reckon-test/deadreckon:own"
LOCKS = ("requirements.lock", "requirements-build.lock")
SOURCES = (
    "Dockerfile",
    ".dockerignore",
    *LOCKS,
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "domain",
    "reconciler",
    "projections",
    "adapters",
)
_PYTHON = Path(sys.executable).resolve()
_LEFT_OUT = frozenset({"site-packages", "dist-packages", "test", "tests", "idlelib", "tkinter", "lib2to3", "__pycache__"})
_TOOLS = ("sh", "ls", "env")
_RUNTIMES = tuple(
    f"lib{name}"
    for name in ["c.so.6", "m.so.6", "dl.so.2", "pthread.so.0", "resolv.so.2", "rt.so.1", "gcc_s.so.1", "stdc++.so.6", "z.so.1"]
)


def image() -> Path:
    """The image as `docker save` writes it: built by an engine of our own, once for these sources."""
    digest = hashlib.sha256(f"{_PYTHON} {sys.version}".encode())
    for file in (Path(__file__), *(file for source in SOURCES for file in _files(ROOT / source))):
        digest.update(str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    kept = cache() / f"own-image-{digest.hexdigest()[:16]}.tar"
    if not kept.exists():
        for old in cache().glob("own-image-*.tar"):
            old.unlink()
        tell("building our own image")
        with own_engine() as engine:
            _build(engine)
            engine.docker("save", "-o", f"{kept}.new", IMAGE)
        Path(f"{kept}.new").rename(kept)
    return kept


def push(saved: Path, registry: str, tag: str) -> Image:
    """Bring a saved image, as it is, into the lab's registry."""
    with tempfile.TemporaryDirectory(prefix="reckon-saved-", dir=cache()) as folder, tarfile.open(saved) as tar:
        tar.extractall(folder, filter="data")
        (told,) = json.loads((Path(folder) / "manifest.json").read_text())
        configuration = (Path(folder) / told["Config"]).read_bytes()
        return push_whole(registry, "ops/deadreckon", tag, configuration, [Path(folder) / layer for layer in told["Layers"]])


def _build(engine: Engine) -> None:
    engine.docker("import", "-c", f"ENV PATH={_PYTHON.parent}:/usr/bin:/bin", str(_base()), BASE)
    with tempfile.TemporaryDirectory(prefix="reckon-context-") as folder:
        for source in SOURCES:
            for file in _files(ROOT / source):
                target = Path(folder) / file.relative_to(ROOT)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(file, target)
        shutil.copytree(_wheels(), Path(folder) / "wheels")
        # No network: what is not in the context is not to be had. The plain builder, since BuildKit is a part of its own.
        command = ["docker", "-H", engine.url, "build", "--network", "none", "--build-arg", f"BASE={BASE}", "-t", IMAGE, folder]
        plain = {**os.environ, "DOCKER_BUILDKIT": "0"}
        done = subprocess.run(command, env=plain, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"the image cannot be built: {done.stdout[-2000:]}{done.stderr[-2000:]}")


def _files(source: Path) -> Iterator[Path]:
    every = sorted(source.rglob("*")) if source.is_dir() else [source]
    return (file for file in every if file.is_file() and "__pycache__" not in file.parts)


def _base() -> Path:
    """A root folder with this machine's Python, its pip and a shell, as a tar file."""
    return kept_layer("own-base", [f"{_PYTHON} {sys.version}".encode(), Path(__file__).read_bytes()], _fill)


def _fill(layer: Layer, _: Path) -> None:
    stdlib = Path(sysconfig.get_path("stdlib"))
    packages = Path(sysconfig.get_path("purelib", vars={"base": str(_PYTHON.parents[1])}))
    tools = [Path(found).resolve() for tool in _TOOLS if (found := shutil.which(tool))]
    for tool, program in zip(_TOOLS, tools, strict=True):
        layer.file(program, f"/bin/{tool}")
    for name in ("python3", "python"):
        layer.link(str(_PYTHON.parent / name), _PYTHON.name)
    layer.tree(stdlib, str(stdlib), without=_LEFT_OUT)
    layer.tree(packages / "pip", str(packages / "pip"), without=frozenset({"__pycache__"}))
    linked = [_PYTHON, *tools, *stdlib.rglob("lib-dynload/*.so"), *_runtimes()]
    for program in sorted({_PYTHON, *_runtimes(), *libraries(linked)}):
        layer.file(program, str(program))
    layer.folder("tmp", 0o1777)


def _runtimes() -> Iterator[Path]:
    """What every base image has, and wheels are linked with: the C library in all its parts, the runtimes of compilers."""
    known = subprocess.run(["ldconfig", "-p"], capture_output=True, text=True, check=True).stdout
    for name in _RUNTIMES:
        yield from (Path(line.rpartition("=> ")[2]) for line in known.splitlines() if line.strip().startswith(f"{name} "))


def _wheels() -> Path:
    """The wheels of both lock files, fetched once by the machine's own package client, checked by hash."""
    digest = hashlib.sha256(b"".join((ROOT / lock).read_bytes() for lock in LOCKS)).hexdigest()[:16]
    kept = cache() / f"wheels-{digest}"
    if not kept.exists():
        tell("fetching the wheels of the lock files")
        with tempfile.TemporaryDirectory(dir=cache()) as scratch:
            asked = [word for lock in LOCKS for word in ("-r", str(ROOT / lock))]
            quiet = ["--quiet", "--no-input", "--disable-pip-version-check"]
            command = [sys.executable, "-m", "pip", "download", *quiet, "--require-hashes", "-d", f"{scratch}/wheels", *asked]
            done = subprocess.run(command, capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise RuntimeError(f"the wheels cannot be fetched: {done.stderr[-1000:]}")
            Path(scratch, "wheels").rename(kept)
    return kept
