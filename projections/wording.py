"""Wording: how counts, spans of time, images and lists are said to a person, the same on every screen."""

import re
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from math import isfinite

Clocked = Callable[[datetime], str]
"""Writes an instant for a person; the shell knows the zone, the folds do not."""


def instant(when: datetime) -> str:
    """Write an instant as data: RFC 3339 in UTC, to the second or finer where it is finer."""
    text = when.astimezone(UTC).isoformat(timespec="milliseconds" if when.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def span(seconds: float) -> str:
    """Say a span of time in at most two units: `45 s`, `12 min`, `3 h 20 min`, `5 d`."""
    if not isfinite(seconds):
        return "an unknown time"
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 600:
        return _two(whole, 60, "min", "s")
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 86400:
        return _two(whole // 60, 60, "h", "min")
    return _two(whole // 3600, 24, "d", "h") if whole < 7 * 86400 else f"{whole // 86400} d"


def _two(whole: int, size: int, large: str, small: str) -> str:
    upper, lower = divmod(whole, size)
    return f"{upper} {large} {lower} {small}" if lower else f"{upper} {large}"


def count(number: int, noun: str, nouns: str = "") -> str:
    """Say how many: `1 replica`, `3 replicas`."""
    return f"{number} {noun}" if number == 1 else f"{number} {nouns or noun + 's'}"


def listed(parts: Sequence[str], most: int = 4) -> str:
    """Say a list as a sentence does, and how many more there are."""
    if len(parts) > most:
        return f"{', '.join(parts[: most - 1])} and {len(parts) - most + 1} more"
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def short_image(image: str) -> str:
    """Leave of an image what tells it apart: its last path element with tag, a digest in 12 digits."""
    name, _, digest = image.partition("@")
    last = name.rpartition("/")[2]
    return f"{last}@{digest.removeprefix('sha256:')[:12]}" if digest and ":" not in last else last


LONGEST = 16_384
"""Characters of another's words that are looked at; far more than Kubernetes lets anyone say."""
_POD = re.compile(r"\s?(?:in pod |pod=)\"?(?=[\w.-]+?_[\w.-])[\w.-]++\([0-9a-f-]++\)\"?")
"""How Kubernetes ends its sentences about a pod: with its name, namespace and uid, which stand in other columns."""


_PULL = re.compile(
    r'Back-off pulling image "[^"]*": (?=ErrImagePull: )|failed to (?:pull and unpack image|resolve reference) "[^"]*": '
)
"""How a runtime begins its sentences about an image that cannot be pulled: with its name, two times or three."""
_DIGEST = re.compile(r"(sha256:[0-9a-f]{12})[0-9a-f]{52}")
_UNAUTHORIZED = re.compile(r"(?<=: )401 Unauthorized|no basic auth credentials")
_LOGIN = "the registry refuses the login, or wants one"


def one_line(text: str, longest: int = 200) -> str:
    """Lay foreign words on one line: no line breaks, no control characters, no pod's or image's long name again, an end."""
    plain = _POD.sub("", _laid_out(text))
    if "ErrImagePull" in plain or "failed to pull" in plain:
        said = _PULL.sub("", _DIGEST.sub(r"\1", plain))
        plain = _UNAUTHORIZED.sub(lambda words: f"{_LOGIN} ({words[0]})", said)
    return plain if len(plain) <= longest else plain[: longest - 1].rstrip() + "…"


def _laid_out(text: str) -> str:
    return " ".join("".join(c if c.isprintable() else " " for c in text[:LONGEST]).split())


def whole(text: str) -> str:
    """Lay a person's own words on one line, with nothing left out: a reason may be as long as it was allowed to be."""
    return _laid_out(text)


_CAUSE = re.compile(r".*exit code \d+.*|integration .+ could not be filled")


def last_words(text: str, longest: int = 200) -> str:
    """Give of what an application printed at its end the line that tells most: the last; what stood before is `…`.

    A cause that was put before it (`Error exit code 1: `) is kept.
    """
    text = text if len(text) <= LONGEST else f"{text[: LONGEST // 2]}…{text[-LONGEST // 2 :]}"
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) < 2:
        return one_line(text, longest)
    cause, colon, _ = lines[0].partition(": ")
    kept = f"{cause}: " if colon and _CAUSE.fullmatch(cause) else ""
    return one_line(f"{kept}… {lines[-1].strip()}", longest)


def short_replica(pod: str) -> str:
    """Call a replica by the last part of its pod's name."""
    return pod.rpartition("-")[2] or pod
