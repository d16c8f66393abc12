"""The portrait of a deployment, as `get` shows it: how it is, what is wanted beside what is seen, what stands in the way."""

from collections.abc import Iterator
from datetime import datetime

from rich.console import Group, RenderableType
from rich.text import Text

from adapters.cli.reading.looks import STATE, Columns, Hanging, facts, next_commands, quoted, section, table
from adapters.cli.reading.times import age, ago, clocked
from domain.hold import ActiveHold
from domain.names import Key
from domain.serving_seen import TakenUp
from domain.world import World
from projections.drift import Drift
from projections.filling import FillPicture
from projections.history import VersionEntry
from projections.sentences.objects import change
from projections.sentences.serving import taking
from projections.status import StatusRow
from projections.wanted_and_seen import ObjectPicture, Picture, ReplicaPicture, Wanted
from projections.who import whose
from projections.wording import listed, short_image, whole

REPLICA_STATES = {
    "ready": "green",
    "leaving": "dim",
    "taken out": "yellow",
    "being made": "cyan",
    "starting": "cyan",
    "waits for a node": "cyan",
}
OBJECT_STATES = {"as applied": "green", "drifted": "yellow", "missing": "cyan", "behind": "cyan", "unsure": "red"}
SHOWN = {"leaving": "terminating"}
"""States that people read by kubectl's word; programs keep the one that `get -o json` always had."""


def portrait(shown: Picture, entry: VersionEntry | None, now: datetime, world: World) -> RenderableType:
    """Lay the whole picture out."""
    parts: list[RenderableType] = [_headline(shown, now, world)]
    if entry:
        parts.append(submission(entry, now))
    if shown.hold:
        parts.append(_hold(shown.hold, shown.row, now))
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
    if shown.takers and shown.row.present:
        parts.append(section("Others' objects", table(("", ""), [_taker(one, now) for one in shown.takers], fold=True)))
    parts.append(_next(shown))
    return Group(*parts)


def _headline(shown: Picture, now: datetime, world: World) -> Text:
    row = shown.row
    text = Text.assemble((row.name, "bold"), "  ", (row.words(now, held=shown.hold), STATE[row.phase]))
    text.append(f"  project {row.project}", style="dim")
    if world.simulated:
        text.append(", on a simulated cluster", style="dim")
    return text


def submission(entry: VersionEntry, now: datetime) -> RenderableType:
    """Say who made a version, when, why, and how it went."""
    text = Text(f"version {entry.number}, by {whose(entry)} {ago(entry.at, now)} ({clocked(entry.at, now)})")
    if entry.reason:
        text.append(f' — "{whole(entry.reason)}"')
    if entry.ticket:
        text.append(f" [{whole(entry.ticket)}]")
    went = Text(entry.went, style=verdict_style(entry))
    return Group(Hanging(text), Hanging(Text(f"changed: {entry.changed}")), Hanging(went))


def verdict_style(entry: VersionEntry) -> str:
    """Give the colour of a version's verdict."""
    if entry.crashed:
        return "yellow"
    return {"healthy": "green", "failed": "red"}.get(entry.verdict, "yellow" if entry.never_healthy else "")


def _hold(hold: ActiveHold, row: StatusRow, now: datetime) -> RenderableType:
    end = f"until {clocked(hold.until, now)}" if hold.until else "until it is resumed"
    reason = f' — "{whole(hold.reason)}"' if hold.reason else ""
    waits = f"; {row.ordered} waits" if row.waiting else ""
    said = f"on hold {end}, by {whose(hold)} {ago(hold.since, now)}{reason}: seen and recorded, not acted upon{waits}"
    return Hanging(Text(said, style="yellow"))


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
    yield from (("served", Text(told, style="" if row.served else "red")) for told in shown.serving)
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
    yield "progress deadline", f"fails after {wanted.deadline} s without progress"


def _fill(one: FillPicture, now: datetime) -> Text:
    return Text(one.told(now), style="yellow" if one.empty else {"failed": "red", "done": ""}.get(one.stage, "cyan"))


def _taker(one: TakenUp, now: datetime) -> tuple[str, str | Text]:
    since = f" since {ago(one.at, now)}" if one.at else ""
    return str(one.ref), Text(f"{taking(one)}{since}", style="yellow")


def _older(ready: int, fresh: int) -> str:
    return f" ({ready - fresh} of them of an older version)" if ready > fresh else ""


def _replicas(replicas: tuple[ReplicaPicture, ...], now: datetime) -> RenderableType:
    rows = [
        (
            replica.short,
            Text(SHOWN.get(replica.state, replica.state), style=REPLICA_STATES.get(replica.state, "red")),
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
    rows = [
        (str(each.ref), Text(SHOWN.get(each.state, each.state), style=OBJECT_STATES.get(each.state, "yellow")))
        for each in objects
    ]
    notes = [Text("; ".join(_drifted(one) for one in drifts if one.ref == each.ref), style="yellow") for each in objects]
    return Columns(("", ""), rows, notes=notes, whole=True)


def _drifted(one: Drift) -> str:
    times = f" ({one.corrections} times before)" if one.corrections else ""
    asked = f"; the audit log names {one.asked_by}" if one.asked_by else ""
    return f"{change(one.change)} by {one.change.manager or 'someone'}: {one.fate}{times}{asked}"


def _next(shown: Picture) -> Text:  # noqa: PLR0911 (one line a phase)
    name = quoted(shown.row.name)
    match shown.row.phase:
        case "unserved" | "drifted":
            return next_commands(f"why {name}", f"events {name}")
        case "failed" | "degraded" | "contested":
            logs = f"logs {name} --previous" if shown.row.restarts else f"logs {name}"
            back = [f"rollback {name}"] if shown.way_back else []
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


def version_portrait(key: Key, wanted: Wanted, entry: VersionEntry, now: datetime, world: World) -> RenderableType:
    """Lay one version out: what it asked for, and how it went."""
    head = Text.assemble((f"{key.name}, version {entry.number}", "bold"), (f"  project {key.project}", "dim"))
    if world.simulated:
        head.append(", on a simulated cluster", style="dim")
    asked: list[tuple[str, str | Text]] = [
        ("image", wanted.image),
        ("pinned to", wanted.digest or "nothing: its registry could not be asked"),
        ("ran", ", ".join(entry.ran) or "not known: no replica of it was seen with its image"),
        ("replicas", f"{wanted.replicas} on {wanted.machine_type}"),
        ("endpoint", wanted.endpoint or "none"),
        ("ports", ", ".join(map(str, wanted.ports)) or "none"),
        ("env", listed(wanted.env, 20) or "none"),
        *((("secrets", listed(wanted.secrets, 20)),) if wanted.secrets else ()),
        *((("registry", wanted.registry),) if wanted.registry else ()),
        *wanted.checks,
        ("startup budget", wanted.startup),
        ("progress deadline", f"fails after {wanted.deadline} s without progress"),
    ]
    name = quoted(key.name)
    back = [f"rollback {name} {entry.number}"] if entry.replaced_at and not (entry.never_healthy or entry.crashed) else []
    after = next_commands(f"diff {name} {entry.number}", *back, f"history {name}")
    return Group(head, submission(entry, now), section("Wanted", facts(asked)), after)
