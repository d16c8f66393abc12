"""Kubectl, of the version that the lab runs."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.lab.toolchain import binaries


class KubectlFailed(Exception):
    """Kubectl said no; the message is what it said."""


def run_kubectl(arguments: Sequence[str], *, kubeconfig: Path, cache: Path, text: str | None) -> str:
    """What kubectl answers; KubectlFailed with its words when it refuses."""
    kubectl = binaries("kubernetes") / "kubectl"
    done = subprocess.run(
        [kubectl, *arguments],
        env={**os.environ, "KUBECONFIG": str(kubeconfig), "KUBECACHEDIR": str(cache / "kubectl-cache")},
        input=text,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise KubectlFailed(done.stderr.strip() or done.stdout.strip())
    return done.stdout
