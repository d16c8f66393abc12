"""A cluster that was there before us, named by RECKON_TEST_KUBECONFIG: the part of the lab that any cluster can play."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.lab.cluster import KubectlFailed


@dataclass(frozen=True, slots=True)
class ExternalCluster:
    """Someone's cluster; tests keep to namespaces of their own, and what only the lab can do is not here."""

    kubeconfig: Path

    def kubeconfig_for(self, user: str, groups: tuple[str, ...] = ()) -> Path:
        """The one kubeconfig we were given: its owner plays `admin`, `deadreckon` and `human`."""
        if groups or user not in {"admin", "deadreckon", "human"}:
            raise NotImplementedError(f"an external cluster has no user {user!r}")
        return self.kubeconfig

    def kubectl(self, *arguments: str, user: str = "human", input: str | None = None) -> str:  # noqa: A002
        """What kubectl answers; KubectlFailed with its words when it refuses."""
        kubectl = shutil.which("kubectl")
        if kubectl is None:
            raise KubectlFailed("no kubectl in the path, which an external cluster needs")
        command = [kubectl, f"--kubeconfig={self.kubeconfig_for(user)}", *arguments]
        done = subprocess.run(command, input=input, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise KubectlFailed(done.stderr.strip())
        return done.stdout
