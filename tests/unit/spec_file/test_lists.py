"""One value where a list is meant: read as a list of one in every dialect, with the modern line, which `--fix` writes."""

import json

import pytest

from adapters.spec_file.fixing import Fixed, fix
from adapters.spec_file.reading import SpecReading, read_spec
from domain.machines import Catalogue, Machine

CATALOGUE = Catalogue({"C4": Machine("C4", 1800, 3686)})
LEAST = "name: web\nimage: web:1\n"
BARE = "resources: {machineType: C4, ports: [80]}\n"
SCALED = "resources: {machineType: C4, ports: [80], autoscaling: {maxReplicas: 3, metrics: %s}}\n"
CHECKS = BARE + "healthChecks: {readiness: {path: /, headers: %s}}\n"
OLD_CHECKS = BARE + "healthchecks: {liveness: {exec: {command: %s}}}\n"
LOADED = BARE + "repositories: {mountPath: /r, repositories: %s}\n"
ALONE = [
    ("command", BARE + "command: %s\n", "serve", "command: [serve]"),
    ("resources.ports", "resources: {machineType: C4, ports: %s}\n", "8000", "ports: [8000]"),
    ("env", BARE + "env: %s\n", "{name: A, value: b}", "env: [{name: …, value: …}]"),
    ("integrations", BARE + "integrations: %s\n", "{type: volume, name: v}", "integrations: [{type: …, name: …}]"),
    ("models", BARE + "models: %s\n", "{id: mo1, path: /opt/models/x/}", "integrations: [{type: model, name: …, id: …}]"),
    ("repositories.repositories", LOADED, "{url: 'https://h/a'}", "integrations: [{type: git-lfs, name: …, url: …, path: …}]"),
    ("resources.autoscaling.metrics", SCALED, "{metric: cpu, value: 50}", "metrics: [{metric: …, value: …}]"),
    ("healthChecks.readiness.headers", CHECKS, "{name: A, value: b}", "headers: [{name: …, value: …}]"),
    ("healthchecks.liveness.exec.command", OLD_CHECKS, "ls", "command: [ls]"),
]


def read(text: str, file: str = "web.yaml") -> SpecReading:
    return read_spec(text.encode(), file=file, catalogue=CATALOGUE)


@pytest.mark.parametrize(("path", "around", "one", "modern"), ALONE, ids=[case[0] for case in ALONE])
def test_one_value_is_read_as_a_list_of_one_and_the_modern_line_is_shown_and_written(
    path: str, around: str, one: str, modern: str
) -> None:
    alone, within = LEAST + around % one, LEAST + around % f"[{one}]"
    reading = read(alone)

    assert reading.problems == ()
    assert reading.spec == read(within).spec is not None
    assert [warning.hint for warning in reading.warnings if warning.path == path and "list of one" in warning.message] == [
        f"write `{modern}`"
    ]
    done = fix(alone.encode(), file="web.yaml", catalogue=CATALOGUE)
    assert done == fix(within.encode(), file="web.yaml", catalogue=CATALOGUE)
    assert "upgraded" not in {warning.code for warning in read(done.text.decode()).warnings}
    assert done.text.decode() != alone


def test_lines_become_the_item_behind_a_dash_and_keep_their_comments() -> None:
    text = (
        LEAST
        + BARE
        + "# which\nmodels:\n  id: mo1   # one\n\n  # where\n  path: /opt/models/x/\nenv:\n  name: A\n  value: |\n    b\n"
    )
    anew = (
        LEAST
        + BARE
        + "# which\nintegrations:\n  - id: mo1   # one\n\n    # where\n    path: /opt/models/x/\n    type: model\n    name: x\n"
        + "env:\n  - name: A\n    value: |\n      b\n"
    )
    assert fix(text.encode(), file="a.yaml", catalogue=CATALOGUE) == Fixed(anew.encode())


def test_json_and_toml_are_written_anew_too() -> None:
    data = {"name": "web", "image": "web:1", "resources": {"machineType": "C4"}, "env": {"name": "A", "value": "b"}}
    done = fix(json.dumps(data).encode(), file="a.json", catalogue=CATALOGUE)
    assert json.loads(done.text) == {**data, "env": [data["env"]]}

    table = 'name = "web"\nimage = "web:1"\n[resources]\nmachineType = "C4"\n[env]  # mine\nname = "A"\nvalue = "b"\n'
    done = fix(table.encode(), file="a.toml", catalogue=CATALOGUE)
    assert done.text.decode() == table.replace("[env]", "[[env]]")


def test_rare_characters_stay_what_they_are_in_toml() -> None:
    text = 'name = "web"\nimage = "web:1"\ncommand = "𐀀"\n[resources]\nmachineType = "C4"\n'
    done = fix(text.encode(), file="a.toml", catalogue=CATALOGUE)
    assert (done.because, done.text.decode()) == ("", text.replace('"𐀀"', '["𐀀"]'))


@pytest.mark.parametrize(
    ("field", "hint"),
    [
        (
            "command: python -m serve --all",
            "write a word an item, as in command: [python, -m, serve, …], or command: [/bin/sh, -c, …]",
        ),
        ("command: {a: b}", "write it as in command: [/app/run, --port, '8000']"),
        ("env: {LOG: info}", "write env: [{name: LOG, value: text}], one for each"),
        (
            "integrations: {falcon: {type: volume}}",
            "write it as in integrations: [{type: s3, ",
        ),
        ("models: {gpt: mo1}", "write integrations: [{type: model, name: …, id: …}]"),
        ("models: mo1", "write integrations: [{type: model, name: …, id: …}]"),
        ("repositories: [{url: 'https://h/a'}]", "write integrations: [{type: git-lfs, name: …, url: …, path: …}]"),
    ],
)
def test_the_control_what_could_be_meant_otherwise_is_refused_and_the_list_is_shown(field: str, hint: str) -> None:
    (problem,) = read(LEAST + BARE + field + "\n").problems
    assert problem.code == "wrong-type"
    assert problem.hint.startswith(hint)
