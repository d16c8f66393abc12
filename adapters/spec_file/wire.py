"""The format's shape, version v1, as pydantic models: what a file may hold, field by field. The JSON Schema is made of these."""

import re
from typing import Annotated, Literal

from pydantic import AllowInfNan, Field, StrictBool, StrictFloat, StrictInt, StrictStr

from adapters.spec_file.forms import (
    ENV_NAME,
    ENV_VALUE,
    HEADER_NAME,
    HEADER_VALUE,
    IMAGE,
    NAME,
    PROBE_PATH,
    REGISTRY,
)
from adapters.spec_file.wire_base import INT32, WHOLE, Port, Positive, Wire
from adapters.spec_file.wire_integrations import IntegrationV1, SecretName

SECRET = "secret:"  # noqa: S105 (the prefix of a reference, not a secret)
SECRET_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}")
SHORTEST_REQUEST = 0.01
MOST_REPLICAS = 1000
MOST_INTEGRATIONS = 5


class EnvV1(Wire):
    """An environment variable; `secret:NAME` as value takes it from the project's secrets."""

    name: Annotated[StrictStr, ENV_NAME] = Field(description="The variable's name.")
    value: Annotated[StrictStr, ENV_VALUE] = Field(description="Its value as text, or `secret:NAME`.")


class HeaderV1(Wire):
    """A header that a health check sends; a literal, since a kubelet cannot resolve a secret."""

    name: Annotated[StrictStr, HEADER_NAME] = Field(description="The header's name.")
    value: Annotated[StrictStr, HEADER_VALUE] = Field(description="Its value.")


class ExecV1(Wire):
    """A health check that runs a command in the container."""

    command: tuple[StrictStr, ...] = Field(min_length=1, description="The command; exit code 0 is a success.")


class ProbeV1(Wire):
    """A health check: over HTTP (`path`) or by a command (`exec`)."""

    path: Annotated[StrictStr, PROBE_PATH] | None = Field(default=None, description="Any status from 200 to 399 is a success.")
    port: Port | None = Field(default=None, description="Default: the first of `resources.ports`.")
    headers: tuple[HeaderV1, ...] = Field(default=(), description="Headers to send.")
    exec: ExecV1 | None = Field(default=None, description="Alternative to `path`.")
    initial_delay_seconds: Annotated[StrictInt, Field(ge=0, le=1000), WHOLE] = Field(
        default=0, description="Wait before the first check."
    )
    period_seconds: Positive = Field(default=10, description="Time between two checks.")
    timeout_seconds: Positive = Field(default=1, description="Time that one check may take.")
    failure_threshold: Positive = Field(default=3, description="Failures in a row that count.")


class HealthChecksV1(Wire):
    """The three health checks."""

    startup: ProbeV1 | None = Field(default=None, description="Runs first; while it fails the others wait.")
    readiness: ProbeV1 | None = Field(default=None, description="While it fails the replica gets no traffic.")
    liveness: ProbeV1 | None = Field(default=None, description="When it fails the replica is restarted.")


class MetricV1(Wire):
    """One thing that the autoscaler looks at, and its target."""

    metric: Literal["cpu", "memory", "requestDuration"] = Field(
        description="`cpu` and `memory` of what the machine type requests, `requestDuration` of the endpoint's requests."
    )
    summary: Literal["average"] = Field(default="average", description="Over all replicas; a request's over five minutes.")
    value: Annotated[StrictFloat, Field(gt=0, le=1_000_000), AllowInfNan(allow_inf_nan=False)] = Field(
        description="Percent, or for `requestDuration` seconds, at least 0.01."
    )


class AutoscalingV1(Wire):
    """How far the number of replicas may rise, and by what; `replicas` is the floor. Switched off, it needs nothing else."""

    enabled: StrictBool = Field(default=True, description="`false` switches it off, and keeps it written.")
    max_replicas: Annotated[StrictInt, Field(ge=1, le=MOST_REPLICAS), WHOLE] | None = Field(
        default=None, description="The most replicas there may be; at least `replicas`. Required unless `enabled` is `false`."
    )
    metrics: tuple[MetricV1, ...] = Field(
        default=(), description="Each metric once; the highest proposal wins. Required unless `enabled` is `false`."
    )


class ResourcesV1(Wire):
    """What a replica gets, and how many there are."""

    machine_type: StrictStr = Field(description="A name of the catalogue of machine types.")
    replicas: Annotated[StrictInt, Field(ge=0, le=MOST_REPLICAS), WHOLE] = Field(
        default=1, description="How many replicas run; with autoscaling the floor."
    )
    ports: tuple[Port, ...] = Field(default=(), description="Ports the container listens on; the first is the endpoint's.")
    autoscaling: AutoscalingV1 | None = Field(default=None, description="Lets the number of replicas follow the load.")


class DeadreckonV1(Wire):
    """What Deadreckon adds to the old format."""

    rollout_deadline_seconds: Annotated[StrictInt, Field(ge=1, le=INT32), WHOLE] | None = Field(
        default=None, description="How long a rollout may stand still before it has failed."
    )
    probes: Literal["exact"] | None = Field(
        default=None, description="`exact` keeps each answer to a health check over HTTP, not only the changes."
    )


class SpecV1(Wire):
    """A deployment spec, version v1."""

    schema_hint: object = Field(default=None, alias="$schema", description="Ignored; for editors.")
    api_version: Literal["v1", "latest"] = Field(default="v1", description="The format's version; `latest` is `v1`.")
    name: Annotated[StrictStr, NAME] = Field(description="Unique in the project.")
    image: Annotated[StrictStr, IMAGE] = Field(description="The image to run.")
    enabled: StrictBool = Field(default=True, description="`false` stops it: no replicas, everything else stays.")
    container_registry: Annotated[StrictStr, REGISTRY] | None = Field(
        default=None, description="A stored registry's name, whose login pulls the image. Default: pulled without a login."
    )
    region: StrictStr | None = Field(
        default=None, description="Accepted, without effect: one cluster is one region.", deprecated=True
    )
    command: tuple[StrictStr, ...] = Field(default=(), description="Replaces the image's entrypoint.")
    basic_auth_key: SecretName | None = Field(
        default=None, description="`secret:NAME`: the password of user `paperspace` at the endpoint. Default: it is public."
    )
    env: tuple[EnvV1, ...] = Field(default=(), description="Environment variables.")
    resources: ResourcesV1 = Field(description="Machine type, replicas, ports, autoscaling.")
    integrations: tuple[IntegrationV1, ...] = Field(
        default=(), max_length=MOST_INTEGRATIONS, description="What each replica finds mounted when it starts."
    )
    health_checks: HealthChecksV1 = Field(default=HealthChecksV1(), description="Startup, readiness and liveness.")
    deadreckon: DeadreckonV1 = Field(default=DeadreckonV1(), description="Our own additions.")
