"""The commands that change something, as a person or a program types them: what they say, and with which exit code they end."""

import json

import pytest

from adapters.cli.session import Choices, Session
from adapters.simulator.faults import Fault, FaultRule
from domain.orders import Submitted
from tests.unit.cli.typed import HEALTH, Reckon


def test_a_spec_that_is_right_is_said_to_be(reckon: Reckon) -> None:
    result = reckon("check", reckon.file())
    assert result.exit_code == 0
    assert "'model server' is right" in result.stdout


def test_problems_are_written_as_compilers_write_them(reckon: Reckon) -> None:
    file = reckon.file("name: x\nimage: y\nresources:\n  machineType: C44\n")
    result = reckon("check", file)
    assert result.exit_code == 3
    assert f"{file}:4:16: error: resources.machineType:" in result.stdout
    assert "[unknown-machine-type]" in result.stdout
    (problem,) = reckon.data("check", file)
    assert (problem["severity"], problem["line"], problem["column"]) == ("error", 4, 16)


def test_a_dash_reads_standard_input(reckon: Reckon) -> None:
    assert reckon("check", "-", stdin=HEALTH).exit_code == 0
    assert reckon("submit", "-", "--detach", stdin=HEALTH).exit_code == 5


def test_a_submission_without_an_engine_is_recorded_and_that_is_said(reckon: Reckon) -> None:
    result = reckon("submit", reckon.file(), "--reason", "first")
    assert result.exit_code == 5
    assert "version 1 recorded" in result.stdout
    assert "no engine is alive" in result.stderr
    assert "reckon engine" in result.stderr
    ledger = reckon.open()
    (recorded,) = ledger.tail(0)
    ledger.close()
    assert isinstance(recorded.fact, Submitted)
    assert recorded.metadata.reason == "first"


def test_a_detached_submission_is_done_when_it_is_recorded(reckon: Reckon) -> None:
    result = reckon.with_an_engine()("submit", reckon.file(), "--detach", "-o", "json")
    assert result.exit_code == 0
    answer = json.loads(result.stdout)
    assert (answer["name"], answer["version"], answer["replicas"]) == ("model server", 1, 2)


def test_waiting_ends_in_time_and_says_that_it_stays_submitted(reckon: Reckon) -> None:
    result = reckon.with_an_engine()("submit", reckon.file(), "--timeout", "1s")
    assert result.exit_code == 5
    assert "out of time" in result.stderr
    assert "reckon wait 'model server'" in result.stderr


def test_who_was_slower_is_told_with_a_code_of_its_own(reckon: Reckon) -> None:
    file = reckon.file()
    reckon("submit", file)
    reckon("submit", file)
    result = reckon("submit", file, "--if-version", "1", "-o", "json")
    assert result.exit_code == 6
    assert json.loads(result.stderr)["error"]["code"] == "version-moved"


def test_a_bad_spec_is_refused_with_all_places_also_as_json(reckon: Reckon) -> None:
    file = reckon.file("name: x\nimagee: y\nresources: {machineType: C4}\n")
    result = reckon("submit", file, "-o", "json")
    assert result.exit_code == 3
    error = json.loads(result.stderr)["error"]
    assert error["at"]["file"] == file
    assert {problem["code"] for problem in error["problems"]} == {"missing-field", "unknown-field"}
    assert result.stdout == ""


def test_a_missing_file_is_no_such_thing(reckon: Reckon) -> None:
    assert reckon("submit", "nowhere.yaml").exit_code == 4


def test_one_thing_of_what_stands_can_be_changed(reckon: Reckon) -> None:
    reckon("submit", reckon.file())
    answer = reckon.data("submit", "--name", "model server", "--image", "registry.example/team/model-server:2")
    assert (answer["version"], answer["image"], answer["origin"]["kind"]) == (2, "registry.example/team/model-server:2", "set")
    assert reckon.data("scale", "model server", "5")["replicas"] == 5
    assert reckon.data("stop", "model server", "--yes")["replicas"] == 0
    assert reckon.data("stop", "model server")["changed"] is False
    assert reckon.data("start", "model server")["replicas"] == 5


def test_a_plan_says_nothing_or_changes_by_its_exit_code(reckon: Reckon) -> None:
    file = reckon.file()
    assert reckon("plan", file).exit_code == 1
    reckon("submit", file)
    same = reckon("plan", file)
    assert same.exit_code == 0
    assert "nothing changes" in same.stdout
    more = reckon("plan", "--name", "model server", "--set", "resources.replicas=4")
    assert more.exit_code == 1
    assert "no replica restarts" in more.stdout
    assert "+ resources.replicas: 4" in more.stdout


def test_a_plan_says_what_the_cluster_would_answer(reckon: Reckon) -> None:
    file = reckon.bound().file()
    answered = reckon.data("plan", file)
    assert (answered["asked"], answered["refused"]) == (True, [])
    assert not reckon.cluster.store.of_kind("Deployment"), "a plan changes nothing"
    assert all(asked.dry_run for asked in reckon.cluster.audit)

    reckon.cluster.faults.add(FaultRule(Fault.REJECTED, verb="apply", kind="Namespace"))
    refused = reckon("plan", file)
    assert refused.exit_code == 3
    assert "+ resources.replicas: 2" in refused.stdout, "what would change is said all the same"
    assert "the cluster would refuse it: Namespace" in refused.stderr


def test_a_cluster_that_does_not_answer_does_not_hinder_a_plan(reckon: Reckon) -> None:
    reckon.bound().cluster.faults.add(FaultRule(Fault.UNREACHABLE))
    result = reckon("plan", reckon.file())
    assert result.exit_code == 1
    assert "the cluster was not asked" in result.stderr


@pytest.mark.parametrize("command", [["plan"], ["submit"]])
def test_literal_values_are_masked(reckon: Reckon, command: list[str]) -> None:
    file = reckon.file(HEALTH + "env:\n  - {name: PASSWORD, value: tops3cret}\n")
    for form in ([], ["-o", "json"], ["-o", "yaml"]):
        result = reckon(*command, file, *form)
        assert "tops3cret" not in result.output
    revealing = reckon.file(HEALTH + "env:\n  - {name: A, value: tops3cret}\n")
    assert "tops3cret" in reckon("plan", revealing, "--reveal").stdout
    texts = [fact["text"] for fact in reckon.data("events")]
    of_a_version = [text for text in texts if text.endswith("had the literal values of version 3 shown")]
    assert len(of_a_version) == (command == ["submit"]), "one's own file reveals nothing that the ledger keeps"


def test_a_rollback_shows_its_plan_and_makes_a_new_version(reckon: Reckon) -> None:
    reckon("submit", reckon.file())
    reckon("submit", "--name", "model server", "--image", "registry.example/team/model-server:2")
    result = reckon("rollback", "model server", "1", "--yes", "--reason", "worse")
    assert "back to version 1" in result.stdout
    assert "version 3 recorded" in result.stdout
    nothing = reckon("rollback", "model server", "--yes")
    assert nothing.exit_code == 3
    assert "ever healthy" in nothing.stderr


def test_a_deletion_asks_and_says_what_stays(reckon: Reckon) -> None:
    reckon("submit", reckon.file())
    unsure = reckon("delete", "model server")
    assert unsure.exit_code == 3
    assert "not confirmed" in unsure.stderr
    sure = reckon("delete", "model server", "--yes")
    assert sure.exit_code == 5, "no engine is alive"
    assert "stays: its history" in sure.stderr
    assert reckon("delete", "model server", "--yes").exit_code == 3


def test_a_misspelt_name_command_or_option_is_told_with_the_nearest(reckon: Reckon) -> None:
    reckon("submit", reckon.file())
    result = reckon("scale", "model sever", "3")
    assert result.exit_code == 4
    assert "did you mean 'model server'?" in result.stderr
    assert reckon("submitt").exit_code == 2
    assert reckon("submit", "--nmae", "x").exit_code == 2


def test_an_order_under_a_hold_is_recorded_and_the_hold_is_said(reckon: Reckon) -> None:
    reckon.with_an_engine()("submit", reckon.file(), "--detach")
    assert reckon("hold", "model server").exit_code == 3, "a reason is needed"
    assert reckon("hold", "model server", "--reason", "looking", "--for", "30m").exit_code == 0
    result = reckon("scale", "model server", "3")
    assert result.exit_code == 5
    assert "(looking)" in result.stderr
    resumed = reckon("resume", "model server")
    assert resumed.exit_code == 0
    assert "version 2 will be applied" in resumed.stderr
    assert reckon("resume", "model server").exit_code == 3


def test_suspend_is_hold(reckon: Reckon) -> None:
    reckon.with_an_engine()("submit", reckon.file(), "--detach")
    assert reckon("suspend", "model server", "--reason", "looking").exit_code == 0
    assert reckon.data("list")[0]["hold"]["reason"] == "looking"
    assert "already" in reckon("hold", "model server", "--reason", "looking").stdout
    assert "`suspend`" in reckon("hold", "--help").stdout
    assert "suspend" not in reckon("--help").stdout, "it is told once"


def test_a_project_is_held_and_its_deployments_with_it(reckon: Reckon) -> None:
    reckon.with_an_engine()("submit", reckon.file(), "--detach")
    assert reckon("hold", "--reason", "freeze").exit_code == 0
    assert reckon("scale", "model server", "3").exit_code == 5
    assert reckon("scale", "model server", "3", "-p", "other").exit_code == 4
    assert reckon("resume").exit_code == 0


def test_a_secret_comes_from_standard_input_or_a_file_and_is_never_shown(reckon: Reckon) -> None:
    assert reckon("secret", "set", "token", stdin="tops3cret\n").exit_code == 0
    file = reckon.file("another-s3cret", "value.txt")
    assert reckon.data("secret", "set", "token", "--from-file", file)["version"] == 2
    listed = reckon("secret", "list", "-o", "json")
    [token] = json.loads(listed.stdout)
    assert (token["name"], token["scope"], token["version"], token["used_by"]) == ("token", "project", 2, [])
    everything = b"".join(path.read_bytes() for path in reckon.folder.glob("ledger.sqlite*"))
    assert b"tops3cret" not in everything
    assert b"another-s3cret" not in everything
    assert reckon("secret", "set", "token", "a-value-as-argument").exit_code == 2
    assert reckon("secret", "rm", "token", "--yes").exit_code == 0


def test_only_one_line_end_is_taken_off_a_value(reckon: Reckon) -> None:
    reckon("secret", "set", "one", stdin="abc\n")
    reckon("secret", "set", "two", stdin="-----BEGIN\nabc\n-----END\n")
    values = {
        s["metadata"]["annotations"]["deadreckon.dev/name"]: s["data"]["value"] for s in reckon.cluster.store.of_kind("Secret")
    }
    assert values == {"one": "YWJj", "two": "LS0tLS1CRUdJTgphYmMKLS0tLS1FTkQK"}


def test_the_schema_is_json(reckon: Reckon) -> None:
    assert json.loads(reckon("schema").stdout)["$schema"].startswith("https://json-schema.org")


def test_acting_for_another_records_both(reckon: Reckon) -> None:
    reckon("submit", reckon.file(), "--as", "release-bot")
    ledger = reckon.open()
    (recorded,) = ledger.tail(0)
    ledger.close()
    who = recorded.metadata.who
    assert (who.surety, who.acting_as) == ("claimed", "release-bot")


def test_a_project_cannot_hold_a_slash(reckon: Reckon) -> None:
    assert reckon("submit", reckon.file(), "-p", "a/b").exit_code == 3


def test_an_order_before_the_binding_says_which_cluster_it_was_meant_for(reckon: Reckon) -> None:
    reckon("submit", reckon.file())
    ledger = reckon.open()
    meant = [dict(recorded.metadata.origin)["cluster"] for recorded in ledger.tail(0)]
    ledger.close()
    assert meant == ["simulated"]
    with Session.begin(reckon.doors, Choices(ledger="postgresql://ledger.example/reckon", context="prod")) as session:
        session.ledger = reckon.open()
        assert session.meant() == "real"
