"""From an image's name to the digest it stands for now, and the ports it exposes."""

import hashlib
import re
from collections.abc import Mapping
from typing import Any, cast

import urllib3

from adapters.images.registry import Denied, Missing, Mute, Registry, connect, parsed
from domain.errors import Refused
from domain.images import Reference, parse_reference
from domain.ports import Image, Login, wrong_login
from domain.registries import host_of

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_PORT = re.compile(r"([0-9]{1,5})(/tcp)?")


class RegistryImages:
    """Asks an image's own registry; implements `domain.ports.Images`."""

    def __init__(self, http: urllib3.PoolManager | None = None) -> None:
        """Take connections, or open some."""
        self._http = http or connect()

    def probe(self, login: Login) -> None:
        """Log in to a registry, no more. Raises Refused: the login is wrong (`registry-login`), or there is no answer."""
        host = host_of(login.server)
        try:
            Registry(self._http, host, login=login).enter()
        except Denied:
            raise wrong_login(login) from None
        except Mute as error:
            hint = "check the host and its port; whether the password is right is not known"
            raise Refused("registry-unreachable", f"the registry {host} cannot be asked: {error}", hint) from None

    def resolve(self, image: str, login: Login | None = None) -> Image | None:
        """Give digest and exposed ports; None when the registry cannot be asked. Raises Refused: no such image, wrong login."""
        reference = parse_reference(image)
        if reference is None:
            raise Refused("image-name", f"{image!r} is not an image's name", "write registry/repository:tag")
        try:
            return _resolved(Registry(self._http, reference.host, reference.repository, login), reference)
        except Denied:
            assert login is not None, "only a login is denied"
            raise wrong_login(login) from None
        except Missing as error:
            message = f"the registry {reference.host} has no image {reference.repository}:{reference.tag or reference.digest}"
            raise Refused("image-unknown", message, "check the name and the tag, or push it first") from error
        except Mute:
            return None


def _resolved(registry: Registry, reference: Reference) -> Image:
    body, named = registry.manifest(reference.digest or reference.tag)
    digest = f"sha256:{hashlib.sha256(body).hexdigest()}"
    # The bytes decide: a digest that does not fit them is a broken registry's, or someone's in between.
    if (named and named != digest) or (reference.digest and reference.digest != digest):
        raise Mute("the digest does not fit the manifest")
    return Image(digest, _exposed(registry, parsed(body)))


def _exposed(registry: Registry, manifest: Mapping[str, Any]) -> tuple[int, ...]:
    """Read the TCP ports from the image's configuration; none where it cannot be read, since the digest alone is worth having."""
    try:
        if isinstance(manifest.get("manifests"), list):
            manifest = parsed(registry.manifest(_one_platform(cast("list[object]", manifest["manifests"])))[0])
        config = parsed(registry.blob(_digest(manifest.get("config")))).get("config")
    except (Missing, Mute):
        return ()
    ports = cast("dict[str, Any]", config).get("ExposedPorts") if isinstance(config, dict) else None
    found = (_PORT.fullmatch(port) for port in cast("dict[str, Any]", ports)) if isinstance(ports, dict) else ()
    return tuple(sorted(int(match[1]) for match in found if match))


def _one_platform(entries: list[object]) -> str:
    """Choose an image of an index: the usual platform, else the first that is one (an attestation is not)."""
    images = [cast("dict[str, Any]", entry) for entry in entries if isinstance(entry, dict)]
    images = [entry for entry in images if _platform(entry)[1] != "unknown"]
    usual = [entry for entry in images if _platform(entry) == ("linux", "amd64")]
    return _digest(next(iter(usual or images), None))


def _platform(entry: Mapping[str, Any]) -> tuple[str, str]:
    platform = entry.get("platform")
    if not isinstance(platform, dict):
        return "", ""
    said = cast("dict[str, Any]", platform)
    return str(said.get("os")), str(said.get("architecture"))


def _digest(descriptor: object) -> str:
    digest = cast("dict[str, Any]", descriptor).get("digest") if isinstance(descriptor, dict) else None
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise Mute("a descriptor without a digest")
    return digest
