"""What integrations become: claims and jobs named by what they hold, and mounts that nobody can write to."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.names import FIRST, Key
from domain.orders import Fill
from domain.platform import Platform
from domain.spec import Bucket, GitLfs, Integration, Literal, SecretRef, Volume
from reconciler.desired import Rendering
from reconciler.filling import plain
from tests.unit.desired.test_rendering import CATALOGUE, SPEC, one, rendered

KEY = Key("default", SPEC.name)
COMMIT, OTHER = "a" * 40, "b" * 40
FALCON = GitLfs("falcon", "/models/falcon", "https://git.example/falcon", username="lab", password=SecretRef("token"))
TABLES = Bucket(
    "tables",
    "/tables",
    "s3://data/a",
    endpoint="https://s3.example",
    access_key=Literal("AKIA"),
    secret_key=SecretRef("key"),
)


def filled(*integrations: Integration, identity: str = COMMIT, **more: Any) -> Rendering:  # noqa: ANN401 (of a Ground)
    spec = replace(SPEC, integrations=integrations, **{name: more.pop(name) for name in ("resources", "enabled") if name in more})
    identities = {integration.name: identity for integration in integrations}
    return rendered(spec, identities=identities, **more)


def fill(*integrations: Integration, **more: Any) -> Fill:  # noqa: ANN401 (of a Ground)
    (found,) = filled(*integrations, **more).fills
    return found


def pod(rendering: Rendering) -> dict[str, Any]:
    found: dict[str, Any] = one(rendering, "Job")["spec"]["template"]
    return found


def test_the_same_content_has_the_same_claim_wherever_it_is_mounted_and_whoever_asks_for_it() -> None:
    same = [
        replace(FALCON, mount="/elsewhere"),
        replace(FALCON, ref="main"),
        replace(FALCON, password=SecretRef("other")),
    ]
    assert {fill(one).claim for one in same} == {fill(FALCON).claim}
    renewed = fill(TABLES, identity="etags:1;listing:2;at:3")
    assert renewed.claim == fill(TABLES, identity="etags:1;listing:9").claim, "written anew, and yet the same"


def test_a_fill_of_a_bucket_is_told_which_listing_it_stands_for_and_of_when() -> None:
    [filler] = pod(filled(TABLES, identity="etags:1;listing:2;at:2026-11-29T03:00:00Z"))["spec"]["containers"]
    told = {variable["name"]: variable.get("value") for variable in filler["env"]}

    assert (told["FILL_LISTING"], told["FILL_AT"]) == ("2", "2026-11-29T03:00:00Z")


def told_to(integration: Integration, identity: str) -> dict[str, Any]:
    """Give the variables of the container that fills a claim; of those that come from a Secret, its key."""
    [filler] = pod(filled(integration, identity=identity))["spec"]["containers"]
    return {one["name"]: one.get("value", one.get("valueFrom", {}).get("secretKeyRef", {}).get("key")) for one in filler["env"]}


def test_what_fills_from_a_bucket_is_told_all_that_it_needs_and_nothing_that_was_not_said() -> None:
    identity = "etags:1;listing:2;at:3"
    rclone = "RCLONE_CONFIG_SOURCE"
    told = told_to(replace(TABLES, region="eu-1"), identity)

    assert {
        f"{rclone}_TYPE": "s3",
        f"{rclone}_PROVIDER": "Other",
        f"{rclone}_REGION": "eu-1",
        f"{rclone}_ENDPOINT": "https://s3.example",
        f"{rclone}_ENV_AUTH": "false",
        f"{rclone}_ACCESS_KEY_ID": "AKIA",
        f"{rclone}_SECRET_ACCESS_KEY": "value",
        "FILL_FROM": "data/a",
        "FILL_IDENTITY": identity,
        "FILL_LISTING": "2",
        "FILL_AT": "3",
    }.items() <= told.items()
    amazon = told_to(replace(TABLES, endpoint="", access_key=None, secret_key=None), identity)
    assert amazon[f"{rclone}_PROVIDER"] == "AWS"
    assert not {f"{rclone}_{name}" for name in ("REGION", "ENDPOINT", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY")} & {*amazon}
    assert told_to(replace(TABLES, provider="spaces"), identity)[f"{rclone}_PROVIDER"] == "DigitalOcean"


def test_what_fills_from_a_repository_is_told_all_that_it_needs() -> None:
    assert {
        "FILL_URL": "https://git.example/falcon",
        "FILL_ORIGIN": "https://git.example",
        "FILL_REF": "main",
        "FILL_IDENTITY": COMMIT,
        "FILL_USERNAME": "lab",
        "FILL_PASSWORD": "value",
    }.items() <= told_to(replace(FALCON, ref="main"), COMMIT).items()


def test_a_claim_is_named_by_128_bits_and_its_jobs_pods_have_room() -> None:
    long = replace(FALCON, name="f" * 60)
    for one_of in (FALCON, long):
        assert re.fullmatch(r"fill-f[a-z]{0,24}-[a-z2-7]{26}", fill(one_of).claim.name)
        assert len(fill(one_of).claim.name) + len("-x7k2p") <= 63
        [volume] = pod_of_replicas(filled(one_of))["volumes"]
        assert re.fullmatch(r"f[a-z]{0,35}-[a-z2-7]{26}", volume["name"])
        assert len(volume["name"]) <= 63


def test_what_was_named_as_at_first_keeps_its_claim_and_its_pods() -> None:
    before = filled(FALCON, recorded=KEY.names(FIRST), first=frozenset({("project", "token"), ("project", "key")}))
    assert before.fills[0].claim.name == "fill-falcon-b58993cf45ae", "as commit 44bb2c0 named it"
    assert [volume["name"] for volume in pod_of_replicas(before)["volumes"]] == ["falcon-a8457139"]
    assert before.template == "a3db4908dbab63c4", "no replica is touched"


def pod_of_replicas(rendering: Rendering) -> dict[str, Any]:
    found: dict[str, Any] = one(rendering, "Deployment")["spec"]["template"]["spec"]
    return found


def test_other_content_has_another_claim() -> None:
    others = [
        fill(FALCON, identity=OTHER),
        fill(FALCON, incarnation=2),
        fill(FALCON, platform=Platform(storage_size="40Gi")),
        fill(replace(FALCON, url="https://git.example/other")),
        fill(FALCON, identity="?one"),
        fill(FALCON, identity="?two"),
    ]
    assert len({one.claim for one in [*others, fill(FALCON)]}) == len(others) + 1


def test_what_is_not_known_is_said_so_and_a_claim_may_be_kept_by_name() -> None:
    assert fill(FALCON, identity="?one").identity == ""
    kept = fill(FALCON, identity=f"=fill-falcon-0123={COMMIT}")
    assert (kept.claim.name, kept.identity) == ("fill-falcon-0123", COMMIT)


def test_an_unchanged_source_restarts_nothing() -> None:
    assert filled(FALCON, TABLES).template == filled(TABLES, FALCON).template
    assert filled(FALCON).template != filled(FALCON, identity=OTHER).template


def test_each_is_mounted_read_only_and_a_volume_is_only_mounted() -> None:
    rendering = filled(FALCON, Volume("team-data", "/opt/integrations/team-data"))

    template = one(rendering, "Deployment")["spec"]["template"]["spec"]
    mounts = {mount["mountPath"]: mount for mount in template["containers"][0]["volumeMounts"]}
    claims = {volume["name"]: volume["persistentVolumeClaim"]["claimName"] for volume in template["volumes"]}
    assert all(mount["readOnly"] for mount in mounts.values())
    assert claims[mounts["/models/falcon"]["name"]] == rendering.fills[0].claim.name
    assert claims[mounts["/opt/integrations/team-data"]["name"]] == "team-data"
    assert len(rendering.fills) == 1


def test_a_stopped_deployment_fills_nothing_and_knows_its_claims() -> None:
    running, stopped = filled(FALCON), filled(FALCON, enabled=False)

    assert {m.ref.kind for m in running.manifests} - {m.ref.kind for m in stopped.manifests} >= {"Job", "PersistentVolumeClaim"}
    assert stopped.fills == running.fills
    assert stopped.template == running.template


def test_a_fill_is_no_replica_has_no_token_and_keeps_to_the_projects_pod_security() -> None:
    template = pod(filled(FALCON))
    assert "deadreckon.dev/deployment" not in template["metadata"]["labels"]
    assert template["spec"]["automountServiceAccountToken"] is False

    restricted = pod(filled(FALCON, restricted=True))["spec"]
    assert restricted["securityContext"]["runAsNonRoot"] is True
    assert restricted["securityContext"]["fsGroup"] == restricted["securityContext"]["runAsUser"]
    assert restricted["containers"][0]["securityContext"]["capabilities"] == {"drop": ["ALL"]}


@pytest.mark.parametrize("integration", [FALCON, TABLES])
def test_credentials_come_from_secrets_by_name(integration: Integration) -> None:
    env = pod(filled(integration))["spec"]["containers"][0]["env"]

    (secret,) = [one["valueFrom"]["secretKeyRef"] for one in env if "valueFrom" in one]
    assert secret["key"] == "value"
    assert secret["name"].startswith("secret-")


@given(st.text("$()`'\";&|<>{}ab \\", min_size=1, max_size=20))
def test_what_a_spec_says_is_never_part_of_a_command_and_no_variable_of_kubernetes(hostile: str) -> None:
    source = replace(FALCON, url=f"https://git.example/{hostile}", ref=hostile)

    container = pod(filled(source, identity="?"))["spec"]["containers"][0]

    assert container["command"] == pod(filled(FALCON, identity="?"))["spec"]["containers"][0]["command"]
    said = {one["name"]: one.get("value", "") for one in container["env"]}
    assert expanded(said["FILL_URL"]) == source.url
    assert expanded(said["FILL_REF"]) == hostile


def expanded(text: str) -> str:
    """Read a value as a kubelet does: `$$` is a dollar, and `$(NAME)` a variable."""
    found, rest = "", text
    while "$" in rest:
        before, _, rest = rest.partition("$")
        assert rest[:1] == "$", f"a variable in {text!r}"
        found, rest = f"{found}{before}$", rest[1:]
    return found + rest


def test_the_control_a_plain_value_would_be_a_variable() -> None:
    assert plain("$(FILL_PASSWORD)") == "$$(FILL_PASSWORD)"
    with pytest.raises(AssertionError, match="a variable"):
        expanded("$(FILL_PASSWORD)")


def test_where_a_volume_belongs_to_one_node_it_is_filled_where_the_replicas_can_run() -> None:
    gpu = next(machine for machine in CATALOGUE.machines.values() if machine.node_selector)

    alone = pod(filled(FALCON, machine=gpu, platform=Platform(storage_access="ReadWriteOnce")))["spec"]
    shared = pod(filled(FALCON, machine=gpu))["spec"]

    assert alone["nodeSelector"] == dict(gpu.node_selector)
    assert "nodeSelector" not in shared
