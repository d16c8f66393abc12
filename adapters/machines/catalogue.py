"""The catalogue of machine types, read from YAML and checked; its digest tells which one a decision was made with."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import AliasEvent, CollectionEndEvent, CollectionStartEvent

from adapters.pydantic_errors import misfit
from domain.errors import Unfit
from domain.machines import Catalogue, Machine, Toleration

SHIPPED = Path(__file__).with_name("catalogue.yaml")

_LARGEST, _DEEPEST, _MOST_VALUES = 256 * 1024, 16, 20_000
_MOST, _TOLD = 20, 500
"""Faults that are told, and how much of each."""

_UNITS = {"Mi": 1, "Gi": 1024, "Ti": 1024 * 1024}
_PERCENT = re.compile(r"([0-9]{1,2})%")


def _cpu(value: object) -> int:
    """Read a quantity of CPU as thousandths of a core: `2`, `0.5`, `1800m`."""
    text = str(value)
    if re.fullmatch(r"[0-9]{1,6}(\.[0-9]{1,3})?", text) and not isinstance(value, bool):
        return round(float(text) * 1000)
    if re.fullmatch(r"[0-9]{1,9}m", text):
        return int(text[:-1])
    message = "CPU is written as `2`, `0.5` or `500m`"
    raise ValueError(message)


def _memory(value: object) -> int:
    """Read a quantity of memory as MiB: `512Mi`, `30Gi`."""
    text = str(value)
    if re.fullmatch(r"[0-9]{1,9}(Mi|Gi|Ti)", text):
        return int(text[:-2]) * _UNITS[text[-2:]]
    message = "memory is written as `512Mi` or `30Gi`"
    raise ValueError(message)


def _share(value: object) -> int:
    match = _PERCENT.fullmatch(str(value))
    if match is None:
        message = "a reserve is written as a percentage, `10%`"
        raise ValueError(message)
    return int(match[1])


Share = Annotated[int, BeforeValidator(_share)]
Label = Annotated[str, Field(pattern=r"^([a-z0-9]([a-z0-9.-]*[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$")]
LabelValue = Annotated[str, Field(pattern=r"^([A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?)?$")]


class _Wire(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)


class _Toleration(_Wire):
    key: Label
    operator: Literal["Exists", "Equal"] = "Exists"
    value: LabelValue = ""
    effect: Literal["", "NoSchedule", "PreferNoSchedule", "NoExecute"] = ""


class _Machine(_Wire):
    cpu: Annotated[int, BeforeValidator(_cpu), Field(ge=1)]
    memory: Annotated[int, BeforeValidator(_memory), Field(ge=4)]
    gpus: int = Field(0, ge=0, le=64)
    multiples: tuple[Annotated[int, Field(ge=2, le=64)], ...] = ()
    node_selector: dict[Label, LabelValue] = {}
    tolerations: tuple[_Toleration, ...] = ()


class _Reserve(_Wire):
    cpu: Share = 0
    memory: Share = 0


class _Catalogue(_Wire):
    reserve: _Reserve = _Reserve()
    gpu_resource: Label = "nvidia.com/gpu"
    gpu_tolerations: tuple[_Toleration, ...] = ()
    machines: dict[Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")], _Machine] = Field(min_length=1)


def load_catalogue(path: Path | None = None) -> Catalogue:
    """Read a catalogue, or the one that ships. Raises Unfit, naming every entry that is wrong."""
    source = path or SHIPPED
    try:
        with source.open("rb") as file:
            body = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise Unfit(f"the catalogue of machine types cannot be read: {source}: {getattr(error, 'strerror', error)}") from error
    if len(body) > _LARGEST:
        raise Unfit(f"the catalogue of machine types is too large: {source} has more than {_LARGEST // 1024} KiB")
    return Catalogue({machine.name: machine for machine in _machines(_validated(body, source))}, hashlib.sha256(body).hexdigest())


def _validated(body: bytes, source: Path) -> _Catalogue:
    try:
        parser: Any = YAML(typ="safe", pure=True)
        text = body.decode()
        _hold_to_bounds(text, source)
        data = parser.load(text)
    except (YAMLError, ValueError, OverflowError) as error:
        raise Unfit(f"the catalogue of machine types is not YAML: {source}: {str(error)[:_TOLD]}") from error
    try:
        return _Catalogue.model_validate(data)
    except ValidationError as error:
        faults = [f"{'.'.join(map(str, fault['loc'])) or 'all of it'}: {misfit(fault)}" for fault in error.errors()]
        more = f"; and {len(faults) - _MOST} more" if len(faults) > _MOST else ""
        message = (
            f"the catalogue of machine types is wrong: {source}: " + "; ".join(fault[:_TOLD] for fault in faults[:_MOST]) + more
        )
        raise Unfit(message, "adapters/machines/catalogue.yaml in the package shows the form") from error


def _hold_to_bounds(text: str, source: Path) -> None:
    """Go over a text before anything is built of it. Raises Unfit: an alias can stand for more than any machine holds."""
    parser: Any = YAML(typ="safe", pure=True)
    depth = 0
    for values, event in enumerate(parser.parse(text)):
        if isinstance(event, AliasEvent):
            raise Unfit(f"the catalogue of machine types is wrong: {source}: aliases (`*name`) are not part of the form")
        depth += isinstance(event, CollectionStartEvent) - isinstance(event, CollectionEndEvent)
        if depth > _DEEPEST or values > _MOST_VALUES:
            raise Unfit(f"the catalogue of machine types is wrong: {source}: it is too deep, or has too many values")


def _machines(wire: _Catalogue) -> Iterator[Machine]:
    for name, entry in wire.machines.items():
        yield _machine(wire, name, entry, 1)
        for times in entry.multiples:
            yield _machine(wire, f"{name}x{times}", entry, times)


def _machine(wire: _Catalogue, name: str, entry: _Machine, times: int) -> Machine:
    tolerations = entry.tolerations + (wire.gpu_tolerations if entry.gpus else ())
    return Machine(
        name,
        cpu_millis=max(1, entry.cpu * times * (100 - wire.reserve.cpu) // 100),
        memory_mib=max(1, entry.memory * times * (100 - wire.reserve.memory) // 100),
        gpu_resource=wire.gpu_resource if entry.gpus else "",
        gpus=entry.gpus * times,
        node_selector=tuple(sorted(entry.node_selector.items())),
        tolerations=tuple(Toleration(t.key, t.operator, t.value, t.effect) for t in tolerations),
    )
