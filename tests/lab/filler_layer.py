"""The layer of the image that fills volumes: a shell with the usual tools, git with LFS, rclone, and whom to trust."""

import shutil
import subprocess
from pathlib import Path

from tests.lab import debian
from tests.lab.layers import Layer, kept_layer, libraries
from tests.lab.toolchain import binaries

# What a script of a fill may call; most are of coreutils.
_TOOLS = """sh git git-lfs rclone
[ base64 basename cat chgrp chmod chown cp cut date dd df dirname du echo env expr false head id install ln ls md5sum mkdir
mkfifo mktemp mv nohup nproc numfmt od printenv printf pwd readlink realpath rm rmdir seq sha1sum sha256sum sleep sort split
stat stdbuf sync tail tee test timeout touch tr true truncate tty uname uniq wc whoami yes
awk find grep gzip sed tar xargs"""
_GIT = Path("/usr/lib/git-core")
_LFS = """[filter "lfs"]
	clean = git-lfs clean -- %f
	smudge = git-lfs smudge -- %f
	process = git-lfs filter-process
	required = true
"""
_TRUSTED = Path("/etc/ssl/certs/ca-certificates.crt")


def layer() -> Path:
    """The layer as a tar file, made once for these packages of Debian and this rclone."""
    debian.ensure_packages(debian.FILLING)
    packages = ["git", "git-lfs", "dash", "coreutils", "ca-certificates", "libc6"]
    versions = subprocess.run(["dpkg-query", "--show", *packages], capture_output=True, check=True).stdout
    return kept_layer("filler", [versions, str(_rclone()).encode(), Path(__file__).read_bytes()], _fill)


def _fill(layer: Layer, _: Path) -> None:
    tools = {name: _found(name) for name in _TOOLS.split()}
    # Git's own commands are links to git itself, and it does without them; the rest are scripts and the way to HTTP.
    parts = [part for part in _GIT.iterdir() if part.is_file() and not part.is_symlink()]
    for name, file in tools.items():
        layer.file(file, f"/bin/{name}" if name == "sh" else f"/usr/bin/{name}")
    for part in (part for part in parts if part.name != "git"):
        layer.file(part, str(part))
    layer.link(str(_GIT / "git-remote-https"), "git-remote-http")
    layer.tree(Path("/usr/share/git-core/templates"), "/usr/share/git-core/templates")
    for library in sorted({*libraries([*tools.values(), *parts])}):
        layer.file(library, str(library))
    layer.file(_TRUSTED, str(_TRUSTED))
    layer.text("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/sh\n", "/etc/passwd")
    layer.text("root:x:0:\nnogroup:x:65534:\n", "/etc/group")
    # As `git lfs install --system` writes it: a clone then brings the large files too.
    layer.text(_LFS, "/etc/gitconfig")
    layer.folder("root", 0o700)
    layer.folder("tmp", 0o1777)


def _found(name: str) -> Path:
    found = _rclone() if name == "rclone" else shutil.which(name, path="/usr/bin:/bin:/usr/sbin:/sbin")
    if found is None:
        raise debian.PackagesMissing(f"no {name} on this machine for the image that fills volumes")
    return Path(found)


def _rclone() -> Path:
    return binaries("rclone") / "rclone"
