"""The independent answer: what a report must say, found by adding up what happened row by row in Python.

It shares the tables of events with the report path and nothing else: no SQL but plain reading, none of its code,
other arithmetic (`Fraction`, `Decimal`) and another CSV writer.  It knows no limits of the service: any
number of days, dimensions and channels.  It refuses, with `NotBuilt`, a metric by a dimension that it does not have.
"""

import csv
import io
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dailymotion_reports.errors import NotBuilt
from dailymotion_reports.sandbox.truth_days import PERIODS, Hours, hours_of
from dailymotion_reports.sandbox.truth_metrics import METRICS, Metric, Part
from dailymotion_reports.sandbox.truth_rows import (
    last_days,
    read_cast,
    read_events,
    read_storage,
    read_transcoding,
    read_uploads,
)
from dailymotion_reports.sandbox.truth_words import DIMENSIONS, Word
from dailymotion_reports.sandbox.world import World

Key = tuple[int, tuple[str, ...]]
"""A group: the place of its product among those asked, and its words."""

_PRODUCTS: Mapping[str, Callable[[Any], bool]] = {
    "CONTENT": lambda e: e.is_content,
    "EMBED": lambda e: e.is_embed,
    "CLAIM": lambda e: e.is_claim,
    "ALL": lambda e: e.is_content or e.is_embed or e.is_claim,
}
_BY_HOURS: Mapping[str, Metric] = {
    name: metric for name, metric in METRICS.items() if all("HOUR" in DIMENSIONS[part.fact] for part in metric.parts)
}


@dataclass(frozen=True, slots=True)
class _Question:
    """What is asked: everything is built, and no ``channels`` are all.  ``hours`` are those of the days asked."""

    metrics: Mapping[str, Metric]
    dimensions: tuple[str, ...]
    products: tuple[str, ...]
    channels: frozenset[str]
    today: date
    hours: Hours

    @property
    def facts(self) -> Iterable[str]:
        """The kinds of rows that it takes."""
        return dict.fromkeys(part.fact for metric in self.metrics.values() for part in metric.parts)


def truth_csv(
    world: World,
    metrics: Sequence[str],
    dimensions: Sequence[str],
    start: date,
    end: date,
    product: str | Sequence[str] = "CONTENT",
    channels: Sequence[str] = (),
    as_of: date | None = None,
    timezone: str = "UTC",
) -> str:
    """Return CSV text: a lower-case header, then one row for each distinct combination, in sorted order.

    Names are the API's own in upper case, and besides WEEK (its Monday), QUARTER and YEAR (their first days); columns
    are the dimensions, then the metrics, as asked.  Several products have a first column of that name, and stand one
    below the other as asked, each by itself.  Both days are included, days outside the world are empty.  Days,
    and what they make up, are those of `timezone`; HOUR and MINUTE are in UTC all the same.  `channels` are slugs of
    the videos' owners, none means all.  `as_of` is the day (UTC) on which it is asked: what came to be known later is
    left out; without it that is the world's present day.  No matching event at all gives the header alone.

    Raises `NotBuilt`, with the name as its message, for a metric, dimension or product that is not built, and for a
    metric that is known by days only in another time zone than UTC; `InvalidQuery` for a zone that there is not, or
    whose days begin within an hour; `Stopped` where the world is told to stop.
    """
    products = (product,) if isinstance(product, str) else tuple(product)
    for name in products:
        _check(name, _PRODUCTS)
    for name in metrics:
        _check(name, METRICS if timezone == "UTC" else _BY_HOURS)
    today = as_of or world.last_day + timedelta(days=1)
    known = world.first_day, min(world.last_day, max(today, world.first_day) - timedelta(days=1))
    hours, built = hours_of(timezone, start, end, known), {name: METRICS[name] for name in metrics}
    groups = _Groups(world, _Question(built, tuple(dimensions), products, frozenset(channels), today, hours))
    return _written(groups, products if not isinstance(product, str) else ())


def _written(groups: "_Groups", products: Sequence[str]) -> str:
    """The text; ``products`` are the names for a first column, or none."""
    text, asked = io.StringIO(), groups.asked
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(name.lower() for name in (*(["PRODUCT"] if products else []), *asked.dimensions, *asked.metrics))
    for place, words in sorted(groups.totals):
        writer.writerow([*products[place : place + 1], *words, *groups.cells((place, words))])
    return text.getvalue()


def _check(name: str, table: Container[str]) -> None:
    """Refuse a name that is not built."""
    if name not in table:
        raise NotBuilt(name, status=501)


class _Groups:
    """The totals of every group, by its key: for each part of the metrics asked a sum, or a set of values."""

    def __init__(self, world: World, asked: _Question) -> None:
        self.asked, self.totals = asked, dict[Key, list[Any]]()
        self._world, self._cast = world, read_cast(world)
        self._parts: list[Part] = [part for metric in asked.metrics.values() for part in metric.parts]
        for fact in asked.facts:
            self._add_up(fact)

    def cells(self, key: Key) -> Iterator[str]:
        """The cells of a group's metrics."""
        values = iter(self.totals[key])
        for metric in self.asked.metrics.values():
            yield metric.write([_number(next(values)) for _ in metric.parts])

    def _add_up(self, fact: str) -> None:
        """Add up the rows of one kind, group by group."""
        words, owners, moves = self._words(fact), self._owners(), fact == "events" and self._world.restating
        parts = [(place, part) for place, part in enumerate(self._parts) if part.fact == fact]
        for row in self._rows(fact):
            if row.video_no not in owners:
                continue
            counted = [one for one in parts if one[1].counts(row) and not (moves and self._is_unknown(one[1], row))]
            for key in self._keys(words, self._products(fact, row, owners), row) if counted else ():
                self._add(key, counted, row)

    def _owners(self) -> Mapping[int, bool]:
        """The videos of the channels, each with whether it is the partner's own."""
        owners = ((no, self._cast.channels[video.owner_no]) for no, video in self._cast.videos.items())
        return {no: owner.own for no, owner in owners if not self.asked.channels or owner.slug in self.asked.channels}

    def _words(self, fact: str) -> Sequence[Word | None]:
        """For each dimension the word that a row has; None for tags, of which it may have several."""
        periods = {name: _in_period(name, self.asked.hours) for name in PERIODS if name in self.asked.dimensions}
        built: Mapping[str, Word | None] = {**DIMENSIONS[fact], **periods, "CONTENT_TAG": None}
        for name in self.asked.dimensions:
            _check(name, built)
        return [built[name] for name in self.asked.dimensions]

    def _rows(self, fact: str) -> Iterator[Any]:
        """Everything of one kind that happened in the hours."""
        hours = self.asked.hours
        days = sorted({day for day, _ in hours})
        rows = self._read(fact, days[0], days[-1]) if days else ()
        return (row for row in rows if (row.day, row.hour) in hours)

    def _read(self, fact: str, start: date, end: date) -> Iterable[Any]:
        """Everything of one kind that happened on the days (UTC)."""
        world, cast = self._world, self._cast
        if fact == "events":
            return read_events(world, start, end)
        if fact == "uploads":
            return read_uploads(cast, start, end)
        if fact == "transcoding":
            return read_transcoding(world, cast, start, end)
        return read_storage(world, cast, last_days(start, end, self.asked.dimensions))

    def _products(self, fact: str, row: Any, owners: Mapping[int, bool]) -> Sequence[int]:
        """The places of a row's products; what lies in a library is content, and the partner's own only."""
        if fact == "events":
            return [place for place, name in enumerate(self.asked.products) if _PRODUCTS[name](row)]
        library = ("CONTENT", "ALL") if owners[row.video_no] else ()
        return [place for place, name in enumerate(self.asked.products) if name in library]

    def _is_unknown(self, part: Part, row: Any) -> bool:
        """Whether an event had not come to be known by the day of asking, or had been taken back."""
        age = (self.asked.today - row.day).days
        late: int = row.pays if part.money else row.settles
        leaves: int = row.leaves
        return age <= late or (leaves != 255 and age > leaves)

    def _keys(self, words: Sequence[Word | None], products: Sequence[int], row: Any) -> Iterator[Key]:
        """Yield the groups a row belongs to: several if asked by tag, and the empty tag if it has none."""
        tags = self._cast.videos[row.video_no].tags.split("|") if None in words else [""]
        for tag in tags if products else ():
            said = tuple([word(row, self._cast) if word else tag for word in words])
            yield from ((place, said) for place in products)

    def _add(self, key: Key, counted: Sequence[tuple[int, Part]], row: Any) -> None:
        total = self.totals.get(key)
        if total is None:
            total = self.totals[key] = [set() if part.distinct else 0 for part in self._parts]
        for place, part in counted:
            if not part.distinct:
                total[place] += part.value(row, self._cast)
            elif (value := part.value(row, self._cast)) is not None:
                total[place].add(value)


def _in_period(name: str, hours: Hours) -> Word:
    """The word of a row for a period: that of the day to which its hour belongs."""
    texts = {hour: PERIODS[name](day) for hour, day in hours.items()}
    return lambda row, _: texts[row.day, row.hour]


def _number(total: Any) -> int:
    return len(total) if isinstance(total, set) else int(total)
