"""A deployment spec as a value: what a person wants to run, normalised, with nothing of its file's form left.

Source: Paperspace Gradient Deployments, as decided in docs/spec.md.
"""

from dataclasses import dataclass
from typing import Literal as OneOf


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


MetricName = OneOf["cpu", "memory", "requestDuration"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One thing that the autoscaler looks at, and its target: percent of what is requested, or seconds for a request."""

    name: MetricName
    value: float


@dataclass(frozen=True, slots=True)
class Autoscaling:
    """How far the number of replicas may rise over `Resources.replicas`, and by what; the highest proposal wins.

    Only what is switched off may leave both unsaid: then `max_replicas` is 0, and there are no metrics.
    """

    max_replicas: int
    metrics: tuple[Metric, ...]
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Resources:
    """What a replica gets, how many there are, and the ports it listens on (the first is the endpoint's)."""

    machine_type: str
    replicas: int = 1
    ports: tuple[int, ...] = ()
    autoscaling: Autoscaling | None = None


@dataclass(frozen=True, slots=True)
class GitLfs:
    """A git repository with large files, at `ref` (empty: its default branch). `mount` is the whole path in the replica."""

    name: str
    mount: str
    url: str
    ref: str = ""
    username: str = ""
    password: SecretRef | None = None


@dataclass(frozen=True, slots=True)
class Bucket:
    """What stands in an object store under `s3://bucket/prefix`. `endpoint` (https://…, empty: AWS) is where it is asked."""

    name: str
    mount: str
    url: str
    provider: OneOf["s3", "spaces"] = "s3"
    endpoint: str = ""
    region: str = ""
    access_key: Literal | SecretRef | None = None
    secret_key: SecretRef | None = None


@dataclass(frozen=True, slots=True)
class Model:
    """An entry of the platform's models, by its id; the platform says where its content comes from."""

    name: str
    mount: str
    id: str


@dataclass(frozen=True, slots=True)
class Volume:
    """A volume that the platform's owner keeps in the project's namespace under this name; mounted read-only, never filled."""

    name: str
    mount: str


Integration = GitLfs | Bucket | Model | Volume


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
    integrations: tuple[Integration, ...] = ()
    registry: str = ""
    """`containerRegistry`: the name of a stored registry, whose login pulls the image; empty: pulled without one."""
    basic_auth: SecretRef | None = None
    """`basicAuthKey`: the password of user `paperspace` at the endpoint; None: it is public."""
    rollout_deadline: int | None = None
    """`deadreckon.rolloutDeadlineSeconds`: how long a rollout may stand still; None leaves it to the engine's setting."""
    exact_probes: bool = False
    """`deadreckon.probes: exact`: each answer to an HTTP health check is kept, by the relay beside the replica."""

    @property
    def replicas_wanted(self) -> int:
        """Give the number of replicas that shall run: none while stopped; with autoscaling the floor, at least one."""
        floor = 1 if self.autoscaled else 0
        return max(self.resources.replicas, floor) if self.enabled else 0

    @property
    def autoscaled(self) -> Autoscaling | None:
        """Give the autoscaling that is in force: none while stopped or switched off."""
        scaling = self.resources.autoscaling
        return scaling if scaling and scaling.enabled and self.enabled else None

    @property
    def ceiling(self) -> int:
        """Give the largest number of replicas that there may be."""
        return max(self.autoscaled.max_replicas if self.autoscaled else 0, self.replicas_wanted)

    @property
    def relayed(self) -> bool:
        """Tell whether each replica has a relay: to time requests, to ask for a password, or to keep each probe's answer."""
        scaling = self.resources.autoscaling
        # Also while it is switched off: a switch restarts nothing.
        timed = scaling is not None and any(metric.name == "requestDuration" for metric in scaling.metrics)
        return bool(self.resources.ports) and (timed or self.basic_auth is not None or self.exact_probes)

    @property
    def timed(self) -> bool:
        """Tell whether the autoscaler is told how long the endpoint's requests take."""
        scaling = self.autoscaled if self.resources.ports else None
        return scaling is not None and any(metric.name == "requestDuration" for metric in scaling.metrics)

    @property
    def startup_budget(self) -> int:
        """Give the seconds that one replica may take until it is ready, as far as its health checks say."""
        startup, readiness = self.health.startup, self.health.readiness
        return (startup.budget if startup else 0) + (readiness.initial_delay + readiness.period if readiness else 0)

    def deadline(self, default: int) -> int:
        """Give the seconds that a rollout may stand still: the spec's or the engine's, and never too few to become ready in."""
        return min(max(self.rollout_deadline or default, self.startup_budget + 60), 2**31 - 1)

    @property
    def secret_variables(self) -> tuple[str, ...]:
        """Name the secrets that a container gets as variables, the application's or one that fills a volume's; each once."""
        values: list[object] = [variable.value for variable in self.env]
        for integration in self.integrations:
            if isinstance(integration, GitLfs):
                values.append(integration.password)
            elif isinstance(integration, Bucket):
                values += [integration.access_key, integration.secret_key]
        return tuple(dict.fromkeys(value.name for value in values if isinstance(value, SecretRef)))

    @property
    def secrets(self) -> tuple[str, ...]:
        """Name the secrets this spec refers to, each once, in order."""
        door = (self.basic_auth.name,) if self.basic_auth else ()
        return tuple(dict.fromkeys((*self.secret_variables, *door)))
