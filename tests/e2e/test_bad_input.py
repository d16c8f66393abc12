"""Bad input: whatever is typed, set or handed in wrongly ends in a clear word, changes nothing, and shows no secret.

All of it runs on files and on the simulated cluster, mostly in this process: quick enough for each change.
"""

import json
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from adapters.ledger.current_sqlite import sqlite3 as current
from adapters.ledger.ledger import open_ledger
from domain.cluster import Bound
from domain.names import FIRST, Key
from domain.orders import Submitted
from domain.record import Append, EventMetadata, UncommittedFact, Who
from domain.replica import ReplicaCreated
from tests.e2e.house import Said, until
from tests.e2e.tryout import SPEC, TryOut, finished

SECRET = "tops3cret"
NOWHERE = "https://127.0.0.1:1"


@pytest.fixture
def tryout(tmp_path: Path) -> Iterator[TryOut]:
    """A person with a new ledger."""
    one = TryOut(tmp_path)
    yield one
    one.close()


Reckon = Callable[..., Said]


@pytest.fixture
def reckon(tryout: TryOut) -> Reckon:
    """Type a command in this process; no answer may ever show a trace or the secret."""

    def type_(*typed: str) -> Said:
        said = tryout.type(*typed)
        assert "Traceback" not in said.err + said.out, said
        assert SECRET not in said.err + said.out, said
        assert said.exit != 70, said
        return said

    return type_


# --- spec files

BAD_SPECS: dict[str, tuple[bytes, set[str]]] = {
    "empty": (b"", {"empty"}),
    "blank": (b" \n\n", {"empty"}),
    "binary": (bytes(range(256)) * 4, {"not-utf8"}),
    "1 MB": (b"name: " + b"x" * (1 << 20), {"too-large"}),
    "100 deep": (b"name: " + b"[" * 100 + b"]" * 100, {"too-deep"}),
    "a bomb of aliases": (b"a: &a [x, x]\nb: &b [*a, *a]\nname: *b\n", {"anchor", "alias"}),
    "a key twice": (SPEC.encode() + b"name: again\n", {"duplicate-key"}),
    "wrong types": (b"name: 7\nimage: [a]\nresources: {machineType: 3, replicas: many}\n", {"wrong-type"}),
    "unknown fields": (SPEC.encode() + b"imagee: x\nreplicass: 3\n", {"unknown-field"}),
    "two documents": (SPEC.encode() + b"---\n" + SPEC.encode(), {"several-documents"}),
    "a secret of the wrong shape": (SPEC.encode() + f"env: [{{name: PASSWORD, value: [{SECRET}]}}]\n".encode(), {"wrong-type"}),
}


@pytest.mark.parametrize(("text", "codes"), BAD_SPECS.values(), ids=BAD_SPECS)
def test_a_bad_spec_is_refused_with_its_places_and_the_refusal_is_on_record(
    tryout: TryOut, reckon: Reckon, text: bytes, codes: set[str]
) -> None:
    file = tryout.file(text)

    checked = reckon("check", file, "-o", "json")
    assert checked.exit == 3, checked
    problems = [problem for problem in checked.json if problem["severity"] == "error"]
    assert {problem["code"] for problem in problems} >= codes
    assert all(problem["file"] == file and problem["line"] >= 1 and problem["column"] >= 1 for problem in problems)

    submitted = reckon("submit", file)
    assert submitted.exit == 3, submitted
    first = problems[0]
    assert f"{file}:{first['line']}:{first['column']}: error: " in submitted.err
    (refusal,) = tryout.refusals()
    assert set(refusal.codes) >= codes
    assert refusal.places[0] == f"{first['line']}:{first['column']}"
    assert not any(SECRET.encode() in path.read_bytes() for path in tryout.folder.glob("ledger.db*"))


def test_all_errors_of_a_spec_are_told_at_once(tryout: TryOut, reckon: Reckon) -> None:
    file = tryout.file("name: x\nimagee: y\nresources:\n  machineType: C44\n  replicas: -1\n")
    said = reckon("check", file)
    assert said.exit == 3
    for place in (f"{file}:2:1: error: ", f"{file}:4:16: error: ", f"{file}:5:13: error: "):
        assert place in said.out, said
    assert "did you mean `image`?" in said.out.replace("'", "`"), said


def test_names_whose_objects_once_had_one_name_are_kept_apart(tryout: TryOut, reckon: Reckon) -> None:
    # Two names that the slug says nothing of and whose early hashes in the project `default` are equal: found by trying 300,000.
    one, other = Key("default", "бжсф"), Key("default", "ихби")
    assert one.names(FIRST) == other.names(FIRST)
    for key in (one, other):
        assert reckon("submit", tryout.file(SPEC.replace("name: web", f"name: {key.name}"))).exit == 5
    with closing(open_ledger(tryout.place)) as ledger:
        orders = [r.fact for r in ledger.tail(0) if isinstance(r.fact, Submitted)]
    assert len({order.names for order in orders}) == 2


@pytest.mark.parametrize(
    ("change", "code", "named"),
    [
        ("env: [{name: TOKEN, value: 'secret:api_token'}]\n", "missing-secret", "reckon secret set api_token"),
        ("image: registry.example/team/web:missing\n", "image-unknown", "web:missing"),
    ],
)
def test_what_a_spec_refers_to_and_is_not_there_is_named_and_the_refusal_is_on_record(
    tryout: TryOut, reckon: Reckon, change: str, code: str, named: str
) -> None:
    kept = [line for line in SPEC.splitlines() if not change.startswith(line.partition(":")[0])]
    said = reckon("submit", tryout.file("\n".join(kept) + "\n" + change))
    assert said.exit == 3, said
    assert named in said.err
    assert [refusal.codes for refusal in tryout.refusals()] == [(code,)]
    assert reckon("list").exit == 0


# --- ledgers


def _text(place: Path) -> None:
    place.write_text("a shopping list, and much more than a hundred characters of it, so that it could be a header\n" * 9)


def _other_database(place: Path) -> None:
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("CREATE TABLE recipes (name TEXT)")


def _damaged(place: Path) -> None:
    place.write_bytes(b"SQLite format 3\0" + b"\7" * 5000)


NO_LEDGERS: dict[str, tuple[Callable[[Path], None], str]] = {
    "a text": (_text, "not a sound SQLite database"),
    "another database": (_other_database, "but no ledger"),
    "a folder": (Path.mkdir, "is a folder"),
    "a damaged ledger": (_damaged, "not a sound SQLite"),
}


@pytest.mark.parametrize(("make", "told"), NO_LEDGERS.values(), ids=NO_LEDGERS)
@pytest.mark.parametrize("command", ["list", "submit", "engine", "rebuild"])
def test_what_is_no_ledger_is_refused_and_left_as_it_was(
    tryout: TryOut, reckon: Reckon, make: Callable[[Path], None], told: str, command: str
) -> None:
    place = Path(tryout.place)
    make(place)
    before = place.read_bytes() if place.is_file() else b""
    typed = [command, tryout.file()] if command == "submit" else [command]

    said = reckon(*typed)

    assert said.exit == 3, said
    assert told in said.err
    assert str(place) in said.err
    assert "hint: " in said.err
    assert (place.read_bytes() if place.is_file() else b"") == before


@pytest.mark.parametrize("place", ["/nowhere/at/all/ledger.db", "/proc/ledger.db", "mysql://user:tops3cret@db/ledger"])
@pytest.mark.parametrize("command", ["list", "engine"])
def test_a_place_where_no_ledger_can_be_is_named_with_the_way_out(reckon: Reckon, place: str, command: str) -> None:
    said = reckon(command, "--ledger", place)
    assert said.exit == 3, said
    assert place.partition("://")[0] in said.err
    assert "hint: " in said.err


@pytest.mark.parametrize("command", ["list", "submit", "engine", "history"])
def test_a_ledger_whose_tables_are_a_newer_versions_is_refused_and_left_as_it_was(
    tryout: TryOut, reckon: Reckon, command: str
) -> None:
    file = tryout.file()
    assert reckon("submit", file).exit == 5
    with closing(current.connect(tryout.place, isolation_level=None)) as connection:
        connection.execute("PRAGMA user_version = 9")

    said = reckon(*{"submit": ["submit", file], "history": ["history", "web"]}.get(command, [command]))

    assert said.exit == 3, said
    assert "format 9" in said.err
    assert "run that build or a later one" in said.err
    assert facts_in(tryout) == 1


def facts_in(tryout: TryOut) -> int:
    with closing(current.connect(tryout.place)) as connection:
        return int(connection.execute("SELECT count(*) FROM ledger_events").fetchone()[0])


def test_a_newer_versions_fact_holds_its_deployment_until_that_version_is_back(tryout: TryOut, reckon: Reckon) -> None:
    file = tryout.file()
    assert reckon("submit", file).exit == 5
    with closing(current.connect(tryout.place, isolation_level=None)) as connection:
        connection.execute(
            "INSERT INTO ledger_events SELECT 2, originator_id, 2, 'deployment.levitated.v1', state FROM ledger_events"
        )
        connection.execute("INSERT INTO ledger_journal SELECT 2, subject, 'x', recorded_at FROM ledger_journal")

    for typed, code in ((("submit", file), 3), (("history", "web"), 0), (("get", "web"), 0), (("verify",), 1)):
        said = reckon(*typed)
        assert said.exit == code, said
        assert "position 2" in said.err + said.out
        assert "run that build or a later one" in said.err + said.out
    assert "deployment.levitated.v1" in reckon("list").out
    assert facts_in(tryout) == 2


def test_a_postgresql_that_is_not_there_is_said_at_once_without_its_password(reckon: Reckon) -> None:
    url = f"postgresql://user:{SECRET}@127.0.0.1:1/ledger"
    for command in ("list", "doctor"):
        said = reckon(command, "--ledger", url)
        assert said.exit == (5 if command == "list" else 1), said
        assert "@127.0.0.1:1/ledger did not answer" in said.err + said.out
    broken = reckon("list", "--ledger", f"postgresql://user:{SECRET}@x@127.0.0.1/ledger")
    assert broken.exit == 3
    assert "%40" in broken.err


# --- clusters


def _kubeconfig(tryout: TryOut, server: str = NOWHERE) -> str:
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "c", "cluster": {"server": server}}],
        "users": [{"name": "u", "user": {"token": SECRET}}],
        "contexts": [{"name": "here", "context": {"cluster": "c", "user": "u"}}],
        "current-context": "here",
    }
    return tryout.file(json.dumps(config), "kubeconfig.json")


def test_a_cluster_that_is_not_there_is_unreachable_for_what_needs_it_and_no_matter_for_the_rest(
    tryout: TryOut, reckon: Reckon
) -> None:
    real = ("--kubeconfig", _kubeconfig(tryout))
    secret = tryout.file(SECRET, "value.txt")

    login = ("registry", "add", "hub", "--server", "registry.example", "--username", "u", "--password-file", secret)
    stored = ("secret", "set", "token", "--from-file", secret)
    restricted = ("project", "set", "shop", "--pod-security", "restricted")
    for command in (stored, (*stored, "--scope", "team"), login, restricted):
        needing = reckon(*command, *real)
        assert needing.exit == 5, needing
        assert NOWHERE in needing.err
    assert reckon("check", tryout.file()).exit == 0
    assert reckon("list", *real).exit == 0
    examined = reckon("doctor", "-o", "json", *real)
    assert examined.exit == 1
    sick = {found["about"]: found["cure"] for found in examined.json if found["ok"] is False}
    assert "--kubeconfig" in sick["cluster"]


@pytest.mark.parametrize(
    ("config", "options", "told"),
    [
        ("", ("--kubeconfig", "nowhere.yaml"), "nowhere.yaml"),
        ("just text", (), "kubeconfig"),
        ("{}", (), "kubeconfig"),
        ("[1, 2]", (), "kubeconfig"),
        (None, ("--context", "elsewhere"), "elsewhere"),
    ],
)
def test_a_kubeconfig_that_is_none_is_named_with_the_way_out(
    tryout: TryOut, reckon: Reckon, config: str | None, options: tuple[str, ...], told: str
) -> None:
    file = _kubeconfig(tryout)
    if config:
        Path(file).write_text(config)
    for command in (["engine"], ["secret", "set", "x", "--from-file", tryout.file("v", "value.txt")]):
        said = reckon(*command, "--kubeconfig", file, *options)
        assert said.exit == 3, said
        assert told in said.err
        assert "--kubeconfig" in said.err


def test_a_ledger_stays_with_its_cluster_and_both_are_named(tryout: TryOut, reckon: Reckon) -> None:
    _bind(tryout, Bound("uid-of-production", "ledger", "context production", simulated=False))

    for command in (["engine"], ["secret", "set", "x", "--from-file", tryout.file("v", "value.txt")]):
        said = reckon(*command)
        assert said.exit == 3, said
        assert "uid-of-production (context production)" in said.err
        assert "simulated cluster" in said.err

    shutil.rmtree(tryout.folder)
    tryout.folder.mkdir()
    _bind(tryout, Bound("uid-of-a-try-out", "ledger", "simulated cluster", simulated=True))
    said = reckon("engine", "--kubeconfig", _kubeconfig(tryout))
    assert said.exit == 3, said
    assert "belongs to a simulated cluster, and --kubeconfig" in said.err


def _bind(tryout: TryOut, bound: Bound) -> None:
    from adapters.ledger.ledger import open_ledger

    with closing(open_ledger(tryout.place)) as ledger:
        noted = UncommittedFact(bound, EventMetadata("bound", Who("engine", "engine"), ""))
        ledger.append([Append(f"cluster/{bound.cluster}", 0, (noted,))])


# --- what is typed and set


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("RECKON_LEGDER", "x", "did you mean RECKON_LEDGER?"),
        ("RECKON_SPEED", "fast", "known are"),
        ("RECKON_ROLLOUT_DEADLINE", "soon", "RECKON_ROLLOUT_DEADLINE"),
        ("RECKON_ROLLOUT_DEADLINE", "1", "RECKON_ROLLOUT_DEADLINE"),
        ("RECKON_OUTPUT", "xml", "RECKON_OUTPUT"),
        ("RECKON_PROJECT", "a/b", "'a/b' cannot be a project"),
    ],
)
def test_a_setting_that_is_not_right_stops_the_start(tryout: TryOut, reckon: Reckon, name: str, value: str, told: str) -> None:
    tryout.settings[name] = value
    for command in ("list", "engine"):
        if (name, command) != ("RECKON_PROJECT", "engine"):  # an engine sees to all projects
            said = reckon(command)
            assert said.exit == 3, said
            assert told in said.err


def test_a_misspelt_command_option_or_name_is_told_with_the_nearest(tryout: TryOut, reckon: Reckon) -> None:
    reckon("submit", tryout.file())
    for typed, exit_code, told in (
        (("submitt", "x"), 2, "submit"),
        (("submit", "--detahc"), 2, "--detach"),
        (("get", "wbe"), 4, "did you mean 'web'?"),
        (("scale", "wbe", "3"), 4, "did you mean 'web'?"),
        (("scale", "web", "many"), 2, "valid integer"),
        (("list", "-o", "xml"), 2, "xml"),
        (("submit", "nowhere.yaml"), 4, "nowhere.yaml"),
        (("submit", str(tryout.folder)), 3, str(tryout.folder)),
    ):
        said = reckon(*typed)
        assert said.exit == exit_code, (typed, said)
        assert told in said.err, (typed, said)


@pytest.mark.parametrize("command", ["submit", "scale", "stop", "rollback", "delete", "wait"])
def test_a_timeout_that_is_no_span_is_found_before_anything_is_recorded(tryout: TryOut, reckon: Reckon, command: str) -> None:
    file = tryout.file()
    reckon("submit", file)
    typed = {"submit": ["submit", file], "scale": ["scale", "web", "3"], "delete": ["delete", "web", "--yes"]}
    said = reckon(*typed.get(command, [command, "web"]), "--timeout", "soon")
    assert said.exit == 2, said
    assert "90s" in said.err
    assert len(tryout.facts()) == 1


def test_of_two_who_submit_at_once_on_the_same_version_one_is_told_that_the_other_was_faster(tryout: TryOut) -> None:
    file = tryout.file()
    finished(tryout.start("submit", file, "--detach"))

    said = [finished(one) for one in [tryout.start("submit", file, "--if-version", "1", "--detach") for _ in range(2)]]

    assert sorted(one.exit for one in said) == [5, 6], said  # 5: recorded, but no engine is there
    slower = next(one for one in said if one.exit == 6)
    assert "version 2" in slower.err, slower
    assert len([recorded for recorded in tryout.facts() if isinstance(recorded.fact, Submitted)]) == 2


def test_without_an_engine_an_order_is_recorded_all_the_same_and_that_is_said(tryout: TryOut, reckon: Reckon) -> None:
    said = reckon("submit", tryout.file())
    assert said.exit == 5, said
    assert "recorded all the same" in said.err
    assert "reckon engine" in said.err
    assert [type(recorded.fact) for recorded in tryout.facts()] == [Submitted]


# --- who waits, and what goes away meanwhile


def test_who_waits_is_told_what_stands_when_they_leave_and_when_the_engine_is_gone(tryout: TryOut) -> None:
    tryout.settings["RECKON_LEASE_SECONDS"] = "3"
    engine = tryout.engine("--quiet")
    file = tryout.file(SPEC.replace("web:1", "web:bad") + "healthChecks: {readiness: {path: /ready, port: 8000}}\n")

    leaver = tryout.start("submit", file)
    until(lambda: any(isinstance(recorded.fact, ReplicaCreated) for recorded in tryout.facts()))
    leaver.send_signal(signal.SIGINT)
    left = finished(leaver)
    assert left.exit == 130, left
    assert "stays submitted" in left.err
    assert "reckon get web" in left.err

    waiter = tryout.start("submit", file, "--timeout", "20")  # longer than the lease of the engine that is killed
    until(lambda: len([recorded for recorded in tryout.facts() if isinstance(recorded.fact, Submitted)]) == 2)
    engine.kill()
    told = finished(waiter)
    assert told.exit == 5, told
    assert "0 of 1 ready" in told.err
    assert "stays submitted: reckon wait web" in told.err
    assert "no engine is alive" in told.err
    assert "Traceback" not in left.err + told.err


def test_an_engine_waits_for_what_is_not_there_and_says_so_once(tryout: TryOut) -> None:
    ledger = tryout.engine("--ledger", f"postgresql://user:{SECRET}@127.0.0.1:1/ledger", says="did not answer")
    cluster = tryout.engine("--kubeconfig", _kubeconfig(tryout), says=f"no answer from {NOWHERE}")
    time.sleep(2)  # several tries
    for engine, words in ((ledger, "Connection refused"), (cluster, "Connection refused")):
        assert engine.process.poll() is None, engine.said
        code = engine.stop()
        assert engine.said.count(words) == 1, engine.said
        assert SECRET not in engine.said
        assert "Traceback" not in engine.said
        assert code == (130 if engine is ledger else 0), engine.said
