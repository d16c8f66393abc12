"""A machine type that no node can hold: said at once, and again in the scheduler's own words; and what there is place for."""

import pytest

from tests.e2e.house import House, probe_spec, until

pytestmark = pytest.mark.node

MACHINES = """machines:
  C4: {cpu: 20m, memory: 96Mi}
  A100: {cpu: 100m, memory: 96Mi, gpus: 1, nodeSelector: {deadreckon.dev/gpu: A100}}
"""


def test_what_no_node_can_hold_is_said_at_once_and_again_by_the_scheduler(house: House) -> None:
    house.engine()
    machines = house.folder / "machines.yaml"
    machines.write_text(MACHINES)
    listed = house.reckon("machine", "list", "--machines", str(machines), "-o", "json").json
    places = {machine["name"]: machine["place"] for machine in listed}
    assert (places["C4"]["holders"], places["C4"]["now"] > 0) == (1, True)
    assert places["A100"]["missing"] == ["no node has nvidia.com/gpu", "no node has the label deadreckon.dev/gpu=A100"]

    spec = probe_spec("web", house.lab.probe_app("1").ref, machineType="A100")
    said = house.submit(spec, "--machines", str(machines), "--detach")

    assert "no node of this cluster can hold a A100: no node has nvidia.com/gpu" in said.err
    trouble = until(lambda: house.reckon("get", "web", "-o", "json").json["row"]["trouble"])
    assert any("no node:" in words and "didn't match Pod's node affinity/selector" in words for words in trouble)
    assert "node affinity/selector" in house.reckon("get", "web").out

    house.submit(probe_spec("web", house.lab.probe_app("1").ref), "--timeout", "240s")
    assert house.reckon("get", "web", "-o", "json").json["state"] == "healthy"
