"""What a person sees of the spec file's reader: the value, or all problems with their places."""

import json
import time

import pytest

from adapters.spec_file.normal import spec_from_json, spec_json
from adapters.spec_file.problems import Problem
from adapters.spec_file.reading import SpecReading, read_spec
from adapters.spec_file.schema import json_schema
from domain.machines import Catalogue, Machine
from domain.masks import MASK
from domain.spec import ExecCheck, HttpCheck, SecretRef

CATALOGUE = Catalogue({name: Machine(name, 1800, 3686) for name in ("C3", "C4", "A100-80G")})

WHOLE = """\
$schema: https://json-schema.org/draft/2020-12/schema
apiVersion: latest
name: my cool / deployment
image: registry.example/team/app:1
enabled: false
command: [/bin/sh, -c, serve]
env:
  - {name: some-env, value: some value}
  - {name: KEY, value: "secret:my_key"}
resources:
  machineType: C4
  replicas: 3
  ports: [8000, 9000]
healthChecks:
  startup: {path: /startup, periodSeconds: 5, failureThreshold: 6}
  readiness:
    path: /ready
    port: 9000
    initialDelaySeconds: 5
    timeoutSeconds: 2
    headers: [{name: X-Ask, value: kubelet}]
  liveness: {exec: {command: [cat, /tmp/alive]}}
deadreckon: {rolloutDeadlineSeconds: 900}
"""
LEAST = "name: web\nimage: web:1\nresources: {machineType: C4}\n"


def reading(text: str | bytes, file: str = "web.yaml", **more: str) -> SpecReading:
    source = text if isinstance(text, bytes) else text.encode()
    return read_spec(source, file=file, catalogue=CATALOGUE, name=more.get("name"))


def problem(text: str | bytes, code: str, file: str = "web.yaml") -> Problem:
    found = [one for one in reading(text, file).problems if one.code == code]
    assert len(found) == 1, reading(text, file)
    return found[0]


def test_a_whole_file_becomes_a_spec() -> None:
    spec = reading(WHOLE).spec
    assert spec is not None
    assert (spec.name, spec.enabled, spec.replicas_wanted, spec.resources.ports) == (
        "my cool / deployment",
        False,
        0,
        (8000, 9000),
    )
    assert spec.env[1].value == SecretRef("my_key")
    assert spec.health.startup is not None
    assert spec.health.startup.check == HttpCheck("/startup", 8000)
    assert spec.health.liveness is not None
    assert spec.health.liveness.check == ExecCheck(("cat", "/tmp/alive"))
    assert spec.rollout_deadline == 900
    assert reading(WHOLE).warnings == ()


def test_a_file_without_a_name_takes_it_from_the_command_line() -> None:
    text = LEAST.replace("name: web\n", "")
    assert [one.code for one in reading(text).problems] == ["missing-field"]
    named = reading(text, name="other").spec
    assert named is not None
    assert named.name == "other"
    assert [one.code for one in reading(LEAST, name="other").problems] == ["name-differs"]


def test_all_problems_are_told_at_once_with_their_places() -> None:
    text = "nmae: web\nimage: 'Web 1'\nresources:\n  machineType: C44\n  replicas: 2000\n  ports: [0]\nenabled: yes\n"
    found = [(one.line, one.column, one.code, one.path) for one in reading(text).problems]
    assert found == [
        (1, 1, "missing-field", "name"),
        (1, 1, "unknown-field", "nmae"),
        (2, 8, "bad-value", "image"),
        (4, 16, "unknown-machine-type", "resources.machineType"),
        (5, 13, "out-of-range", "resources.replicas"),
        (6, 11, "out-of-range", "resources.ports[0]"),
        (7, 10, "wrong-type", "enabled"),
    ]


def test_a_list_of_wrong_items_is_not_called_empty_too() -> None:
    metrics = "resources: {machineType: C4, autoscaling: {maxReplicas: 2, metrics: [{metric: gpu, value: 5}]}}\n"
    found = reading(LEAST.replace("resources: {machineType: C4}\n", metrics)).problems
    assert [one.path for one in found] == ["resources.autoscaling.metrics[0].metric"]


def test_a_misspelt_name_suggests_the_nearest() -> None:
    assert "`image`" in problem(LEAST + "imgae: x\n", "unknown-field").hint
    assert "did you mean C4" in problem(LEAST.replace("C4", "c44"), "unknown-machine-type").hint
    inner = LEAST + "healthChecks: {readiness: {path: /, periodSecond: 3, port: 1}}\n"
    assert problem(inner, "unknown-field").hint == "did you mean `periodSeconds`?"


def test_a_problem_reads_like_a_compilers() -> None:
    text = LEAST.replace("C4", "C44")
    assert str(problem(text, "unknown-machine-type")) == (
        "web.yaml:3:26: resources.machineType: there is no such machine type (given: 'C44'); "
        "did you mean C4? known: C3, C4, A100-80G [unknown-machine-type]"
    )


def test_older_dialects_are_upgraded_and_each_change_is_told() -> None:
    text = """\
apiVersion: v0alpha0
name: old
image: old:1
port: "8080"
region: ny2
protocol: http
resources: {instanceType: C4}
healthchecks:
  readiness: {path: healthz}
env: [{name: A, value: "SECRET:KEY"}]
"""
    found = reading(text)
    assert found.spec is not None
    assert found.spec.resources.ports == (8080,)
    assert found.spec.health.readiness is not None
    assert found.spec.health.readiness.check == HttpCheck("/healthz", 8080)
    assert found.spec.secrets == ("KEY",)
    assert [one.line for one in found.warnings] == [1, 4, 4, 5, 6, 7, 8, 9, 10]


def test_the_oldest_dialect_exposes_port_80() -> None:
    found = reading("apiVersion: v0alpha0\n" + LEAST)
    assert found.spec is not None
    assert found.spec.resources.ports == (80,)
    newer = reading(LEAST)
    assert newer.spec is not None
    assert newer.spec.resources.ports == ()


@pytest.mark.parametrize("ports", ["8000", '"8000"', "['8000']"])
def test_ports_are_read_as_people_wrote_them(ports: str) -> None:
    found = reading(f"name: a\nimage: a\nresources: {{machineType: C4, ports: {ports}}}\n")
    assert found.spec is not None
    assert found.spec.resources.ports == (8000,)
    assert found.warnings


def test_two_names_of_one_field_are_not_guessed_between() -> None:
    text = LEAST.replace("C4}", "C4, ports: [80]}") + "port: 81\n"
    assert problem(text, "given-twice").path == "port"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (b"", "empty"),
        (b"  \n# nothing\n", "empty"),
        (b"---\n", "empty"),
        (b"\xff\xfe\x00", "not-utf8"),
        (b"\x7fELF\x02\x01\x01\x00", "syntax"),
        (b"x" * 1_000_000, "too-large"),
        (b"[" * 100 + b"]" * 100, "too-deep"),
        (b"a:\n" + b"".join(b" " * n + b"- \n" for n in range(1, 100)), "too-deep"),
        (b"a: [" + b"1," * 20_000 + b"]", "too-many-values"),
        (b"[1, 2]", "wrong-type"),
        (b"just a word", "wrong-type"),
        (b"a: 1\n---\nb: 2\n", "several-documents"),
        (b"a: [1\nb: }", "syntax"),
        (b'a: "\\UFFFFFFFF"', "syntax"),
    ],
)
def test_what_is_no_spec_at_all_has_one_clear_problem(text: bytes, code: str) -> None:
    began = time.process_time()
    found = reading(text)
    assert [one.code for one in found.problems] == [code]
    assert time.process_time() - began < 2


def test_an_alias_bomb_is_refused_and_never_built() -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    codes = {one.code for one in reading("\n".join(rows)).problems}
    assert {"alias", "anchor"} <= codes


@pytest.mark.parametrize(("text", "code"), [("image: &x web:1", "anchor"), ("image: !!str web:1", "tag")])
def test_yaml_beyond_plain_data_is_refused(text: str, code: str) -> None:
    assert problem(LEAST.replace("image: web:1", text), code).line == 2


def test_a_key_given_twice_names_both_places() -> None:
    found = problem(LEAST + "image: web:2\n", "duplicate-key")
    assert (found.line, found.message) == (4, "the key 'image' stands here again, first in line 2")


@pytest.mark.parametrize(
    ("probe", "code"),
    [
        ("{path: /, host: other}", "refused-field"),
        ("{path: /}", "probe-without-port"),
        ("{port: 80}", "missing-field"),
        ("{path: /, port: 80, exec: {command: [x]}}", "contradiction"),
        ("{exec: {command: []}}", "bad-value"),
        ("{path: /, port: 80, initialDelaySeconds: 1001}", "out-of-range"),
        ("{path: /, port: 80, periodSeconds: 0}", "out-of-range"),
        ("{path: /, port: 80, timeoutSeconds: 0}", "out-of-range"),
        ("{path: /, port: 80, failureThreshold: 0}", "out-of-range"),
        ("{path: /, port: 80, headers: [{name: A, value: 'secret:k'}]}", "secret-in-header"),
        ("{path: /, port: 80, headers: [{name: 'A B', value: x}]}", "bad-value"),
        ('{path: /, port: 80, headers: [{name: A, value: "x\\ny"}]}', "bad-value"),
    ],
)
def test_health_checks_are_held_to_their_limits(probe: str, code: str) -> None:
    found = reading(LEAST + f"healthChecks: {{liveness: {probe}}}\n").problems
    assert code in [one.code for one in found]
    assert {one.line for one in found} == {4}


def test_a_probe_may_ask_the_one_port_that_the_image_exposes() -> None:
    text = (LEAST + "healthChecks: {liveness: {path: /}}\n").encode()
    asked = read_spec(text, file="a.yaml", catalogue=CATALOGUE, exposed=(7000,)).spec
    assert asked is not None
    assert asked.health.liveness is not None
    assert asked.health.liveness.check == HttpCheck("/", 7000)
    unsure = read_spec(text, file="a.yaml", catalogue=CATALOGUE, exposed=(7000, 7001))
    assert [one.code for one in unsure.problems] == ["probe-without-port"]


@pytest.mark.parametrize(
    "env",
    [
        "[{name: A, value: 12345678}]",
        "[{name: '1A', value: 12345678}]",
        "[{name: A, value: [12345678]}]",
        "[{name: A, valeu: '12345678'}]",
        "[{name: A, value: 'secret:12345678'}]",
        "{A: 12345678}",
        "['A=12345678']",
        "12345678",
    ],
)
def test_no_value_of_a_variable_is_ever_shown(env: str) -> None:
    for found in reading(LEAST + f"env: {env}\n").problems:
        assert "12345678" not in str(found), found


def test_a_literal_that_looks_like_a_credential_is_warned_about_and_masked() -> None:
    found = reading(LEAST + "env: [{name: DB_PASSWORD, value: hunter2}, {name: TOKEN, value: 'secret:t'}]\n")
    assert [(one.code, one.path, one.given) for one in found.warnings] == [("looks-like-credential", "env[0].value", MASK)]


def test_a_variable_and_a_port_stand_once() -> None:
    text = LEAST.replace("C4}", "C4, ports: [80, 80]}") + "env: [{name: A, value: x}, {name: A, value: y}]\n"
    assert [one.path for one in reading(text).problems] == ["resources.ports[1]", "env[1].name"]


def test_an_empty_key_counts_as_absent_and_has_a_place_when_it_is_needed() -> None:
    assert reading(LEAST + "command:\nenv:\n").spec == reading(LEAST).spec
    found = problem(LEAST.replace("image: web:1", "image:"), "missing-field")
    assert (found.line, found.path) == (2, "image")


def test_json_with_comments_and_toml_say_the_same_as_yaml() -> None:
    as_json = '// mine\n{"name": "web", "image": "web:1", /* small */ "resources": {"machineType": "C4",},}\n'
    as_toml = '# mine\nname = "web"\nimage = "web:1"\n[resources]\nmachineType = "C4"\n'
    for file in ("web.jsonc", "-"):
        assert reading(as_json, file).spec == reading(LEAST).spec
    for file in ("web.toml", "-"):
        assert reading(as_toml, file).spec == reading(LEAST).spec


def test_places_are_known_in_json_and_toml_too() -> None:
    as_json = '{"name": "web", "image": "web:1",\n "resources": {"machineType": "C4", "replicas": -1}}'
    as_toml = 'name = "web"\nimage = "web:1"\n[resources]\nmachineType = "C4"\nreplicas = -1\n[[env]]\nname = "A"\nvaleu = ""\n'
    assert (problem(as_json, "out-of-range", "a.json").line, problem(as_json, "out-of-range", "a.json").column) == (2, 49)
    assert problem(as_toml, "out-of-range", "a.toml").line == 5
    assert problem(as_toml, "unknown-field", "a.toml").line == 8


@pytest.mark.parametrize(
    ("text", "file", "code"),
    [
        ('{"a": 1} x', "a.json", "syntax"),
        ('{"a": 01}', "a.json", "syntax"),
        ('{"a": "\\ud800"}', "a.json", "bad-character"),
        ('{"a": "\\u0000"}', "a.json", "bad-character"),
        ('{"a": 1, "a": 2}', "a.json", "duplicate-key"),
        ('{"a": ' + "[" * 50_000, "a.json", "too-deep"),
        ("/*", "a.json", "syntax"),
        ("a = 1\na = 2\n", "a.toml", "syntax"),
        ("a = " + "[" * 50_000, "a.toml", "too-deep"),
        ("a." * 60_000 + "a = 1", "a.toml", "too-deep"),
        ("a = " + "9" * 5_000, "a.toml", "syntax"),
    ],
)
def test_broken_json_and_toml_have_a_clear_problem(text: str, file: str, code: str) -> None:
    began = time.process_time()
    assert code in [one.code for one in reading(text, file).problems]
    assert time.process_time() - began < 2


def test_yes_is_text_and_an_octal_number_has_an_o_as_in_core_yaml() -> None:
    found = reading(LEAST.replace("C4}", "C4, replicas: 0o14}") + "command: [yes, 'null', 1e3x]\n").spec
    assert found is not None
    assert found.resources.replicas == 12
    assert found.command == ("yes", "null", "1e3x")


def test_the_normal_form_is_a_valid_file_and_says_the_same() -> None:
    spec = reading(WHOLE).spec
    assert spec is not None
    stored = spec_json(spec)
    assert spec_from_json(stored) == spec
    again = reading(stored, "stored.json").spec
    assert again == spec


def test_equal_specs_have_equal_normal_forms() -> None:
    said = reading(LEAST + "enabled: true\napiVersion: v1\ncommand: []\n").spec
    unsaid = reading(LEAST).spec
    assert said is not None
    assert unsaid is not None
    assert spec_json(said) == spec_json(unsaid)


def test_the_schema_describes_every_field() -> None:
    schema = json.loads(json.dumps(json_schema()))
    assert schema["required"] == ["image", "resources"]
    assert schema["additionalProperties"] is False
    assert all("description" in field for field in schema["properties"].values())
    assert set(schema["$defs"]["ResourcesV1"]["properties"]) == {"machineType", "replicas", "ports", "autoscaling"}
