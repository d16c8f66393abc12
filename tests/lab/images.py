"""Images made without Docker: a layer, a configuration and a manifest, pushed to the lab's registry over HTTP.

An image is three documents; putting them in place takes fewer lines than driving a tool that does it, and no package.
"""

import hashlib
import io
import json
import platform
import struct
import tarfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

from tests.lab import fastapi_layer, filler_layer
from tests.lab.layers import Layer, kept_layer
from tests.lab.toolchain import binaries

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"
_PORT = 8000
# cap_net_bind_service=+ep, as the kernel keeps it (struct vfs_cap_data, revision 2).
_MAY_BIND = struct.pack("<5I", 0x02000001, 1 << 10, 0, 0, 0).decode()
_TRUSTED = Path("/etc/ssl/certs/ca-certificates.crt")
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}


@dataclass(frozen=True, slots=True)
class Image:
    """An image in the lab's registry."""

    registry: str
    repository: str
    tag: str
    digest: str

    @property
    def ref(self) -> str:
        """Its name by tag, as one writes it in a spec."""
        return f"{self.registry}/{self.repository}:{self.tag}"

    @property
    def by_digest(self) -> str:
        """Its name by digest."""
        return f"{self.registry}/{self.repository}@{self.digest}"

    def at(self, registry: str) -> "Image":
        """The same image behind another door of the registry."""
        return Image(registry, self.repository, self.tag, self.digest)


@dataclass(frozen=True, slots=True)
class Recipe:
    """What goes into an image: a layer's file and how to run it."""

    layer: bytes | Path
    entrypoint: tuple[str, ...]
    env: Mapping[str, str]
    port: int | None = _PORT
    command: tuple[str, ...] = ()
    folder: str = "/"


def pause(registry: str) -> Image:
    """The image that holds a pod's namespaces."""
    return push(registry, "lab/pause", "1", Recipe(_one_file("pause"), ("/pause",), {}, port=None))


def probe_app(registry: str, version: str) -> Image:
    """The fixture with probes that a test commands; each version has a digest of its own."""
    recipe = Recipe(_one_file("probe_app", "probe-app"), ("/probe-app",), {"VERSION": version, "PATH": "/"})
    return push(registry, "team/probe-app", version, recipe)


def fastapi_app(registry: str) -> Image:
    """The FastAPI application of the examples, with the interpreter of this machine."""
    layer = fastapi_layer.layer()
    recipe = Recipe(layer, fastapi_layer.ENTRYPOINT, {"PYTHONPATH": "/app:/app/packages", "PYTHONUNBUFFERED": "1"})
    return push(registry, "team/health-app", "1", recipe)


def caddy(registry: str) -> Image:
    """Caddy as its makers pack it: no entrypoint, so a pod says `command`, not `args` alone."""
    program = binaries("caddy") / "caddy"

    def fill(layer: Layer, _: Path) -> None:
        # Theirs may bind low ports. Who drops all capabilities must add NET_BIND_SERVICE, or it does not start.
        layer.file(program, "/usr/bin/caddy", attributes={"security.capability": _MAY_BIND})
        layer.text("", "/etc/caddy/Caddyfile")
        layer.file(_TRUSTED, str(_TRUSTED))
        for folder in ("config/caddy", "data/caddy", "srv"):
            layer.folder(folder)
        layer.folder("tmp", 0o1777)

    env = {"PATH": "/usr/bin", "XDG_CONFIG_HOME": "/config", "XDG_DATA_HOME": "/data", "CADDY_VERSION": "v2.11.9"}
    command = ("caddy", "run", "--config", "/etc/caddy/Caddyfile", "--adapter", "caddyfile")
    layer = kept_layer("caddy-image", [str(program).encode(), Path(__file__).read_bytes()], fill)
    return push(registry, "library/caddy", "2.11.9", Recipe(layer, (), env, 80, command, "/srv"))


def filler(registry: str) -> Image:
    """The image that fills volumes: /bin/sh and the usual tools, git with LFS, rclone; as any user."""
    env = {"PATH": "/usr/bin:/bin"}
    return push(registry, "deadreckon/filler", "1", Recipe(filler_layer.layer(), (), env, None, ("/bin/sh",)))


def push(registry: str, repository: str, tag: str, recipe: Recipe) -> Image:
    """Put an image into the registry under that name; the same recipe has the same digest each time."""
    config = _config(recipe, _Blob.of(recipe.layer).digest)
    return push_whole(registry, repository, tag, json.dumps(config).encode(), [recipe.layer])


def push_whole(registry: str, repository: str, tag: str, configuration: bytes, parts: Sequence[bytes | Path]) -> Image:
    """Put an image of several layers (tar files, the lowest first) into the registry, with a configuration made elsewhere."""
    config, layers = _Blob.of(configuration), [_Blob.of(part) for part in parts]
    for blob in (*layers, config):
        blob.upload(registry, repository)
    manifest = {
        "schemaVersion": 2,
        "mediaType": _MANIFEST,
        "config": {"mediaType": _CONFIG, "digest": config.digest, "size": config.size},
        "layers": [{"mediaType": _LAYER, "digest": layer.digest, "size": layer.size} for layer in layers],
    }
    body = json.dumps(manifest).encode()
    url = f"http://{registry}/v2/{repository}/manifests/{tag}"
    _send("PUT", url, body, {"Content-Type": _MANIFEST})
    return Image(registry, repository, tag, _sha256(body))


@dataclass(frozen=True, slots=True)
class _Blob:
    """Bytes with their digest."""

    content: bytes | Path
    digest: str
    size: int

    @classmethod
    def of(cls, content: bytes | Path) -> "_Blob":
        if isinstance(content, bytes):
            return cls(content, _sha256(content), len(content))
        with content.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        return cls(content, f"sha256:{digest}", content.stat().st_size)

    def upload(self, registry: str, repository: str) -> None:
        """Put it into the repository, unless it is there."""
        base = f"http://{registry}/v2/{repository}/blobs"
        if _there(f"{base}/{self.digest}"):
            return
        place = urllib.parse.urljoin(base, _send("POST", f"{base}/uploads/", b"", {}))
        joint = "&" if "?" in place else "?"
        headers = {"Content-Type": "application/octet-stream", "Content-Length": str(self.size)}
        with io.BytesIO(self.content) if isinstance(self.content, bytes) else self.content.open("rb") as body:
            _send("PUT", f"{place}{joint}digest={urllib.parse.quote(self.digest)}", body, headers)


def _send(method: str, url: str, body: object, headers: Mapping[str, str]) -> str:
    request = urllib.request.Request(url, data=body, method=method, headers=dict(headers))  # type: ignore[arg-type]
    with urllib.request.urlopen(request, timeout=120) as response:
        return str(response.headers.get("Location", ""))


def _there(url: str) -> bool:
    try:
        with urllib.request.urlopen(urllib.request.Request(url, method="HEAD"), timeout=30):
            return True
    except urllib.error.HTTPError as error:
        error.close()
        if error.code != HTTPStatus.NOT_FOUND:
            raise
        return False


def _config(recipe: Recipe, layer: str) -> dict[str, object]:
    return {
        "architecture": _ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "config": {
            **({"Entrypoint": list(recipe.entrypoint)} if recipe.entrypoint else {}),
            **({"Cmd": list(recipe.command)} if recipe.command else {}),
            "WorkingDir": recipe.folder,
            "Env": [f"{name}={value}" for name, value in recipe.env.items()],
            **({"ExposedPorts": {f"{recipe.port}/tcp": {}}} if recipe.port else {}),
        },
        "rootfs": {"type": "layers", "diff_ids": [layer]},
    }


def _one_file(module: str, name: str = "") -> bytes:
    """A layer with one program at the root; no times in it, so that its digest stays."""
    program = (binaries(module) / module).read_bytes()
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        entry = tarfile.TarInfo(name or module)
        entry.size, entry.mode = len(program), 0o755
        tar.addfile(entry, io.BytesIO(program))
        folder = tarfile.TarInfo("tmp")
        folder.type, folder.mode = tarfile.DIRTYPE, 0o1777
        tar.addfile(folder)
    return layer.getvalue()


def _sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"
