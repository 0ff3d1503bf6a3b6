"""What goes with what, as questions need it: the catalogue's word, and what goes where something does not."""

from dailymotion_reports.query.catalog import Catalog

_COARSER = {"HOUR": "DAY", "MINUTE": "HOUR", "CHANNEL_SLUG": "VIDEO_OWNER_CHANNEL_SLUG"}


def fit(metric: str, dimension: str, catalog: Catalog) -> str:
    """What the catalogue says of a metric with a dimension; of names that it does not hold, nothing."""
    if metric not in catalog.metrics or dimension not in catalog.dimensions:
        return ""
    return catalog.fit(metric, dimension)


def instead(metric: str, dimension: str, catalog: Catalog) -> str | None:
    """What goes with a metric in the place of a dimension, or None."""
    coarser = _COARSER.get(dimension)
    while coarser and catalog.fit(metric, coarser) == "denied":
        coarser = {"HOUR": "DAY"}.get(coarser)
    return coarser
