"""Objects laid out flat: each leaf under its path, elements of lists by their key, and the order where it says something."""

from typing import Any

import pytest

from domain.objects import ORDER, flatten, orders


@pytest.mark.parametrize(
    ("content", "leaves"),
    [
        ({"a": {"b": 1}, "c": None, "d": "x", "e": 1.5, "f": True}, {"a.b": 1, "c": None, "d": "x", "e": 1.5, "f": True}),
        ({"a": {}, "b": []}, {"a": "{}", "b": "[]"}),
        ({"args": ["x", "y"]}, {"args[0]": "x", "args[1]": "y"}),
        ({"env": [{"name": "A", "value": "1"}]}, {"env[name=A].name": "A", "env[name=A].value": "1"}),
        ({"env": [{"name": "A"}, {"name": "A"}]}, {"env[name=A].name": "A", "env[1].name": "A"}),
        ({"env": ["A", {"value": 1}]}, {"env[0]": "A", "env[1].value": 1}),
        ({"volumeMounts": [{"mountPath": "/a"}]}, {"volumeMounts[mountPath=/a].mountPath": "/a"}),
        ({"ports": [{"containerPort": 80}]}, {"ports[containerPort=80].containerPort": 80}),
        ({"ports": [{"port": 80}, {"port": 81}]}, {"ports[port=80].port": 80, "ports[port=81].port": 81}),
        ({"ports": []}, {"ports": "[]"}),
        ({"ports": ["http"]}, {"ports[0]": "http"}),
        ({"doors": [{"containerPort": 80}]}, {"doors[0].containerPort": 80}),
        (
            {"spec": {"template": {"containers": [{"name": "app", "ports": [{"port": 1}]}]}}},
            {"spec.template.containers[name=app].name": "app", "spec.template.containers[name=app].ports[port=1].port": 1},
        ),
    ],
)
def test_each_leaf_stands_under_its_path(content: dict[str, Any], leaves: dict[str, Any]) -> None:
    assert flatten(content) == leaves


def test_a_path_may_begin_somewhere() -> None:
    assert flatten({"a": 1}, "spec") == {"spec.a": 1}
    assert flatten("x", "spec") == {"spec": "x"}


def test_only_an_order_that_says_something_is_given() -> None:
    two, one = [{"name": "B"}, {"name": "A"}], [{"name": "A"}]
    content: dict[str, Any] = {
        "spec": {
            "containers": [{"name": "app", "env": two}, {"name": "relay", "env": one}],
            "initContainers": two,
            "volumes": two,
        },
    }

    assert orders(content) == {
        f"spec.containers[name=app].env{ORDER}": '["B", "A"]',
        f"spec.initContainers{ORDER}": '["B", "A"]',
    }
    assert orders({"env": two}) == {}, "only within something"
    assert orders({"a": {"env": [{"name": "A"}, "text", {"value": 1}, {"name": 7}]}}) == {f"a.env{ORDER}": '["A", "7"]'}
    assert orders({"env": two}, "spec") == {f"spec.env{ORDER}": '["B", "A"]'}
