"""The platform: what its owner decided for all deployments alike, on record: all who submit render by the same choices."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from difflib import get_close_matches
from typing import Any, Literal

from domain.errors import Refused
from domain.images import REFERENCE


@dataclass(frozen=True, slots=True)
class Platform:
    """The owner's choices, each with a default that needs nothing to be there. Names of images are as pods write them."""

    filler_image: str = "deadreckon/filler:0.1"
    """Holds a shell, git, git-lfs and rclone: it fills integrations."""
    relay_image: str = "caddy:2.11.9"
    """The proxy that stands beside replicas which need their requests timed or a password asked for."""
    storage_class: str = ""
    """The StorageClass of integrations' volumes; empty: the cluster's default."""
    storage_access: Literal["ReadWriteMany", "ReadWriteOnce"] = "ReadWriteMany"
    """`ReadWriteOnce` where the cluster has one node, or none of its storage can be read from several."""
    storage_size: str = "20Gi"
    ingress_class: str = ""
    """The IngressClass that serves endpoints; empty: no Ingress is made."""
    gateway: str = ""
    """`namespace/name` of a Gateway that serves endpoints, in place of an Ingress."""
    hosts: str = ""
    """The pattern of endpoints' host names, as in `{name}.{project}.apps.example.com`; empty: no endpoint."""
    tls_secret: str = ""
    """The TLS Secret that an Ingress names; empty: plain HTTP, or the ingress's own certificate."""
    metrics_service: str = "deadreckon/deadreckon:8443"
    """`namespace/name:port` of the Service where engines answer `external.metrics.k8s.io`."""
    inner_endpoints: bool = False
    """Let integrations ask link-local and loopback addresses."""
    projects_apart: bool = True
    """Keep other projects' pods from a deployment's replicas. Off where an ingress controller runs in its nodes' own network."""


MEANINGS: Mapping[str, str] = {
    "filler-image": "the image that fills integrations: a shell, git, git-lfs and rclone",
    "relay-image": "the proxy beside replicas whose requests are timed or need a password",
    "storage-class": "the StorageClass of integrations' volumes; empty: the cluster's default",
    "storage-access": "ReadWriteOnce where storage cannot be read from several nodes, or there is one node only",
    "storage-size": "what an integration's volume asks for",
    "ingress-class": "the IngressClass that serves endpoints; empty: no Ingress is made",
    "gateway": "namespace/name of a Gateway that serves endpoints, in place of an Ingress",
    "hosts": "endpoints' host names, as in {name}.{project}.apps.example.com; empty: no endpoint",
    "tls-secret": "the TLS Secret that an Ingress names; empty: plain HTTP, or the ingress's own certificate",
    "metrics-service": "namespace/name:port of the Service where engines answer external.metrics.k8s.io",
    "inner-endpoints": "true lets integrations ask link-local and loopback addresses",
    "projects-apart": "false lets all pods of the cluster reach replicas: for an ingress in its nodes' own network",
}
"""What each choice means, in a line."""


def written(platform: Platform) -> dict[str, str]:
    """Give the choices under the names and in the form in which they are made."""
    values = ((field.name.replace("_", "-"), getattr(platform, field.name)) for field in fields(Platform))
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in values}


@dataclass(frozen=True, slots=True)
class PlatformSet:
    """The owner chose otherwise from now on; versions that were rendered before stay as they are. Stream `project/*`."""

    choices: tuple[tuple[str, str], ...]


def choose(platform: Platform, choices: Iterable[tuple[str, str]]) -> Platform:
    """Give the platform with some choices changed, by their names with hyphens. Raises Refused, naming what there is."""
    known = {field.name.replace("_", "-"): field.name for field in fields(Platform)}
    changes: dict[str, Any] = {}
    for name, text in choices:
        if name not in known:
            near = get_close_matches(name, known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"
            raise Refused("unknown-choice", f"a platform has no choice {name!r}", hint)
        changes[known[name]] = _value(name, text)
    return replace(platform, **changes)


def _value(name: str, text: str) -> str | bool:
    accepted = _ACCEPTED.get(name)
    if accepted and text not in accepted:
        raise Refused("bad-choice", f"{name} cannot be {text!r}", f"accepted: {', '.join(accepted)}")
    if not text.isprintable():
        raise Refused("bad-choice", f"{name} has a control character in it", "one line of printable text")
    pattern, meant = _SHAPES.get(name, ("", ""))
    if not text and getattr(Platform(), name.replace("-", "_")):
        raise Refused("bad-choice", f"{name} cannot be empty", f"accepted: {meant}")
    if pattern and text and not re.fullmatch(pattern, text):
        raise Refused("bad-choice", f"{name} cannot be {text!r}", f"accepted: {meant}")
    return text == "true" if accepted == _SWITCH else text


_SWITCH = ("true", "false")
_ACCEPTED: Mapping[str, tuple[str, ...]] = {
    "inner-endpoints": _SWITCH,
    "projects-apart": _SWITCH,
    "storage-access": ("ReadWriteMany", "ReadWriteOnce"),
}
_DNS = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_NAME = rf"(?=.{{1,253}}$){_DNS}(\.{_DNS})*"
_PORT = r"(6553[0-5]|655[0-2][0-9]|65[0-4][0-9]{2}|6[0-4][0-9]{3}|[1-5][0-9]{4}|[1-9][0-9]{0,3})"
_AN_IMAGE = (rf"(?=.{{1,500}}$){REFERENCE.pattern}", "an image's name as pods write it")
_HOST_LABEL = r"(?!-)([a-z0-9-]|\{name\}|\{project\}){1,80}(?<!-)"
_SHAPES: Mapping[str, tuple[str, str]] = {
    "hosts": (
        rf"(?=.*\{{name\}})(?=.{{1,160}}$){_HOST_LABEL}(\.{_HOST_LABEL})+",
        "host names in lower case with {name} and, best, {project} in them, as in {name}.{project}.apps.example.com",
    ),
    "gateway": (rf"{_DNS}/{_NAME}", "namespace/name of a Gateway"),
    "metrics-service": (rf"{_DNS}/{_DNS}:{_PORT}", "namespace/name:port of a Service"),
    "filler-image": _AN_IMAGE,
    "relay-image": _AN_IMAGE,
    "storage-class": (_NAME, "the name of a StorageClass"),
    "storage-size": (r"[1-9][0-9]{0,8}(Mi|Gi|Ti)", "a size as in 20Gi"),
    "ingress-class": (_NAME, "the name of an IngressClass"),
    "tls-secret": (_NAME, "the name of a Secret"),
}
"""What some choices must look like."""
