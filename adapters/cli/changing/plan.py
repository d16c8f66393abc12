"""`reckon plan`: what would change, as a person reads a spec, and on the cluster; nothing is recorded."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import typer

from adapters.cli.changing.options import Image, Reason, Reveal, Sets, sign
from adapters.cli.changing.places import remarked
from adapters.cli.changing.problems import warn_all
from adapters.cli.changing.submit import Files, Name, requests
from adapters.cli.command import CHANGING, Needs, command
from adapters.cli.session import Session
from adapters.terminal import visible
from domain.errors import Refused, Rejected, Unfit, Unreachable

if TYPE_CHECKING:
    from rich.text import Text

    from adapters.desk.preview import Preview
    from adapters.desk.rehearsal import Rehearsal
    from projections.spec_diff import Difference


def register(app: typer.Typer) -> None:
    """Add the command."""
    command(app, "plan", panel=CHANGING, machines=True, needs=Needs.ANY_PROJECT)(plan)


def plan(  # noqa: PLR0913, PLR0917 (a command's options)
    session: Session,
    files: Files = None,
    name: Name = "",
    image: Image = "",
    sets: Sets = None,
    reveal: Reveal = False,
    reason: Reason = "",
) -> None:
    """Say what a submission would change. Exits 0 for nothing, 1 for changes, 3 where it would be refused."""
    previews = [session.desk.plan(request) for request in requests(session, files, name=name, image=image, sets=sets)]
    offers = remarked(session, [preview.offer for preview in previews])
    previews = [replace(preview, offer=offer) for preview, offer in zip(previews, offers, strict=True)]
    if reveal:  # before anything is shown: what cannot be recorded is not revealed
        signature = sign(session, reason)
        for preview in previews:
            session.desk.reveal(preview.offer.key, (preview.before.number,) if preview.before else (), signature)
    for preview in previews:
        warn_all(session.screen, preview.offer.warnings)
        for remark in preview.offer.remarks:
            session.screen.warn(remark)
    rehearsals = [_rehearsed(session, preview) for preview in previews]
    show(session, previews, reveal=reveal, rehearsals=rehearsals)
    refused = [f"{ref}: {words}" for rehearsal in rehearsals for ref, words in rehearsal.refused]
    if refused:
        raise Refused("cluster-refuses", f"the cluster would refuse it: {'; '.join(refused)}")
    if any(preview.changes for preview in previews):
        raise typer.Exit(1)


def _rehearsed(session: Session, preview: "Preview") -> "Rehearsal":
    """Ask the cluster, where there is one that this ledger belongs to or that was named; say so where it cannot be asked."""
    from adapters.desk.rehearsal import Rehearsal, rehearse

    if not (preview.changes and (session.settings.real_cluster or session.desk.world().cluster)):
        return Rehearsal(asked=False)
    try:
        rehearsal = rehearse(session.cluster(), preview, session.new_id)
    except (Unreachable, Unfit, Rejected) as error:
        rehearsal = Rehearsal(asked=False, remark=f"the cluster was not asked: {error}")
    if rehearsal.remark:
        session.screen.note(rehearsal.remark)
    return rehearsal


def show(session: Session, previews: list["Preview"], *, rehearsals: list["Rehearsal"], reveal: bool = False) -> None:
    """Write previews in the form that was asked for."""
    from rich.console import Group

    told = zip(previews, rehearsals, strict=True)
    data = [as_data(preview, reveal=reveal) | _answered(rehearsal) for preview, rehearsal in told]
    names = [preview.offer.key.name for preview in previews if preview.changes]
    session.screen.answer(
        data[0] if len(data) == 1 else data,
        lambda: Group(*(line for preview in previews for line in picture(preview, reveal=reveal))),
        names=names,
    )


def _answered(rehearsal: "Rehearsal") -> dict[str, Any]:
    refused = [{"object": ref, "message": words} for ref, words in rehearsal.refused]
    return {"asked": rehearsal.asked, "refused": refused}


def as_data(preview: "Preview", *, reveal: bool = False) -> dict[str, Any]:
    """Give a preview as data."""
    key = preview.offer.key
    return {
        "project": key.project,
        "name": key.name,
        "version": preview.before.number if preview.before else None,
        "changes": preview.changes,
        "fields": [{"path": d.path, "was": d.was, "now": d.now} for d in _differences(preview, reveal=reveal)],
        "created": preview.created,
        "updated": preview.updated,
        "removed": preview.removed,
        "drift": [{"object": ref, "changes": changes} for ref, changes in preview.drift],
        "restarts": preview.restarts,
        "running": preview.running,
        "to_fill": preview.to_fill,
    }


def picture(preview: "Preview", *, reveal: bool = False) -> Iterator["Text"]:
    """Draw a preview: the fields as a diff, then the objects, then what it means for replicas."""
    from rich.text import Text

    name, before = preview.offer.key.name, preview.before
    stands = f"against version {before.number}" if before else "a new deployment"
    yield Text.assemble((name, "bold"), f", {stands}")
    changed = _differences(preview, reveal=reveal)
    for difference in changed:
        yield from _field(difference)
    for how, style, refs in (
        ("+", "green", preview.created),
        ("~", "yellow", preview.updated),
        ("-", "red", preview.removed),
    ):
        for ref in refs:
            yield Text(f"  {how} {ref}", style=style)
    for ref, changes in preview.drift:
        for change in changes:
            yield Text(f"  ~ {ref}: {change.path} is {change.now!r} by {change.manager}, back to {change.was!r}", style="yellow")
    yield _meaning(preview, only_fields=bool(changed))
    if preview.to_fill:
        yield Text(f"filled before that: {', '.join(preview.to_fill)}; what runs goes on meanwhile", style="yellow")
    prepared = preview.offer.prepared
    if preview.running and not prepared.ceiling and prepared.enabled and preview.running != prepared.replicas:
        said = f"autoscaling ends: {preview.running} replicas run now, {prepared.replicas} would"
        yield Text(said, style="yellow")


def _field(difference: "Difference") -> Iterator["Text"]:
    from rich.text import Text

    if difference.was:
        yield Text(f"  - {visible(difference.path)}: {visible(difference.was)}", style="red")
    if difference.now:
        yield Text(f"  + {visible(difference.path)}: {visible(difference.now)}", style="green")


def _differences(preview: "Preview", *, reveal: bool) -> "tuple[Difference, ...]":
    from domain.spec import Resources, Spec
    from projections.spec_diff import differences

    after = preview.offer.spec
    if preview.before_spec:
        return (*differences(preview.before_spec, after, reveal=reveal), *preview.beneath)
    nothing = Spec(after.name, "", Resources("", -1))
    return tuple(replace(new, was="") for new in differences(nothing, after, reveal=reveal))


def _meaning(preview: "Preview", *, only_fields: bool) -> "Text":
    from rich.text import Text

    from projections.wording import count

    if not preview.changes:
        said = "the cluster stays as it is" if only_fields else "nothing changes; a submission would make a version all the same"
        return Text(said, style="dim")
    prepared = preview.offer.prepared
    if preview.before is None:
        return Text(f"{count(prepared.replicas, 'replica')} would start" if prepared.replicas else "no replica would start")
    if preview.restarts and prepared.enabled:
        return Text("replicas are replaced, one after the other", style="yellow")
    if not prepared.enabled:
        return Text("all replicas stop", style="yellow")
    return Text("no replica restarts")
