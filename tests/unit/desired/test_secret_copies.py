"""A version brings the secrets that are not its project's own into its namespace, without their data."""

from dataclasses import replace
from typing import Any

from adapters.machines.catalogue import load_catalogue
from domain.copies import source_of
from domain.names import LABEL, Key
from domain.objects import Manifest
from domain.project import secret_object, shared_namespace
from domain.spec import EnvVar, Resources, SecretRef, Spec
from reconciler.desired import render
from reconciler.render_context import RenderContext

NAMES = ("own", "ours", "all")
SPEC = Spec("web", "web:1", Resources("C4"), env=tuple(EnvVar(name.upper(), SecretRef(name)) for name in NAMES))
GROUND = RenderContext(
    SPEC,
    Key("shop", "web"),
    ledger="ledger-1",
    incarnation=1,
    machine=load_catalogue().machines["C4"],
    image="web:1",
    secrets=dict.fromkeys(NAMES, 3),
    deadline=600,
    wider={"ours": "cluster", "all": "team"},
    registry=("hub", 2),
)


def of_kind(context: RenderContext, kind: str) -> list[Manifest]:
    return [manifest for manifest in render(context).manifests if manifest.ref.kind == kind]


def pod(context: RenderContext) -> dict[str, Any]:
    found: dict[str, Any] = of_kind(context, "Deployment")[0].content["spec"]["template"]["spec"]
    return found


def test_each_variable_reads_the_secret_of_its_scope() -> None:
    read = {one["name"]: one["valueFrom"]["secretKeyRef"] for one in pod(GROUND)["containers"][0]["env"]}
    assert read == {
        "OWN": {"name": secret_object("own", 3), "key": "value"},
        "OURS": {"name": secret_object("ours", 3, "cluster"), "key": "value"},
        "ALL": {"name": secret_object("all", 3, "team"), "key": "value"},
    }


def test_copies_hold_no_data_and_say_where_it_comes_from() -> None:
    copies = of_kind(GROUND, "Secret")
    assert len(copies) == 3
    for copy in copies:
        source = source_of(copy)
        assert source is not None
        assert (source.namespace, source.name) == (shared_namespace("ledger-1"), copy.ref.name)
        assert not {"data", "stringData"} & set(copy.content)


def test_copies_say_in_words_what_they_are_a_copy_of() -> None:
    said = [copy.content["metadata"]["annotations"][f"{LABEL}/name"] for copy in of_kind(GROUND, "Secret")]

    assert said == ["secret all of the team", "secret ours of the cluster", "registry hub"]


def test_the_image_is_pulled_with_the_stored_login() -> None:
    [named] = pod(GROUND)["imagePullSecrets"]
    assert named["name"] in {copy.ref.name for copy in of_kind(GROUND, "Secret")}
    assert "imagePullSecrets" not in pod(replace(GROUND, registry=None))


def test_copies_are_the_same_for_all_deployments_of_a_project() -> None:
    other = replace(GROUND, key=Key("shop", "api"), incarnation=4)
    assert of_kind(other, "Secret") == of_kind(GROUND, "Secret")


def test_equal_names_of_different_scopes_stand_apart() -> None:
    names = {secret_object("a", 1, scope) for scope in ("project", "cluster", "team")}
    assert len(names | {secret_object("cluster-a", 1), secret_object("team_a", 1)}) == 5
