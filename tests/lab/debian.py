"""The Debian packages that parts of the lab are made with, installed where they are missing."""

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

from tests.lab.progress import tell

NODE = {
    "containerd": "containerd",
    "runc": "runc",
    "iptables": "iptables",
    "ip": "iproute2",
    "openssl": "openssl",
    "nsenter": "util-linux",
    "/usr/lib/cni/bridge": "containernetworking-plugins",
}
DOCKER = {"dockerd": "docker.io", "iptables": "iptables"}
FILLING = {
    "git": "git",
    "git-lfs": "git-lfs",
    "/etc/ssl/certs/ca-certificates.crt": "ca-certificates",
}


class PackagesMissing(Exception):
    """Programs that the node needs are not there and could not be installed; the message says which."""


def missing_packages(needed: Mapping[str, str] = NODE) -> list[str]:
    """The packages whose programs are not on this machine."""
    return [package for program, package in needed.items() if not _there(program)]


def ensure_packages(needed: Mapping[str, str] = NODE) -> None:
    """Install what is missing; afterwards all of it is there."""
    missing = missing_packages(needed)
    if not missing:
        return
    if shutil.which("apt-get") is None:
        raise PackagesMissing(f"no apt-get to install {', '.join(missing)} with")
    tell(f"installing {', '.join(missing)}")
    _apt("update")
    _apt("install", "--yes", "--no-install-recommends", *missing)


def _there(program: str) -> bool:
    # Debian keeps some of them in sbin, which is not in every path.
    return Path(program).exists() or shutil.which(program, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin") is not None


def _apt(*arguments: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    # The package would start a containerd of the machine's own; ours is enough.
    policy = Path("/usr/sbin/policy-rc.d")
    ours = not policy.exists()
    if ours:
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)
    try:
        done = subprocess.run(
            ["apt-get", "--quiet", "--option", "DPkg::Lock::Timeout=300", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        if ours:
            policy.unlink()
    if done.returncode != 0:
        raise PackagesMissing(f"apt-get {' '.join(arguments)}: {done.stderr.strip()[-500:]}")
