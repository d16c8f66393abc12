"""The portrait of a deployment, as `get` shows it: how it is, what is wanted beside what is seen, what stands in the way."""

from collections.abc import Iterator
from datetime import datetime

from rich.console import Group, RenderableType
from rich.text import Text

from adapters.cli.reading.looks import STATE, Columns, facts, next_commands, quoted, section, table
from adapters.cli.reading.times import age, ago, clocked
from adapters.terminal import visible
from domain.deployment import Hold
from domain.names import Key
from domain.world import World
from projections.drift import Drift
from projections.filling import FillPicture
from projections.history import Entry
from projections.picture import ObjectPicture, Picture, ReplicaPicture, Wanted
from projections.told.objects import change
from projections.wording import listed, one_line, short_image

REPLICA_STATES = {"ready": "green", "leaving": "dim", "being made": "cyan", "starting": "cyan", "waits for a node": "cyan"}
OBJECT_STATES = {"as applied": "green", "drifted": "yellow", "missing": "cyan", "behind": "cyan", "unsure": "red"}


def portrait(shown: Picture, entry: Entry | None, now: datetime, world: World) -> RenderableType:
    """Lay the whole picture out."""
    parts: list[RenderableType] = [_headline(shown, now, world)]
    if entry:
        parts.append(submission(entry, now))
    if shown.hold:
        parts.append(_hold(shown.hold, now))
    if shown.row.trouble:
        parts.append(section("Trouble", table(("", ""), [("-", Text(one, style="red")) for one in shown.row.trouble], fold=True)))
    if shown.wanted and shown.row.present:
        parts.append(section("Wanted, and seen", facts(_beside(shown, shown.wanted, now))))
    if shown.fills:
        parts.append(section("Integrations", facts((one.integration, _fill(one, now)) for one in shown.fills)))
    if shown.replicas:
        parts.append(section("Replicas", _replicas(shown.replicas, now)))
    if shown.objects and shown.row.present:
        parts.append(section("Objects", _objects(shown.objects, shown.drift)))
    parts.append(_next(shown))
    return Group(*parts)


def _headline(shown: Picture, now: datetime, world: World) -> Text:
    row = shown.row
    text = Text.assemble((row.name, "bold"), "  ", (row.words(now, held=shown.hold), STATE[row.phase]))
    text.append(f"  project {row.project}", style="dim")
    if world.simulated:
        text.append(", on a simulated cluster", style="dim")
    return text


def submission(entry: Entry, now: datetime) -> Text:
    """Say who made a version, when, why, and how it went."""
    text = Text(f"version {entry.number}, by {visible(entry.who)} {ago(entry.at, now)} ({clocked(entry.at, now)})")
    if entry.reason:
        text.append(f' — "{one_line(entry.reason)}"')
    if entry.ticket:
        text.append(f" [{one_line(entry.ticket, 40)}]")
    style = {"healthy": "green", "failed": "red"}.get(entry.verdict, "")
    return text.append("\n").append(f"changed: {entry.changed}\n").append(entry.went, style=style)


def _hold(hold: Hold, now: datetime) -> Text:
    end = f"until {clocked(hold.until, now)}" if hold.until else "until it is resumed"
    reason = f' — "{one_line(hold.reason)}"' if hold.reason else ""
    return Text(
        f"on hold {end}, by {visible(hold.who)} {ago(hold.since, now)}{reason}: seen and recorded, not acted upon", style="yellow"
    )


def _beside(shown: Picture, wanted: Wanted, now: datetime) -> Iterator[tuple[str, str | Text]]:
    row, scaling = shown.row, shown.scaling
    ran = [digest.removeprefix("sha256:")[:12] for digest in shown.digests]
    pinned = wanted.digest.removeprefix("sha256:")[:12]
    differs = [digest for digest in ran if pinned and digest != pinned] or ran[1:]
    seen = f" ({'differs: ' if differs else ''}runs as {listed(ran)})" if ran else ""
    yield "image", Text(short_image(wanted.image) + seen, style="red" if differs else "")
    yield (
        "replicas",
        f"{row.wanted}{f' ({scaling.words})' if scaling else ''} on {wanted.machine_type}, "
        f"{row.ready} ready of {row.replicas} there" + _older(row.ready, row.fresh),
    )
    if scaling and scaling.last:
        yield "scaled", f"{ago(scaling.last.at, now)}: {scaling.scaled.removeprefix('scaled ')}"
    if scaling and scaling.trouble:
        yield "scaling", Text(scaling.trouble, style="yellow")
    yield from ((name, told) for name, told in (("requests", shown.requests), ("endpoint", wanted.endpoint)) if told)
    if wanted.ports:
        yield "ports", ", ".join(map(str, wanted.ports))
    if wanted.env:
        yield "env", listed(wanted.env, 8)
    if wanted.secrets:
        yield "secrets", listed(wanted.secrets, 8)
    if wanted.registry:
        yield "registry", wanted.registry
    if wanted.startup:
        yield "startup", wanted.startup
    for name, check in wanted.checks:
        if name != "startup":
            yield name, check
    yield "patience", f"fails after {wanted.deadline} s without progress"


def _fill(one: FillPicture, now: datetime) -> Text:
    return Text(one.told(now), style={"failed": "red", "done": ""}.get(one.stage, "cyan"))


def _older(ready: int, fresh: int) -> str:
    return f" ({ready - fresh} of them of an older version)" if ready > fresh else ""


def _replicas(replicas: tuple[ReplicaPicture, ...], now: datetime) -> RenderableType:
    rows = [
        (
            replica.short,
            Text(replica.state, style=REPLICA_STATES.get(replica.state, "red")),
            str(replica.version or "-"),
            str(replica.restarts),
            replica.node or "-",
            age(replica.created_at, now),
            replica.last_words,
        )
        for replica in replicas
    ]
    return table(("NAME", "STATE", "VERSION", "RESTARTS", "NODE", "AGE", "LAST WORDS"), rows, fold=True)


def _objects(objects: tuple[ObjectPicture, ...], drifts: tuple[Drift, ...]) -> RenderableType:
    rows = [(str(each.ref), Text(each.state, style=OBJECT_STATES.get(each.state, "yellow"))) for each in objects]
    notes = [Text("; ".join(_drifted(one) for one in drifts if one.ref == each.ref), style="yellow") for each in objects]
    return Columns(("", ""), rows, notes=notes)


def _drifted(one: Drift) -> str:
    times = f" ({one.corrections} times before)" if one.corrections else ""
    return f"{change(one.change)} by {one.change.manager or 'someone'}: {one.fate}{times}"


def _next(shown: Picture) -> Text:  # noqa: PLR0911 (one line a phase)
    name = quoted(shown.row.name)
    match shown.row.phase:
        case "failed" | "degraded" | "contested":
            logs = f"logs {name} --previous" if shown.row.restarts else f"logs {name}"
            back = [f"rollback {name}"] if shown.row.version > 1 else []
            return next_commands(f"why {name}", logs, *back)
        case "blocked":
            return next_commands(f"why {name}", "doctor")
        case "filling" if shown.row.trouble:
            return next_commands(f"events {name} --follow", "doctor")
        case "rolling out" if shown.row.trouble:
            return next_commands(f"why {name}", f"logs {name}" + (" --previous" if shown.row.restarts else ""))
        case "rolling out" | "filling" | "stopping" | "submitted":
            return next_commands(f"wait {name}", f"events {name} --follow")
        case "gone" | "deleting":
            return next_commands(f"history {name}", f"events {name}")
        case _:
            return next_commands(f"logs {name}", f"history {name}", f"why {name}")


def version_portrait(key: Key, wanted: Wanted, entry: Entry, now: datetime, world: World) -> RenderableType:
    """Lay one version out: what it asked for, and how it went."""
    head = Text.assemble((f"{key.name}, version {entry.number}", "bold"), (f"  project {key.project}", "dim"))
    if world.simulated:
        head.append(", on a simulated cluster", style="dim")
    asked: list[tuple[str, str | Text]] = [
        ("image", wanted.image),
        ("pinned to", wanted.digest or "nothing: its registry could not be asked"),
        ("replicas", f"{wanted.replicas} on {wanted.machine_type}"),
        ("endpoint", wanted.endpoint or "none"),
        ("ports", ", ".join(map(str, wanted.ports)) or "none"),
        ("env", listed(wanted.env, 20) or "none"),
        *((("secrets", listed(wanted.secrets, 20)),) if wanted.secrets else ()),
        *((("registry", wanted.registry),) if wanted.registry else ()),
        *wanted.checks,
        ("startup budget", wanted.startup),
        ("patience", f"fails after {wanted.deadline} s without progress"),
    ]
    name = quoted(key.name)
    after = next_commands(f"diff {name} {entry.number}", f"rollback {name} {entry.number}", f"history {name}")
    return Group(head, submission(entry, now), section("Wanted", facts(asked)), after)
