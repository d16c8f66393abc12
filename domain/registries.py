"""Registries' addresses: `host[:port][/path]`, as people write them, as images name them, and as kubelets look logins up."""

import re

from domain.images import DOCKER_HUB, Reference

_SERVER = re.compile(r"([a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[0-9a-fA-F:]+\])(:[0-9]{1,5})?((?:/[a-z0-9._-]+)*)/?")
_HUB_NAMES = {"docker.io", "index.docker.io", "hub.docker.com", DOCKER_HUB}
_LOOPBACK = {"localhost", "127.0.0.1", "[::1]"}
_LONGEST = 253
_REALMS = {
    # https://distribution.github.io/distribution/spec/auth/token/: "realm=https://auth.docker.io/token"
    DOCKER_HUB: "auth.docker.io",
    # https://github.com/deitch/docker_registry2/issues/14, as registry.gitlab.com answers: "realm=https://gitlab.com/jwt/auth"
    "registry.gitlab.com": "gitlab.com",
}
"""Public registries whose tokens are given at another host of the same owner."""


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


def parse_realm(text: str) -> str | None:
    """Give the host, with its port, at which tokens for a registry are given; None when it is not one."""
    plain = re.sub(r"^https://", "", text.strip())
    match = _SERVER.fullmatch(plain) if len(plain) <= _LONGEST else None
    return match[1].lower() + (match[2] or "").removesuffix(":443") if match and not match[3] else None


def gives_tokens(realm: str, server: str, named: str = "") -> bool:
    """Tell whether a host may be told the login of a registry, so as to give a token for it.

    It is the registry's own host and port, the one that its owner `named` beside the login, or a public registry's known one.
    """
    host = host_of(server).lower()
    return realm in {host, host.removesuffix(":443"), named or host, _REALMS.get(host, host)}
