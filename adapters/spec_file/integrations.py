"""Integrations between the wire and the domain, and back: where each is mounted, and which bucket of which store is meant."""

from typing import Any, Literal
from urllib.parse import urlsplit

from adapters.spec_file.wire_integrations import S3V1, GitLfsV1, IntegrationV1, ModelV1, SpacesV1, VolumeV1
from domain.spec import Bucket, GitLfs, Integration, Model, SecretRef, Volume
from domain.spec import Literal as Written

_SECRET = "secret:"  # noqa: S105 (the prefix of a reference, not a secret)
MODELS = "/opt/models"
_OTHERS = "/opt/integrations"
_SPACES = ".digitaloceanspaces.com"
_S3 = "s3://"


def mount(kind: str, name: str, path: str | None) -> str:
    """Give the whole path where an integration stands in a replica."""
    if path is None:
        return MODELS if kind == "model" else f"{_OTHERS}/{name}"
    whole = path.rstrip("/")
    return whole if whole.rpartition("/")[2] == name else f"{whole}/{name}"


def space(url: str, endpoint: str) -> tuple[str, str]:
    """Give a space's `s3://bucket/prefix` and the endpoint to ask; what is empty could not be found out.

    The bucket stands in `url` (`s3://bucket/prefix`), in front of a host of DigitalOcean's, or first in an address's path.
    """
    bucket, store = "", ""
    for address in (url, endpoint):
        if address.startswith(_S3):
            bucket = address.rstrip("/")
        elif address:
            inside, asked = _apart(address)
            bucket, store = bucket or inside, asked
    return bucket, store


def _apart(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    host, path = parts.netloc, parts.path.strip("/")
    if host.lower().endswith(_SPACES):
        labels = host[: -len(_SPACES)].split(".")
        labels = [label for label in labels if label != "cdn"] or labels
        host = labels[-1] + _SPACES
        path = "/".join([*([".".join(labels[:-1])] if labels[:-1] else []), *([path] if path else [])])
    return f"{_S3}{path}" if path else "", f"{parts.scheme}://{host}"


def to_domain(wire: IntegrationV1) -> Integration:
    """Make the domain's value."""
    where = mount(wire.type, wire.name, wire.path)
    match wire:
        case GitLfsV1():
            password = SecretRef(wire.password.removeprefix(_SECRET)) if wire.password else None
            return GitLfs(wire.name, where, wire.url.rstrip("/"), wire.ref or "", wire.username or "", password)
        case S3V1():
            return _bucket(wire, where, "s3", (wire.url.rstrip("/"), (wire.endpoint or "").rstrip("/")))
        case SpacesV1():
            return _bucket(wire, where, "spaces", space(wire.url or "", wire.endpoint or ""))
        case ModelV1():
            return Model(wire.name, where, wire.id)
        case VolumeV1():
            return Volume(wire.name, where)


def _bucket(wire: S3V1 | SpacesV1, where: str, provider: Literal["s3", "spaces"], found: tuple[str, str]) -> Bucket:
    return Bucket(
        wire.name,
        where,
        url=found[0],
        provider=provider,
        endpoint=found[1],
        region=wire.region or "",
        access_key=_key(wire.access_key_id) if wire.access_key_id else None,
        secret_key=SecretRef(wire.secret_access_key.removeprefix(_SECRET)) if wire.secret_access_key else None,
    )


def _key(text: str) -> Written | SecretRef:
    return SecretRef(text.removeprefix(_SECRET)) if text.startswith(_SECRET) else Written(text)


def written(integration: Integration) -> dict[str, Any]:
    """Write an integration as format v1 has it; what is not said stays out."""
    match integration:
        case GitLfs():
            said = {"url": integration.url, "ref": integration.ref, "username": integration.username}
            document = {"type": "git-lfs", **said, "password": reference(integration.password)}
        case Bucket():
            keys = {"accessKeyId": reference(integration.access_key), "secretAccessKey": reference(integration.secret_key)}
            said = {"url": integration.url, "region": integration.region, "endpoint": integration.endpoint}
            document = {"type": integration.provider, **said, **keys}
        case Model():
            document = {"type": "model", "id": integration.id}
        case Volume():
            document = {"type": "volume"}
    # A model without a path stands in /opt/models itself; the same path, written out, would get the model's name behind it.
    here = "" if integration.mount == mount(document["type"], integration.name, None) else integration.mount
    named = {"name": integration.name, "path": here}
    return {key: value for key, value in {**named, **document}.items() if value}


def reference(value: Written | SecretRef | None) -> str:
    """Write a value, or a secret's name as a file refers to it."""
    match value:
        case None:
            return ""
        case SecretRef(name):
            return _SECRET + name
        case Written(text):
            return text
