"""No reader hangs: every entrance is fed with the shapes that readers have hung on, under a bound of CPU time."""

import pytest

from tests.at_night import at_night
from tests.hostile_shapes import CPU_SECONDS, read_within


@pytest.mark.parametrize(
    ("entrance", "size"),
    [
        ("spec_file", 20_000),
        ("refused_file", 1_200_000),
        ("changes", 10_000),
        ("changes", 1_000_000),
        ("catalogue_file", 10_000),
        ("catalogue_file", 1_200_000),
        ("cluster_words", 1_000_000),
        ("typed_words", 1_000_000),
        ("terminals", 1_000_000),
        ("challenges", 1_000_000),
        ("relays", 1_000_000),
    ],
)
def test_each_entrance_reads_the_known_shapes_in_linear_time(entrance: str, size: int) -> None:
    assert read_within(entrance, at_night(size), seconds=at_night(CPU_SECONDS)) == 0


def test_control_a_reader_of_quadratic_time_is_ended() -> None:
    assert read_within("quadratic", 100_000, seconds=3) < 0
