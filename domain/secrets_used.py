"""Which Secrets a rendering refers to: what its containers cannot start without."""

from collections.abc import Iterator, Mapping, Sequence

from domain.objects import Json


def secret_names(content: Json) -> frozenset[str]:
    """Name the Secrets that the pods of a manifest read or are pulled with; they stand in its own namespace."""
    return frozenset(_names(content))


def _names(content: Json) -> Iterator[str]:
    if isinstance(content, Mapping):
        for key, value in content.items():
            yield from _named(key, value)
            yield from _names(value)
    elif isinstance(content, Sequence) and not isinstance(content, str):
        for value in content:
            yield from _names(value)


def _named(key: str, value: Json) -> Iterator[str]:
    match key, value:
        case ("secretKeyRef" | "secretRef", {"name": str(named)}) | ("secret", {"secretName": str(named)}):
            yield named
        case "imagePullSecrets", [*several]:
            names = (one.get("name") for one in several if isinstance(one, Mapping))
            yield from (name for name in names if isinstance(name, str))
        case _:
            return
