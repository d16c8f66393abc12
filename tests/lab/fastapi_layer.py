"""A Python application's layer, made from this machine: its interpreter, the libraries it needs, the packages, the app."""

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

from tests.lab.home import HERE
from tests.lab.layers import Layer, kept_layer, libraries

_APP = HERE / "fastapi_app"
_PYTHON = Path(sys.executable).resolve()
_LEFT_OUT = frozenset({"site-packages", "dist-packages", "test", "tests", "idlelib", "tkinter", "ensurepip", "lib2to3"})

ENTRYPOINT = (str(_PYTHON), "-m", "uvicorn", "health_app:app", "--host", "0.0.0.0", "--port", "8000")


def layer() -> Path:
    """The layer as a tar file, made once for these sources and this interpreter."""
    made_of = [f"{_PYTHON} {sys.version}".encode(), *(source.read_bytes() for source in sorted(_APP.glob("*.*")))]
    return kept_layer("fastapi_app", made_of, _fill)


def _fill(layer: Layer, scratch: Path) -> None:
    packages = scratch / "packages"
    _install(packages)
    stdlib = Path(sysconfig.get_path("stdlib"))
    linked = [_PYTHON, *stdlib.rglob("lib-dynload/*.so"), *packages.rglob("*.so")]
    layer.tree(packages, "app/packages")
    layer.file(_APP / "health_app.py", "app/health_app.py")
    layer.tree(stdlib, str(stdlib), without=_LEFT_OUT)
    for program in sorted({_PYTHON, *libraries(linked)}):
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
