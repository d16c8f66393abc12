"""What ran: a version has the digests of its own replicas, and of those of its template that were there while it was wanted."""

from domain.replica import ImagePulled, ReplicaCreated, ReplicaGone
from projections.images_run import ran
from tests.stories import Story, story


def digests(told: Story) -> list[tuple[str, ...]]:
    found = ran(told.deployment, told.about)
    return [found[version.number] for version in told.deployment.versions]


def pulled(told: Story, digest: str, *, uid: str = "") -> str:
    """A replica of the newest version's template runs a digest."""
    return told.replica(ImagePulled("shop:1", digest), uid=uid)


def test_versions_of_one_template_share_the_replicas_that_were_there_meanwhile() -> None:
    told = story().submitted(replicas=1)
    pulled(told, "sha256:a")
    pulled(told.scaled(2), "sha256:b")

    assert digests(told) == [("sha256:a",), ("sha256:a", "sha256:b")]


def test_a_replica_that_came_after_a_version_or_went_before_it_is_none_of_it() -> None:
    told = story().submitted(image="shop:1")
    uid = pulled(told, "sha256:a")
    told.replica(ReplicaGone("seen"), uid=uid)
    pulled(told.submitted(image="shop:2").rolled_back(1), "sha256:b")

    assert digests(told) == [("sha256:a",), (), ("sha256:b",)]


def test_what_ran_of_a_deleted_incarnation_is_none_of_the_next() -> None:
    told = story().submitted()
    pulled(told, "sha256:a")

    assert digests(told.deleted().submitted()) == [("sha256:a",), ()]


def test_a_replica_that_was_told_of_late_is_the_last_versions_that_had_its_template() -> None:
    told = story().submitted().scaled(2)
    made = told.newest
    told.submitted(image="shop:2")
    told.replica(ReplicaCreated("late", "space", 1, made.template, None), ImagePulled("shop:1", "sha256:a"), uid="late")

    assert digests(told) == [(), ("sha256:a",), ()]
