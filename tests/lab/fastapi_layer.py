"""A Python application's layer, made from this machine: its interpreter, the libraries it needs, the packages, the app."""

import fcntl
import hashlib
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.lab.home import HERE, cache
from tests.lab.progress import tell

_APP = HERE / "fastapi_app"
_PYTHON = Path(sys.executable).resolve()
_LEFT_OUT = frozenset({"site-packages", "dist-packages", "test", "tests", "idlelib", "tkinter", "ensurepip", "lib2to3"})

ENTRYPOINT = (str(_PYTHON), "-m", "uvicorn", "health_app:app", "--host", "0.0.0.0", "--port", "8000")


def layer() -> Path:
    """The layer as a tar file, made once for these sources and this interpreter."""
    made_of = hashlib.sha256(f"{_PYTHON} {sys.version}".encode())
    for source in sorted(_APP.glob("*.*")):
        made_of.update(source.read_bytes())
    file = cache() / f"fastapi_app-{made_of.hexdigest()[:16]}.tar"
    with (cache() / "fastapi_app.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            _make(file)
    return file


def _make(file: Path) -> None:
    tell("making the FastAPI application's layer")
    with tempfile.TemporaryDirectory(dir=cache()) as scratch:
        packages = Path(scratch) / "packages"
        _install(packages)
        fresh = Path(scratch) / "layer.tar"
        with tarfile.open(fresh, "w") as tar:
            _fill(_Layer(tar), packages)
        fresh.rename(file)


def _fill(layer: "_Layer", packages: Path) -> None:
    stdlib = Path(sysconfig.get_path("stdlib"))
    linked = [_PYTHON, *stdlib.rglob("lib-dynload/*.so"), *packages.rglob("*.so")]
    layer.tree(packages, "app/packages")
    layer.file(_APP / "health_app.py", "app/health_app.py")
    layer.tree(stdlib, str(stdlib), without=_LEFT_OUT)
    for program in sorted({_PYTHON, *_libraries(linked)}):
        layer.file(program, str(program))
    layer.folder("tmp", 0o1777)


def _install(target: Path) -> None:
    asked = ["--no-deps", "--target", str(target), "--requirement", str(_APP / "requirements.txt")]
    quiet = ["--quiet", "--no-input", "--disable-pip-version-check", "--root-user-action=ignore"]
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}:{_PYTHON.parent}") or shutil.which("uv")
    command = [uv, "pip", "install", "--quiet", *asked] if uv else [sys.executable, "-m", "pip", "install", *quiet, *asked]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"the FastAPI application's packages cannot be installed: {done.stderr[-1000:]}")


def _libraries(programs: Iterable[Path]) -> Iterator[Path]:
    """Every shared library that one of them is linked with, by the name that the loader will ask for."""
    for program in programs:
        done = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False)
        for found in re.findall(r"(/\S+) \(0x", done.stdout):
            yield Path(found)


class _Layer:
    """A tar file in the making: files with owner and time of nobody, readable by any user of the container."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._folders: set[str] = set()

    def tree(self, tree: Path, name: str, *, without: frozenset[str] = frozenset()) -> None:
        """Pack all files of a folder, but those below a folder of one of these names."""
        for path in sorted(tree.rglob("*")):
            inside = path.relative_to(tree)
            if path.is_file() and not without.intersection(inside.parts):
                self.file(path, f"{name}/{inside}")

    def file(self, file: Path, name: str) -> None:
        """Pack one file; a link is packed as what it points to."""
        entry = tarfile.TarInfo(name.lstrip("/"))
        status = file.stat()
        entry.size, entry.mode = status.st_size, 0o755 if status.st_mode & 0o100 else 0o644
        for parent in reversed(Path(entry.name).parents[:-1]):
            self.folder(str(parent), 0o755)
        with file.open("rb") as content:
            self._tar.addfile(entry, content)

    def folder(self, name: str, mode: int) -> None:
        """Pack a folder, once."""
        if name not in self._folders:
            self._folders.add(name)
            entry = tarfile.TarInfo(name)
            entry.type, entry.mode = tarfile.DIRTYPE, mode
            self._tar.addfile(entry)
