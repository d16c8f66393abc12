"""The format's shape, version v1, as pydantic models: what a file may hold, field by field. The JSON Schema is made of these."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StrictInt, StrictStr
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

from domain.images import parse_reference

INT32 = 2**31 - 1
SECRET = "secret:"  # noqa: S105 (the prefix of a reference, not a secret)
SECRET_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,127}")
_ENV_NAME = re.compile(r"(?!\.\.)[-._a-zA-Z][-._a-zA-Z0-9]*")
_HEADER_NAME = re.compile(r"[-A-Za-z0-9]{1,256}")
_LONGEST_NAME = 128


def _refusal(message: str, hint: str) -> PydanticCustomError:
    return PydanticCustomError("bad-value", "{message}", {"message": message, "hint": hint})


def _name(value: str) -> str:
    if not value.isprintable() or value != value.strip() or not 1 <= len(value) <= _LONGEST_NAME:
        raise _refusal("this cannot be a deployment's name", "1 to 128 printable characters, no space at the ends")
    return value


def _image(value: str) -> str:
    if parse_reference(value) is None:
        raise _refusal("this is not an image's name", "write registry/repository:tag, or repository@sha256:…")
    return value


def _env_name(value: str) -> str:
    if value == "." or not _ENV_NAME.fullmatch(value):
        raise _refusal("this cannot be a variable's name", "letters, digits, `_`, `-` and `.`, no digit first")
    return value


def _header_name(value: str) -> str:
    if not _HEADER_NAME.fullmatch(value):
        raise _refusal("this cannot be a header's name", "letters, digits and `-`")
    return value


def _one_line(value: str) -> str:
    if not value.isprintable():
        raise _refusal("there is a line break or another control character in it", "one line of printable text")
    return value


Name = Annotated[StrictStr, AfterValidator(_name)]
ImageName = Annotated[StrictStr, AfterValidator(_image)]
Line = Annotated[StrictStr, AfterValidator(_one_line)]
Port = Annotated[StrictInt, Field(ge=1, le=65535)]
Positive = Annotated[StrictInt, Field(ge=1, le=INT32)]


class Wire(BaseModel):
    """A part of the format: camelCase names, nothing unknown, no value repeated in messages."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, hide_input_in_errors=True)


class EnvV1(Wire):
    """An environment variable; `secret:NAME` as value takes it from the project's secrets."""

    name: Annotated[StrictStr, AfterValidator(_env_name)] = Field(description="The variable's name.")
    value: StrictStr = Field(description="Its value as text, or `secret:NAME`.")


class HeaderV1(Wire):
    """A header that a health check sends; a literal, since a kubelet cannot resolve a secret."""

    name: Annotated[StrictStr, AfterValidator(_header_name)] = Field(description="The header's name.")
    value: Line = Field(description="Its value.")


class ExecV1(Wire):
    """A health check that runs a command in the container."""

    command: tuple[StrictStr, ...] = Field(min_length=1, description="The command; exit code 0 is a success.")


class ProbeV1(Wire):
    """A health check: over HTTP (`path`) or by a command (`exec`)."""

    path: Annotated[Line, Field(min_length=1)] | None = Field(
        default=None, description="Any status from 200 to 399 is a success."
    )
    port: Port | None = Field(default=None, description="Default: the first of `resources.ports`.")
    headers: tuple[HeaderV1, ...] = Field(default=(), description="Headers to send.")
    exec: ExecV1 | None = Field(default=None, description="Alternative to `path`.")
    initial_delay_seconds: Annotated[StrictInt, Field(ge=0, le=1000)] = Field(
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


class ResourcesV1(Wire):
    """What a replica gets, and how many there are."""

    machine_type: StrictStr = Field(description="A name of the catalogue of machine types.")
    replicas: Annotated[StrictInt, Field(ge=0, le=1000)] = Field(default=1, description="How many replicas run.")
    ports: tuple[Port, ...] = Field(default=(), description="Ports the container listens on; the first is the endpoint's.")


class DeadreckonV1(Wire):
    """What Deadreckon adds to the old format."""

    rollout_deadline_seconds: Annotated[StrictInt, Field(ge=1, le=INT32)] | None = Field(
        default=None, description="How long a rollout may stand still before it has failed."
    )


class SpecV1(Wire):
    """A deployment spec, version v1."""

    api_version: Literal["v1"] = Field(default="v1", description="The format's version.")
    name: Name = Field(description="Unique in the project.")
    image: ImageName = Field(description="The image to run.")
    enabled: StrictBool = Field(default=True, description="`false` stops it: no replicas, everything else stays.")
    command: tuple[StrictStr, ...] = Field(default=(), description="Replaces the image's entrypoint.")
    env: tuple[EnvV1, ...] = Field(default=(), description="Environment variables.")
    resources: ResourcesV1 = Field(description="Machine type, replicas, ports.")
    health_checks: HealthChecksV1 = Field(default=HealthChecksV1(), description="Startup, readiness and liveness.")
    deadreckon: DeadreckonV1 = Field(default=DeadreckonV1(), description="Our own additions.")
