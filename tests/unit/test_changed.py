"""A changed copy is what `dataclasses.replace` would give, of every value that the domain has."""

import dataclasses
import importlib
import pkgutil
from dataclasses import FrozenInstanceError, dataclass, field
from typing import Any, cast

import pytest

import domain
from domain.changed import changed


def dataclasses_of_domain() -> list[type]:
    modules = [importlib.import_module(f"domain.{module.name}") for module in pkgutil.iter_modules(domain.__path__)]
    classes = {one for module in modules for one in vars(module).values() if isinstance(one, type)}
    return sorted(filter(dataclasses.is_dataclass, classes), key=lambda cls: (cls.__module__, cls.__name__))


ALL = dataclasses_of_domain()


def test_the_domain_has_values() -> None:
    assert len(ALL) > 150


@pytest.mark.parametrize("cls", ALL, ids=lambda cls: cls.__name__)
def test_a_changed_copy_is_what_replace_gives(cls: type) -> None:
    names = [one.name for one in dataclasses.fields(cls)]
    value: Any = cls(*(f"before {name}" for name in names))
    for others in ([], names, *([name] for name in names)):
        changes = {name: f"after {name}" for name in others}

        copy, expected = changed(value, **changes), dataclasses.replace(value, **changes)

        assert type(copy) is type(expected)
        assert [getattr(copy, name) for name in names] == [getattr(expected, name) for name in names]
        assert [getattr(value, name) for name in names] == [f"before {name}" for name in names]


@dataclass(frozen=True, slots=True)
class Watered:
    plant: str
    litres: int = 1


@dataclass(frozen=True, slots=True)
class Sound:
    litres: int

    def __post_init__(self) -> None:
        if self.litres < 0:
            raise ValueError("nobody takes water back")


@dataclass(frozen=True)
class Loose:
    plant: str


@dataclass(frozen=True, slots=True)
class Given:
    plant: str
    place: str = field(default="garden", init=False)


@dataclass(frozen=True, slots=True)
class Elsewhere(Watered):
    place: str = ""


def test_the_copy_is_as_frozen_as_the_value() -> None:
    copy = changed(Watered("fern"), litres=2)

    with pytest.raises(FrozenInstanceError):
        copy.litres = 3  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


def test_a_field_that_the_value_does_not_have_is_refused() -> None:
    with pytest.raises(TypeError, match="'Watered' object has no attribute 'liters'"):
        changed(Watered("fern"), **cast("dict[str, Any]", {"liters": 2}))


def test_what_a_value_holds_its_fields_to_a_copy_is_held_to() -> None:
    assert changed(Sound(1), litres=2) == Sound(2)
    with pytest.raises(ValueError, match="takes water back"):
        changed(Sound(1), litres=-1)


def test_a_value_without_slots_is_changed_all_the_same() -> None:
    assert changed(Loose("fern"), plant="moss") == Loose("moss")


def test_a_field_that_is_not_given_at_the_start_is_not_changed() -> None:
    with pytest.raises((TypeError, ValueError), match="place"):
        changed(Given("fern"), place="house")


def test_fields_of_the_class_above_are_changed_too() -> None:
    assert changed(Elsewhere("fern", 1, "house"), litres=3, place="garden") == Elsewhere("fern", 3, "garden")
