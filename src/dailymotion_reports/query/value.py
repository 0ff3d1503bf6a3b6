"""``Value``: what a frozen dataclass is, for classes of which there are many and that every command waits for.

A dataclass writes and compiles six functions for each class: for the facts of the catalogue together that took longer
than reading the catalogue.  Here all classes share five that look at the names of the fields.
"""

from collections.abc import Mapping
from inspect import get_annotations
from typing import Any, ClassVar, NoReturn, dataclass_transform

_REQUIRED = object()


@dataclass_transform(kw_only_default=True, frozen_default=True)
class Value:
    """Frozen, made by keyword, compared by its fields; the fields are what is annotated, base class first."""

    defaults: ClassVar[Mapping[str, Any]] = {}
    """The names of the fields, each with what it is where it is not said."""

    def __init_subclass__(cls) -> None:
        own = {name: cls.__dict__.get(name, _REQUIRED) for name in get_annotations(cls)}
        cls.defaults = {**cls.defaults, **own}

    def __init__(self, **given: Any) -> None:
        defaults = type(self).defaults
        missing = [name for name, default in defaults.items() if default is _REQUIRED and name not in given]
        if missing or not given.keys() <= defaults.keys():
            surplus = sorted(given.keys() - defaults.keys())
            raise TypeError(f"{type(self).__name__}: missing {missing}, not known {surplus}")
        self.__dict__.update(defaults, **given)

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}.{name} is frozen")

    def __delattr__(self, name: str) -> NoReturn:
        raise AttributeError(f"{type(self).__name__}.{name} is frozen")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and other.__dict__ == self.__dict__

    def __hash__(self) -> int:
        return hash((type(self), *self.__dict__.values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.__dict__.items())})"
