"""The history says who, when, why, what changed and how it went; differences read like a spec, with values masked."""

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.masks import MASK
from domain.orders import Submitted
from domain.spec import (
    Autoscaling,
    Bucket,
    EnvVar,
    Header,
    HealthChecks,
    HttpCheck,
    Literal,
    Metric,
    Probe,
    SecretRef,
    Spec,
    Volume,
)
from projections.drift import drift
from projections.history import VersionEntry, history
from projections.spec_diff import differences, in_words, startup_budget
from projections.wording import count, last_words, listed, one_line, short_image, span
from tests.specs import specs
from tests.stories import SHOP, Story, story

TOKEN = EnvVar("TOKEN", Literal("hunter2"))


def entries(told: Story) -> tuple[VersionEntry, ...]:
    return history(told.key, told.about, lambda order: told.specs[order.number])


def erased(_: Submitted) -> Spec | None:
    return None


def test_each_version_says_what_it_changed_and_how_it_went() -> None:
    told = story().submitted(image="r/shop:1", replicas=1, who="ann", reason="first").applied().ready().healthy()
    told.later(minutes=10).submitted(image="r/shop:2", replicas=3, who="bob").applied()
    told.crashing("no such table: carts").later(minutes=10).failed()
    told.rolled_back(1, who="ann").applied().ready().healthy()

    first, second, third = entries(told)

    assert (first.who, first.reason, first.changed) == ("ann", "first", "shop:1, 1 replica on C4")
    assert first.went.startswith("healthy after ")
    assert (second.who, second.changed) == ("bob", "image shop:1 -> shop:2 and replicas 1 -> 3")
    assert second.went.endswith("Error exit code 1: no such table: carts")
    assert third.changed == "back to version 1: image shop:2 -> shop:1 and replicas 3 -> 1"


def test_a_version_that_was_overtaken_says_so() -> None:
    told = story().submitted().later(seconds=39).submitted(replicas=2)

    first, second = entries(told)

    assert (first.verdict, first.went) == ("superseded", "replaced after 40 s, never healthy: no replica of it was seen")
    assert (second.verdict, second.went, second.never_healthy) == ("", "under way", False)


def test_a_new_life_after_a_deletion_begins_anew() -> None:
    told = story().submitted().applied().ready().healthy().deleted().gone().submitted(replicas=2)

    first, second = entries(told)

    assert first.replaced_at is not None
    assert second.changed == "anew: shop:1, 2 replicas on C4"


def test_a_deletion_ends_the_version_that_stood_and_leaves_the_ends_of_those_before_it() -> None:
    told = story().submitted().later(minutes=1).submitted(replicas=2).later(minutes=1).deleted()
    deleted_at = told.now
    told.later(minutes=1).submitted(replicas=3).later(minutes=1).deleted()

    first, second, third = entries(told)

    assert [first.replaced_at, second.replaced_at, third.replaced_at] == [second.at, deleted_at, told.now]


def test_an_erased_document_is_not_guessed_at() -> None:
    told = story().submitted().submitted(replicas=4)

    entry = history(told.key, told.about, erased)[1]

    assert "not known" in entry.changed


def test_a_literal_value_is_never_shown_unless_asked_for() -> None:
    check = HttpCheck("/", 80, (Header("Authorization", "Bearer hunter2"),))
    before = replace(SHOP, env=(TOKEN,), health=HealthChecks(liveness=Probe(check)))
    other = HttpCheck("/", 80, (Header("Authorization", "Bearer hunter3"),))
    after = replace(before, env=(EnvVar("TOKEN", Literal("hunter3")),), health=HealthChecks(liveness=Probe(other)))

    masked = differences(before, after)

    assert "hunter" not in repr(masked)
    assert [each.path for each in masked] == ["env.TOKEN", "healthChecks.liveness.headers.Authorization"]
    assert {masked[0].was, masked[0].now} == {MASK}
    assert "hunter3" in repr(differences(before, after, reveal=True))


def test_differences_read_like_a_spec() -> None:
    after = replace(
        SHOP,
        image="registry.example/team/shop:2",
        enabled=False,
        env=(EnvVar("DB", SecretRef("db-url")),),
        health=replace(SHOP.health, startup=Probe(HttpCheck("/health/startup", 8000), failure_threshold=30), liveness=None),
    )

    told = [(each.path, each.was, each.now) for each in differences(SHOP, after)]

    assert told == [
        ("image", "registry.example/team/shop:1", "registry.example/team/shop:2"),
        ("enabled", "true", "false"),
        ("env.DB", "", "secret:db-url"),
        ("healthChecks.startup.failureThreshold", "6", "30"),
        ("healthChecks.liveness", "GET /health/live on port 8000, every 10 s, 3 tries, 1 s for an answer", ""),
    ]
    assert in_words(differences(SHOP, after)) == "image shop:1 -> shop:2, enabled true -> false and 3 more"


def test_equal_specs_differ_in_nothing() -> None:
    assert differences(SHOP, SHOP) == ()
    assert in_words(()) == "the same again"


def test_a_startup_budget_is_said_in_words() -> None:
    assert startup_budget(SHOP.health.startup) == "60 s to start: 6 tries, 10 s apart"
    assert startup_budget(None).startswith("no limit")


def test_drift_says_whose_hands_and_what_becomes_of_it() -> None:
    told = story().submitted(replicas=3).applied().ready().healthy().drifted().unmanaged("spec.x", 1, "istio")

    fates = [(each.change.manager, each.fate) for each in drift(told.deployment)]
    told.gave_up()

    assert fates == [("kubectl-edit", "to be corrected"), ("istio", "left alone")]
    assert drift(told.deployment)[0].fate == "given up"
    assert drift(story().submitted().applied().drifted().deployment, held=True)[0].fate == "held"


def test_wording_is_short_and_plain() -> None:
    assert [span(s) for s in (0.4, 45, 200, 1800, 12000, 100_000, 900_000)] == [
        "0 s", "45 s", "3 min 20 s", "30 min", "3 h 20 min", "1 d 3 h", "10 d",
    ]  # fmt: skip
    assert (count(1, "try", "tries"), count(2, "try", "tries")) == ("1 try", "2 tries")
    assert listed(["a", "b", "c", "d"]) == "a, b, c and d"
    assert listed(["a", "b", "c", "d", "e"]) == "a, b, c and 2 more"
    assert short_image(f"r.example/team/shop@sha256:{'a' * 64}") == f"shop@{'a' * 12}"
    assert one_line("a\x1b[31m\nb") == "a [31m b"


def test_of_last_words_the_last_line_tells_most() -> None:
    trace = "Error exit code 1: INFO: Started\nTraceback (most recent call last):\nKeyError: 'DATABASE_URL'\n"

    assert last_words(trace) == "Error exit code 1: … KeyError: 'DATABASE_URL'"
    assert last_words("out of memory") == "out of memory"


def test_a_pods_long_name_is_left_out_of_kubernetes_words() -> None:
    said = "back-off 40s restarting failed container=app pod=shop-1-2_reckon-default-37a8eec1(adb5afa1-38e2)"

    assert one_line(said) == "back-off 40s restarting failed container=app"


def test_differences_of_integrations_and_autoscaling_go_by_name_and_field() -> None:
    scaling = Autoscaling(5, (Metric("cpu", 50.0), Metric("requestDuration", 0.15)))
    bucket = Bucket("data", "/data", "s3://b", access_key=Literal("AKIA1"), secret_key=SecretRef("k"))
    before = replace(SHOP, resources=replace(SHOP.resources, autoscaling=scaling), integrations=(bucket,), registry="r")
    more = replace(scaling, max_replicas=6, metrics=(Metric("cpu", 60.0),))
    other = replace(bucket, access_key=Literal("AKIA2"), url="s3://c")
    after = replace(
        before,
        resources=replace(SHOP.resources, autoscaling=more),
        integrations=(other, Volume("v", "/v")),
        basic_auth=SecretRef("door"),
        registry="",
    )
    assert [(each.path, each.was, each.now) for each in differences(before, after)] == [
        ("containerRegistry", "r", ""),
        ("basicAuthKey", "", "secret:door"),
        ("resources.autoscaling.maxReplicas", "5", "6"),
        ("resources.autoscaling.cpu", "50 %", "60 %"),
        ("resources.autoscaling.requestDuration", "0.15 s", ""),
        ("integrations.data.url", "s3://b", "s3://c"),
        ("integrations.data.accessKeyId", MASK, MASK),
        ("integrations.v", "", "volume at /v"),
    ]
    assert "AKIA2" in repr(differences(before, after, reveal=True))
    added = differences(SHOP, before)
    assert ("resources.autoscaling", "up to 5 replicas, cpu at 50 % and requestDuration at 0.15 s") in [
        (d.path, d.now) for d in added
    ]


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(specs, specs, st.sampled_from(["image", "enabled", "command", "resources", "registry", "basic_auth", "exact_probes"]))
def test_whatever_differs_is_told(one: Spec, other: Spec, field: str) -> None:
    changed = replace(one, **{field: getattr(other, field)})
    assert bool(differences(one, changed)) is (in_order(one) != in_order(changed))


def in_order(spec: Spec) -> Spec:
    """Sort what has no order."""
    scaling = spec.resources.autoscaling
    metrics = tuple(sorted(scaling.metrics, key=lambda metric: metric.name)) if scaling else ()
    sorted_scaling = replace(scaling, metrics=metrics) if scaling else None
    return replace(spec, resources=replace(spec.resources, autoscaling=sorted_scaling))


def test_a_stopped_version_is_not_called_healthy() -> None:
    told = story().submitted(replicas=2).applied().ready().healthy().stopped()
    assert (entries(told)[-1].verdict, entries(told)[-1].went) == ("", "stopping")

    ran, stopped = entries(told.applied().ready().healthy())

    assert (ran.verdict, ran.went.split()[0]) == ("healthy", "healthy")
    assert (stopped.verdict, stopped.went.split()[0]) == ("stopped", "stopped")


def test_a_version_that_was_scaled_to_none_is_not_called_healthy_either() -> None:
    told = story().submitted(replicas=2).applied().ready().healthy().scaled(0).applied().ready().healthy()

    assert entries(told)[-1].verdict == "stopped"
