"""What specs refer to, on real nodes: secrets of three scopes in a container's env, and images behind a login."""

import json
import urllib.error
import urllib.request

import pytest

from domain.cluster import Bound
from domain.names import Key
from domain.project import shared_namespace
from tests.e2e.house import House, probe_spec, until

pytestmark = pytest.mark.node


def test_secrets_of_three_scopes_reach_the_container_and_the_nearest_counts(house: House) -> None:
    house.engine()
    for name, scopes in {"own": ("team", "cluster", "project"), "ours": ("team", "cluster"), "all": ("team",)}.items():
        for scope in scopes:
            house.reckon("secret", "set", name, "--scope", scope, text=f"value-of-the-{scope}")
    env = [{"name": name.upper(), "value": f"secret:{name}"} for name in ("own", "ours", "all")]
    env.append({"name": "VERSION", "value": "$(OWN) $(OURS) $(ALL)"})

    house.submit(probe_spec("web", house.lab.probe_app("1").ref, env=env))

    assert until(lambda: _version_served(house)) == "value-of-the-project value-of-the-cluster value-of-the-team"
    shown = house.reckon("get", "web").out + house.reckon("secret", "list").out
    everything = "".join(str(r) for r in house.facts()) + shown + house.reckon("events", "web", "--last", "0").out
    assert "value-of" not in everything
    listed = house.reckon("secret", "list", "-o", "json").json
    used = {(one["name"], one["scope"]) for one in listed if one["used_by"]}
    assert used == {("own", "project"), ("ours", "cluster"), ("all", "team")}
    refused = house.reckon("secret", "rm", "all", "--scope", "team", "--yes", ok=False)
    assert (refused.exit, "used by 'web'" in refused.err) == (3, True), refused
    house.lab.kubectl("delete", "namespace", shared_namespace(_ledger(house)), "--wait=false")


def test_an_image_behind_a_login_a_wrong_password_and_a_new_one(house: House) -> None:
    house.engine()
    server, (user, password) = house.lab.private_registry, house.lab.registry_login
    first, second = (house.lab.probe_app(f"private-{number}").at(server) for number in (1, 2))
    add = ("registry", "add", "lab", "--server", server, "--username", user)

    house.reckon(*add, text="not-that")
    said = house.reckon("registry", "test", "lab", ok=False)
    assert "user or password is wrong" in said.err, said
    refused = house.submit(probe_spec("web", first.ref, containerRegistry="lab"), ok=False)
    assert (refused.exit, "user or password is wrong" in refused.err) == (3, True), refused

    house.reckon(*add, text=password)
    assert first.digest in house.reckon("registry", "test", "lab", first.ref).out
    house.submit(probe_spec("web", first.ref, containerRegistry="lab"))
    assert house.deployment("web").versions[-1].order.digest == first.digest

    house.reckon(*add, text="not-that")  # the password was changed: what is named by digest is not asked for here
    pinned = probe_spec("web", second.by_digest, containerRegistry="lab")
    house.submit(pinned, "--detach")
    until(lambda: "refuses the login" in house.reckon("get", "web", "-o", "wide").out, every=1)
    house.reckon(*add, text=password)
    house.submit(pinned)
    assert house.deployment("web").versions[-1].order.registry == ("lab", 4)
    copies = json.loads(house.kubectl("get", "secrets", "-o", "json"))["items"]
    assert {copy["type"] for copy in copies} == {"kubernetes.io/dockerconfigjson"}

    everything = "".join(str(r) for r in house.facts()) + house.reckon("events", "web", "--last", "0").out
    assert password not in everything
    assert "not-that" not in everything
    house.lab.kubectl("delete", "namespace", shared_namespace(_ledger(house)), "--wait=false")


def test_a_restricted_project_takes_what_is_made_for_it(house: House) -> None:
    house.engine()
    house.reckon("secret", "set", "token", text="x")  # its namespace is there before it is restricted
    house.reckon("project", "set", house.project, "--pod-security", "restricted")
    space = json.loads(house.lab.kubectl("get", "namespace", Key(house.project, "x").namespace, "-o", "json"))
    assert space["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    house.submit(probe_spec("web", house.lab.probe_app("1").ref), "--detach")
    # The namespace takes its pods; the lab's image runs as root, which is no longer let run: and that is said.
    until(lambda: "runAsNonRoot" in house.reckon("get", "web").out, every=1)


def _version_served(house: House) -> str:
    try:
        with urllib.request.urlopen(house.service_url("web"), timeout=60) as answer:
            return str(json.load(answer)["version"])
    except (urllib.error.URLError, OSError):
        return ""


def _ledger(house: House) -> str:
    return next(recorded.fact.ledger for recorded in house.facts() if isinstance(recorded.fact, Bound))
