"""Who may speak to the lab's API server: tokens for those we know, certificates for anyone else."""

import base64
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.lab import certificates

# The parts of Kubernetes, each under the name that its built-in role is bound to.
PARTS = {
    "admin": ("system:masters",),
    "system:kube-controller-manager": ("system:masters",),
    "system:kube-scheduler": (),
    "system:kube-proxy": (),
    "system:node:lab": ("system:nodes",),
    "system:node:lab-2": ("system:nodes",),
    "lab-storage": ("system:masters",),
}
# The people: the engine, an engineer with kubectl, and someone without any rights.
ADMINS = ("deadreckon", "human")
WEAK = "weak"


@dataclass(frozen=True, slots=True)
class People:
    """The users of one lab; each has a kubeconfig file."""

    folder: Path
    server: str

    @property
    def token_file(self) -> Path:
        """What the API server reads at its start."""
        return self.folder / "tokens.csv"

    @property
    def ca(self) -> Path:
        """The authority that the API server trusts for client certificates."""
        return self.folder / "client-ca.crt"

    def provision(self) -> None:
        """Make the tokens and the certificate authority, once in a lab's life."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        if self.token_file.exists():
            return
        known = {**PARTS, **dict.fromkeys((*ADMINS, WEAK), ())}
        lines = [f'{secrets.token_hex(16)},{name},{name},"{",".join(groups)}"' for name, groups in known.items()]
        self.token_file.write_text("\n".join(lines) + "\n")
        certificates.authority(self.ca, "lab-people")

    def token(self, user: str) -> str | None:
        """The user's token, or None when the user is not one of those we know."""
        for line in self.token_file.read_text().splitlines():
            token, name, _ = line.split(",", 2)
            if name == user:
                return token
        return None

    def kubeconfig(self, user: str, groups: Sequence[str], *, server_ca: Path) -> Path:
        """The user's kubeconfig, made when first asked for."""
        parts = [user, *sorted(groups)]
        file = self.folder / ("_".join(parts).replace(":", "-").replace("/", "-") + ".kubeconfig")
        if not file.exists():
            token = None if groups else self.token(user)
            credential = {"token": token} if token else self._certificate(user, groups)
            file.touch(mode=0o600)
            file.write_text(json.dumps(_kubeconfig(self.server, server_ca, user, credential), indent=1))
        return file

    def _certificate(self, user: str, groups: Sequence[str]) -> dict[str, str]:
        # Tokens are read at the server's start only; a certificate makes any user at any time.
        signed = self.folder / f"{secrets.token_hex(8)}.crt"
        subject = "".join(f"/O={_escaped(group)}" for group in groups) + f"/CN={_escaped(user)}"
        certificates.signed(signed, subject, by=self.ca)
        return {"client-certificate-data": _base64(signed), "client-key-data": _base64(signed.with_suffix(".key"))}


def rights() -> dict[str, object]:
    """What lets the people of ADMINS do everything."""
    group = "rbac.authorization.k8s.io"
    return {
        "apiVersion": f"{group}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": "lab-people"},
        "roleRef": {"kind": "ClusterRole", "name": "cluster-admin", "apiGroup": group},
        "subjects": [{"kind": "User", "name": name, "apiGroup": group} for name in ADMINS],
    }


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace("/", "\\/")


def _base64(file: Path) -> str:
    return base64.b64encode(file.read_bytes()).decode()


def _kubeconfig(server: str, ca: Path, user: str, credential: dict[str, str]) -> dict[str, object]:
    # JSON is YAML too, so kubectl and every client read it.
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "lab", "cluster": {"server": server, "certificate-authority-data": _base64(ca)}}],
        "users": [{"name": user, "user": credential}],
        "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": user}}],
        "current-context": "lab",
    }
