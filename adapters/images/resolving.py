"""From an image's name to the digest it stands for now, and the ports it exposes."""

import re
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any, cast

from adapters.images.registry import Denied, Missing, Registry, StrayRealm, digest_of, parsed
from adapters.outgoing.bounds import MIB, Bounds, NoAnswer
from adapters.outgoing.door import Door
from adapters.outgoing.gate import Gate, InnerAddress
from domain.errors import Refused
from domain.images import Reference, parse_reference
from domain.ports import Image, Login, wrong_login
from domain.registries import host_of, without_tls

BOUNDS = Bounds(seconds=20, step=10, patience=3, answer=4 * MIB, whole=12 * MIB, requests=16)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_PORT = re.compile(r"([0-9]{1,5})(/tcp)?")
_MOST_PORTS = 64


class RegistryImages:
    """Asks an image's own registry; implements `domain.ports.Images`."""

    def __init__(self, bounds: Bounds = BOUNDS) -> None:
        """Take what one question may take."""
        self._bounds = bounds
        self.because = ""

    def probe(self, login: Login) -> None:
        """Log in to a registry, no more. Raises Refused: the login is wrong (`registry-login`), or there is no answer."""
        host = host_of(login.server)
        try:
            with self._door(host, login) as door:
                Registry(door, host, login=login).enter()
        except Denied:
            raise wrong_login(login) from None
        except StrayRealm as error:
            hint = f"if that host gives its tokens: reckon registry add NAME --server {login.server} --realm {error.realm}"
            raise Refused("registry-realm", str(error), hint) from None
        except NoAnswer as error:
            hint = "check the host and its port; whether the password is right is not known"
            raise Refused("registry-unreachable", f"the registry {host} cannot be asked: {error}", hint) from None

    def resolve(self, image: str, login: Login | None = None) -> Image | None:
        """Give digest and exposed ports; None when the registry cannot be asked. Raises Refused: no such image, wrong login."""
        self.because = ""
        reference = parse_reference(image)
        if reference is None:
            raise Refused("image-name", f"{image!r} is not an image's name", "write registry/repository:tag")
        try:
            with self._door(reference.host, login) as door:
                return _resolved(Registry(door, reference.host, reference.repository, login), reference)
        except Denied:
            assert login is not None, "only a login is denied"
            raise wrong_login(login) from None
        except Missing as error:
            message = f"the registry {reference.host} has no image {reference.repository}:{reference.tag or reference.digest}"
            raise Refused("image-unknown", message, "check the name and the tag, or push it first") from error
        except StrayRealm as error:
            self.because = f"{error} (reckon registry add NAME --realm {error.realm} lets it be told)"
            return None
        except NoAnswer as error:
            self.because = str(error)
            return None

    @contextmanager
    def _door(self, host: str, login: Login | None) -> Generator[Door]:
        # Its owner stored a login for it, or it stands on this very machine: it may be inner itself. It leads to nobody else.
        door = Door(self._bounds, Gate(inner_allowed=False, first_may_be_inner=login is not None or without_tls(host)))
        try:
            yield door
        except InnerAddress as error:
            raise NoAnswer(f"{host} leads to {error}, an address that it must not lead to") from error
        finally:
            door.let_go()


def _resolved(registry: Registry, reference: Reference) -> Image:
    body, named = registry.manifest(reference.digest or reference.tag)
    digest = digest_of(body)
    if named and not _DIGEST.fullmatch(named):
        raise NoAnswer(f"{reference.host} names the manifest by what is no sha256 digest")
    # The bytes decide: a digest that does not fit them is a broken registry's, or someone's in between.
    if (named and named != digest) or (reference.digest and reference.digest != digest):
        raise NoAnswer(f"{reference.host} gave a manifest that its digest does not fit")
    return Image(digest, _exposed(registry, parsed(body)))


def _exposed(registry: Registry, manifest: Mapping[str, Any]) -> tuple[int, ...]:
    """Read the TCP ports from the image's configuration; none where it cannot be read, since the digest alone is worth having."""
    try:
        if isinstance(manifest.get("manifests"), list):
            manifest = parsed(registry.by_digest("manifests", _one_platform(cast("list[object]", manifest["manifests"]))))
        config = parsed(registry.by_digest("blobs", _digest(manifest.get("config")))).get("config")
    except (Missing, NoAnswer, InnerAddress):
        return ()
    return _ports(config)


def _ports(config: object) -> tuple[int, ...]:
    """Read what a configuration exposes; who exposes more than a person could mean exposes nothing in particular."""
    exposed = cast("dict[str, Any]", config).get("ExposedPorts") if isinstance(config, dict) else None
    if not isinstance(exposed, dict) or len(cast("dict[str, Any]", exposed)) > _MOST_PORTS:
        return ()
    found = (_PORT.fullmatch(port) for port in cast("dict[str, Any]", exposed))
    return tuple(sorted({port for match in found if match and 1 <= (port := int(match[1])) <= 65535}))


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
    said = cast("dict[str, object]", platform)
    system, architecture = said.get("os"), said.get("architecture")
    return system if isinstance(system, str) else "", architecture if isinstance(architecture, str) else ""


def _digest(descriptor: object) -> str:
    digest = cast("dict[str, Any]", descriptor).get("digest") if isinstance(descriptor, dict) else None
    if not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise NoAnswer("a descriptor without a digest")
    return digest
