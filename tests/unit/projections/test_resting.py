"""Versions that are to run nothing are told as stopped, wherever the verdict on them is told."""

from projections.stopped_versions import of_rest, rested
from projections.timeline import TimelineLine, line
from tests.stories import Story, story


def told(of: Story) -> list[TimelineLine]:
    resting = of_rest(of.log.history)
    return [rested(line(recorded, str), recorded, lambda _, number: number in resting) for recorded in of.log.history]


def scaled_to_none(one: Story) -> Story:
    return one.scaled(0)


def test_the_verdict_on_a_stopped_version_is_not_that_it_is_healthy() -> None:
    for other in (Story.stopped, scaled_to_none):
        lines = told(other(story().submitted(replicas=2).applied().ready().healthy()).applied().ready().healthy())

        assert [each.text for each in lines if "healthy" in each.text or "is stopped" in each.text] == [
            "version 1 is healthy",
            "version 2 is stopped",
        ]
