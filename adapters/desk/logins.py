"""Registries' logins: how one is written into a Secret, and how it is read back for the moment in which it is needed."""

import json
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from shlex import quote
from typing import Any, cast

from domain.cluster_ports import SecretValues
from domain.errors import DeadreckonError, NotFound
from domain.objects import Kind, ObjectRef
from domain.ports import Login
from domain.project import RegistrySet, registry_object, shared_namespace
from domain.registries import login_key

SECRET_TYPE = "kubernetes.io/dockerconfigjson"  # noqa: S105 (a kind of Secret)
KEY = ".dockerconfigjson"


def dockerconfig(login: Login) -> bytes:
    """Write a login as kubelets read it."""
    auth = b64encode(f"{login.username}:{login.password}".encode()).decode()
    entry = {"username": login.username, "password": login.password, "auth": auth}
    return json.dumps({"auths": {login_key(login.server): entry}}).encode()


@dataclass(frozen=True, slots=True)
class Logins:
    """Reads logins from the cluster; they are kept nowhere else."""

    ledger: str
    cluster: Callable[[], SecretValues]

    def login(self, registry: RegistrySet) -> Login | None:
        """Give a registry's login; None where the cluster cannot be asked, or no longer has it."""
        try:
            return self.read(registry)
        except DeadreckonError:
            return None

    def read(self, registry: RegistrySet) -> Login:
        """Give a registry's login. Raises NotFound (it is not in the cluster any more), Unreachable, Rejected, Unfit."""
        name = registry_object(registry.name, registry.version, registry.scheme)
        ref = ObjectRef(Kind.SECRET.value, shared_namespace(self.ledger, registry.scheme), name)
        password = _password(self.cluster().secret(ref).get(KEY, b""), registry.server)
        if password is None:
            hint = f"store it again: reckon registry add {quote(registry.name)}"
            message = f"the login of registry {registry.name!r} is no longer in the cluster ({ref.namespace}/{ref.name})"
            raise NotFound("login-gone", message, hint)
        return Login(registry.server, registry.username, password, registry.realm)


def _password(config: bytes, server: str) -> str | None:
    try:
        entry = cast("dict[str, Any]", json.loads(config))["auths"][login_key(server)]
        return str(entry["password"])
    except (ValueError, KeyError, TypeError):
        return None
