"""Which values of a spec, or of a rendered object, are private: literals of env and headers, keys, Secrets' data."""

from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress

from domain.objects import Kind, Manifest, flatten
from domain.spec import Bucket, HttpCheck, Literal, Spec

MASKED = "masked"
"""What is recorded in place of a private value; screens show the one mark (`projections.sentences.objects.scalar`)."""


def private(path: str) -> bool:
    """Tell whether the value at a path of an object's fields is shown to nobody."""
    listed = path.endswith("].value") and (".env[" in path or ".httpHeaders[" in path)
    return listed or path.startswith(("data.", "stringData."))


def of_manifest(manifest: Manifest) -> Iterator[str]:
    """Give the private values in an object; those of a Secret as they are stored, and decoded."""
    for path, value in flatten(manifest.content).items():
        if isinstance(value, str) and value and private(path):
            yield value
            if manifest.ref.kind == Kind.SECRET.value and path.startswith("data."):
                with suppress(ValueError):
                    yield b64decode(value).decode(errors="replace")


def of_spec(spec: Spec) -> Iterator[str]:
    """Give the literals that a spec holds."""
    yield from (variable.value.value for variable in spec.env if isinstance(variable.value, Literal))
    for probe in (spec.health.startup, spec.health.readiness, spec.health.liveness):
        if probe is not None and isinstance(probe.check, HttpCheck):
            yield from (header.value for header in probe.check.headers)
    for integration in spec.integrations:
        if isinstance(integration, Bucket) and isinstance(integration.access_key, Literal):
            yield integration.access_key.value
