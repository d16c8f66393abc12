"""What all parts of the wire form share: strict values, camelCase names, nothing unknown."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictInt
from pydantic.alias_generators import to_camel

INT32 = 2**31 - 1


def _whole(value: Any) -> Any:  # noqa: ANN401 (whatever a file holds)
    """JSON knows one kind of number, so 2.0 is the whole number 2."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


# Behind a number's limits: before them, they would not reach the JSON Schema.
WHOLE = BeforeValidator(_whole)
Port = Annotated[StrictInt, Field(ge=1, le=65535), WHOLE]
Positive = Annotated[StrictInt, Field(ge=1, le=INT32), WHOLE]


class Wire(BaseModel):
    """A part of the format: camelCase names, nothing unknown, no value repeated in messages."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, hide_input_in_errors=True)
