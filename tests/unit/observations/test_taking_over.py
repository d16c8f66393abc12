"""Taking over: nothing is lost or invented, nothing is taken that was not named or that the manifest declares."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from adapters.observations.taking_over import TakingOver, taking_over
from domain.actions import Taken
from domain.objects import Manifest

Box = dict[str, Any]
PORT: Box = {"name": "http", "port": 80, "targetPort": 80}
MANIFEST = Manifest.of(
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "web", "namespace": "shop"},
        "spec": {"selector": {"app": "web"}, "ports": [PORT], "type": "ClusterIP"},
    }
)


def item(port: int, protocol: str = "TCP") -> str:
    return "k:" + json.dumps({"port": port, "protocol": protocol}, separators=(",", ":"))


def element(*names: str) -> Box:
    nothing: Box = {}
    return {".": nothing} | {f"f:{name}": nothing for name in names}


def entry(manager: str, fields: Box, operation: str = "Update", **more: str) -> Box:
    return {"manager": manager, "operation": operation, "apiVersion": "v1", "fieldsType": "FieldsV1", "fieldsV1": fields, **more}


OURS = entry("deadreckon", {"f:spec": {"f:selector": {}, "f:ports": {item(80): element("name", "port")}}}, "Apply")


def holding(*entries: Box) -> Box:
    return {"metadata": {"managedFields": [OURS, *entries]}}


def leaves(fields: Mapping[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, below in fields.items():
        yield from leaves(below, (*path, name)) if below else [(*path, name)]


def owned(over: TakingOver, manager: str) -> set[tuple[str, ...]]:
    return {path for one in over.entries if one["manager"] == manager for path in leaves(one["fieldsV1"])}


def test_an_element_that_is_not_declared_is_taken_whole() -> None:
    theirs = entry("kubectl-edit", {"f:spec": {"f:ports": {".": {}, item(81): element("name", "port", "nodePort")}}})

    over = taking_over(holding(theirs), MANIFEST, {"spec.ports[port=81].port"})

    assert over.taken == (Taken("spec.ports[port=81]", "kubectl-edit"),)
    assert ("f:spec", "f:ports", item(81), "f:nodePort") in owned(over, "deadreckon")
    assert owned(over, "kubectl-edit") == {("f:spec", "f:ports", ".")}, "the list as such is declared, and shared"


def test_an_element_of_our_number_and_another_protocol_is_another_element() -> None:
    theirs = entry("kubectl-edit", {"f:spec": {"f:ports": {item(80, "UDP"): element("name", "port", "protocol")}}})

    over = taking_over(holding(theirs), MANIFEST, {"spec.ports[port=80].protocol"})

    assert over.taken == (Taken("spec.ports[port=80]", "kubectl-edit"),)
    assert owned(over, "kubectl-edit") == set()


def test_what_is_declared_is_left_to_the_apply() -> None:
    theirs = entry("kubectl-edit", {"f:spec": {"f:type": {}, "f:selector": {}}})

    over = taking_over(holding(theirs), MANIFEST, {"spec.type", "spec.selector.stray"})

    assert over == TakingOver((OURS, theirs), ())


def test_what_several_added_is_taken_from_each() -> None:
    both = [entry(name, {"f:spec": {"f:externalIPs": {}}}) for name in ("a", "b")]

    over = taking_over(holding(*both), MANIFEST, {"spec.externalIPs[0]"})

    assert over.taken == (Taken("spec.externalIPs", "a"), Taken("spec.externalIPs", "b"))
    assert [one["manager"] for one in over.entries] == ["deadreckon"], "who owns nothing any more leaves the list"


def test_subresources_other_versions_and_other_fields_are_left() -> None:
    fields: Box = {"f:spec": {"f:externalIPs": {}}}
    theirs = [
        entry("a", fields, subresource="scale"),
        {**entry("b", fields), "apiVersion": "v2"},
        entry("c", {"f:spec": {"f:clusterIP": {}}}),
    ]

    over = taking_over(holding(*theirs), MANIFEST, {"spec.externalIPs[0]"})

    assert over == TakingOver((OURS, *theirs), ())


def test_where_we_have_no_entry_nothing_is_taken() -> None:
    theirs = entry("a", {"f:spec": {"f:externalIPs": {}}})

    over = taking_over({"metadata": {"managedFields": [theirs]}}, MANIFEST, {"spec.externalIPs[0]"})

    assert over.taken == ()


def test_of_thousands_of_fields_the_first_are_named() -> None:
    notes: Box = {f"f:{number:04}": {} for number in range(3000)}
    theirs = entry("a", {"f:spec": {"f:sessionAffinityConfig": notes}})

    over = taking_over(holding(theirs), MANIFEST, {f"spec.sessionAffinityConfig.{number:04}" for number in range(3000)})

    assert over.taken[-1] == Taken("(2950 more fields)", "unknown")
    assert len(over.taken) == 51


def as_such(path: tuple[str, ...]) -> tuple[str, ...]:
    return path[:-1] if path[-1] == "." else path


names = st.sampled_from(["f:spec", "f:ports", item(80), item(81), item(80, "UDP"), "f:port", "f:type", "f:x", "f:selector"])


def beside(own: Box, fields: Box) -> Box:
    return {**own, **fields}


itself: st.SearchStrategy[Box] = st.sampled_from([{}, {".": {}}])
"""`.` is what is owned as such, and has nothing below it."""
field_sets: st.SearchStrategy[Box] = st.recursive(
    st.builds(Box),
    lambda below: st.builds(beside, itself, st.dictionaries(names, below, max_size=4)),
    max_leaves=12,
)
paths = st.sampled_from(["spec.ports[port=81].port", "spec.ports[port=80].x", "spec.x", "spec.type", "spec.x.port", "spec.ports"])


@given(st.lists(field_sets.map(lambda below: {"f:spec": below}), max_size=3), st.sets(paths))
def test_no_ownership_is_lost_or_invented_and_ours_only_grows(theirs: list[Box], wanted: set[str]) -> None:
    entries = [entry(str(number), fields) for number, fields in enumerate(theirs)]

    over = taking_over(holding(*entries), MANIFEST, wanted)

    before = {as_such(path) for one in (OURS, *entries) for path in leaves(one["fieldsV1"])}
    after = {as_such(path) for one in over.entries for path in leaves(one["fieldsV1"])}
    # A mapping that one owned as such, and another in part, is owned in part.
    assert {path for path in before if not any(path == other[: len(path)] for other in after)} == set()
    assert {path for path in after if path not in before} == set()
    assert {as_such(path) for path in owned(over, "deadreckon")} >= {as_such(path) for path in leaves(OURS["fieldsV1"])}
    assert bool(over.taken) == (over.entries != (OURS, *entries))
    for number, fields in enumerate(theirs):
        assert owned(over, str(number)) <= set(leaves(fields))


@given(st.lists(field_sets.map(lambda below: {"f:spec": below}), max_size=3), st.sets(paths))
def test_taking_over_twice_takes_nothing_the_second_time(theirs: list[Box], wanted: set[str]) -> None:
    over = taking_over(holding(*(entry(str(number), fields) for number, fields in enumerate(theirs))), MANIFEST, wanted)

    again = taking_over({"metadata": {"managedFields": [*over.entries]}}, MANIFEST, wanted)

    assert again == TakingOver(over.entries, ())


def test_where_no_path_is_named_all_that_is_promised_as_a_whole_is_taken() -> None:
    spec: Box = {"f:externalIPs": {}, "f:ipFamilies": {}, "f:clusterIP": {}}
    theirs = entry("a", {"f:spec": spec, "f:metadata": {"f:labels": {"f:team": {}}}})

    over = taking_over(holding(theirs), MANIFEST, ())

    assert over.taken == (Taken("spec.externalIPs", "a"),)
