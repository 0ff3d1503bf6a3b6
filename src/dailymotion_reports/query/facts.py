"""Facts as values: what the catalogue holds of each name.  Where they come from is `catalog`'s affair."""

from collections.abc import Mapping
from typing import Literal

from dailymotion_reports.query.value import Value

Rule = Literal["add", "recompute", "level", "none"]
"""How a metric may be aggregated: see the head of ``catalog.toml``."""

Fit = Literal["allowed", "seen", "likely", "denied", "unknown"]
"""Whether a metric goes with a dimension.

``allowed`` and ``denied`` are documented; ``seen`` is asked for by public code in use, and no document says so;
``likely`` is inferred, and no more.
"""

SCHEMA = "SCH"
"""The source code of the public schema; a name without it was not in that schema."""


class Fact(Value):
    """What every fact has.  ``date`` is the newest day, month or year at which a source is known to have said so."""

    name: str
    meaning: str
    source: tuple[str, ...]
    """Codes of `Catalog.sources`."""
    date: str
    confidence: str
    note: str | None = None

    @property
    def in_schema(self) -> bool:
        """Whether the public schema had this name."""
        return SCHEMA in self.source


class Metric(Fact):
    """A number that the API reports."""

    group: str
    unit: str
    type: Literal["integer", "decimal"]
    rule: Rule
    currency: str | None = None
    formula: str | None = None
    numerator: str | None = None
    """A metric, or several joined by `` + ``; used unasked only where the rule is ``recompute``."""
    denominator: str | None = None
    times: int = 1
    """What the quotient is multiplied by."""
    parts: tuple[str, ...] = ()
    """The metrics that stand in the formula."""
    formula_confidence: str | None = None
    scopes: tuple[str, ...] = ()
    """Permissions that a private key needs for it, beyond those that every report needs."""
    scopes_confidence: str | None = None


class Dimension(Fact):
    """Something that the API groups by."""

    kind: str
    type: Literal["text", "date", "timestamp", "month"]
    meaning_confidence: str = "documented"
    format: str | None = None
    """How a value is written, where it was seen."""
    also_named: tuple[str, ...] = ()
    """Other names the column has been seen under, in lower case."""
    values: tuple[str, ...] = ()
    """Values that are known; there may be others."""
    values_confidence: str | None = None
    fans_out: bool = False
    """True where one event may count in several rows, so that rows must not be added."""
    fans_out_confidence: str | None = None
    may_be_empty: bool | None = None
    """Whether empty cells occur; None where nobody says."""


class Filter(Fact):
    """Something that the API narrows by; one value each."""

    type: str
    """As the schema writes it."""
    values: tuple[str, ...] = ()
    """The allowed values, or empty where any text is."""
    example: str | None = None


class Product(Fact):
    """Whose use is counted."""

    default: bool = False
    """True for what the API takes where the product is left out."""


class Limit(Fact):
    """Something that the API allows or promises; ``value`` is None where no public document gives it."""

    value: int | str | bool | None = None
    unit: str | None = None


class Scope(Fact):
    """A permission that a key may ask for."""

    key: str
    """The kind of key that asks for it."""


class Status(Fact):
    """A word for where a report stands."""

    final: bool = False
    """True where nothing will change any more."""


class InputField(Fact):
    """Something that the request for a report carries."""

    type: str
    """As the schema writes it; ``!`` at its end: required."""

    @property
    def required(self) -> bool:
        """Whether the service insists on it."""
        return self.type.endswith("!")


class Attempt(Value):
    """A report that public code has asked for; how it went is not recorded."""

    metrics: tuple[str, ...]
    dimensions: tuple[str, ...]


class Group(Value):
    """A row of the published compatibility matrix."""

    name: str
    title: str
    metrics: frozenset[str]
    """The metrics that the row names; others of the group are like them, as far as one can infer."""
    allowed: frozenset[str]
    denied: frozenset[str]
    complete: bool
    """True where what the row does not name is refused."""
    source: tuple[str, ...]
    date: str
    confidence: str
    seen: frozenset[str] = frozenset()
    """Dimensions that public code in use asks for, and the row does not name."""
    likely: frozenset[str] = frozenset()
    possible: frozenset[str] = frozenset()
    """Dimensions whose names suggest that they belong here; nobody says so."""
    tried: tuple[Attempt, ...] = ()
    note: str | None = None


class Source(Value):
    """Who says something: an address or a description, and when it is known to have said it."""

    code: str
    address: str
    seen: str


class Limits(Value):
    """The limits that are reckoned with; days and reports are counts."""

    max_concurrent_reports: int
    max_dimensions: int
    min_days: int
    max_days: int
    generation_max_minutes: int
    retention_hours: int

    @classmethod
    def of(cls, facts: Mapping[str, Limit]) -> "Limits":
        """The limits out of all that is known of limits."""
        return cls(**{name: facts[name].value for name in cls.defaults})  # type: ignore[arg-type]
