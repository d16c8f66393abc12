"""Changes: what differs between two specs, as a person reads a spec. Literal values are masked unless they are asked for."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass

from domain.masks import MASK
from domain.spec import EnvVar, ExecCheck, Integration, Probe, Spec
from projections.spec_parts import autoscaling, autoscaling_fields, integration, integration_fields, plain, value
from projections.wording import count, listed, short_image

ABSENT = "(none)"
"""Stands for what one of the two specs does not have."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that differs: its path in a spec file, and the two values as text (empty where there is none).

    `short` says it in a few words, for a line of history.
    """

    path: str
    was: str
    now: str
    short: str


def differences(before: Spec, after: Spec, *, reveal: bool = False) -> tuple[Difference, ...]:
    """Give what differs, in the order of a spec file; () when the two are the same."""
    return (
        *_scalars(before, after, reveal=reveal),
        *_environment(before.env, after.env, reveal=reveal),
        *_autoscaling(before, after),
        *_integrations(before.integrations, after.integrations, reveal=reveal),
        *_health(before, after, reveal=reveal),
    )


def in_words(differing: tuple[Difference, ...], most: int = 3) -> str:
    """Say the differences in one line; `the same again` when there are none."""
    return listed([each.short for each in differing], most) or "the same again"


def beginning(spec: Spec) -> str:
    """Say in one line what a first version is."""
    replicas = count(spec.resources.replicas, "replica")
    return f"{short_image(spec.image)}, {replicas} on {spec.resources.machine_type}"


def _scalars(before: Spec, after: Spec, *, reveal: bool) -> Iterator[Difference]:
    if before.image != after.image:
        short = f"image {short_image(before.image)} -> {short_image(after.image)}"
        yield Difference("image", before.image, after.image, short)
    for path, was, now in _lines(before, after):
        if was != now:
            was, now = plain(was, reveal=reveal), plain(now, reveal=reveal)  # noqa: PLW2901 (what is shown of them)
            name = path.rpartition(".")[2]
            yield Difference(path, was, now, f"{name} {was or ABSENT} -> {now or ABSENT}")


def _lines(before: Spec, after: Spec) -> Iterator[tuple[str, str, str]]:
    was, now = before.resources, after.resources
    yield "enabled", _yes(on=before.enabled), _yes(on=after.enabled)
    yield "containerRegistry", before.registry, after.registry
    yield "command", shlex.join(before.command), shlex.join(after.command)
    yield "basicAuthKey", value(before.basic_auth, reveal=False), value(after.basic_auth, reveal=False)
    yield "resources.machineType", was.machine_type, now.machine_type
    yield "resources.replicas", str(was.replicas), str(now.replicas)
    yield "resources.ports", _ports(was.ports), _ports(now.ports)
    path = "deadreckon.rolloutDeadlineSeconds"
    yield path, _seconds(before.rollout_deadline), _seconds(after.rollout_deadline)
    yield "deadreckon.probes", _exact(on=before.exact_probes), _exact(on=after.exact_probes)


def _environment(before: tuple[EnvVar, ...], after: tuple[EnvVar, ...], *, reveal: bool) -> Iterator[Difference]:
    was = {variable.name: variable.value for variable in before}
    now = {variable.name: variable.value for variable in after}
    for name in dict.fromkeys((*was, *now)):
        old, new = was.get(name), now.get(name)
        if old == new:
            continue
        verb = "added" if old is None else "removed" if new is None else "changed"
        yield Difference(f"env.{name}", value(old, reveal=reveal), value(new, reveal=reveal), f"env {name} {verb}")
    both = was.keys() & now.keys()
    old_order, order = ([name for name in names if name in both] for names in (was, now))
    if old_order != order:  # `$(A)` expands only what stands before it
        yield Difference("env", ", ".join(old_order), ", ".join(order), "another order of env")


def _autoscaling(before: Spec, after: Spec) -> Iterator[Difference]:
    path, old, new = "resources.autoscaling", before.resources.autoscaling, after.resources.autoscaling
    if old is None or new is None:
        if old is not new:
            verb = "added" if old is None else "removed"
            said = [autoscaling(each) if each else "" for each in (old, new)]
            yield Difference(path, said[0], said[1], f"autoscaling {verb}")
        return
    was, now = autoscaling_fields(old), autoscaling_fields(new)
    yield from _fieldwise(path, "autoscaling", (was, now), (was, now))


def _integrations(before: tuple[Integration, ...], after: tuple[Integration, ...], *, reveal: bool) -> Iterator[Difference]:
    was, now = {each.name: each for each in before}, {each.name: each for each in after}
    for name in dict.fromkeys((*was, *now)):
        path, label, old, new = f"integrations.{name}", f"integration {name}", was.get(name), now.get(name)
        if old is None or new is None:
            verb = "added" if old is None else "removed"
            yield Difference(path, integration(old) if old else "", integration(new) if new else "", f"{label} {verb}")
            continue
        plain = integration_fields(old, reveal=True), integration_fields(new, reveal=True)
        yield from _fieldwise(
            path, label, (integration_fields(old, reveal=reveal), integration_fields(new, reveal=reveal)), plain
        )


def _fieldwise(
    path: str, label: str, shown: tuple[dict[str, str], dict[str, str]], plain: tuple[dict[str, str], dict[str, str]]
) -> Iterator[Difference]:
    """Compare a part field by field; `plain` are the fields without masks, which tell what differs."""
    for field in dict.fromkeys((*shown[0], *shown[1])):
        if plain[0].get(field) != plain[1].get(field):
            was, now = shown[0].get(field, ""), shown[1].get(field, "")
            yield Difference(f"{path}.{field}", was, now, f"{label} {field} {was or ABSENT} -> {now or ABSENT}")


def _health(before: Spec, after: Spec, *, reveal: bool) -> Iterator[Difference]:
    for name in ("startup", "readiness", "liveness"):
        old: Probe | None = getattr(before.health, name)
        new: Probe | None = getattr(after.health, name)
        if old == new:
            continue
        if old is None or new is None:
            verb = "added" if old is None else "removed"
            yield Difference(f"healthChecks.{name}", probe(old), probe(new), f"{name} probe {verb}")
            continue
        plain = _fields(old, reveal=True), _fields(new, reveal=True)
        shown = _fields(old, reveal=reveal), _fields(new, reveal=reveal)
        yield from _fieldwise(f"healthChecks.{name}", name, shown, plain)


def _fields(of: Probe, *, reveal: bool) -> dict[str, str]:
    fields: dict[str, str] = {}
    if isinstance(of.check, ExecCheck):
        fields["exec.command"] = plain(shlex.join(of.check.command), reveal=reveal)
    else:
        fields["path"], fields["port"] = of.check.path, str(of.check.port)
        for header in of.check.headers:
            fields[f"headers.{header.name}"] = header.value if reveal else MASK
        fields["path"] = plain(fields["path"], reveal=reveal)
    fields["initialDelaySeconds"] = str(of.initial_delay)
    fields["periodSeconds"] = str(of.period)
    fields["timeoutSeconds"] = str(of.timeout)
    fields["failureThreshold"] = str(of.failure_threshold)
    return fields


def probe(of: Probe | None) -> str:
    """Say a health check on one line: what is asked, how often, and when it has failed for good."""
    if of is None:
        return ""
    asked = (
        f"run {' '.join(of.check.command)}" if isinstance(of.check, ExecCheck) else f"GET {of.check.path} on port {of.check.port}"
    )
    tries = "1 try" if of.failure_threshold == 1 else f"{of.failure_threshold} tries"
    delay = f", from {of.initial_delay} s on" if of.initial_delay else ""
    return f"{plain(asked, reveal=False)}, every {of.period} s{delay}, {tries}, {of.timeout} s for an answer"


def startup_budget(of: Probe | None) -> str:
    """Say how long a replica may take to start: `60 s to start: 6 tries, 10 s apart`."""
    if of is None:
        return "no limit on starting up: there is no startup probe"
    tries = "1 try" if of.failure_threshold == 1 else f"{of.failure_threshold} tries"
    delay = f" after the first {of.initial_delay} s" if of.initial_delay else ""
    return f"{of.budget} s to start: {tries}, {of.period} s apart{delay}"


def _yes(*, on: bool) -> str:
    return "true" if on else "false"


def _exact(*, on: bool) -> str:
    return "exact" if on else ""


def _ports(ports: tuple[int, ...]) -> str:
    return ", ".join(map(str, ports))


def _seconds(seconds: int | None) -> str:
    return "" if seconds is None else str(seconds)
