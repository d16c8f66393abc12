"""A secret's value goes to the cluster and nowhere else."""

from base64 import b64decode, b64encode
from datetime import timedelta

import pytest
from bcrypt import checkpw

from adapters.desk.secrets import Vault
from adapters.desk.writes import Writes
from adapters.simulator.cluster import SimulatedCluster
from adapters.simulator.faults import Fault, FaultRule
from domain.actions import Create, Decided, Failed, Succeeded, Unknown
from domain.errors import Refused, Rejected, Rejection, Unreachable
from domain.facts import actions_stream
from domain.names import namespace_of
from domain.objects import Live, ObjectRef
from domain.project import SecretSet, secret_object
from tests.memory_ledger import MemoryLedger
from tests.unit.desk.opened import ANN, NOON, WITH_SECRET, Opened

VALUE = b"hunter2-very-private"


def found_in(opened: Opened) -> bool:
    kept = opened.everything_kept()
    return VALUE.decode() in kept or b64encode(VALUE).decode() in kept


def test_the_value_is_in_the_cluster_and_not_in_the_ledger() -> None:
    opened = Opened()
    assert opened.vault.set("shop", "token", VALUE, ANN) == 1
    stored = opened.cluster.store.get("Secret", namespace_of("shop"), secret_object("token", 1))
    assert stored is not None
    assert stored["immutable"] is True
    held = {key: b64decode(one) for key, one in stored["data"].items()}
    assert held["value"] == VALUE
    assert checkpw(VALUE, held["bcrypt"])
    assert not found_in(opened)


def test_a_vault_that_kept_the_manifest_would_be_found() -> None:
    """The control: the search above does find a value that is kept."""
    opened = Opened()
    body = b'{"data":{"value":"' + b64encode(VALUE) + b'"}}'
    secret = ObjectRef("Secret", namespace_of("shop"), secret_object("token", 1))
    kept = Create("a1", secret, opened.ledger.digest(body), "a deliberately broken variant")
    decided = Decided(0, NOON, "secret-1", "", (kept,))
    opened.writes.record(opened.writes.order(ANN, "shop"), actions_stream("shop"), (decided,), documents=(body,))
    assert found_in(opened)


def test_every_write_is_in_the_record_and_the_other_way_round() -> None:
    opened = Opened()
    opened.vault.set("shop", "token", VALUE, ANN)
    opened.vault.set("shop", "token", b"another", ANN)
    facts = [recorded.fact for recorded in opened.ledger.read(actions_stream("shop"))]
    intended = {action.id for fact in facts if isinstance(fact, Decided) for action in fact.actions}
    wrote = {fact.action for fact in facts if isinstance(fact, Succeeded) and fact.wrote}
    audited = {line.audit for line in opened.cluster.audit}
    assert wrote == audited
    assert audited <= intended
    assert {fact.action for fact in facts if isinstance(fact, Succeeded)} == intended
    assert all(
        action.body == "" for fact in facts if isinstance(fact, Decided) for action in fact.actions if isinstance(action, Create)
    )


def test_a_new_value_is_a_new_version_beside_the_old_one() -> None:
    opened = Opened()
    assert [opened.vault.set("shop", "token", value, ANN) for value in (b"one", b"two")] == [1, 2]
    assert len(opened.cluster.store.of_kind("Secret")) == 2
    assert opened.desk.project("shop").secrets == {"token": 2}


def test_what_could_not_be_stored_is_not_set_and_its_number_is_not_used_again() -> None:
    opened = Opened()
    opened.cluster.faults.add(FaultRule(Fault.REJECTED, verb="apply", kind="Secret"))
    with pytest.raises(Rejected):
        opened.vault.set("shop", "token", VALUE, ANN)
    assert opened.desk.project("shop").secrets == {}
    opened.cluster.faults.end()
    assert opened.vault.set("shop", "token", VALUE, ANN) == 2
    facts = [recorded.fact for recorded in opened.ledger.read(actions_stream("shop"))]
    assert sum(isinstance(fact, Failed) for fact in facts) == 1
    assert not found_in(opened)


def test_a_lost_answer_is_unknown_and_said_so() -> None:
    opened = Opened()
    opened.cluster.faults.add(FaultRule(Fault.REPLY_LOST, verb="apply", kind="Secret"))
    with pytest.raises(Unreachable, match="not known"):
        opened.vault.set("shop", "token", VALUE, ANN)
    assert not any(isinstance(recorded.fact, SecretSet) for recorded in opened.ledger.tail(0))


def test_a_secret_in_use_cannot_be_removed() -> None:
    opened = Opened()
    opened.vault.set("shop", "token", VALUE, ANN)
    opened.submit(WITH_SECRET)
    with pytest.raises(Refused, match="used by 'web'"):
        opened.vault.remove("shop", "token", ANN)
    opened.submit()
    opened.vault.remove("shop", "token", ANN)
    assert opened.vault.listed("shop") == ()
    with pytest.raises(Refused, match="no secret"):
        opened.submit(WITH_SECRET)
    assert opened.rollback(1).order.secrets == (("token", 1),), "what ran with it may come back"


def test_numbers_go_on_after_a_removal() -> None:
    opened = Opened()
    opened.vault.set("shop", "token", b"one", ANN)
    opened.vault.remove("shop", "token", ANN)
    assert opened.vault.set("shop", "token", b"two", ANN) == 2


@pytest.mark.parametrize(
    ("name", "value"), [("", b"x"), ("a/b", b"x"), ("api key", b"x"), ("a\nb", b"x"), ("a", b""), ("a", b"x" * 1024 * 1025)]
)
def test_odd_names_and_values_are_refused(name: str, value: bytes) -> None:
    with pytest.raises(Refused):
        Opened().vault.set("shop", name, value, ANN)


class WriteOnly(SimulatedCluster):
    """A cluster that lets this person make Secrets and read none."""

    def read(self, ref: ObjectRef) -> Live | None:
        if ref.kind == "Secret":
            raise Rejected(Rejection(403, "Forbidden", 'User "ann" cannot get resource "secrets"'))
        return super().read(ref)


def test_who_may_read_no_secret_sets_one_all_the_same() -> None:
    opened = Opened(cluster=WriteOnly(lambda: NOON, seed="desk"))
    assert [opened.vault.set("shop", "token", value, ANN) for value in (VALUE, b"another")] == [1, 2]
    assert opened.desk.project("shop").secrets == {"token": 2}


def test_a_number_that_is_taken_in_the_cluster_is_not_written_over() -> None:
    """Someone stands where the next version would: it is refused, and the one after that is tried next."""
    opened = Opened(cluster=WriteOnly(lambda: NOON, seed="desk"))
    opened.vault.set("shop", "token", VALUE, ANN)
    there = {"name": secret_object("token", 2), "namespace": namespace_of("shop")}
    opened.cluster.interventions.create(
        {"apiVersion": "v1", "kind": "Secret", "metadata": there, "data": {"value": "c3F1YXR0ZXI="}}
    )
    with pytest.raises(Rejected, match="AlreadyExists"):
        opened.vault.set("shop", "token", b"another", ANN)
    assert opened.vault.set("shop", "token", b"another", ANN) == 3
    assert opened.cluster.secret(ObjectRef("Secret", there["namespace"], there["name"])) == {"value": b"squatter"}


def test_a_command_that_was_ended_holds_up_nobody_who_may_not_read_what_it_wrote() -> None:
    opened = Opened(ledger=MemoryLedger(lambda: NOON), cluster=WriteOnly(lambda: NOON, seed="desk"))
    left = Create("a1", ObjectRef("Secret", namespace_of("shop"), secret_object("token", 1)), "", "version 1")
    stream, order = actions_stream("shop"), opened.writes.order(ANN, "shop")
    opened.writes.record(order, stream, (Decided(0, NOON, "secret-1", "", (left,)),))

    later = Writes(opened.ledger, lambda: opened.cluster, lambda: NOON + timedelta(days=1), opened.new_id, "test")
    assert Vault(later).set("shop", "token", VALUE, ANN) == 2

    (told,) = [recorded.fact for recorded in opened.ledger.read(stream) if isinstance(recorded.fact, Unknown)]
    assert (told.action, "may not be read back" in told.message) == ("a1", True)
