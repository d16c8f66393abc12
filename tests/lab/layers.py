"""Layers of images: tar files made from what is on this machine, kept by the hash of what they are made from."""

import fcntl
import hashlib
import io
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

from tests.lab.home import cache
from tests.lab.progress import tell


class Layer:
    """A tar file in the making: files with owner and time of nobody, readable by any user of the container."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self._names: set[str] = set()

    def tree(self, tree: Path, name: str, *, without: frozenset[str] = frozenset()) -> None:
        """Pack all files of a folder, but those below a folder of one of these names."""
        for path in sorted(tree.rglob("*")):
            inside = path.relative_to(tree)
            if path.is_file() and not without.intersection(inside.parts):
                self.file(path, f"{name}/{inside}")

    def file(self, file: Path, name: str, *, attributes: Mapping[str, str] | None = None) -> None:
        """Pack one file, once; a link is packed as what it points to. `attributes` are its extended attributes."""
        entry, status = tarfile.TarInfo(name.lstrip("/")), file.stat()
        entry.size, entry.mode = status.st_size, 0o755 if status.st_mode & 0o100 else 0o644
        entry.pax_headers = {f"SCHILY.xattr.{key}": value for key, value in (attributes or {}).items()}
        with file.open("rb") as content:
            self._add(entry, content)

    def text(self, text: str, name: str) -> None:
        """Pack a file with that text."""
        entry, content = tarfile.TarInfo(name.lstrip("/")), text.encode()
        entry.size, entry.mode = len(content), 0o644
        self._add(entry, io.BytesIO(content))

    def link(self, name: str, to: str) -> None:
        """Pack a symbolic link."""
        entry = tarfile.TarInfo(name.lstrip("/"))
        entry.type, entry.linkname = tarfile.SYMTYPE, to
        self._add(entry)

    def folder(self, name: str, mode: int = 0o755) -> None:
        """Pack a folder, once."""
        entry = tarfile.TarInfo(name.lstrip("/"))
        entry.type, entry.mode = tarfile.DIRTYPE, mode
        self._add(entry)

    def _add(self, entry: tarfile.TarInfo, content: io.BufferedIOBase | None = None) -> None:
        if entry.name in self._names:
            return
        self._names.add(entry.name)
        for parent in reversed(Path(entry.name).parents[:-1]):
            self.folder(str(parent))
        self._tar.addfile(entry, content)


def kept_layer(name: str, made_of: Iterable[bytes], fill: Callable[[Layer, Path], None]) -> Path:
    """The layer's file, made once for what it is made of; `fill` gets the layer and a folder for its own use."""
    digest = hashlib.sha256()
    for part in made_of:
        digest.update(part)
    file = cache() / f"{name}-{digest.hexdigest()[:16]}.tar"
    with (cache() / f"{name}.lock").open("w") as lock:
        # Two sessions that start together must not make it twice.
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not file.exists():
            tell(f"making the layer {name}")
            with tempfile.TemporaryDirectory(dir=cache()) as scratch:
                fresh = Path(scratch) / "layer.tar"
                with tarfile.open(fresh, "w") as tar:
                    fill(Layer(tar), Path(scratch))
                fresh.rename(file)
    return file


def libraries(programs: Iterable[Path]) -> Iterator[Path]:
    """Every shared library that one of them is linked with, by the name that the loader will ask for."""
    for program in programs:
        done = subprocess.run(["ldd", str(program)], capture_output=True, text=True, check=False)
        for found in re.findall(r"(/\S+) \(0x", done.stdout):
            yield Path(found)
