"""What the autoscaler is told of the requests' duration, told."""

from typing import assert_never

from domain.measuring import DurationLost, DurationMeasured, MeasuringFact
from projections.sentences.sentence import Sentence
from projections.wording import count, one_line


def tell(fact: MeasuringFact) -> Sentence:
    """Say how long requests take, or that it is not known."""
    match fact:
        case DurationMeasured(_, 0, window):
            return Sentence("scaling", "info", f"no requests in {window:.0f} s: the autoscaler is told 0 s")
        case DurationMeasured(value, requests, window, shares):
            replicas = count(len(shares), "replica")
            return Sentence(
                "scaling", "info", f"a request takes {value:g} s: {count(requests, 'request')} to {replicas} in {window:.0f} s"
            )
        case DurationLost(why):
            return Sentence("scaling", "warning", f"how long requests take is not known: {one_line(why)}")
        case _:
            assert_never(fact)
