"""What has a name keeps it, nothing else gets it, and a host is one deployment's alone, whoever submits at the same time."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import pytest

from adapters.desk.archive import LoadedDeployment
from adapters.desk.desk import Desk
from adapters.desk.signature import Signature
from adapters.desk.submission import SubmissionPipeline, SubmissionRequest
from domain.actions import Decided, Ensure
from domain.deployment import Deployment
from domain.deployment_fold import fold
from domain.errors import Refused
from domain.facts import Fact, host_stream, scope_stream
from domain.names import FIRST, WHOLE, Key, Names, namespace_of, scheme_of
from domain.objects import Kind, ObjectRef
from domain.orders import HostTaken, OrderFact, Submitted
from domain.project import SecretSet, secret_object
from domain.record import Append, Document, Lease, Recorded
from tests.memory_ledger import MemoryLedger
from tests.unit.desk.opened import ANN, NOON, SPEC, WITH_SECRET, Opened

PATTERN, TURNED = "{name}.{project}.apps.example.com", "{project}.{name}.apps.example.com"
OTHER = "shop!)#+,{,_"


def _early(key: Key) -> Names:
    return key.names(FIRST)


class Earlier(Desk):
    """The desk of before: it names as was done at first, and takes no host on record."""

    @property
    def pipeline(self) -> SubmissionPipeline:
        return replace(super().pipeline, names=_early)

    def _taken(
        self,
        facts: tuple[OrderFact, ...],  # noqa: ARG002 (it does not even look)
        standing: LoadedDeployment,  # noqa: ARG002
        signature: Signature,  # noqa: ARG002
        correlation: str,  # noqa: ARG002
    ) -> tuple[Append[Fact], ...]:
        return ()


@dataclass
class Platform(Opened):
    """A desk for all projects, and the one of before on the same ledger."""

    @property
    def earlier(self) -> Desk:
        desk = self.desk
        return Earlier(desk.ledger, desk.images, desk.catalogue, desk.cluster, desk.clock, desk.new_id)

    def hosts(self, pattern: str) -> None:
        self.projects.choose((("hosts", pattern), ("ingress-class", "nginx")), ANN)

    def to(self, project: str, name: str, text: bytes = SPEC, desk: Desk | None = None) -> Submitted:
        return (
            (desk or self.desk)
            .submit(SubmissionRequest(project, text.replace(b"name: web", b"name: " + name.encode()), "f"), ANN)
            .order
        )

    def of(self, project: str, name: str) -> Deployment:
        key = Key(project, name)
        return fold(key, self.ledger.about(key.subject))


def _ensured(space: ObjectRef) -> Decided:
    return Decided(0, NOON, "secret-1", "", (Ensure("a", space, "", "version 1 of secret token"),))


def refs(order: Submitted, kind: Kind) -> list[ObjectRef]:
    return [rendered.ref for rendered in order.objects if rendered.ref.kind == kind.value]


def test_what_ran_before_keeps_its_names_and_its_bytes() -> None:
    platform = Platform()
    before = platform.to("shop", "web", desk=platform.earlier)
    again = platform.to("shop", "web")
    assert again.objects == before.objects
    assert again.template == before.template, "no replica is touched"
    assert scheme_of(refs(again, Kind.DEPLOYMENT)[0].name) == FIRST


def test_a_new_deployment_of_an_old_project_joins_its_namespace_under_a_whole_name() -> None:
    platform = Platform()
    platform.to("shop", "web", desk=platform.earlier)
    [workload] = refs(platform.to("shop", "api"), Kind.DEPLOYMENT)
    assert workload == ObjectRef(Kind.DEPLOYMENT.value, namespace_of("shop", FIRST), Key("shop", "api").object_name)
    assert platform.projects.listed()[0].namespace == workload.namespace


def test_a_new_project_of_an_old_ledger_has_a_whole_name_and_meets_no_old_one() -> None:
    platform = Platform()
    platform.to("shop", "web", desk=platform.earlier)
    [space] = refs(platform.to(OTHER, "web"), Kind.NAMESPACE)
    assert space.name == namespace_of(OTHER) != namespace_of("shop", FIRST)


def test_of_two_old_projects_in_one_namespace_the_second_gets_no_further_version() -> None:
    platform = Platform()
    platform.to("shop", "web", desk=platform.earlier)
    platform.to(OTHER, "web", desk=platform.earlier)
    with pytest.raises(Refused, match=r"project 'shop' has namespace 'reckon-shop-[0-9a-f]{8}' already") as refused:
        platform.to(OTHER, "web")
    assert refused.value.code == "name-collision"
    platform.to("shop", "web", SPEC.replace(b"replicas: 2", b"replicas: 3"))


def test_a_project_that_began_with_a_secret_keeps_its_namespace_and_the_secret_its_names() -> None:
    platform = Platform()
    space = ObjectRef(Kind.NAMESPACE.value, "", namespace_of("shop", FIRST))
    writes = platform.writes
    order = writes.order(ANN, "shop")
    writes.record(order, order.stream, (_ensured(space),))
    writes.record(order, scope_stream("project", "shop"), (SecretSet("token", 1, hashed=True),))

    assert platform.vault.set("shop", "token", b"value", ANN) == 2
    platform.vault.set("shop", "fresh", b"value", ANN)

    store = platform.cluster.store.objects["Secret"]
    assert {key[1] for key in store} == {secret_object("token", 2, scheme=FIRST), secret_object("fresh", 1)}
    assert {key[0] for key in store} == {space.name}
    order_of_web = platform.to("shop", "web", WITH_SECRET)
    body = next(platform.ledger.document(one.body) for one in order_of_web.objects if one.ref.kind == Kind.DEPLOYMENT.value)
    assert secret_object("token", 2, scheme=FIRST).encode() in (body or b"")


def test_a_shared_secret_of_before_stays_in_its_own_namespace_and_a_new_one_has_a_whole_name() -> None:
    platform = Platform()
    writes = platform.writes
    writes.record(writes.order(ANN), scope_stream("team", ""), (SecretSet("token", 1),))
    platform.vault.set("", "token", b"value", ANN, "team")
    platform.vault.set("", "fresh", b"value", ANN, "team")
    schemes = {key[1]: scheme_of(key[0]) for key in platform.cluster.store.objects["Secret"]}
    assert schemes == {
        secret_object("token", 2, "team", FIRST): FIRST,
        secret_object("fresh", 1, "team"): WHOLE,
    }


def test_a_host_is_refused_to_a_second_deployment_in_any_project() -> None:
    platform = Platform()
    platform.hosts(PATTERN)
    assert platform.to("b", "a").endpoint == "http://a.b.apps.example.com/"
    platform.hosts(TURNED)
    with pytest.raises(Refused, match=r"the host a\.b\.apps\.example\.com is that of deployment 'a' in project 'b'") as refused:
        platform.to("a", "b")
    assert refused.value.code == "host-taken"
    assert platform.of("a", "b").newest is None
    with pytest.raises(Refused, match="is that of deployment 'a'"):
        platform.desk.plan(SubmissionRequest("a", SPEC.replace(b"name: web", b"name: b"), "f"))


def test_a_host_that_was_there_before_hosts_were_taken_on_record_is_refused_too() -> None:
    platform = Platform()
    platform.hosts(PATTERN)
    platform.to("b", "a", desk=platform.earlier)
    assert not list(platform.ledger.read(host_stream("a.b.apps.example.com")))
    platform.hosts(TURNED)
    with pytest.raises(Refused, match="deployment 'a' in project 'b'"):
        platform.to("a", "b")
    platform.hosts(PATTERN)
    platform.to("b", "a", SPEC.replace(b"replicas: 2", b"replicas: 3"))


def test_a_host_is_taken_once_and_may_be_taken_by_another_when_its_deployment_is_gone() -> None:
    platform = Platform()
    platform.hosts(PATTERN)
    platform.to("b", "a")
    platform.to("b", "a", SPEC.replace(b"replicas: 2", b"replicas: 3"))
    stream = host_stream("a.b.apps.example.com")
    assert [recorded.fact for recorded in platform.ledger.read(stream)] == [HostTaken("a.b.apps.example.com")]
    platform.hosts(TURNED)
    platform.desk.delete(Key("b", "a"), ANN)
    platform.to("a", "b")
    assert [recorded.metadata.subject for recorded in platform.ledger.read(stream)] == ["b/a", "a/b"]
    platform.hosts(PATTERN)
    with pytest.raises(Refused, match="deployment 'b' in project 'a'"):
        platform.to("b", "a")


class Rivalled(MemoryLedger):
    """A ledger on which somebody else's whole submission comes between looking and writing, once."""

    rival: Callable[[], object] | None = None

    def append(
        self,
        appends: Sequence[Append[Fact]],
        *,
        documents: Sequence[Document] = (),
        watch_positions: Mapping[str, str] | None = None,
        lease: Lease | None = None,
    ) -> tuple[Recorded[Fact], ...]:
        rival, self.rival = self.rival, None
        if rival:
            rival()
        return super().append(appends, documents=documents, watch_positions=watch_positions, lease=lease)


def _at_once(desk: Callable[[Platform], Desk]) -> list[str]:
    """Two submit at once, each looked while the host was free; gives who is served under it."""
    ledger = Rivalled()
    platform = Platform(ledger=ledger)
    platform.hosts(PATTERN)
    first = desk(platform)

    def rival() -> None:
        platform.hosts(TURNED)
        platform.to("a", "b", desk=desk(platform))
        platform.hosts(PATTERN)

    ledger.rival = rival
    with suppress(Refused):
        platform.to("b", "a", desk=first)
    both = [platform.of("b", "a").newest, platform.of("a", "b").newest]
    return [version.order.endpoint for version in both if version]


def test_two_that_submit_at_once_do_not_both_get_a_host() -> None:
    assert _at_once(lambda platform: platform.desk) == ["http://a.b.apps.example.com/"]


def test_the_control_without_the_record_both_would_get_it() -> None:
    assert _at_once(lambda platform: platform.earlier) == ["http://a.b.apps.example.com/"] * 2


def test_a_host_that_dns_does_not_take_is_refused_in_words() -> None:
    platform = Platform()
    platform.hosts(".".join(["{name}"] * 10) + ".example.com")
    with pytest.raises(Refused, match="DNS takes 253"):
        platform.to("shop", "a" * 60)
