"""What integrations' sources stand at: asked at submission, kept by what only changes a version, gone back to."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pytest

from adapters.desk.desk import Desk
from adapters.desk.models import ModelShelf
from adapters.simulator.sources import SimulatedSources
from domain.errors import NotFound, Refused
from domain.facts import seen_stream
from domain.filling import FillDone
from domain.models import ModelSet
from domain.names import Key
from domain.objects import Mark
from domain.orders import Fill, SubmissionRefused
from domain.record import Append, EventMetadata, UncommittedFact, Who
from domain.seen import ObjectMet, ObjectVanished
from domain.spec import Bucket, GitLfs
from tests.unit.desk.opened import ANN, SPEC, Opened

ENGINE = Who("engine", "engine")
FALCON = SPEC + b"integrations:\n  - {type: git-lfs, name: falcon, url: 'https://git.example/falcon'}\n"
PRIVATE = FALCON.replace(b"falcon'}", b"falcon', username: u, password: 'secret:token'}")


@dataclass
class Answers:
    """Sources that answer what they are told to, and note whom they were asked for with which values."""

    answer: str = "a" * 40
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list[tuple[str, dict[str, str]]])

    def identify(self, source: GitLfs | Bucket, values: Mapping[str, str], *, inner: bool) -> str:
        del inner
        self.asked.append((source.url, dict(values)))
        return self.answer


@dataclass
class Asking(Opened):
    """A desk that asks these sources."""

    answers: Answers = field(default_factory=Answers)
    simulated: bool = False

    @property
    def desk(self) -> Desk:
        return replace(super().desk, sources=lambda: SimulatedSources() if self.simulated else self.answers)

    @property
    def fill(self) -> Fill:
        newest = self.web.newest
        assert newest is not None
        (one,) = newest.order.fills
        return one


def test_what_a_source_stands_at_is_kept_with_the_version_and_names_its_claim() -> None:
    opened = Asking()
    opened.submit(FALCON)
    first = opened.fill
    opened.submit(FALCON)

    assert first.identity == "a" * 40
    assert opened.fill == first, "it stands at the same: it is the same claim"
    opened.answers.answer = "b" * 40
    opened.submit(FALCON)
    assert opened.fill.claim != first.claim


def test_a_scaling_asks_nobody_and_keeps_the_claim_also_where_nothing_was_known_of_it() -> None:
    opened = Asking(answers=Answers(""))
    accepted = opened.submit(FALCON)
    first = opened.fill
    assert "could not be asked" in " ".join(accepted.offer.remarks)

    opened.scale(4)
    opened.change("enabled=false")
    opened.change("enabled=true")

    assert (opened.fill, len(opened.answers.asked)) == (first, 1)
    opened.submit(FALCON)
    assert opened.fill.claim != first.claim, "nobody knows whether it is the same: it is filled anew"


def test_a_secrets_value_is_given_to_its_source_and_kept_nowhere() -> None:
    opened = Asking()
    opened.vault.set("shop", "token", b"hush-hush", ANN)

    opened.submit(PRIVATE)

    assert opened.answers.asked == [("https://git.example/falcon", {"token": "hush-hush"})]
    assert "hush-hush" not in opened.everything_kept()


def test_a_source_whose_secrets_are_missing_is_not_asked_and_all_that_are_missing_are_named_at_once() -> None:
    opened = Asking()

    with pytest.raises(Refused) as refused:
        opened.submit(PRIVATE + b"env: [{name: A, value: 'secret:other'}]\n")

    assert refused.value.code == "missing-secret"
    assert "'other', 'token'" in str(refused.value)
    assert opened.answers.asked == []


def test_a_rollback_goes_to_what_a_version_was_filled_with_though_nobody_had_known_it() -> None:
    opened = Asking(answers=Answers(""))
    opened.submit(FALCON)
    claim = opened.fill.claim.name
    done = FillDone("falcon", claim, "c" * 40, 1, 1, 1.0)
    subject = Key("shop", "web").subject
    noted = UncommittedFact(done, EventMetadata("f1", ENGINE, subject))
    opened.ledger.append([Append(seen_stream(subject), 0, (noted,))])
    opened.submit(FALCON.replace(b"falcon'", b"eagle'"))

    opened.rollback(1)
    assert opened.fill.claim.name == claim, "it is still there"

    gone = UncommittedFact(
        ObjectVanished(opened.web.versions[0].order.fills[0].claim, "u", "seen"), EventMetadata("f2", ENGINE, subject)
    )
    met = UncommittedFact(
        ObjectMet(opened.web.versions[0].order.fills[0].claim, "u", Mark(), "1"), EventMetadata("f3", ENGINE, subject)
    )
    opened.ledger.append([Append(seen_stream(subject), 1, (met, gone))])
    opened.submit(FALCON.replace(b"falcon'", b"eagle'"))
    opened.rollback(1)
    assert (opened.fill.identity, opened.fill.claim.name == claim) == ("c" * 40, False)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (FALCON.replace(b"falcon'", b"missing'"), "source-missing"),
        (SPEC + b"integrations:\n  - {type: model, name: m, id: gpt}\n", "unknown-model"),
    ],
)
def test_a_source_that_is_not_there_refuses_the_submission_on_record(text: bytes, code: str) -> None:
    opened = Asking(simulated=True)

    with pytest.raises(Refused) as refused:
        opened.submit(text)

    assert refused.value.code == code
    facts = [recorded.fact for recorded in opened.ledger.tail(0, 100)]
    assert [fact.codes for fact in facts if isinstance(fact, SubmissionRefused)] == [(code,)]


def test_a_model_is_filled_from_its_source_and_stays_while_someone_has_it() -> None:
    opened = Asking()
    shelf = ModelShelf(opened.writes)
    assert shelf.add(ModelSet("llama", "https://git.example/llama", ref="v1"), ANN)
    assert not shelf.add(ModelSet("llama", "https://git.example/llama", ref="v1"), ANN)

    opened.submit(SPEC + b"integrations:\n  - {type: model, name: m, id: llama}\n")

    assert opened.answers.asked == [("https://git.example/llama", {})]
    assert [kept.used_by for kept in shelf.listed()] == [("shop/web",)]
    with pytest.raises(Refused, match="is used by 'shop/web'"):
        shelf.remove("llama", ANN)
    opened.submit(SPEC)
    shelf.remove("llama", ANN)
    with pytest.raises(NotFound):
        shelf.remove("llama", ANN)


@pytest.mark.parametrize(
    "model",
    [
        ModelSet("../x", "https://git.example/x"),
        ModelSet("x", "https://user:pass@git.example/x"),
        ModelSet("x", "ftp://git.example/x"),
        ModelSet("x", "https://169.254.169.254/x"),
        ModelSet("x", "s3://bucket", endpoint="http://[::1]:9000"),
        ModelSet("x", "s3://bucket", access_key_id="AKIA"),
        ModelSet("x", "s3://bucket", ref="main"),
        ModelSet("x", "https://git.example/x", password="hush"),
    ],
)
def test_a_model_is_held_to_the_rules_of_integrations(model: ModelSet) -> None:
    with pytest.raises(Refused):
        ModelShelf(Opened().writes).add(model, ANN)


BUCKET = (
    SPEC
    + b"integrations:\n  - {type: s3, name: data, url: 's3://models/empty', accessKeyId: k, secretAccessKey: 'secret:token'}\n"
)


@pytest.mark.parametrize(
    ("url", "words"), [(b"s3://empty-models", "no object is in it"), (b"s3://models/empty", "no object stands below empty/")]
)
def test_a_bucket_or_a_prefix_that_holds_nothing_is_warned_of_by_the_plan_and_the_submission(url: bytes, words: str) -> None:
    opened = Asking(simulated=True)
    opened.vault.set("shop", "token", b"hush-hush", ANN)
    text = BUCKET.replace(b"s3://models/empty", url)

    (remark,) = opened.submit(text).offer.remarks

    assert f"{url.decode()} holds nothing ({words})" in remark


def test_a_bucket_that_holds_something_is_not_warned_of() -> None:
    """The control."""
    opened = Asking(simulated=True)
    opened.vault.set("shop", "token", b"hush-hush", ANN)

    assert opened.submit(BUCKET.replace(b"empty", b"full")).offer.remarks == ()


def test_a_repository_to_which_nothing_was_ever_pushed_is_refused() -> None:
    opened = Asking(simulated=True)

    with pytest.raises(Refused, match="is empty: nothing was ever pushed to it"):
        opened.submit(FALCON.replace(b"example/falcon", b"example/empty"))
