"""Rules about integrations: each name and mount once, in a place of its own, keys in pairs, no way into the platform."""

from collections.abc import Iterator
from typing import NamedTuple

from adapters.spec_file.addresses import host_of, inner, is_host
from adapters.spec_file.forms import ENDPOINT, MOUNT_PATH, SPACE_URL, STEP_NAME
from adapters.spec_file.integrations import mount, space
from adapters.spec_file.problems import FileFinding, shown
from adapters.spec_file.tree import TreeNode

_NEVER_UNDER = ("/proc", "/sys", "/dev", "/etc", "/run", "/var/run", "/boot")
_NEVER_AT = frozenset("/bin /sbin /lib /lib32 /lib64 /usr /usr/bin /usr/lib /usr/local /usr/sbin /var /tmp".split())  # noqa: SIM905 (paths that are refused, on one line)
_PAIRS = (("accessKeyId", "secretAccessKey", True), ("username", "password", False))


class _One(NamedTuple):
    """An integration on its place: `mount` is empty where it cannot be known."""

    path: str
    node: TreeNode
    kind: str
    name: str
    mount: str


def integration_rules(root: TreeNode, *, inner_endpoints: bool) -> Iterator[FileFinding]:
    """Hold a document's integrations to the rules."""
    listed = root.get("integrations")
    integrations = [_one(f"integrations[{n}]", node) for n, node in enumerate((listed.items if listed else None) or ())]
    yield from _names(integrations)
    yield from _mounts(integrations)
    for one in integrations:
        yield from _keys(one)
        yield from _space(one)
        yield from _hosts(one, allowed=inner_endpoints)


def _one(path: str, node: TreeNode) -> _One:
    kind, name = _text(node, "type"), _text(node, "name")
    where = node.get("path")
    written = _text(node, "path")
    known = STEP_NAME.fits(name) and (where is None or MOUNT_PATH.fits(written))
    return _One(path, node, kind, name, mount(kind, name, written if where else None) if known else "")


def _text(node: TreeNode, key: str) -> str:
    below = node.get(key)
    return below.value if below is not None and isinstance(below.value, str) else ""


def _at(one: _One, *keys: str) -> tuple[TreeNode, str]:
    """Give the first of some fields that is there, else the integration itself."""
    for key in keys:
        if (below := one.node.get(key)) is not None:
            return below, f"{one.path}.{key}"
    return one.node, one.path


def _names(integrations: list[_One]) -> Iterator[FileFinding]:
    first: dict[str, int] = {}
    for one in integrations:
        node, path = _at(one, "name")
        if one.name and one.name in first:
            message = f"this stands here again, first in line {first[one.name]}"
            yield FileFinding(
                "given-twice", message, node.at, path, shown(one.name, path), "each integration has a name of its own"
            )
        first.setdefault(one.name, node.at.line)


def _mounts(integrations: list[_One]) -> Iterator[FileFinding]:
    before: list[_One] = []
    for one in integrations:
        node, path = _at(one, "path", "name")
        if not one.mount:
            continue
        if one.mount in _NEVER_AT or any(_within(one.mount, place) for place in _NEVER_UNDER):
            hint = "choose a place of its own, as in /models"
            yield FileFinding(
                "bad-mount", f"nothing can be mounted at {one.mount}, which the system needs", node.at, path, hint=hint
            )
        for other in before:
            if _within(one.mount, other.mount) or _within(other.mount, one.mount):
                message = f"{one.mount} and {other.mount} ({other.name!r}) cannot both be mounted: one lies in the other"
                yield FileFinding("bad-mount", message, node.at, path, hint="give each a `path` of its own")
        before.append(one)


def _within(inner_path: str, outer: str) -> bool:
    return inner_path == outer or inner_path.startswith(outer + "/")


def _keys(one: _One) -> Iterator[FileFinding]:
    for first, second, both in _PAIRS:
        there = [one.node.get(key) is not None for key in (first, second)]
        lacking = second if there == [True, False] else first if both and there == [False, True] else ""
        if lacking:
            given = second if lacking == first else first
            node, path = _at(one, given)
            yield FileFinding("missing-field", f"`{given}` needs `{lacking}` beside it", node.at, path)


def _space(one: _One) -> Iterator[FileFinding]:
    if one.kind != "spaces":
        return
    url, endpoint = _text(one.node, "url"), _text(one.node, "endpoint")
    if (url and not SPACE_URL.fits(url)) or (endpoint and not ENDPOINT.fits(endpoint)):
        return
    bucket, store = space(url, endpoint)
    node, path = _at(one, "endpoint", "url")
    form = "endpoint: https://nyc3.digitaloceanspaces.com and url: s3://bucket/prefix"
    if not store:
        yield FileFinding("missing-field", "it is not known where the space is asked for", node.at, path, hint=f"write {form}")
    elif not bucket:
        yield FileFinding("unknown-space", "it is not known which space is meant", node.at, path, hint=f"write {form}")
    elif url and endpoint and _told_twice(url, endpoint):
        yield FileFinding("unknown-space", "`url` and `endpoint` name different spaces", node.at, path, hint=f"write {form}")


def _told_twice(url: str, endpoint: str) -> bool:
    (bucket, store), (other, asked) = space(url, ""), space("", endpoint)
    return bool((other and bucket and other != bucket) or (store and store != asked))


def _hosts(one: _One, *, allowed: bool) -> Iterator[FileFinding]:
    for key in ("url", "endpoint"):
        url = _text(one.node, key)
        if not url.startswith(("http://", "https://")):
            continue
        node, path = _at(one, key)
        host = host_of(url)
        if not is_host(host):
            yield FileFinding("bad-value", "this host is neither a name nor an address", node.at, path, shown(url, path))
        elif inner(host) and not allowed:
            message = "this address is the platform's own (loopback, link-local or its cloud's metadata), not a source of data"
            hint = "name the store's own host; the platform's owner may allow it: reckon platform set inner-endpoints=true"
            yield FileFinding("inner-endpoint", message, node.at, path, shown(url, path), hint)
