"""Older forms as people mixed them: each is read, told with its modern line, and means what it meant."""

import pytest

from adapters.spec_file.reading import SpecReading, read_spec
from domain.machines import Catalogue, Machine
from domain.spec import Autoscaling, Bucket, GitLfs, HttpCheck, Metric, Model, SecretRef

CATALOGUE = Catalogue({name: Machine(name, 1800, 3686) for name in ("C3", "C4")})
LEAST = "name: web\nimage: web:1\nresources: {machineType: C4}\n"


def reading(text: str) -> SpecReading:
    return read_spec(text.encode(), file="web.yaml", catalogue=CATALOGUE)


def modern(text: str) -> list[tuple[str, str]]:
    """Give the path of each warning, and the line it shows."""
    found = reading(text)
    assert found.problems == ()
    return [(warning.path, warning.hint) for warning in found.warnings if warning.code == "upgraded"]


@pytest.mark.parametrize("version", ["v1", "latest", "v0alpha1", "v0alpha0", ""])
def test_each_version_is_read(version: str) -> None:
    spec = reading((f"apiVersion: {version}\n" if version else "") + LEAST).spec
    assert spec is not None
    assert spec.resources.ports == ((80,) if version == "v0alpha0" else ())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("apiVersion: v0alpha1\n" + LEAST, [("apiVersion", "write `apiVersion: v1`")]),
        (LEAST + "port: 80\n", [("port", "write `resources: {ports: [80]}`")]),
        (LEAST.replace("machineType", "instanceType"), [("resources.instanceType", "write `machineType: C4`")]),
        (LEAST.replace("C4}", "C4, ports: 8000}"), [("resources.ports", "write `ports: [8000]`")]),
        (LEAST.replace("C4}", "C4, ports: ['7860']}"), [("resources.ports[0]", "write `7860`")]),
        (LEAST.replace("C4}", "C4, replicas: '2'}"), [("resources.replicas", "write `replicas: 2`")]),
        (LEAST + "healthchecks: {readiness: {path: /, port: 1}}\n", [("healthchecks", "write `healthChecks:`")]),
        (LEAST + "healthChecks: {readiness: {path: x, port: 1}}\n", [("healthChecks.readiness.path", "write `path: /x`")]),
        (
            LEAST + "healthChecks: {readiness: {path: /, port: 1, periodSeconds: '5'}}\n",
            [("healthChecks.readiness.periodSeconds", "write `periodSeconds: 5`")],
        ),
        (LEAST + "env: [{name: A, value: 'SECRET:K'}]\n", [("env[0].value", "write `value: secret:…`")]),
        (LEAST + "protocol: http2\n", [("protocol", "leave it out")]),
        (
            LEAST + "integrations: [{type: do-spaces, name: s, url: 'https://b.ams3.digitaloceanspaces.com/x'}]\n",
            [("integrations[0].type", "write `type: spaces`")],
        ),
        (LEAST + "port:\n", [("port", "leave it out")]),
    ],
)
def test_each_older_form_shows_the_modern_line(text: str, shown: list[tuple[str, str]]) -> None:
    assert modern(text) == shown


def test_the_template_that_everyone_copied_means_what_it_meant() -> None:
    text = """\
image: web:1
name: web
resources:
  instanceType: C4
  replicas: 1
  ports: "7860"
  autoscaling:
    enabled: true
    maxReplicas: "2"
    metrics:
      - {metric: requestDuration, summary: average, value: "0.15"}
      - {metric: cpu, summary: average, value: 30}
      - {metric: memory, summary: average, value: "45"}
healthchecks: {readiness: {path: /}}
"""
    spec = reading(text).spec
    assert spec is not None
    metrics = (Metric("requestDuration", 0.15), Metric("cpu", 30.0), Metric("memory", 45.0))
    assert spec.resources.autoscaling == Autoscaling(2, metrics)
    assert spec.health.readiness is not None
    assert spec.health.readiness.check == HttpCheck("/", 7860)
    assert len(modern(text)) == 7


def test_models_of_old_stand_where_they_stood() -> None:
    text = LEAST + "models:\n- {id: moA, path: /opt/models/gpt}\n- {id: moB, path: /srv/b/}\n"
    spec = reading(text).spec
    assert spec is not None
    assert spec.integrations == (Model("gpt", "/opt/models/gpt", "moA"), Model("b", "/srv/b", "moB"))
    alone = reading(LEAST + "models: [{id: moA}]\n").spec
    assert alone is not None
    assert alone.integrations == (Model("moA", "/opt/models", "moA"),)


def test_repositories_of_old_keep_their_branch_and_login() -> None:
    text = LEAST + (
        "integrations: [{type: s3, name: d, url: 's3://data'}]\n"
        "repositories:\n  dataset: dsX\n  mountPath: /repos\n  repositories:\n"
        "  - {url: 'https://git.example/a/b.git', ref: dev, username: me, password: 'SECRET:PW'}\n"
        "  - {url: 'https://git.example/c', name: other}\n"
    )
    spec = reading(text).spec
    assert spec is not None
    assert spec.integrations == (
        Bucket("d", "/opt/integrations/d", "s3://data"),
        GitLfs("b", "/repos/b", "https://git.example/a/b.git", "dev", "me", SecretRef("PW")),
        GitLfs("other", "/repos/other", "https://git.example/c"),
    )


@pytest.mark.parametrize(
    ("field", "path"),
    [
        ("models: {gpt: x}", "models"),
        ("models: [x]", "models"),
        ("env: {LOG: x}", "env"),
        ("command: python -m serve", "command"),
        ("integrations: {falcon: {type: volume}}", "integrations"),
        ("repositories: []", "repositories"),
        ("repositories: {repositories: [{url: 'https://h/a', branch: x}]}", "repositories.repositories[0].branch"),
        ("protocol: grpc", "protocol"),
        ("strange:", "strange"),
        ("healthchecks: {readiness: {path: /, port: 1, strange: }}", "healthchecks.readiness.strange"),
        ("integrations: [{type: volume, name: v, url: }]", "integrations[0].url"),
    ],
)
def test_what_no_dialect_had_is_refused_where_it_stands(field: str, path: str) -> None:
    problems = reading(LEAST + field + "\n").problems
    assert path in [problem.path for problem in problems], problems
    assert {problem.line for problem in problems} == {4}


def test_no_value_of_a_password_is_ever_shown() -> None:
    for field in (
        "basicAuthKey: hunter2",
        "basicAuthKey: [hunter2]",
        "basicAuthKey: {a: hunter2}",
        "repositories: {repositories: [{url: 'https://h/a', password: hunter2}]}",
        "repositories: hunter2",
        "integrations: [{type: s3, name: a, url: 's3://abc', accessKeyId: 'hunter2 x', secretAccessKey: [hunter2]}]",
        "integrations: [{type: git-lfs, name: a, url: 'https://me:hunter2@h', password: hunter2}]",
        "integrations: [hunter2]",
        "integrations: hunter2",
    ):
        found = reading(LEAST + field + "\n")
        assert found.problems
        assert "hunter2" not in "".join(map(str, (*found.problems, *found.warnings))), field
