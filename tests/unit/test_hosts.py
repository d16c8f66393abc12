"""Who has a host: as long as it is wanted, runs, stands in the cluster or may come to stand there, and not a moment longer."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from domain.actions import Create, Update
from domain.deployment import Deployment, Pending, Version
from domain.errors import Refused
from domain.hosts import claim, host_of, served
from domain.names import Key
from domain.objects import Kind, ObjectRef
from domain.orders import HostTaken, Origin, Rendered, Submitted
from domain.tracked_objects import TrackedObject

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
INGRESS = ObjectRef(Kind.INGRESS.value, "space", "web")
OLD, NEW = "web.old.example", "web.new.example"


def version(number: int, host: str) -> Version:
    objects = (Rendered(INGRESS, f"body {host}"),)
    order = Submitted(
        number, 1, str(number), Origin("submit"), "", "", objects, "t", "web:1", "", "C4", 1, enabled=True, deadline=9
    )
    return Version(replace(order, endpoint=f"https://{host}/"), NOON, f"fact {number}")


MOVED = Deployment(Key("shop", "web"), (version(1, OLD), version(2, NEW)), opened=2)
GONE = replace(MOVED, deleted=1, ended=1)


def standing(body: str) -> dict[ObjectRef, TrackedObject]:
    return {INGRESS: TrackedObject(INGRESS, "uid", body)}


def test_a_host_is_that_of_the_version_that_is_wanted() -> None:
    assert served(MOVED) == {NEW}
    assert served(GONE) == frozenset()
    assert host_of("") == ""


def test_a_host_is_kept_while_an_older_version_runs_there() -> None:
    assert served(replace(MOVED, opened=1)) == {OLD, NEW}


@pytest.mark.parametrize(
    ("there", "hosts"),
    [
        (replace(GONE, objects=standing(f"body {OLD}")), {OLD}),
        (replace(GONE, objects=standing("")), {OLD, NEW}),
        (replace(GONE, unsure={INGRESS: "an action"}), {OLD, NEW}),
        (replace(GONE, pending={"a": Pending(Create("a", INGRESS, f"body {OLD}", ""), 1)}), {OLD}),
        (replace(GONE, pending={"a": Pending(Update("a", INGRESS, f"body {OLD}", "uid", ""), 1)}), {OLD}),
        (replace(GONE, objects={replace(INGRESS, kind=Kind.SERVICE.value): TrackedObject(INGRESS, "uid")}), set[str]()),
    ],
    ids=["stands", "whose is not known", "unsure", "on its way", "written over", "something else"],
)
def test_a_host_is_kept_while_something_may_stand_there(there: Deployment, hosts: set[str]) -> None:
    assert served(there) == hosts


def test_who_has_a_host_takes_it_once_and_others_are_told_who_it_is() -> None:
    other = Deployment(Key("evil", "web"))
    assert claim(NEW, MOVED, ()) == ()
    assert claim(NEW, other, (GONE,)) == (HostTaken(NEW),)
    assert claim("", other, ()) == ()
    with pytest.raises(Refused, match="'web' in project 'shop'"):
        claim(NEW, other, (MOVED,))


def test_who_was_deleted_and_still_stands_there_may_have_its_own_host_again() -> None:
    going = replace(GONE, objects=standing(f"body {NEW}"))
    assert claim(NEW, going, (going,)) == (HostTaken(NEW),)
