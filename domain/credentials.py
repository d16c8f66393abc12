"""Credentials that show themselves by where they stand: in a URL, in an image's name, in a header's text.

Nobody need know them to find them. Everything here is one pass over the text, of bounded look-ahead: it may be hostile.
"""

import re
from collections.abc import Iterator
from urllib.parse import unquote

_WORD = re.compile(r"\S+")
_TELLING = re.compile(
    r"passw(or)?d|pwd|passphrase|secret|token|signature|credential|api[-_.]?key|access[-_.]?key|private[-_.]?key|apikey",
    re.IGNORECASE,
)
_TELLING_IN_QUERY = frozenset(
    {"sig", "key", "auth", "authorization", "code", "jwt", "sas", "pass", "pw", "awsaccesskeyid", "login"}
)
_PARAMETER = re.compile(r"(?<![\w.%-])([\w.%\[\]-]{1,128})=([^\s&#;\"<>,]+)")
_PORT = re.compile(r"\d{1,5}(?![^/?#,;\"')\]}])")
_DIGEST = re.compile(r"sha\d{3}:")
_OPENERS = "/:@\"'()[]{}<>,=|;"
_OPEN, _QUERY = re.compile(r"[/?#]"), re.compile(r"[?#]")
_HEADER = re.compile(
    r"(?i)(?<![\w-])((?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]{0,48}(?:token|key|secret|auth|password|signature|credential))"
    r"(\\{0,4}[\"']?[ \t]{0,8}:[ \t]{0,8}\[?\\{0,4}[\"']?)([^\r\n\"']+)"
)
_SCHEME = re.compile(r"(?i)\b(bearer|basic|negotiate|digest)([ \t]{1,8})([\w.~+/-]{8,}={0,2})")


def spans(text: str) -> Iterator[tuple[int, int]]:
    """Give where credentials stand in a text, each as its begin and its end; they may overlap."""
    for word in _WORD.finditer(text):
        if "@" in word[0]:
            yield from ((word.start() + begin, word.start() + end) for begin, end in _logins(word[0]))
    for match in _PARAMETER.finditer(text):
        in_query = match.start() > 0 and text[match.start() - 1] in "?&;#"
        if tells(unquote(match[1]), in_query=in_query):
            yield match.span(2)
    for match in _HEADER.finditer(text):
        yield match.span(3)
    for match in _SCHEME.finditer(text):
        if _is_token(match[3]):
            yield match.span(3)


def tells(name: str, *, in_query: bool = False) -> bool:
    """Tell whether something of this name is likely to be a credential; in a URL's query, shorter names are too."""
    return _TELLING.search(name) is not None or (in_query and name.lower() in _TELLING_IN_QUERY)


def _logins(word: str) -> Iterator[tuple[int, int]]:
    """Find `user:password@` in a word without space: behind each `://`, or in front of a host without a scheme."""
    first = word.find("://")
    if first < 0:
        yield from _bare(word)
        return
    begin = first + 3
    while begin > 2:
        following = word.find("://", begin)
        end = len(word) if following < 0 else following
        at = _end_of_login(word[begin:end])
        if at > 0:
            yield begin, begin + at
        begin = following + 3


def _end_of_login(address: str) -> int:
    """Give where the `@` behind a login stands in what follows `://`; not positive where there is none."""
    opened = _OPEN.search(address)
    host = address[: opened.start()] if opened else address
    # A password may hold an `@` or a slash that should have been encoded; `host:8080/a@b` has none.
    _, colon, rest = host.partition(":")
    if colon and not ("@" not in host and _PORT.match(rest + "/")):
        return address.rfind("@", 0, _end_of_path(address) if "@" in host else len(address))
    return host.rfind("@")


def _end_of_path(address: str) -> int:
    opened = _QUERY.search(address)
    return opened.start() if opened else len(address)


def _bare(word: str) -> Iterator[tuple[int, int]]:
    """Find `user:password@host/image:tag`; `image:tag@sha256:…` is none."""
    at = word.rfind("@")
    while at > 0 and _DIGEST.match(word, at + 1):
        at = word.rfind("@", 0, at)
    colon = word.find(":", 0, at) if at > 0 else -1
    while colon >= 0 and (colon == 0 or word[colon - 1] in _OPENERS):
        colon = word.find(":", colon + 1, at)
    if colon > 0 and not re.match(r"\d{1,5}/", word[colon + 1 : colon + 7]):
        yield max(word.rfind(opener, 0, colon) for opener in _OPENERS) + 1, at


def _is_token(text: str) -> bool:
    """Tell a token from a word of a sentence (`basic authentication`)."""
    return len(text) >= 20 or any(one.isdigit() for one in text) or (text != text.lower() and text != text.capitalize())
