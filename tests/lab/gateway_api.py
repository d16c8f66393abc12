"""The Gateway API's own definitions, as its makers publish them: so that a real API server judges our routes."""

import json
import shutil
import subprocess
from pathlib import Path

from tests.lab.cluster import Lab
from tests.lab.home import HERE

_MODULE = "sigs.k8s.io/gateway-api"


def definitions(*plurals: str) -> tuple[Path, ...]:
    """The files that define these kinds, as in `httproutes`, from the Go module's own archive."""
    go = shutil.which("go")
    assert go, "the lab needs the Go toolchain"
    command = [go, "mod", "download", "-json", _MODULE]
    answer = subprocess.run(command, cwd=HERE / "gateway", check=True, capture_output=True, text=True)
    folder = Path(json.loads(answer.stdout)["Dir"]) / "config" / "crd" / "standard"
    return tuple(folder / f"gateway.networking.k8s.io_{plural}.yaml" for plural in plurals)


def add_routes(lab: Lab) -> None:
    """Let a lab know HTTPRoutes, unless it does; nobody serves them."""
    for file in definitions("httproutes"):
        # Not by a client's apply: the definition is larger than its annotation may be.
        lab.kubectl("apply", "--server-side", f"--filename={file}", user="admin")
    lab.kubectl("wait", "--for=condition=Established", "crd/httproutes.gateway.networking.k8s.io", user="admin")
