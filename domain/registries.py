"""Registries' addresses: `host[:port][/path]`, as people write them, as images name them, and as kubelets look logins up."""

import re

from domain.images import DOCKER_HUB, Reference

_SERVER = re.compile(r"([a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?((?:/[a-z0-9._-]+)*)/?")
_HUB_NAMES = {"docker.io", "index.docker.io", "hub.docker.com", DOCKER_HUB}
_LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}
_LONGEST = 253


def parse_server(text: str) -> str | None:
    """Give a registry's address in one form, Docker Hub under its API's name; None when it is not one."""
    plain = re.sub(r"^https?://", "", text.strip()).rstrip("/")
    match = _SERVER.fullmatch(plain.removesuffix("/v1").removesuffix("/v2")) if len(plain) <= _LONGEST else None
    if match is None:
        return None
    host = match[1].lower() + (match[2] or "")
    return (DOCKER_HUB if host in _HUB_NAMES else host) + match[3]


def host_of(server: str) -> str:
    """Give the host and port of a registry's address."""
    return server.partition("/")[0]


def below(reference: Reference, server: str) -> bool:
    """Tell whether an image belongs to a registry: the same host, and under its path where it has one."""
    return f"{reference.host.lower()}/{reference.repository}/".startswith(f"{server}/")


def login_key(server: str) -> str:
    """Give the key under which kubelets look a login up: Docker Hub's has a name of old, all others their own."""
    return "https://index.docker.io/v1/" if host_of(server) == DOCKER_HUB else server


def without_tls(server: str) -> bool:
    """Tell whether a registry is asked in the clear: only one on this very machine is."""
    host = host_of(server)
    return host in _LOOPBACK or host.rpartition(":")[0] in _LOOPBACK
