"""The schema as GraphQL's library knows it: as it ships, or as it may look after the service has changed it."""

from datetime import UTC, date, datetime
from functools import cache
from importlib.resources import files
from typing import Any, Final, Literal

from graphql import GraphQLError, GraphQLScalarType, GraphQLSchema, build_schema

Edition = Literal["published", "drifted"]
"""``drifted`` has a metric more, a dimension less, and a required field of the input that nobody knows."""

_DRIFT: Final = (
    ("\nenum PartnerReportMetric {\n", "\nenum PartnerReportMetric {\n  NEW_METRIC\n"),
    ('\n  "Playlist title"\n  PLAYLIST_TITLE\n', "\n"),
    ("\ninput AskPartnerReportFileInput {\n", "\ninput AskPartnerReportFileInput {\n  currency: String!\n"),
)


@cache
def load_schema(edition: Edition) -> GraphQLSchema:
    """The schema, without resolvers.  The same object each time."""
    text = files(__package__).joinpath("schema.graphql").read_text(encoding="utf-8")
    for now, then in _DRIFT if edition == "drifted" else ():
        text = text.replace(now, then)
    schema = build_schema(text)
    moment = schema.type_map["DateTime"]
    assert isinstance(moment, GraphQLScalarType)
    moment.parse_value = moment.coerce_input_value = _day  # type: ignore[method-assign]
    return schema


def _day(value: Any) -> date:
    """The UTC day of a plain day or a moment in ISO 8601."""
    if isinstance(value, str) and value[4:5] == "-" and value[7:8] == "-":
        try:
            moment = datetime.fromisoformat(value)
            return (moment.astimezone(UTC) if moment.tzinfo else moment).date()
        except (ValueError, OverflowError):
            pass
    raise GraphQLError(f"DateTime cannot represent {value!r:.60}: it is no moment in ISO 8601.")
