"""A cluster's memory, frozen: etcd's folder in one small file, from which a lab of a later day goes on."""

import tarfile
from pathlib import Path


def freeze(memory: Path, to: Path) -> None:
    """Pack the folder of an etcd that has stopped."""
    with tarfile.open(to, "w:xz") as archive:
        for file in sorted(memory.rglob("*")):
            # A log that is only laid out for later: 64 MB of nothing.
            if file.is_file() and file.suffix != ".tmp":
                archive.add(file, file.relative_to(memory).as_posix(), filter=_anonymous)


def thaw(frozen: Path, memory: Path) -> None:
    """Lay the folder out again, for an etcd that is about to start."""
    memory.mkdir(mode=0o700)
    with tarfile.open(frozen, "r:xz") as archive:
        archive.extractall(memory, filter="data")


def _anonymous(file: tarfile.TarInfo) -> tarfile.TarInfo:
    file.uid = file.gid = 0
    file.uname = file.gname = ""
    return file
