"""Writing to the simulated cluster: ownership of fields, what is refused, faults, and the audit log."""

from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.observations.quantities import amount, normal
from adapters.simulator.faults import Fault, FaultRule
from adapters.simulator.ownership import leaves, of_fields, to_fields
from domain.cluster_ports import Guard
from domain.errors import Contested, Rejected, Unreachable
from domain.objects import Manifest
from tests.at_night import at_night
from tests.unit.simulator.stage import SPACE, WEB, Stage, deployment

names = st.sampled_from(["A", "B", "C"])
variables = st.dictionaries(names, st.sampled_from(["1", "2"]), max_size=3)


def env(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in values.items()]


def written(stage: Stage) -> dict[str, str | None]:
    container = stage.get("Deployment", "web")["spec"]["template"]["spec"]["containers"][0]
    return {one["name"]: one.get("value") for one in container.get("env", ())}


@dataclass
class Cell:
    """A variable in the plain model: its value, and who owns the value and the item."""

    value: str | None
    of_value: set[str]
    of_item: set[str]


class Model:
    """What server-side apply promises, in a few words."""

    def __init__(self) -> None:
        self.cells: dict[str, Cell] = {}

    def apply(self, values: dict[str, str]) -> None:
        for name, value in values.items():
            cell = self.cells.setdefault(name, Cell(value, set(), set()))
            if cell.value != value:
                cell.value, cell.of_value = value, set()
            cell.of_value.add("us")
            cell.of_item.add("us")
        for name in [name for name in self.cells if name not in values]:
            self.let_go(name)

    def let_go(self, name: str) -> None:
        cell = self.cells[name]
        if "us" in cell.of_value and cell.of_value == {"us"}:
            cell.value = None
        held = "us" in cell.of_item
        cell.of_value.discard("us")
        cell.of_item.discard("us")
        if held and not cell.of_item:
            del self.cells[name]  # also when they own its value: so the real server does it

    def edit(self, values: dict[str, str]) -> None:
        for name, value in values.items():
            if name not in self.cells:
                self.cells[name] = Cell(value, {"they"}, {"they"})
            elif self.cells[name].value != value:
                self.cells[name].value, self.cells[name].of_value = value, {"they"}


@settings(max_examples=at_night(100), deadline=None)
@given(st.lists(st.tuples(st.booleans(), variables), min_size=1, max_size=8))
def test_what_we_apply_holds_and_what_others_own_stays(writes: list[tuple[bool, dict[str, str]]]) -> None:
    stage, model = Stage(), Model()
    stage.apply(deployment())
    for mine, values in writes:
        if mine:
            stage.apply(deployment(container={"env": env(values)} if values else {}))
            model.apply(values)
        elif values:
            patch = {"spec": {"template": {"spec": {"containers": [{"name": "app", "env": env(values)}]}}}}
            stage.interventions.edit(WEB, patch)
            model.edit(values)
        assert written(stage) == {name: cell.value for name, cell in model.cells.items()}


@settings(max_examples=at_night(40), deadline=None)
@given(st.lists(variables, min_size=1, max_size=5))
def test_the_same_apply_twice_makes_no_frame(applied: list[dict[str, str]]) -> None:
    stage = Stage()
    for values in applied:
        first = stage.apply(deployment(container={"env": env(values)}))
        revision = stage.cluster.store.revision
        again = stage.apply(deployment(container={"env": env(values)}))
        assert stage.cluster.store.revision == revision
        assert again.resource_version == first.resource_version


def test_owned_fields_read_back_as_they_were_written() -> None:
    paths = frozenset(leaves(deployment().content))

    assert frozenset(of_fields(to_fields(paths))) == paths


@pytest.mark.parametrize(
    ("written", "stored"),
    [("1000m", "1"), ("1500m", "1500m"), ("0.5", "500m"), ("2000", "2k"), ("1024Mi", "1Gi"), ("1.5Gi", "1536Mi"), ("0", "0")],
)
def test_quantities_are_stored_in_their_canonical_form(written: str, stored: str) -> None:
    assert normal(written) == stored
    assert amount(written) == amount(stored)


def test_a_request_that_never_arrived_leaves_no_trace() -> None:
    stage = Stage()
    stage.cluster.faults.add(FaultRule(Fault.UNREACHABLE, verb="apply", kind="Deployment", calls=(1,)))

    with pytest.raises(Unreachable):
        stage.apply(deployment(), audit="a1")

    assert stage.cluster.read(WEB) is None
    assert "a1" not in {one.audit for one in stage.cluster.audit}
    assert stage.apply(deployment(), audit="a2").created


def test_an_answer_that_was_lost_came_from_a_request_that_was_carried_out() -> None:
    stage = Stage()
    stage.cluster.faults.add(FaultRule(Fault.REPLY_LOST, verb="apply", calls=(1,)))

    with pytest.raises(Unreachable):
        stage.apply(deployment(), audit="a1")

    assert stage.cluster.read(WEB) is not None
    assert [(one.audit, one.code) for one in stage.cluster.audit][-1] == ("a1", 201)


@pytest.mark.parametrize(("fault", "error", "code"), [(Fault.CONTESTED, Contested, 409), (Fault.REJECTED, Rejected, 403)])
def test_a_refusal_by_rule_changes_nothing_and_is_audited(fault: Fault, error: type[Exception], code: int) -> None:
    stage = Stage()
    stage.cluster.faults.add(FaultRule(fault, verb="apply"))

    with pytest.raises(error):
        stage.apply(deployment(), audit="a1")

    assert stage.cluster.read(WEB) is None
    assert [(one.audit, one.code) for one in stage.cluster.audit][-1] == ("a1", code)


def test_faults_by_chance_are_the_same_for_the_same_seed() -> None:
    def luck(seed: str) -> list[bool]:
        stage = Stage(seed)
        stage.cluster.faults.add(FaultRule(Fault.UNREACHABLE, verb="read", probability=0.5))
        return [lost(stage) for _ in range(40)]

    assert luck("one") == luck("one")
    assert luck("one") != luck("other")
    assert 5 < sum(luck("one")) < 35


def lost(stage: Stage) -> bool:
    try:
        stage.cluster.read(WEB)
    except Unreachable:
        return True
    return False


def test_every_write_request_is_in_the_audit_log_with_its_code() -> None:
    stage = Stage()
    live = stage.apply(deployment(), audit="made")
    stage.apply(deployment(replicas=3), audit="changed")
    with pytest.raises(Contested):
        stage.cluster.apply(deployment(), audit="late", guard=Guard(live.uid, live.resource_version))
    with pytest.raises(Rejected):
        stage.cluster.apply(deployment(selector={"matchLabels": {"app": "x"}}), audit="bad")
    stage.cluster.apply(deployment(), audit="dry", dry_run=True)
    now = stage.cluster.read(WEB)
    assert now is not None
    stage.cluster.remove(WEB, guard=Guard(now.uid, now.resource_version), audit="gone")
    stage.wait(5)
    assert not stage.cluster.remove(WEB, guard=Guard(live.uid, live.resource_version), audit="again")

    told = [(one.audit, one.verb, one.code, one.dry_run) for one in stage.cluster.audit if one.audit]
    assert told == [
        ("made", "patch", 201, False),
        ("changed", "patch", 200, False),
        ("late", "patch", 409, False),
        ("bad", "patch", 422, False),
        ("dry", "patch", 200, True),
        ("gone", "delete", 200, False),
        ("again", "delete", 404, False),
    ]


def test_a_secret_with_values_is_made_once_and_not_written_over() -> None:
    stage = Stage()

    def secret(value: str) -> Manifest:
        metadata = {"name": "key-v1", "namespace": SPACE}
        content: dict[str, Any] = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "immutable": True}
        return Manifest.of({**content, "stringData": {"value": value}})

    stage.apply(secret("one"))
    with pytest.raises(Rejected) as refused:
        stage.apply(secret("two"))

    assert (refused.value.rejection.status, refused.value.rejection.reason) == (409, "AlreadyExists")
    assert "one" not in repr(stage.cluster.audit)
