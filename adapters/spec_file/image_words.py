"""Why a text is no image's name, and the name that was probably meant: the faults that people make, each with its cure."""

import re
from collections.abc import Callable
from typing import NamedTuple

FORM = "registry/repository:tag, or repository@sha256:…"
_FILL = f"write {FORM}, or fill it when it is submitted: reckon submit FILE --image IMAGE"
# What programs that fill files in leave behind: ${IMAGE}, $IMAGE, $(IMAGE), {{ image }}, <image>, %IMAGE%, @IMAGE@, __IMAGE__.
_PLACEHOLDER = re.compile(r"\$\{|\$\(|\$[A-Za-z_]|\{\{|<[^<>]*>|%[A-Za-z_]+%|@[A-Za-z_]+@|__[A-Z_]+__|^[:@]")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_DIGEST = re.compile(r"(?P<before>[^@]*?)(?P<sign>@|:(?=sha256))(?P<method>[A-Za-z0-9_+.-]+[:-])?(?P<hex>[0-9A-Fa-f]*)")
_WHOLE_DIGEST = 64
LONGEST = 500
_LONGEST_TAG = 128


class ImageRepair(NamedTuple):
    """One fault, and the text without it; nothing where nobody can know what was meant."""

    message: str
    text: str = ""


def no_image(text: str, fits: Callable[[str], bool]) -> tuple[str, str]:
    """Give the faults of a text and their cure, which shows the name that was meant wherever that can be known."""
    if not text.strip():
        return "no image is named", _FILL
    if len(text) > LONGEST:
        return f"an image's name has at most {LONGEST} characters, this has {len(text)}", f"write {FORM}"
    if _PLACEHOLDER.search(text):
        return "this is a placeholder that nothing was put in for", _FILL
    said = list[str]()
    for fault in _FAULTS:
        if (repair := fault(text)) is not None:
            said.append(repair.message)
            text = repair.text
            if not text:
                break
    return "; ".join(said) or _other(text, fits), f"write {text if fits(text) else FORM}"


def _other(text: str, fits: Callable[[str], bool]) -> str:
    host, slash, _ = text.partition("/")
    if slash and _is_host(host) and not fits(f"{host}/a"):
        return f"{host} is no registry's host: letters, digits, `-` and `.`, and behind a colon its port"
    return "a repository's name has small letters, digits and `/`, and between them single `.`, `_` and `-`"


def _is_host(first: str) -> bool:
    return "." in first or ":" in first or first == "localhost"


def _spaces(text: str) -> ImageRepair | None:
    bare = text.strip()
    if any(character.isspace() for character in bare):
        return ImageRepair("a space stands in the name")
    return ImageRepair("a space stands before or behind the name", bare) if bare != text else None


def _scheme(text: str) -> ImageRepair | None:
    match = _SCHEME.match(text)
    return ImageRepair(f"an image's name has no {match[0]} in front", text[match.end() :]) if match else None


def _ends(text: str) -> ImageRepair | None:
    bare = text.rstrip(":/@")
    if bare == text:
        return None
    sign = text[len(bare)]
    missing = {":": "tag", "@": "digest"}.get(sign, "repository")
    return ImageRepair(f"no {missing} stands behind the `{sign}`", f"{bare}:TAG" if missing == "tag" else "")


def _slashes(text: str) -> ImageRepair | None:
    bare = re.sub("/{2,}", "/", text.lstrip("/"))
    return ImageRepair("a part between two slashes is empty", bare) if bare != text else None


def _digest(text: str) -> ImageRepair | None:
    match = _DIGEST.fullmatch(text)
    if match is None:
        return None
    method, digits = (match["method"] or "")[:-1], match["hex"]
    if method.lower() not in {"", "sha256"}:
        return ImageRepair(f"a digest is one of sha256, not of {method}")
    if len(digits) != _WHOLE_DIGEST:
        return ImageRepair(f"a digest has {_WHOLE_DIGEST} hexadecimal digits, this has {len(digits)}")
    whole = f"{match['before']}@sha256:{digits.lower()}"
    return ImageRepair("a digest is written as @sha256: and small hexadecimal digits", whole) if whole != text else None


def _tag(text: str) -> ImageRepair | None:
    name, sign, tag = text.partition("@")[0].rpartition(":")
    if not sign or "/" in tag:
        return None
    if len(tag) > _LONGEST_TAG:
        return ImageRepair(f"a tag has at most {_LONGEST_TAG} characters, this has {len(tag)}")
    if not re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", tag):
        return ImageRepair("a tag has letters, digits, `_`, `.` and `-`, no `.` and no `-` first")
    return ImageRepair("one tag stands behind the name, not two") if ":" in name.rpartition("/")[2] else None


def _letters(text: str) -> ImageRepair | None:
    # A registry's host and a tag may have capitals, a repository may not.
    behind = re.search(r"(?::[^:/@]*)?(?:@.*)?$", text)
    assert behind is not None
    name, rest = text[: behind.start()], text[behind.start() :]
    host, slash, path = name.partition("/")
    kept = f"{host}/" if slash and _is_host(host) else ""
    path = path if kept else name
    return ImageRepair("a repository's name is lower-case", f"{kept}{path.lower()}{rest}") if path != path.lower() else None


_FAULTS = (_spaces, _scheme, _ends, _slashes, _digest, _tag, _letters)
