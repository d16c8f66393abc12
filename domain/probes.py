"""The health checks that a container may have, by Kubernetes' names."""

from typing import Literal

ProbeName = Literal["startup", "readiness", "liveness"]
