"""``dmr.toml``: the datasets of a project and its notifiers, and every mistake in them at once, each with its line.

[defaults]
into = "duckdb:reports.duckdb"

[datasets.daily_views]
metrics = ["VIEWS", "TIME_WATCHED_SECONDS"]
by = ["DAY", "VIDEO_ID"]
start = 2024-01-01
"""

import shlex
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any, Final

from dailymotion_reports.destinations.base import SETTLE_DAYS, Address
from dailymotion_reports.destinations.dimensions import SCHEMES
from dailymotion_reports.destinations.registry import open_destination
from dailymotion_reports.errors import DmrError, InvalidQuery, InvalidSettings, MissingExtra, UsageError
from dailymotion_reports.project.dataset import ENRICH_MAX_AGE, Dataset
from dailymotion_reports.project.keys import DATASET, DATED, NEEDED, OWN, QUESTION, fits, meant
from dailymotion_reports.project.notifiers import Notifier, read_notifiers
from dailymotion_reports.query.catalog import Catalog
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.plan import Plan
from dailymotion_reports.query.question import Question
from dailymotion_reports.query.question_file import Places, question_in
from dailymotion_reports.settings.config import read_config
from dailymotion_reports.settings.files import beside
from dailymotion_reports.wire.platform import KINDS

_ANY_DAY: Final = date(2024, 1, 1)
"""Where a dataset does not say its first day, which is a mistake, the rest of it is looked at as if it began here."""

_PATHS: Final = ("duckdb", "sqlite", "parquet", "delta")


@dataclass(frozen=True, slots=True)
class Project:
    """The datasets of a file, and who is told of them, each by name."""

    path: Path
    datasets: Mapping[str, Dataset] = field(default_factory=dict)
    notifiers: Mapping[str, Notifier] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """What to call it: the name of its folder."""
        return self.path.absolute().parent.name or self.path.name

    def named(self, names: Iterable[str]) -> tuple[Dataset, ...]:
        """Those datasets, or all.  Raises UsageError for a name that there is not."""
        chosen = tuple(names)
        for name in chosen:
            self._check(name, self.datasets, "dataset")
        return tuple(self.datasets[name] for name in chosen or self.datasets)

    def notifier(self, name: str) -> Notifier:
        """That notifier.  Raises UsageError for a name that there is not."""
        self._check(name, self.notifiers, "notifier")
        return self.notifiers[name]

    def _check(self, name: str, known: Mapping[str, object], what: str) -> None:
        if name not in known:
            raise UsageError(
                f"There is no {what} {name!r:.60} in {self.path}.{meant(name, known)}",
                hint=f"There is {', '.join(known)}.",
            )


def template() -> str:
    """A file with comments; ``default`` and ``start`` are left to be filled in."""
    return (resources.files("dailymotion_reports.project") / "template.toml").read_text(encoding="utf-8")


def read_project(path: Path, catalog: Catalog) -> Project:
    """The project of the file at ``path``.  Raises InvalidSettings with every mistake and its line."""
    problems = list(_of_settings(path))
    text = path.read_text(encoding="utf-8-sig") if not any("UTF-8" in one for one in problems) else ""
    data = _parsed(text)
    reading = _Reading(path, text, data, catalog)
    datasets, notifiers = dict(reading.datasets()), dict(reading.notifiers())
    if found := [*problems, *reading.mistakes]:
        count = f"{len(found)} things to mend; nothing" if len(found) > 1 else "Nothing"
        raise InvalidSettings(
            *dict.fromkeys(found),
            where=str(path),
            hint=f"{count} was sent. docs/howto/keep-datasets.md shows a file.",
            next=f"cat {shlex.quote(str(path))}",
        )
    return Project(path, datasets, notifiers)


def _of_settings(path: Path) -> Iterator[str]:
    """What is wrong with the rest of the file."""
    try:
        read_config(path, secrets_allowed=False)
    except InvalidSettings as error:
        yield from error.problems


def _parsed(text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}  # reading the settings has told


@dataclass(slots=True)
class _Reading:
    """A file being read, and the mistakes so far."""

    path: Path
    text: str
    data: Mapping[str, Any]
    catalog: Catalog
    mistakes: list[str] = field(default_factory=list)

    def datasets(self) -> Iterator[tuple[str, Dataset]]:
        """The datasets that are right."""
        defaults = self._table(self.data.get("defaults", {}), "defaults")
        self._check_keys(defaults, OWN, "defaults")
        tables = self._table(self.data.get("datasets", {}), "datasets")
        into = defaults.get("into", "")
        if fits("into", into) and all("into" in one for one in tables.values() if isinstance(one, dict)):
            self._address(into, "defaults")  # no dataset takes it, and it may be wrong all the same
        for name, table in tables.items():
            before = len(self.mistakes)
            made = self._dataset(name, defaults, self._table(table, "datasets", name))
            if len(self.mistakes) == before:
                yield name, made

    def notifiers(self) -> Iterator[tuple[str, Notifier]]:
        """Who is told; where there are mistakes, they are among these."""
        tables = self._table(self.data.get("notify", {}), "notify")
        return ((one.name, one) for one in read_notifiers(tables, self.path, self.wrong))

    def _dataset(self, name: str, defaults: Mapping[str, Any], table: Mapping[str, Any]) -> Dataset:
        place = ("datasets", name)
        self._check_keys(table, DATASET, *place)
        own = {key: value for key, value in {**defaults, **table}.items() if key in OWN and fits(key, value)}
        question = self._question({key: value for key, value in table.items() if key in QUESTION}, *place)
        for key in NEEDED:
            if key not in {**defaults, **table}:
                self.wrong(f"{key} is not said{_of(*place)}: {OWN[key]}.", *place)
        settle, ready = own.get("settle_days", SETTLE_DAYS), own.get("ready_after", 0)
        made = Dataset(
            name,
            question,
            self._address(own["into"], *place) if "into" in own else "",
            own.get("start", _ANY_DAY),
            tuple([own["profiles"]] if isinstance(own.get("profiles"), str) else own.get("profiles", ())),
            own.get("lookback", 0),
            settle.get("default", SETTLE_DAYS) if isinstance(settle, dict) else settle,
            settle if isinstance(settle, dict) else {},
            ready.get("default", 0) if isinstance(ready, dict) else ready,
            ready if isinstance(ready, dict) else {},
            own.get("restated_above"),
            _share(own.get("reconcile", False)),
            own.get("schedule", ""),
            str(table.get("about", "")),
            _kinds(own.get("enrich", False)),
            own.get("enrich_max_age", ENRICH_MAX_AGE),
        )
        self._check(made, *place)
        return made

    def _question(self, table: Mapping[str, Any], *place: str) -> Question:
        """The question without its days."""
        made = question_in(table, Places(self.path.name, self.text, place))
        self.mistakes += [problem.text for problem in made.mistakes]
        return made

    def _address(self, into: str, *place: str) -> str:
        """The address, paths beside the file, with a table of the dataset's name where it names none."""
        try:
            named = _beside(self.path, into, place[-1])
            open_destination(named)
        except MissingExtra:
            return named  # loading tells what is to be installed
        except DmrError as error:
            self.wrong(f"into{_of(*place)}: {error.message}", *place, "into")
            return into
        return named

    def _check(self, made: Dataset, *place: str) -> None:
        """Whether its reports can be asked for, day by day."""
        if made.question.mistakes:
            return
        try:
            plan = made.plan(Window(made.start, made.start), self.catalog)
        except InvalidQuery as error:
            for problem in error.problems:
                self.wrong(f"[{'.'.join(place)}]: {problem}", *place)
            return
        if not set(plan.query.dimensions) & set(DATED):
            self.wrong(f"A dataset is kept day by day: add DAY to by{_of(*place)}.", *place, "by")
        for problem in _irreconcilable(made, plan, self.catalog):
            self.wrong(f"reconcile{_of(*place)}: {problem}", *place, "reconcile")
        for problem in _unenrichable(made, self.catalog, own=self._own_kinds(*place)):
            self.wrong(f"enrich{_of(*place)}: {problem}", *place, "enrich")
        if plan.unverified and not plan.query.unverified:
            for doubt in plan.unverified:
                self.wrong(f"{doubt} Say unverified = true{_of(*place)} to ask all the same.", *place)

    def _own_kinds(self, *place: str) -> tuple[str, ...]:
        """What a dataset itself names to be looked up; nothing where [defaults] do, or where it is all."""
        named = self.data[place[0]][place[1]].get("enrich", [])
        return tuple(kind for kind in KINDS if isinstance(named, list) and kind in named)

    def _check_keys(self, table: Mapping[str, Any], known: Mapping[str, str], *place: str) -> None:
        for key, value in table.items():
            if key not in known:
                self.wrong(f"there is no setting {key!r:.60}{_of(*place)}.{meant(key, known)}", *place, key)
            elif key in OWN and not fits(key, value):
                self.wrong(f"{key}{_of(*place)} must be {OWN[key]}.", *place, key)
            elif key in OWN and isinstance(value, dict):
                self._check_groups(value, *place, key)

    def _check_groups(self, table: Mapping[str, Any], *place: str) -> None:
        groups = {metric.group for metric in self.catalog.metrics.values()} | {"default"}
        for name in sorted(table.keys() - groups):
            hint = meant(name, groups) or f" There is {', '.join(sorted(groups))}."
            self.wrong(f"There is no group of metrics {name!r:.60}{_of(*place)}.{hint}", *place)

    def _table(self, value: Any, *place: str) -> Mapping[str, Any]:
        if isinstance(value, dict):
            return value
        self.wrong(f"{'.'.join(place)} must be a table, [{'.'.join(place)}].", *place)
        return {}

    def wrong(self, text: str, *path: str) -> None:
        """Note a mistake, at a key."""
        line = Places(self.path.name, self.text).line(*path)
        self.mistakes.append(f"{self.path.name}:{line}: {text}" if line else f"{self.path.name}: {text}")


def _beside(file: Path, into: str, table: str) -> str:
    """An address as it is meant in a file: a path begins beside that."""
    address = Address.parse(into)
    named = into if "table" in address.options else f"{into}{'&' if '?' in into else '?'}table={table}"
    if address.scheme not in _PATHS or "://" in into:
        return named
    scheme, _, rest = named.partition(":")
    path, question, options = rest.partition("?")
    return f"{scheme}:{beside(file, path)}{question}{options}"


def _share(reconcile: bool | float) -> float | None:
    """By which share sums may differ from totals; None where they are not compared."""
    return None if reconcile is False else float(reconcile is not True and reconcile)


def _irreconcilable(made: Dataset, plan: Plan, catalog: Catalog) -> Iterator[str]:
    """Why the rows of a dataset do not add up to totals, or need not be compared with them."""
    if made.reconcile is None:
        return
    names = plan.query.dimensions
    if tags := [name for name in names if name in catalog.dimensions and catalog.dimensions[name].fans_out]:
        yield f"one view counts in several rows by {tags[0]}, so that they add up to more than the total."
    if not any(name in catalog.metrics and catalog.metrics[name].rule == "add" for name in plan.query.metrics):
        yield "none of the metrics may be added up."
    if names == ("DAY",):
        yield "rows by DAY alone are the totals."


def _kinds(enrich: bool | list[str]) -> tuple[str, ...]:
    """What is looked up; of all that, only what its rows have ids of."""
    return tuple(kind for kind in KINDS if enrich is True or (enrich and kind in enrich))


def _unenrichable(made: Dataset, catalog: Catalog, own: tuple[str, ...]) -> Iterator[str]:
    """Why what is behind the ids of a dataset cannot be looked up, or kept."""
    present = made.identified(catalog)
    for kind in own:
        if kind not in present:
            yield f"its rows have no ids of that: add {kind.upper()}_ID to by, or leave {kind} out."
    scheme = made.into.partition(":")[0].lower()
    if set(made.enrich) & set(present) and scheme and scheme not in SCHEMES:
        yield f"{scheme}: has no dimension tables; duckdb:, sqlite: and postgres: have them."


def _of(*place: str) -> str:
    return f" in [{'.'.join(place)}]"
