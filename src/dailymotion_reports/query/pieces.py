"""The reports of a question that was cut, in the order in which they are asked for, and the recipe for their rows.

Windows come first, each with all its products, metrics and channels: what is asked for early is whole early.  A report
that is known to be too large is asked for in halves, and these again.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from dailymotion_reports.query.catalog import Catalog
from dailymotion_reports.query.cutting import Cut, Share, answered_by
from dailymotion_reports.query.draft import Draft
from dailymotion_reports.query.grain import Lookup, is_utc
from dailymotion_reports.query.period import Window
from dailymotion_reports.query.question import CHANNEL_FILTER
from dailymotion_reports.query.recipe import Clocks, Found, Piece, Recipe, Shared
from dailymotion_reports.query.report import ReportRequest

DEFAULT_PRODUCT = "CONTENT"
"""What the API uses when the product is left out; we always send it, so that it can be recorded.
Source: https://developers.dailymotion.com/reporting/"""

Outgrown = Callable[[ReportRequest], bool]
"""Whether a report is known to be too large for the service."""

WHOLE = "the whole question fits one report"


@dataclass(frozen=True, slots=True)
class Shape:
    """Reports that differ by days and channel only: what they are asked for, and why they are reports of their own."""

    share: Share
    product: str
    metrics: tuple[str, ...]
    dimensions: tuple[str, ...]
    why: tuple[str, ...] = ()
    lookup: Lookup | None = None
    places: list[int] = field(default_factory=list)


def pieces(
    asked: Draft, made: Cut, catalog: Catalog, *, newest_first: bool = False, outgrown: Outgrown | None = None
) -> tuple[tuple[ReportRequest, ...], Recipe]:
    """The reports, and how their rows are put together."""
    shapes = tuple(_shapes(asked, made, catalog))
    requests: list[ReportRequest] = []
    for window, why in _windows(asked, made, catalog, newest_first):
        for shape in shapes:
            for channel, filters in _filters(asked, catalog):
                told = "; ".join((*why, *shape.why, *channel)) or WHOLE
                whole = ReportRequest(shape.metrics, shape.dimensions, window, filters, shape.product, told)
                for request in _parted(whole, outgrown, _is_told_by_months(shape.dimensions), newest_first):
                    shape.places.append(len(requests))
                    requests.append(request)
    return tuple(requests), _recipe(asked, made, catalog, shapes)


def _shapes(asked: Draft, made: Cut, catalog: Catalog) -> Iterator[Shape]:
    products = asked.products or (asked.product or DEFAULT_PRODUCT,)
    for product in products:
        by_product = (f"of the product {product}",) if len(products) > 1 else ()
        for share in made.shares:
            why = (*by_product, *_why_apart(share, made, catalog))
            yield Shape(share, product, share.metrics, share.grain.dimensions, why)
            for one in share.grain.lookups:
                names = ", ".join(one.names)
                told = f"{names} for each {one.key}, since a report takes {catalog.limits.max_dimensions} dimensions"
                yield Shape(share, product, share.metrics[:1], (one.key, *one.names), (*by_product, told), one)


def _why_apart(share: Share, made: Cut, catalog: Catalog) -> Iterator[str]:
    """Why metrics have a report of their own."""
    if len(made.shares) > 1:
        known = catalog.metrics.get(share.metrics[0])
        told = f"metrics of {known.group}" if known else "metrics that the catalogue does not hold"
        yield f"{told}, to be shared out by {share.shared_by}" if share.shared_by else told


def _windows(asked: Draft, made: Cut, catalog: Catalog, newest_first: bool) -> Iterator[tuple[Window, tuple[str, ...]]]:
    """The windows that a report takes, in the order of their days or the newest first, and why there are several."""
    most = catalog.limits.max_days
    by_month = any(_is_told_by_months(share.grain.dimensions) for share in made.shares)
    windows = made.window.split(most, months=by_month)
    months = " of whole months" if by_month else ""
    numbered = list(enumerate(windows, 1))
    for n, window in reversed(numbered) if newest_first else numbered:
        why = f"part {n} of {len(windows)}: a report takes at most {most} days{months}"
        yield window, (why,) if len(windows) > 1 else ()


def _parted(whole: ReportRequest, outgrown: Outgrown | None, by_month: bool, newest_first: bool) -> list[ReportRequest]:
    """A report, or its halves where it is too large, and theirs; the newest first where that is wanted."""
    halves = whole.window.halves(months=by_month) if outgrown and outgrown(whole) else ()
    if not halves:
        return [whole]
    told = f"{whole.reason.removesuffix(WHOLE)}; part of {whole.window}, which is too large".removeprefix("; ")
    reason = whole.reason if "too large" in whole.reason else told
    parts = [replace(whole, window=half, reason=reason) for half in (reversed(halves) if newest_first else halves)]
    return [one for part in parts for one in _parted(part, outgrown, by_month, newest_first)]


def _is_told_by_months(names: tuple[str, ...]) -> bool:
    """Whether rows are each of a month, so that a month must not lie in two reports."""
    return "MONTH" in names and not {"DAY", "HOUR", "MINUTE"} & set(names)


def _filters(asked: Draft, catalog: Catalog) -> Iterator[tuple[tuple[str, ...], Mapping[str, str]]]:
    """The filters of a report, once for each channel where there are several, and why."""
    exact = _exact(asked, catalog)
    if not asked.channels:
        yield (), exact
    for channel in asked.channels:
        yield (f"of the channel {channel}",), exact | {CHANNEL_FILTER: channel}


def _exact(asked: Draft, catalog: Catalog) -> dict[str, str]:
    exact = {}
    for name, value in asked.filters:
        found = catalog.filter_named(name)
        exact[found.name if found else name] = value.upper() if found and found.values else value
    return exact


def _recipe(asked: Draft, made: Cut, catalog: Catalog, shapes: tuple[Shape, ...]) -> Recipe:
    assert asked.window is not None, "a question without days is not cut"
    keys = answered_by(asked, catalog)
    own = [shape for shape in shapes if shape.lookup is None]
    parts = [_piece(shape, shapes, own) for shape in own]
    return Recipe(
        keys,
        made.figures,
        tuple(parts),
        asked.window,
        _clocks(asked, made),
        beside=asked.beside and len({part.keys for part in parts}) > 1,
        merges=any(share.merges for share in made.shares),
        assumed=tuple(one.name for one in made.figures if one.how == "ratio" and one.name in asked.assumed),
    )


def _piece(shape: Shape, shapes: tuple[Shape, ...], own: Sequence[Shape]) -> Piece:
    found = tuple(
        Found(other.lookup, tuple(other.places))
        for other in shapes
        if other.lookup and other.share is shape.share and other.product == shape.product
    )
    share = shape.share
    shared = _shared(shape, own)
    return Piece(tuple(shape.places), shape.dimensions, shape.metrics, share.keys, shape.product, found, shared)


def _shared(shape: Shape, own: Sequence[Shape]) -> Shared | None:
    """Over whose rows what is known coarser is shared out: those that have the metric, of the same product."""
    by = shape.share.shared_by
    finer = (n for n, one in enumerate(own) if by in one.metrics and one.product == shape.product)
    return Shared(next(finer), by) if by else None


def _clocks(asked: Draft, made: Cut) -> Clocks | None:
    if is_utc(asked.timezone):
        return None
    from dailymotion_reports.query.zone import clocks

    return clocks(made.window, asked.timezone)
