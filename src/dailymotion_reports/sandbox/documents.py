"""The GraphQL documents of clients: parsed, checked against the schema and against the limits, and remembered.

What a document does is `service`'s affair.  The limits are assumed; that careless documents are refused with
errors, and in graphql-core's own words, is the point.
"""

from abc import ABC, abstractmethod
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
    GraphQLInputObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    NamedTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    TypeNode,
    build_schema,
    parse,
    validate,
)

MAX_TOKENS: Final = 1000
MAX_DEPTH: Final = 6
MAX_ALIASES: Final = 15
MAX_DIRECTIVES: Final = 50


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
    depths, aliases, directives = _Depth(fragments), _Aliases(fragments), _Directives(fragments)
    errors = []
    for operation in (d for d in document.definitions if isinstance(d, OperationDefinitionNode)):
        if depths.of(operation) > MAX_DEPTH:
            errors.append(GraphQLError(f"The document is nested deeper than {MAX_DEPTH} fields.", operation))
        if aliases.of(operation) > MAX_ALIASES:
            errors.append(GraphQLError(f"The document has more than {MAX_ALIASES} aliases.", operation))
        if directives.of(operation) > MAX_DIRECTIVES:
            errors.append(GraphQLError(f"The document has more than {MAX_DIRECTIVES} directives.", operation))
    return errors


class _Measure(ABC):
    """One number for an operation, its fragments put in their places; each fragment is measured once."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._fragments = fragments
        self._known: dict[str, int] = {}

    def of(self, node: Any) -> int:
        """The number for an operation, a fragment, a field, or a place where a fragment goes."""
        selections = node.selection_set.selections if getattr(node, "selection_set", None) else ()
        inner = [self.of(one) for one in selections]
        if isinstance(node, FragmentSpreadNode):
            inner.append(self._fragment(node.name.value))
        return self._joined(node, inner)

    def _fragment(self, name: str) -> int:
        if name not in self._known:
            self._known[name] = self.of(self._fragments[name])
        return self._known[name]

    @abstractmethod
    def _joined(self, node: Any, inner: list[int]) -> int:
        """The number for a node from those of what is in it."""


class _Depth(_Measure):
    """Fields within fields.  Introspection is not counted."""

    def _joined(self, node: Any, inner: list[int]) -> int:
        if isinstance(node, FieldNode) and node.name.value.startswith("__"):
            return 0
        return max(inner, default=0) + isinstance(node, FieldNode)


class _Aliases(_Measure):
    def _joined(self, node: Any, inner: list[int]) -> int:
        return sum(inner) + bool(getattr(node, "alias", None))


class _Directives(_Measure):
    def _joined(self, node: Any, inner: list[int]) -> int:
        return sum(inner) + len(node.directives or ())


def input_variables(document: DocumentNode) -> frozenset[str]:
    """Names of the variables that the document says are input objects."""
    operations = (d for d in document.definitions if isinstance(d, OperationDefinitionNode))
    declared = (variable for operation in operations for variable in operation.variable_definitions or ())
    return frozenset(one.variable.name.value for one in declared if _is_input(one.type))


def _is_input(kind: TypeNode) -> bool:
    inner = kind.type if isinstance(kind, NonNullTypeNode) else kind
    return isinstance(inner, NamedTypeNode) and isinstance(
        load_schema().type_map.get(inner.name.value), GraphQLInputObjectType
    )
