"""How long the requests to an endpoint take, as it was measured: what the autoscaler is told, and nothing but that.

Stream `seen/<project>/<name>`, beside what was seen of the deployment's objects.
"""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Share:
    """What one replica's relay had to do with a value: its requests within the window and their seconds together.

    `began` is when the relay began; `total_requests` and `total_seconds` are what it had counted since then, as it was read.
    """

    replica: str
    requests: int
    seconds: float
    began: datetime
    total_requests: int
    total_seconds: float


@dataclass(frozen=True, slots=True)
class DurationMeasured:
    """The mean seconds of the endpoint's requests over a window of so many seconds, to three digits: told from now on.

    `value` is 0 when there were none. It is the shares' seconds by their requests.
    """

    value: float
    requests: int
    window: float
    shares: tuple[Share, ...]
    at: datetime


@dataclass(frozen=True, slots=True)
class DurationLost:
    """It is not known any more how long requests take: nothing is told, and the autoscaler leaves the number alone."""

    why: str


MeasuringFact = DurationMeasured | DurationLost
