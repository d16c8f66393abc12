"""What a cluster promises to whoever asks a replica itself: its figures, or a connection to a port of it."""

from collections.abc import Iterator

import pytest

from domain.errors import Rejected, Unreachable
from domain.objects import Kind, ObjectRef
from tests.contracts.clusters import CLUSTERS, Ground


@pytest.fixture(params=CLUSTERS)
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    with request.param(request) as ground:
        ground.apply(ground.space())
        yield ground


def test_a_replica_that_is_not_there_has_no_figures_and_the_cluster_says_so(ground: Ground) -> None:
    with pytest.raises(Rejected) as refused:
        ground.cluster.scrape(ObjectRef(Kind.POD.value, ground.namespace, "nobody"), 8000)

    assert refused.value.rejection.status == 404


def test_there_is_no_connection_to_a_replica_that_is_not_there(ground: Ground) -> None:
    with pytest.raises((Rejected, Unreachable)):
        ground.cluster.forward(ObjectRef(Kind.POD.value, ground.namespace, "nobody"), 8000)
