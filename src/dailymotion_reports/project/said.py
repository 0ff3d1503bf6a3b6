"""``Said``: what holds for each key of a dataset, and where that is said."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, fields
from datetime import date
from typing import Any, Final

from dailymotion_reports.project.dataset import Dataset
from dailymotion_reports.project.file import Project
from dailymotion_reports.project.keys import DATASET, OWN
from dailymotion_reports.query.catalog import Catalog
from dailymotion_reports.query.question_file import Places
from dailymotion_reports.redaction import MASK

DEFAULT: Final = "default"
"""The origin of what nobody has said."""


@dataclass(frozen=True, slots=True)
class Said:
    """A value as JSON has it, None for none, and where it stands: ``dmr.toml:12``, or ``default``."""

    value: Any
    origin: str


def read_said(project: Project, catalog: Catalog) -> dict[str, dict[str, Said]]:
    """Each key of each dataset as it holds after [defaults], and where it is said.  No secret is among it.

    The file is read again; raises OSError where that cannot be done any more.
    """
    text = project.path.read_text(encoding="utf-8-sig")
    data, places = tomllib.loads(text), Places(project.path.name, text)
    return {name: dict(_said(one, data, places, catalog)) for name, one in project.datasets.items()}


def _said(dataset: Dataset, data: Mapping[str, Any], places: Places, catalog: Catalog) -> Iterator[tuple[str, Said]]:
    table, defaults = data["datasets"][dataset.name], data.get("defaults", {})
    unsaid = _unsaid(catalog)
    for key in DATASET:
        if key in table:
            yield key, Said(_value(key, table[key], dataset), _origin(places, "datasets", dataset.name, key))
        elif key in OWN and key in defaults:
            yield key, Said(_value(key, defaults[key], dataset), _origin(places, "defaults", key))
        elif key != "dimensions":  # they are called by
            yield key, Said(None if "dimensions" in table and key == "by" else unsaid.get(key), DEFAULT)


def _origin(places: Places, *path: str) -> str:
    line = places.line(*path)
    return f"{places.name}:{line}" if line else places.name


def _unsaid(catalog: Catalog) -> Mapping[str, Any]:
    """What holds where nothing is said."""
    own = {one.name: one.default for one in fields(Dataset) if one.name in OWN and one.default is not MISSING}
    products = [name for name, product in catalog.product_facts.items() if product.default]
    question = {"product": next(iter(products), None), "timezone": "UTC", "unverified": False, "side-by-side": False}
    return question | {key: value if value != () else None for key, value in own.items()}


def _value(key: str, value: Any, dataset: Dataset) -> Any:
    if key == "into":
        return shown_address(dataset.into)
    return str(value) if isinstance(value, date) else value


def shown_address(into: str) -> str:
    """The address of a table without what may be a password, which has no place in it.

    Destinations refuse one, but not before what they need is installed.
    """
    address = _LOGIN.sub(rf"\g<1>:{MASK}@", into)
    return _OPTION.sub(rf"\g<1>={MASK}", address)


_LOGIN: Final = re.compile(r"^(postgres(?:ql)?:(?://)?[^/:@]*):.*@", re.IGNORECASE | re.DOTALL)
_OPTION: Final = re.compile(r"([?&][^=&]*(?:password|secret|token|key)[^=&]*)=[^&]*", re.IGNORECASE)
