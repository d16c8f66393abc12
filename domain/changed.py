"""A changed copy of a frozen value: what `dataclasses.replace` gives, at a tenth of its price.

A fold makes two such copies of large values for each fact, so they are much of what an engine's start takes. `replace` looks the
fields up anew each time and hands them all through `__init__`, which sets each past the freeze. Here a class is looked at once:
it gets a double with the same slots that is not frozen, and a function (written as `dataclasses` itself writes an `__init__`)
that copies a value's fields into one. The draft is changed, and becomes a value of the class; Python sees to it that both fit.
"""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, TypeVar

T = TypeVar("T")

_DRAFTERS: dict[type, Callable[[Any], Any] | None] = {}


def _changed(value: T, /, **changes: Any) -> T:  # noqa: ANN401 (each is of its field's type: the type checkers see to it)
    """Give a copy of a value in which these fields are others. Raises TypeError for a field that it does not have."""
    cls = type(value)
    try:
        drafted = _DRAFTERS[cls]
    except KeyError:
        drafted = _DRAFTERS[cls] = _drafter(cls)
    if drafted is None:
        return replace(value, **changes)  # type: ignore[type-var]
    draft = drafted(value)
    try:
        for name, field in changes.items():
            setattr(draft, name, field)
    except AttributeError as error:
        raise TypeError(f"{error}") from None
    draft.__class__ = cls
    return draft  # type: ignore[no-any-return]


def _drafter(cls: type) -> Callable[[Any], Any] | None:
    """Look at a class; None where a value is more than its own slots: it has others, or sees to something when it is made."""
    if hasattr(cls, "__post_init__") or not all(field.init for field in fields(cls)):
        return None
    names = [field.name for field in fields(cls)]
    double: Any = type(cls.__name__, (), {"__slots__": names})
    try:
        double().__class__ = cls
    except TypeError:
        return None
    scope: dict[str, Any] = {"double": double}
    lines = "".join(f"    draft.{name} = value.{name}\n" for name in names)
    exec(f"def drafted(value):\n    draft = double()\n{lines}    return draft\n", scope)  # noqa: S102 (of field names only)
    return scope["drafted"]  # type: ignore[no-any-return]


if TYPE_CHECKING:
    from dataclasses import replace as changed  # each change is held to its field, as no signature of our own could say
else:
    changed = _changed

__all__ = ["changed"]
