"""The control of the stories' check that nothing is asked of a cluster which no role allows."""

from typing import Any

import pytest

from tests.e2e.audit import beyond_rights


def asked(verb: str, resource: str, group: str = "", subresource: str = "") -> dict[str, Any]:
    about = {"resource": resource, "apiGroup": group, "subresource": subresource}
    return {"verb": verb, "objectRef": {name: value for name, value in about.items() if value}}


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (asked("list", "secrets"), "list secrets"),
        (asked("delete", "namespaces"), "delete namespaces"),
        (asked("create", "pods", subresource="exec"), "create pods/exec"),
        (asked("update", "deployments", "apps"), "update deployments.apps"),
    ],
)
def test_what_no_role_allows_is_found(line: dict[str, Any], said: str) -> None:
    assert beyond_rights([line]) == (said,)


def test_what_a_role_allows_is_not() -> None:
    lines = [asked("patch", "deployments", "apps"), asked("get", "pods", subresource="log"), asked("watch", "events")]
    assert beyond_rights([*lines, asked("create", "selfsubjectaccessreviews", "authorization.k8s.io"), {"verb": "get"}]) == ()
