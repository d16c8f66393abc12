"""The forms in which a value may stand in somebody else's words: as it is, quoted by a language, encoded for a URL, in base64.

Whoever echoes a value writes it in their own way: the API server as Go's `%q`, webhooks as JSON, tools as YAML or for a shell,
registries and proxies as part of a URL. Each way is a function from the value to its text, without the quotes around it.
"""

import json
import shlex
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Callable, Iterable, Iterator
from html import escape
from urllib.parse import quote, quote_plus

Form = Callable[[str], Iterable[str]]
"""Gives the texts that a value may be written as, in one way of writing."""

_GO = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\", '"': '\\"'}
_YAML = {**_GO, "\0": "\\0", "\x1b": "\\e", "\x85": "\\N", "\xa0": "\\_", "\u2028": "\\L", "\u2029": "\\P"}
_IN_SHELL = {'"': '\\"', "\\": "\\\\", "$": "\\$", "`": "\\`"}
_ALIGNED = 8
"""A value of so many bytes is found in the base64 of a longer text (`user:password`), wherever it begins there."""


def raw(value: str) -> Iterator[str]:
    """Give a value as it is, without the space around it, and each of its lines: a key of many lines is echoed line by line."""
    yield value
    yield value.strip()
    lines = value.splitlines()
    if len(lines) > 1:
        yield from (line.strip() for line in lines)
        yield " ".join(value.split())


def json_quoted(value: str) -> Iterator[str]:
    """Write it as JSON does: in ASCII, in Unicode, and in Go's way, that also escapes what HTML would read."""
    for ascii_only in (True, False):
        text = json.dumps(value, ensure_ascii=ascii_only)[1:-1]
        yield text
        yield text.replace("/", "\\/")
        for character, code in (("<", "\\u003c"), (">", "\\u003e"), ("&", "\\u0026")):
            text = text.replace(character, code)
        yield text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")


def yaml_quoted(value: str) -> Iterator[str]:
    """Write it as YAML does in single and in double quotes; a block is told line by line."""
    yield value.replace("'", "''")
    yield "".join(_YAML.get(one) or _escaped(one, wide=False, upper=True) for one in value)
    yield "".join(_YAML.get(one) or (one if one.isprintable() else _escaped(one, wide=False, upper=True)) for one in value)


def go_quoted(value: str) -> Iterator[str]:
    """Write it as Go's `%q` and `%+q` do."""
    yield "".join(_GO.get(one) or (one if one.isprintable() else _escaped(one, wide=True)) for one in value)
    yield "".join(_GO.get(one) or _escaped(one, wide=True) for one in value)


def python_quoted(value: str) -> Iterator[str]:
    """Write it as Python's `repr` does, of a text and of its bytes, whichever quotes it takes."""
    for text in (repr(value)[1:-1], repr(value.encode("utf-8", "surrogatepass"))[2:-1], ascii(value)[1:-1]):
        yield text
        yield text.replace("'", "\\'")


def shell_quoted(value: str) -> Iterator[str]:
    """Write it as it stands in a shell's single and double quotes."""
    yield shlex.quote(value).removeprefix("'").removesuffix("'")
    yield value.replace("'", "'\\''")
    yield "".join(_IN_SHELL.get(one, one) for one in value)


def url_quoted(value: str) -> Iterator[str]:
    """Write it as part of a URL: as a path, as a query, with hexadecimal digits of either case."""
    body = value.encode("utf-8", "surrogatepass")
    for text in (quote(body, safe=""), quote(body), quote(body, safe="/:@!$&'()*+,;=~"), quote_plus(body)):
        yield text
        yield _small(text)


def markup_quoted(value: str) -> Iterator[str]:
    """Write it as XML and HTML do: a store's errors are XML."""
    text = escape(value, quote=False)
    yield text
    for double, single in (("&quot;", "&#x27;"), ("&#34;", "&#39;"), ("&quot;", "&apos;"), ('"', "&#39;")):
        yield text.replace('"', double).replace("'", single)


def base64_written(value: str) -> Iterator[str]:
    """Write it in base64: whole, with padding or without, and where it is a part of a longer text."""
    body = value.encode("utf-8", "surrogatepass")
    for encode in (b64encode, urlsafe_b64encode):
        yield encode(body).decode().rstrip("=")
        for before in range(3) if len(body) >= _ALIGNED else ():
            whole = encode(bytes(before) + body).decode().rstrip("=")
            # The first and the last digit also hold bits of what stands beside it.
            yield whole[(0, 2, 3)[before] : len(whole) - 1]


QUOTED: tuple[Form, ...] = (json_quoted, go_quoted, python_quoted, yaml_quoted, shell_quoted)
"""The ways to quote a value for a language."""
FORMS: tuple[Form, ...] = (raw, *QUOTED, url_quoted, markup_quoted, base64_written)
"""All ways of writing that are known."""


def forms_of(value: str, forms: tuple[Form, ...] = FORMS) -> frozenset[str]:
    """Give every text that a value may be written as; quoted ones also as JSON or Go quotes them once more."""
    once = {text for form in forms for text in form(value)}
    again = [form for form in (json_quoted, go_quoted) if form in forms]
    inner = {text for form in forms if form in QUOTED for text in form(value)}
    return frozenset(once | {text for form in again for each in inner for text in form(each)})


def _escaped(one: str, *, wide: bool, upper: bool = False) -> str:
    r"""Escape a character that is no printable ASCII; `wide` as Go does, which writes `\x` for ASCII only."""
    code = ord(one)
    if 0x20 <= code < 0x7F:
        return one
    digits = 2 if code < (0x80 if wide else 0x100) else 4 if code < 0x10000 else 8
    text = f"{code:0{digits}X}" if upper else f"{code:0{digits}x}"
    return "\\" + {2: "x", 4: "u", 8: "U"}[digits] + text


def _small(text: str) -> str:
    """Write the codes of a percent-encoded text in small letters."""
    first, *rest = text.split("%")
    return "%".join((first, *(part[:2].lower() + part[2:] for part in rest)))
