"""Older files written anew: they say the same, nothing old is left, comments and all else stay as they were."""

import pytest
from hypothesis import HealthCheck, given, settings

from adapters.spec_file.fixing import Fixed, fix
from adapters.spec_file.reading import read_spec
from domain.machines import Catalogue, Machine
from tests.at_night import at_night
from tests.unit.spec_file.aged import Aged, aged_files

CATALOGUE = Catalogue({name: Machine(name, 1800, 3686) for name in ("C3", "C4", "A100", "A100-80Gx8", "H100x2")})


def fixed(text: str, file: str = "a.yaml") -> str:
    done = fix(text.encode(), file=file, catalogue=CATALOGUE, name=None)
    assert done.because == ""
    again = fix(done.text, file=file, catalogue=CATALOGUE, name=None)
    assert again == Fixed(done.text)
    return done.text.decode()


def codes(text: bytes, file: str) -> list[str]:
    reading = read_spec(text, file=file, catalogue=CATALOGUE, inner_endpoints=True)
    assert reading.problems == ()
    return [warning.code for warning in reading.warnings]


def holds(aged: Aged, done: Fixed) -> None:
    assert done.because == ""
    assert "upgraded" not in codes(done.text, aged.file)
    assert read_spec(done.text, file=aged.file, catalogue=CATALOGUE).spec == aged.spec
    for comment in aged.comments:
        assert comment in done.text.decode()
    assert fix(done.text, file=aged.file, catalogue=CATALOGUE) == Fixed(done.text)


@settings(max_examples=at_night(60), deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(aged_files())
def test_any_older_file_is_written_anew_and_says_the_same(aged: Aged) -> None:
    before = read_spec(aged.text.encode(), file=aged.file, catalogue=CATALOGUE)
    assert before.problems == ()
    assert before.spec == aged.spec
    holds(aged, fix(aged.text.encode(), file=aged.file, catalogue=CATALOGUE))


@pytest.mark.parametrize("rare", ["7F", "80", "9F"])
def test_a_character_that_yaml_takes_only_as_an_escape_is_written_as_one(rare: str) -> None:
    text = f'name: a\nimage: web:1\nresources: {{machineType: C4}}\ncommand: "a\\x{rare}b"\n'
    spec = read_spec(fixed(text).encode(), file="a.yaml", catalogue=CATALOGUE).spec

    assert spec is not None
    assert spec.command == (f"a{chr(int(rare, 16))}b",)


def test_the_control_a_writer_that_drops_comments_is_caught() -> None:
    text = "# first\nname: a\nimage: a\nport: 80 # mine\nresources: {instanceType: C4}\n"
    spec = read_spec(text.encode(), file="a.yaml", catalogue=CATALOGUE).spec
    assert spec is not None
    aged = Aged(text, "a.yaml", spec, ("# first", "# mine"))
    good = fix(text.encode(), file="a.yaml", catalogue=CATALOGUE)
    holds(aged, good)
    with pytest.raises(AssertionError):
        holds(aged, Fixed(good.text.replace(b"# mine", b"")))


WRITTEN = """# what I wrote in 2022
apiVersion: v0alpha0   # old
name: a
image: web:1
port: "8080"   # the web port
protocol: http
command:
  - sh
resources:   # r
  # which machine
  instanceType: C4 # small
  replicas: "2"
models:
  # first
  - id: moABC   # the id
    path: /opt/models/gpt
repositories:
  dataset: x   # my dataset
  mountPath: /repos
  repositories:
    - url: https://git.example/a/b.git
      password: SECRET:PW
      username: u
healthchecks:   # hc
  readiness:
    path: healthz
    port: "8080"
    periodSeconds: '5'
env:
  - name: K
    value: "SECRET:KEY"   # key
"""
ANEW = """# what I wrote in 2022
apiVersion: v1   # old
name: a
image: web:1
# the web port
command:
  - sh
resources:   # r
  # which machine
  machineType: C4 # small
  replicas: 2
  ports: [8080]
integrations:
  # first
  - id: moABC   # the id
    path: /opt/models/gpt
    type: model
    name: gpt
  - url: https://git.example/a/b.git
    password: secret:PW
    username: u
    type: git-lfs
    name: b
    path: /repos
# my dataset
healthChecks:   # hc
  readiness:
    path: /healthz
    port: 8080
    periodSeconds: 5
env:
  - name: K
    value: "secret:KEY"   # key
"""


def test_only_what_is_old_is_touched() -> None:
    assert fixed(WRITTEN) == ANEW


def test_json_with_comments_keeps_them() -> None:
    text = """// top
{
  "name": "a", // name
  "image": "web:1",
  "protocol": "http", // proto
  "resources": {
    "instanceType": "C4"
  },
  // port
  "port": 8080 // the port
}
"""
    anew = """// top
{
  "name": "a", // name
  "image": "web:1",
  // proto
  "resources": {
    "machineType": "C4",
    "ports": [8080]
  }
  // port
  // the port
}
"""
    assert fixed(text, "a.jsonc") == anew


def test_toml_keeps_its_tables_and_comments() -> None:
    text = """# top
name = "a"
image = "web:1"
port = "8080"  # the port

[resources]
instanceType = "C4"   # small

# hc
[healthchecks.readiness]
path = "x"  # p
port = "80"

[[models]]
id = "moX"
"""
    anew = """# top
name = "a"
image = "web:1"
# the port

[resources]
machineType = "C4"   # small
ports = [8080]

# hc
[healthChecks.readiness]
path = "/x"  # p
port = 80

[[integrations]]
id = "moX"
type = "model"
name = "moX"
"""
    assert fixed(text, "a.toml") == anew


def test_line_ends_of_windows_stay() -> None:
    text = "name: a\r\nimage: web:1\r\nresources:\r\n  instanceType: C4\r\n"
    assert fixed(text) == text.replace("instanceType", "machineType")


@pytest.mark.parametrize(
    "text",
    [
        "name: a\nimage: web:1\nport: x\nresources: {instanceType: C4}\n",
        "name: a\nimage: web:1\nport: 80\nresources: {instanceType: C4",
        "name: a\nimage: web:1\nresources: {machineType: C4}  # nothing old\n",
    ],
)
def test_a_file_with_problems_or_with_nothing_old_stays_as_it_is(text: str) -> None:
    assert fix(text.encode(), file="a.yaml", catalogue=CATALOGUE) == Fixed(text.encode())


def test_what_cannot_be_written_in_place_says_why() -> None:
    text = 'name = "a"\nimage = "web:1"\nhealthchecks = {readiness = {path = "x", port = 80}}\n[resources]\nmachineType = "C4"\n'
    done = fix(text.encode(), file="a.toml", catalogue=CATALOGUE)
    assert done.text == text.encode()
    assert done.because == "`healthchecks.readiness.path` does not stand on a line of its own"
