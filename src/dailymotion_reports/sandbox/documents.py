"""The GraphQL documents of clients: parsed, checked against the schema and against the limits, and remembered.

What a document does is `service`'s affair.  The limits are assumed; that careless documents are refused with
errors, and in graphql-core's own words, is the point.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLInputObjectType,
    NamedTypeNode,
    NonNullTypeNode,
    OperationDefinitionNode,
    TypeNode,
    parse,
    validate,
)

from dailymotion_reports.sandbox.schema import load_schema

MAX_TOKENS: Final = 1000
MAX_DEPTH: Final = 6
MAX_INTROSPECTION_DEPTH: Final = 16
"""Fields within ``__schema`` or ``__type``, itself included: enough for the usual tools."""

MAX_ALIASES: Final = 15
MAX_DIRECTIVES: Final = 50


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document that may be executed, or the errors that forbid it.

    ``introspects`` says whether it asks about the schema itself, ``inputs`` which of its variables are input objects.
    """

    document: DocumentNode | None
    errors: tuple[GraphQLError, ...] = ()
    introspects: bool = False
    inputs: frozenset[str] = frozenset()


@lru_cache(maxsize=128)
def prepare(text: str, introspection: bool = True) -> Prepared:
    """``text`` as a document that the schema and the limits allow, or what is wrong with it.

    Without ``introspection`` a document that looks at the schema is among what is not allowed.
    """
    try:
        document = parse(text, max_tokens=MAX_TOKENS)
        errors = validate(load_schema("published"), document) or list(_excesses(document))
    except GraphQLError as error:
        return Prepared(None, (error,))
    except RecursionError:
        return Prepared(None, (GraphQLError("The document is nested too deeply."),))
    if errors:
        return Prepared(None, tuple(errors))
    introspects = looks_at_schema(document)
    if introspects and not introspection:
        return Prepared(None, (GraphQLError("GraphQL introspection has been disabled."),))
    return Prepared(document, introspects=introspects, inputs=input_variables(document))


def looks_at_schema(document: DocumentNode) -> bool:
    """Whether a valid document asks about the schema itself."""
    depths = _IntrospectionDepth(_fragments(document))
    return any(depths.of(operation) for operation in _operations(document))


def _operations(document: DocumentNode) -> list[OperationDefinitionNode]:
    return [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]


def _fragments(document: DocumentNode) -> dict[str, FragmentDefinitionNode]:
    return {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}


def _excesses(document: DocumentNode) -> list[GraphQLError]:
    """What the limits say of a document that is valid, and whose fragments therefore have no cycles."""
    fragments = _fragments(document)
    limits: tuple[tuple[_Measure, int, str], ...] = (
        (_Depth(fragments), MAX_DEPTH, "is nested deeper than {} fields"),
        (_IntrospectionDepth(fragments), MAX_INTROSPECTION_DEPTH, "looks deeper than {} fields into the schema"),
        (_Aliases(fragments), MAX_ALIASES, "has more than {} aliases"),
        (_Directives(fragments), MAX_DIRECTIVES, "has more than {} directives"),
    )
    return [
        GraphQLError(f"The document {words.format(most)}.", operation)
        for operation in _operations(document)
        for measure, most, words in limits
        if measure.of(operation) > most
    ]


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


class _IntrospectionDepth(_Measure):
    """Fields within fields, of those that begin with ``__schema`` or ``__type``."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        super().__init__(fragments)
        self._fields = _Fields(fragments)

    def _joined(self, node: Any, inner: list[int]) -> int:
        if isinstance(node, FieldNode) and node.name.value in ("__schema", "__type"):
            return self._fields.of(node)
        return max(inner, default=0)


class _Fields(_Measure):
    """Fields within fields, whatever they are called."""

    def _joined(self, node: Any, inner: list[int]) -> int:
        return max(inner, default=0) + isinstance(node, FieldNode)


class _Aliases(_Measure):
    def _joined(self, node: Any, inner: list[int]) -> int:
        return sum(inner) + bool(getattr(node, "alias", None))


class _Directives(_Measure):
    def _joined(self, node: Any, inner: list[int]) -> int:
        return sum(inner) + len(node.directives or ())


def input_variables(document: DocumentNode) -> frozenset[str]:
    """Names of the variables that the document says are input objects."""
    declared = (variable for operation in _operations(document) for variable in operation.variable_definitions or ())
    return frozenset(one.variable.name.value for one in declared if _is_input(one.type))


def _is_input(kind: TypeNode) -> bool:
    inner = kind.type if isinstance(kind, NonNullTypeNode) else kind
    return isinstance(inner, NamedTypeNode) and isinstance(
        load_schema("published").type_map.get(inner.name.value), GraphQLInputObjectType
    )
