"""Rules about health checks: what contradicts itself is refused, and what can never pass is warned about."""

from collections.abc import Iterator

from adapters.spec_file.problems import FileFinding, shown
from adapters.spec_file.tree import TreeNode
from adapters.spec_file.wire import SECRET

PROBES = ("startup", "readiness", "liveness")
_DEFAULTS = {"initialDelaySeconds": 0, "periodSeconds": 10, "timeoutSeconds": 1, "failureThreshold": 3}


def probe_problems(root: TreeNode, exposed: tuple[int, ...]) -> Iterator[FileFinding]:
    """Hold health checks to the rules. `exposed` are the ports that the image exposes, where they are known."""
    for name in PROBES:
        path, probe = f"healthChecks.{name}", root.get("healthChecks", name)
        if probe is not None and probe.entries is not None:
            yield from _form(root, probe, path, exposed)
            yield from _headers(probe, path)


def _form(root: TreeNode, probe: TreeNode, path: str, exposed: tuple[int, ...]) -> Iterator[FileFinding]:
    entries = probe.entries or {}
    if "exec" in entries:
        hint = "a health check has either `path` or `exec`"
        for extra in sorted({"path", "port", "headers"} & entries.keys()):
            message = f"`{extra}` has no place beside `exec`"
            yield FileFinding("contradiction", message, entries[extra].at, f"{path}.{extra}", hint=hint)
    elif "path" not in entries:
        yield FileFinding("missing-field", "a health check needs `path` or `exec`", probe.at, path)
    elif "port" not in entries and not ports_of(root) and len(exposed) != 1:
        hint = "give the health check a `port`, or the deployment `resources.ports`"
        yield FileFinding("probe-without-port", "it is not known which port to ask", probe.at, path, hint=hint)


def _headers(probe: TreeNode, path: str) -> Iterator[FileFinding]:
    headers = probe.get("headers")
    for index, header in enumerate((headers.items if headers else None) or ()):
        value = header.get("value")
        if value is not None and str(value.value).startswith(SECRET):
            message, where = "a kubelet cannot resolve a secret, so a health check's header cannot be one", f"{path}.headers"
            given, hint = shown(value.value, where), "use `exec`, or no credential"
            yield FileFinding("secret-in-header", message, value.at, f"{where}[{index}].value", given, hint)


def ports_of(root: TreeNode) -> tuple[object, ...]:
    """Give the ports that are listed."""
    ports = root.get("resources", "ports")
    return tuple(port.value for port in (ports.items if ports else None) or ())


def probe_warnings(root: TreeNode) -> Iterator[FileFinding]:
    """Warn about health checks that can never pass, or not as they are meant."""
    for name in PROBES:
        path, probe = f"healthChecks.{name}", root.get("healthChecks", name)
        if probe is not None and probe.entries is not None:
            yield from _port(root, probe, path)
            yield from _address(probe, path)
            yield from one_word(probe.get("exec", "command"), f"{path}.exec.command")
            yield from _timing(probe, path, startup=name == "startup")
    yield from _restarted_first(root)
    yield from _deadline(root)
    yield from _exact(root)


def _port(root: TreeNode, probe: TreeNode, path: str) -> Iterator[FileFinding]:
    port, listed = probe.get("port"), ports_of(root)
    if port is not None and isinstance(port.value, int) and listed and port.value not in listed:
        where = f"{path}.port"
        message = "this port is not in `resources.ports`: where nothing listens, the check never passes"
        yield FileFinding(
            "probe-port", message, port.at, where, shown(port.value, where), f"listed: {', '.join(map(str, listed))}"
        )


def _address(probe: TreeNode, path: str) -> Iterator[FileFinding]:
    asked = probe.get("path")
    if asked is not None and isinstance(asked.value, str) and "://" in asked.value.partition("?")[0]:
        message = "this is a whole address; a health check asks the replica itself for a path"
        yield FileFinding(
            "probe-path", message, asked.at, f"{path}.path", shown(asked.value, path), "write the path alone: /healthz"
        )


def one_word(command: TreeNode | None, path: str) -> Iterator[FileFinding]:
    """Warn about a program's name with its arguments in it: no such program is found."""
    words = command.items if command is not None else None
    first = words[0] if words and len(words) == 1 else None
    if first is not None and isinstance(first.value, str) and " " in first.value.strip():
        message = "this is one word with spaces in it, and no shell takes it apart: there will be no such program"
        parts = first.value.split()
        hint = f"write a word an item, as in [{', '.join(parts[:3])}{', …' if parts[3:] else ''}], or [/bin/sh, -c, …]"
        yield FileFinding("one-word-command", message, first.at, f"{path}[0]", shown(first.value, path), hint)


def _seconds(probe: TreeNode, key: str) -> int:
    node = probe.get(key)
    value = node.value if node is not None else None
    return value if isinstance(value, int) and not isinstance(value, bool) else _DEFAULTS[key]


def _timing(probe: TreeNode, path: str, *, startup: bool) -> Iterator[FileFinding]:
    delay, period = _seconds(probe, "initialDelaySeconds"), _seconds(probe, "periodSeconds")
    timeout, tries = _seconds(probe, "timeoutSeconds"), _seconds(probe, "failureThreshold")
    node, where = _at(probe, path, "timeoutSeconds")
    if timeout > period:
        message = f"an answer may take {timeout} s, but the next is asked for after {period} s"
        yield FileFinding("probe-timeout", message, node.at, where, hint="let `periodSeconds` be at least `timeoutSeconds`")
    if startup and delay and period * tries < delay:
        node, where = _at(probe, path, "initialDelaySeconds")
        message = f"after {delay} s of waiting only {period * tries} s are left to start: {tries} x {period} s"
        yield FileFinding(
            "probe-budget", message, node.at, where, hint="no delay and more tries allow the same, and are sooner done"
        )


def _at(probe: TreeNode, path: str, key: str) -> tuple[TreeNode, str]:
    node = probe.get(key)
    return (node, f"{path}.{key}") if node is not None else (probe, path)


def _same(one: TreeNode, other: TreeNode) -> bool:
    return all(
        (a.plain() if a else None) == (b.plain() if b else None)
        for a, b in ((one.get(key), other.get(key)) for key in ("path", "port", "exec"))
    )


def _budget(probe: TreeNode) -> int:
    return _seconds(probe, "initialDelaySeconds") + _seconds(probe, "periodSeconds") * _seconds(probe, "failureThreshold")


def _restarted_first(root: TreeNode) -> Iterator[FileFinding]:
    startup, readiness, liveness = (root.get("healthChecks", name) for name in PROBES)
    if startup is not None or readiness is None or liveness is None or not _same(readiness, liveness):
        return
    delay, budget = _seconds(readiness, "initialDelaySeconds"), _budget(liveness)
    if delay >= budget:
        node, where = _at(liveness, "healthChecks.liveness", "initialDelaySeconds")
        message = (
            f"what is asked for readiness from {delay} s on restarts the replica after {budget} s: it may never become ready"
        )
        yield FileFinding("probe-budget", message, node.at, where, hint="add a `startup` check, which the others wait for")


def _deadline(root: TreeNode) -> Iterator[FileFinding]:
    deadline, startup = root.get("deadreckon", "rolloutDeadlineSeconds"), root.get("healthChecks", "startup")
    if deadline is None or startup is None or not isinstance(deadline.value, int):
        return
    needed = _budget(startup) + 60
    if deadline.value < needed:
        message = f"a replica may take {needed - 60} s to start, so a rollout is given {needed} s at least"
        yield FileFinding("no-effect", message, deadline.at, "deadreckon.rolloutDeadlineSeconds", str(deadline.value))


def _exact(root: TreeNode) -> Iterator[FileFinding]:
    exact = root.get("deadreckon", "probes")
    if exact is None:
        return
    asked = any(root.get("healthChecks", name, "path") is not None for name in PROBES)
    if not asked or not ports_of(root):
        message = "only health checks over HTTP are kept one by one, and only where there are `resources.ports`"
        yield FileFinding("no-effect", message, exact.at, "deadreckon.probes", shown(exact.value, ""))
