"""A deployment spec as a value: what a person wants to run, normalised, with nothing of its file's form left.

Source: Paperspace Gradient Deployments, as decided in docs/spec.md.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Literal:
    """A value written in the spec itself; masked wherever it is shown."""

    value: str


@dataclass(frozen=True, slots=True)
class SecretRef:
    """`secret:NAME`: a value that lives in the project's secrets, never in the ledger."""

    name: str


@dataclass(frozen=True, slots=True)
class EnvVar:
    """One environment variable of the container."""

    name: str
    value: Literal | SecretRef


@dataclass(frozen=True, slots=True)
class Header:
    """One header of an HTTP health check."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class HttpCheck:
    """Ask the replica itself over HTTP; any status from 200 to 399 is a success."""

    path: str
    port: int
    headers: tuple[Header, ...] = ()


@dataclass(frozen=True, slots=True)
class ExecCheck:
    """Run a command in the container; exit code 0 is a success."""

    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Probe:
    """A health check and its timing, in seconds."""

    check: HttpCheck | ExecCheck
    initial_delay: int = 0
    period: int = 10
    timeout: int = 1
    failure_threshold: int = 3

    @property
    def budget(self) -> int:
        """Give the seconds until a probe that never passes has failed for good."""
        return self.initial_delay + self.period * self.failure_threshold


@dataclass(frozen=True, slots=True)
class HealthChecks:
    """The three health checks; each may be absent."""

    startup: Probe | None = None
    readiness: Probe | None = None
    liveness: Probe | None = None


@dataclass(frozen=True, slots=True)
class Resources:
    """What a replica gets, how many there are, and the ports it listens on (the first is the endpoint's)."""

    machine_type: str
    replicas: int = 1
    ports: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Spec:
    """A whole deployment spec. `command` replaces the image's entrypoint; empty leaves it."""

    name: str
    image: str
    resources: Resources
    enabled: bool = True
    command: tuple[str, ...] = ()
    env: tuple[EnvVar, ...] = ()
    health: HealthChecks = HealthChecks()
    rollout_deadline: int | None = None
    """`deadreckon.rolloutDeadlineSeconds`: how long a rollout may stand still; None leaves it to the engine's setting."""

    @property
    def replicas_wanted(self) -> int:
        """Give the number of replicas that shall run: none while stopped."""
        return self.resources.replicas if self.enabled else 0

    @property
    def startup_budget(self) -> int:
        """Give the seconds that one replica may take until it is ready, as far as its health checks say."""
        startup, readiness = self.health.startup, self.health.readiness
        return (startup.budget if startup else 0) + (readiness.initial_delay + readiness.period if readiness else 0)

    def deadline(self, default: int) -> int:
        """Give the seconds that a rollout may stand still: the spec's or the engine's, and never too few to become ready in."""
        return min(max(self.rollout_deadline or default, self.startup_budget + 60), 2**31 - 1)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Name the secrets this spec refers to, each once, in order."""
        names = (variable.value.name for variable in self.env if isinstance(variable.value, SecretRef))
        return tuple(dict.fromkeys(names))
