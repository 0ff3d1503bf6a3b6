"""Scenarios: named sets of switches and armed faults, as `scenarios.toml` has them.  Light to import."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Final

DEFAULT: Final = "calm"


@dataclass(frozen=True, slots=True)
class Scenario:
    """How the sandbox behaves: ``switches`` are arguments of `Sandbox` by name, ``faults`` names and times."""

    name: str
    about: str
    switches: Mapping[str, Any]
    faults: Mapping[str, int]


@cache
def load_scenarios() -> Mapping[str, Scenario]:
    """Every scenario by its name, the default one first.  The same object each time."""
    rows = tomllib.loads(files(__package__).joinpath("scenarios.toml").read_text(encoding="utf-8"))
    return MappingProxyType({name: _scenario(name, row) for name, row in rows.items()})


def _scenario(name: str, row: dict[str, object]) -> Scenario:
    about, faults = row.pop("about"), row.pop("faults", {})
    assert isinstance(faults, dict)
    switches = {switch: tuple(value) if isinstance(value, list) else value for switch, value in row.items()}
    return Scenario(name, str(about), MappingProxyType(switches), MappingProxyType(faults))
