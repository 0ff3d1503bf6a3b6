"""The GraphQL documents of clients: parsed, checked against the schema and against the limits, and remembered.

What a document does is `service`'s affair.  The limits are assumed; that careless documents are refused with
errors, and in graphql-core's own words, is the point.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLScalarType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    build_schema,
    parse,
    validate,
)

MAX_TOKENS: Final = 1000
MAX_DEPTH: Final = 8
MAX_ALIASES: Final = 15


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that may be executed, or the errors that forbid it."""

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()


@cache
def load_schema() -> GraphQLSchema:
    """The schema as it ships, without resolvers.  The same object each time."""
    text = files(__package__).joinpath("schema.graphql").read_text(encoding="utf-8")
    schema = build_schema(text)
    moment = schema.type_map["DateTime"]
    assert isinstance(moment, GraphQLScalarType)
    moment.parse_value = moment.coerce_input_value = _day  # type: ignore[method-assign]
    return schema


@lru_cache(maxsize=128)
def prepare(text: str) -> Prepared:
    """``text`` as a document that the schema and the limits allow, or what is wrong with it."""
    try:
        document = parse(text, max_tokens=MAX_TOKENS)
        errors = validate(load_schema(), document) or list(_excesses(document))
    except GraphQLError as error:
        return Prepared(None, (error,))
    except RecursionError:
        return Prepared(None, (GraphQLError("The document is nested too deeply."),))
    return Prepared(None, tuple(errors)) if errors else Prepared(document)


def _day(value: Any) -> date:
    """The UTC day of a plain day or a moment in ISO 8601."""
    if isinstance(value, str) and value[4:5] == "-" and value[7:8] == "-":
        try:
            moment = datetime.fromisoformat(value)
            return (moment.astimezone(UTC) if moment.tzinfo else moment).date()
        except (ValueError, OverflowError):
            pass
    raise GraphQLError(f"DateTime cannot represent {value!r:.60}: it is no moment in ISO 8601.")


def _excesses(document: DocumentNode) -> list[GraphQLError]:
    """What the limits say of a document that is valid, and whose fragments therefore have no cycles."""
    fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
    measure = _Measure(fragments)
    errors = []
    for operation in (d for d in document.definitions if isinstance(d, OperationDefinitionNode)):
        if measure.depth(operation.selection_set) > MAX_DEPTH:
            errors.append(GraphQLError(f"The document is nested deeper than {MAX_DEPTH} fields.", operation))
    if sum(_aliases(d.selection_set) for d in document.definitions if hasattr(d, "selection_set")) > MAX_ALIASES:
        errors.append(GraphQLError(f"The document has more than {MAX_ALIASES} aliases."))
    return errors


class _Measure:
    """Depth of selections; each fragment is measured once.  Introspection is not counted."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, int] = {}

    def depth(self, selections: SelectionSetNode | None) -> int:
        return max((self._of(one) for one in selections.selections), default=0) if selections else 0

    def _of(self, node: Any) -> int:
        if isinstance(node, FieldNode):
            return 0 if node.name.value.startswith("__") else 1 + self.depth(node.selection_set)
        if isinstance(node, FragmentSpreadNode):
            name = node.name.value
            if name not in self._known:
                self._known[name] = self.depth(self._fragments[name].selection_set)
            return self._known[name]
        assert isinstance(node, InlineFragmentNode)
        return self.depth(node.selection_set)


def _aliases(selections: SelectionSetNode | None) -> int:
    if selections is None:
        return 0
    inner = (_aliases(getattr(one, "selection_set", None)) for one in selections.selections)
    return sum(inner) + sum(1 for one in selections.selections if getattr(one, "alias", None))
