"""Canaries through the commands: what is private in a spec, an option or a secret is in no output, no fact and no log."""

import json
import sqlite3
import traceback
from base64 import b64encode
from pathlib import Path

import pytest
import structlog

from adapters import logs
from adapters.cli.app import run
from adapters.simulator.cluster import SimulatedCluster
from domain.cluster_ports import Guard
from domain.errors import Rejected, Rejection
from domain.facts import Fact, replica_stream
from domain.objects import Live, Manifest
from domain.record import Append, EventMetadata, UncommittedFact, Who
from domain.replica import ReplicaCreated, ReplicaWaiting
from tests.canaries import SHAPES, canaries, leaks
from tests.unit.cli.typed import HEALTH, NOON, Reckon

CANARIES = canaries(200)
NAME = "model server"
FORMS: tuple[tuple[str, ...], ...] = ((), ("-o", "json"), ("-o", "yaml"))
PW = "pw7hunter"
LOGINS = {
    "image": f"ann:{PW}@registry.example/team/web:1",
    "image with a scheme": f"https://ann:{PW}@registry.example/web",
    "image with a query": f"registry.example/web?token={PW}",
}


def spec(values: list[str], headers: list[str]) -> str:
    env = [{"name": f"V{n}", "value": value} for n, value in enumerate(values)]
    check = {"path": "/", "port": 8000, "headers": [{"name": f"X-{n}", "value": value} for n, value in enumerate(headers)]}
    return HEALTH + f"env: {json.dumps(env)}\nhealthChecks:\n  readiness: {json.dumps(check)}\n"


def recorded(reckon: Reckon) -> str:
    """Give every fact of the ledger as its bytes are: documents stand apart, and are the person's own text."""
    with sqlite3.connect(reckon.place) as ledger:
        tables = [name for (name,) in ledger.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [row for name in tables if "document" not in name for row in ledger.execute(f'SELECT * FROM "{name}"')]
    return "\n".join(one.decode("utf-8", "replace") if isinstance(one, bytes) else str(one) for row in rows for one in row)


def found(text: str) -> list[str]:
    return [part for _, value in CANARIES for part in leaks(value, text)]


def test_no_command_shows_or_records_a_literal(reckon: Reckon) -> None:
    usable = [value for _, value in CANARIES if value.isprintable()]
    file = reckon.file(spec([value for _, value in CANARIES], usable[:20]))
    assert reckon("check", file).exit_code == 0
    said = [reckon("plan", file, *form).output for form in FORMS]
    said += [reckon("submit", file, "--reason", f"for {value}").output for value in usable[:3]]
    said.append(reckon("submit", reckon.file(spec([value[::-1] for _, value in CANARIES], []), "b.yaml")).output)
    looks = [["get", NAME], ["get", NAME, "--version", "1"], ["history", NAME], ["diff", NAME, "1"], ["events"], ["why", NAME]]
    looks += [["list"], ["replay", NAME], ["check", file], ["plan", file]]
    said += [reckon(*look, *form).output for look in looks for form in FORMS]
    said += [reckon("check", file, "-o", "sarif").output]
    assert not found("\n".join(said))
    assert not found(recorded(reckon))


def test_the_control_what_is_revealed_is_seen(reckon: Reckon) -> None:
    assert found(reckon("plan", reckon.file(spec([value for _, value in CANARIES], [])), "--reveal", "-o", "json").stdout)


def test_a_reason_stays_as_it_was_typed_but_for_a_literal_of_the_spec(reckon: Reckon) -> None:
    file = reckon.file(HEALTH + "env:\n  - {name: A, value: tops3cret}\n")
    reckon("submit", file, "--reason", "so that tops3cret works, see https://ann:x@wiki/1")
    assert "so that •••• works, see https://ann:x@wiki/1" in recorded(reckon)


@pytest.mark.parametrize("broken", ["resources: {machineType: C44}\n", "imagee: x\n", "env: 7\n", "}{\n"])
def test_a_refused_spec_tells_no_literal(reckon: Reckon, broken: str) -> None:
    entries = [f"  - {json.dumps({'name': 'V', 'value': value, 'valeu': value})}\n" for _, value in CANARIES[: len(SHAPES)]]
    file = reckon.file(f"name: x\nenv:\n{''.join(entries)}{broken}")
    said = [reckon(command, file, *form).output for command in ("check", "submit") for form in FORMS]
    said.append(reckon("check", file, "-o", "sarif").output)
    assert not found("\n".join(said))
    assert not found(recorded(reckon))


def test_a_block_in_a_file_that_cannot_be_read_is_not_shown(reckon: Reckon) -> None:
    key = "".join(f"      {line}\n" for line in dict(CANARIES)["PEM"].splitlines())
    file = reckon.file(f"name: x\nenv:\n  - name: KEY\n    value: |\n{key}   }}{{ bad\n")
    assert not found(reckon("check", file).output)


@pytest.mark.parametrize("image", LOGINS.values(), ids=LOGINS)
def test_a_login_in_an_image_is_echoed_by_no_command(reckon: Reckon, image: str) -> None:
    file = reckon.file(f"name: x\nimage: '{image}'\nresources: {{machineType: C4}}\n")
    reckon("submit", reckon.file(HEALTH, "good.yaml"))
    typed = [["check", file], ["plan", file], ["submit", file], ["submit", "--name", NAME, "--image", image]]
    typed += [["submit", "--name", NAME, "--set", f"image={image}"]]
    typed += [["registry", "add", "r", "--server", image, "--username", "ann", "--password-file", "-"]]
    for command in typed:
        for form in FORMS:
            assert PW not in reckon(*command, *form, stdin="x").output
    assert PW not in recorded(reckon)


def test_credentials_in_an_integration_a_path_or_a_command_are_masked_unless_revealed(reckon: Reckon) -> None:
    text = HEALTH + (
        f"command: [serve, --db, 'postgres://ann:{PW}@db/x']\n"
        f"healthChecks: {{readiness: {{path: '/ready?token={PW}', port: 8000}}}}\n"
        f"integrations: [{{type: git-lfs, name: d, url: 'https://git.example/d.git?access_key={PW}', path: /d}}]\n"
    )
    file = reckon.file(text)
    for look in (
        ["check", file],
        ["plan", file],
        ["submit", file],
        ["get", NAME],
        ["history", NAME],
        ["get", NAME, "--version", "1"],
    ):
        for form in FORMS:
            assert PW not in reckon(*look, *form).output
    assert PW not in recorded(reckon)


@pytest.mark.parametrize("login", LOGINS.values(), ids=LOGINS)
def test_a_word_too_many_is_echoed_without_its_login(reckon: Reckon, login: str, capsys: pytest.CaptureFixture[str]) -> None:
    for form in FORMS:
        assert run(["get", NAME, login, *form], reckon.doors) == 2
        assert run(["get", NAME, f"--{login}", *form], reckon.doors) == 2
    assert PW not in "".join(capsys.readouterr())


@pytest.mark.parametrize(
    "given", [["secret", "set", "KEY"], ["registry", "add", "r", "--server", "r.example", "--username", "ann"]]
)
def test_a_value_that_the_cluster_repeats_when_it_is_stored_is_not_shown(tmp_path: Path, given: list[str]) -> None:
    reckon = Reckon(tmp_path, Talkative(lambda: NOON, seed="talkative")).bound()
    denied = 0
    for shape, value in CANARIES[: len(SHAPES)]:
        (tmp_path / "value").write_text(value)
        option = "--password-file" if "registry" in given else "--from-file"
        answer = reckon(*given, option, str(tmp_path / "value"))
        denied += "denied:" in answer.output
        assert not leaks(value, answer.output), shape
        assert b64encode(value.encode()).decode()[:16] not in answer.output, shape
    assert denied >= (len(SHAPES) if "secret" in given else 10)
    assert not found(recorded(reckon))


class Talkative(SimulatedCluster):
    """Repeats all that it is given when it says no."""

    def apply(self, manifest: Manifest, *, audit: str, guard: Guard | None = None, dry_run: bool = False) -> Live:
        if manifest.ref.kind not in {"Deployment", "Secret"}:
            return super().apply(manifest, audit=audit, guard=guard, dry_run=dry_run)
        raise Rejected(Rejection(422, "Invalid", f"denied: {json.dumps(manifest.body)}"))


def test_a_plan_shows_the_clusters_refusal_without_the_values_that_it_repeats(tmp_path: Path) -> None:
    reckon = Reckon(tmp_path, Talkative(lambda: NOON, seed="talkative")).bound()
    reckon("secret", "set", "OTHER", stdin="x")  # the namespace is there now
    for form in FORMS:
        answer = reckon("plan", reckon.file(spec([value for _, value in CANARIES[:40]], [])), *form)
        assert "denied:" in answer.output
        assert "httpHeaders" in answer.output or "containers" in answer.output
        assert not found(answer.output)


def test_what_was_recorded_unmasked_is_masked_when_it_is_shown(reckon: Reckon) -> None:
    value = dict(CANARIES)["double quote"]
    reckon("submit", reckon.file(spec([value], [])))
    ledger = reckon.open()
    ((submitted, *_), subject) = (tuple(ledger.tail(0)), f"default/{NAME}")
    stream = replica_stream("uid-1")
    facts: tuple[Fact, ...] = (
        ReplicaCreated("web-1", "ns", 1, "t", NOON),
        ReplicaWaiting("CrashLoopBackOff", f"bad {json.dumps(value)}"),
    )
    notes = tuple(UncommittedFact(fact, EventMetadata(f"f{n}", Who("engine", "engine"), subject)) for n, fact in enumerate(facts))
    ledger.append([Append(stream, 0, notes)])
    ledger.close()
    assert submitted.metadata.subject == subject
    assert leaks(value, recorded(reckon)), "it stands there, as it was recorded"
    said = [reckon(*look, *form) for look in (["events"], ["get", NAME], ["history", NAME], ["why", "f1"]) for form in FORMS]
    assert all(each.exit_code == 0 for each in said)
    assert not leaks(value, "".join(each.output for each in said))


def test_a_logged_fault_shows_no_variable_and_no_login(capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure()
    try:
        fail(PW)
    except ValueError:
        structlog.get_logger().exception("it.failed", url=f"https://ann:{PW}@db/x")
    finally:
        structlog.reset_defaults()
    said = capsys.readouterr().err
    assert "it.failed" in said
    assert "fail" in said
    assert PW not in said


def fail(password: str) -> None:
    message = "https://ann:" + password + "@db.example/ did not answer"
    raise ValueError(message)


def test_a_trace_shows_lines_of_code_and_no_values() -> None:
    with pytest.raises(ValueError, match="did not answer") as caught:
        fail(PW)
    assert PW not in "".join(traceback.format_tb(caught.value.__traceback__))
