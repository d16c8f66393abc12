"""What a spec only names can change while the spec stays: `history`, `diff` and `plan` tell it as the change that it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from adapters.cli.doors import Doors
from adapters.machines.catalogue import load_catalogue
from domain.machines import Catalogue
from domain.ports import Image, Login
from domain.spec import Bucket, GitLfs
from tests.unit.cli.typed import HEALTH, Reckon

SECRET = HEALTH + "env:\n  - {name: TOKEN, value: 'secret:token'}\n"
FALCON = HEALTH + "integrations:\n  - {type: git-lfs, name: falcon, url: 'https://git.example/falcon'}\n"
ENV = HEALTH + "env:\n  - {name: A, value: one}\n  - {name: B, value: $(A)}\n"
SWAPPED = HEALTH + "env:\n  - {name: B, value: $(A)}\n  - {name: A, value: one}\n"
MACHINES = "machines:\n  C4: {{cpu: {cpu}, memory: {memory}}}\n"


@dataclass
class World:
    """What lies outside: a registry and a repository that answer what they are told to."""

    digest: str = "sha256:" + "a" * 64
    commit: str = "c" * 40

    def resolve(self, image: str, login: Login | None = None) -> Image | None:
        del image, login
        return Image(self.digest) if self.digest else None

    def probe(self, login: Login) -> None:
        del login

    def identify(self, source: GitLfs | Bucket, values: Mapping[str, str], *, inner: bool) -> str:
        del source, values, inner
        return self.commit


@dataclass
class Worldly(Reckon):
    """A person at a terminal in that world."""

    world: World = field(default_factory=World)
    machines: str = ""

    @property
    def doors(self) -> Doors:
        def world(_: object) -> World:
            return self.world

        def catalogue(_: object) -> Catalogue:
            return load_catalogue(Path(self.file(self.machines, "machines.yaml")))

        doors = replace(super().doors, images=world, sources=world)
        return replace(doors, catalogue=catalogue) if self.machines else doors

    def submit(self, text: str) -> None:
        result = self("submit", self.file(text), "--detach")
        assert result.exit_code in {0, 5}, result.output

    def told(self, text: str) -> tuple[str, str, str, Any]:
        """Plan and submit it; give the plan, the newest version's line of history, the diff with the one before, that as data."""
        plan = self("plan", self.file(text)).output
        self.submit(text)
        entries = self.data("history", "model server")
        newest, before = entries[-1], entries[-2]["number"]
        difference = self("diff", "model server", str(before)).output
        return plan, newest["changed"], difference, newest["changes"]


@pytest.fixture
def person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Worldly:
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("NO_COLOR", "1")
    return Worldly(tmp_path)


def test_nothing_new_is_the_same_again_and_differs_in_nothing(person: Worldly) -> None:
    person.submit(HEALTH)

    plan, changed, difference, changes = person.told(HEALTH)

    assert "nothing changes" in plan
    assert (changed, changes) == ("the same again", [])
    assert "the two are the same" in difference
    assert person("diff", "model server", "1").exit_code == 0


def test_another_digest_under_the_same_tag_is_a_change(person: Worldly) -> None:
    person.submit(HEALTH)
    person.world.digest = "sha256:" + "b" * 64

    plan, changed, difference, changes = person.told(HEALTH)

    assert changed == "digest of model-server:1 aaaaaaaaaaaa -> bbbbbbbbbbbb"
    assert [(each["path"], each["now"]) for each in changes] == [("image.digest", "sha256:" + "b" * 64)]
    assert "image.digest: sha256:bbbb" in plan
    assert "image.digest: sha256:aaaa" in difference
    assert person("diff", "model server", "1").exit_code == 1
    assert person.data("diff", "model server", "1")["same"] is False


def test_a_digest_that_could_not_be_asked_is_not_known(person: Worldly) -> None:
    person.submit(HEALTH)
    person.world.digest = ""

    _, changed, _, _ = person.told(HEALTH)

    assert changed == "digest of model-server:1 aaaaaaaaaaaa -> not known"


def test_a_rotated_secret_is_a_change_and_its_value_is_nowhere(person: Worldly) -> None:
    person("secret", "set", "token", stdin="hunter2first")
    person.submit(SECRET)
    person("secret", "set", "token", stdin="hunter2second")

    plan, changed, difference, changes = person.told(SECRET)

    assert changed == "secret token version 1 -> version 2"
    assert "- secrets.token: version 1" in plan
    assert "+ secrets.token: version 2" in plan
    assert "secrets.token: version 1 -> version 2" in difference
    assert "hunter2" not in repr((plan, changed, difference, changes))


def test_a_secret_of_the_project_in_the_place_of_the_teams_is_a_change(person: Worldly) -> None:
    person("secret", "set", "token", "--scope", "team", stdin="of the team")
    person.submit(SECRET)
    person("secret", "set", "token", stdin="of the project")

    _, changed, _, _ = person.told(SECRET)

    assert changed == "secret token version 1 of the team -> version 1"


def test_another_state_of_a_source_is_a_change(person: Worldly) -> None:
    person.submit(FALCON)
    person.world.commit = "d" * 40

    plan, changed, difference, _ = person.told(FALCON)

    assert changed == "content of falcon commit cccccccccccc -> commit dddddddddddd"
    assert "content.falcon: commit dddddddddddd" in plan
    assert "content.falcon: commit cccccccccccc -> commit dddddddddddd" in difference


def test_a_machine_type_that_gives_more_is_a_change(person: Worldly) -> None:
    person.machines = MACHINES.format(cpu="2", memory="4Gi")
    person.submit(HEALTH)
    person.machines = MACHINES.format(cpu="4", memory="8Gi")

    plan, changed, difference, _ = person.told(HEALTH)

    assert changed == "machine type C4: cpu 2 -> 4 and memory 4Gi -> 8Gi"
    assert "machines.C4: cpu 4, memory 8Gi" in plan
    assert "machines.C4: cpu 2, memory 4Gi -> cpu 4, memory 8Gi" in difference


def test_another_catalogue_is_named_where_the_machine_is_as_before(person: Worldly) -> None:
    person.machines = MACHINES.format(cpu="2", memory="4Gi")
    person.submit(HEALTH)
    person.machines += "  C9: {cpu: 9, memory: 9Gi}\n"

    plan, changed, _, _ = person.told(HEALTH)

    assert changed == "another machine catalogue, C4 as before"
    assert "the cluster stays as it is" in plan


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ([("projects-apart", "true", "false")], "platform projects-apart true -> false"),
        ([("hosts", "{name}.a.example", "{name}.b.example"), ("ingress-class", "nginx", "nginx")], "endpoint http://"),
        ([("hosts", "{name}.a.example", "{name}.a.example"), ("ingress-class", "nginx", "traefik")],
         "platform ingress-class nginx -> traefik"),
    ],
)  # fmt: skip
def test_another_choice_of_the_platform_is_a_change(person: Worldly, choices: list[tuple[str, str, str]], words: str) -> None:
    for name, before, _ in choices:
        assert person("platform", "set", f"{name}={before}").exit_code == 0
    person.submit(HEALTH)
    for name, _, after in choices:
        assert person("platform", "set", f"{name}={after}").exit_code == 0

    plan, changed, difference, changes = person.told(HEALTH)

    assert words in changed
    assert changes[0]["path"] in plan
    assert changes[0]["path"] in difference


@pytest.mark.parametrize(
    ("name", "before", "after"),
    [("storage-size", "20Gi", "40Gi"), ("storage-class", "", "fast"), ("filler-image", "r.example/fill:1", "r.example/fill:2")],
)
def test_a_choice_that_shows_in_the_storage_is_named(person: Worldly, name: str, before: str, after: str) -> None:
    person("platform", "set", f"{name}={before}")
    person.submit(FALCON)
    person("platform", "set", f"{name}={after}")

    _, changed, _, _ = person.told(FALCON)

    assert changed == f"platform {name} {before or '(none)'} -> {after}"


def test_a_project_that_became_restricted_is_a_change(person: Worldly) -> None:
    person.submit(HEALTH)
    assert person("project", "set", "default", "--pod-security", "restricted", "--yes").exit_code == 0

    _, changed, _, _ = person.told(HEALTH)

    assert "project pod-security baseline -> restricted" in changed


def test_a_choice_that_shows_in_no_object_is_not_called_a_change(person: Worldly) -> None:
    person.submit(HEALTH)
    person("platform", "set", "storage-size=40Gi")

    assert person.told(HEALTH)[1] == "the same again"


def test_what_only_scales_tells_what_else_it_renders_anew(person: Worldly) -> None:
    person.submit(HEALTH)
    person("platform", "set", "projects-apart=false")
    person("scale", "model server", "3", "--detach")

    assert person.data("history", "model server")[-1]["changed"] == "replicas 2 -> 3; platform projects-apart true -> false"


def test_another_order_of_env_is_a_change(person: Worldly) -> None:
    person.submit(ENV)

    plan, changed, difference, _ = person.told(SWAPPED)

    assert changed == "another order of env"
    assert "env: B, A" in plan
    assert "env: A, B -> B, A" in difference


def test_a_registry_login_that_was_stored_anew_is_a_change(person: Worldly) -> None:
    private = HEALTH + "containerRegistry: hub\n"
    login = ("registry", "add", "hub", "--server", "registry.example", "--username", "ann")
    person(*login, stdin="first\n")
    person.submit(private)
    person(*login, stdin="second\n")

    _, changed, difference, _ = person.told(private)

    assert changed == "login of registry hub version 1 -> version 2"
    assert "registries.hub: version 1 -> version 2" in difference


def test_a_model_that_stands_elsewhere_is_a_change(person: Worldly) -> None:
    model = HEALTH + "integrations:\n  - {type: model, name: llm, id: falcon}\n"
    assert person("model", "add", "falcon", "--url", "https://git.example/falcon").exit_code == 0
    person.submit(model)
    person("model", "add", "falcon", "--url", "https://git.example/falcon-2")
    person.world.commit = "d" * 40

    _, changed, _, _ = person.told(model)

    assert changed == "content of llm commit cccccccccccc -> commit dddddddddddd"


def test_a_rollback_tells_what_lies_beneath_too(person: Worldly) -> None:
    person("secret", "set", "token", stdin="first")
    person.submit(SECRET)
    person("secret", "set", "token", stdin="second")
    person.submit(SECRET)
    person("rollback", "model server", "1", "--detach", "--yes")

    newest = person.data("history", "model server")[-1]

    assert newest["changed"] == "back to version 1: secret token version 2 -> version 1"


def test_what_differs_in_the_spec_and_beneath_it_is_told_apart(person: Worldly) -> None:
    person("secret", "set", "token", stdin="first")
    person.submit(SECRET)
    person("secret", "set", "token", stdin="second")

    _, changed, _, changes = person.told(SECRET.replace("replicas: 2", "replicas: 3"))

    assert changed == "replicas 2 -> 3; secret token version 1 -> version 2"
    assert [each["path"] for each in changes] == ["resources.replicas", "secrets.token"]
