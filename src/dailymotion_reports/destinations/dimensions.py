"""Dimension tables: what is behind the ids of a table, beside it in the same database, to be joined by id.

``dim_video``, ``dim_playlist`` and ``dim_player`` have one row for each id, as it was seen last: joined, they double no
figure.  ``dim_video_history`` and its likes have a row for each version, from when it was first seen until another was;
the first one stands for all days before as well, since nobody knows better.
``dim_hole`` has the ids of which the service tells nothing, and why.  What was read before something went wrong stays
told in its row, with the moment since when it is gone: old figures have their titles still.
"""

import json
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Protocol, TypeVar, runtime_checkable

from dailymotion_reports.destinations.window_table import WindowTable
from dailymotion_reports.errors import DestinationRefused
from dailymotion_reports.flows.platform import Found, Hole
from dailymotion_reports.tables.read import quoted
from dailymotion_reports.wire.platform import KINDS, Entity, Kind

T = TypeVar("T")

SCHEMES: Final = ("duckdb", "sqlite", "postgres", "postgresql")
"""Destinations that can have such tables: what is told of an id is changed in place, which files are not."""

HOLES: Final = "dim_hole"

_OWNER: Final = {"created_at": "timestamp", "owner_id": "text", "owner_username": "text"}
_TOLD: Final[Mapping[Kind, Mapping[str, str]]] = {
    "video": {"title": "text", "duration_seconds": "integer", "tags": "text", **_OWNER},
    "playlist": {"title": "text", **_OWNER},
    "player": {"title": "text", **_OWNER},
}
"""What is told of each: columns, and their types."""

_SEEN: Final = {"fetched_at": "timestamp", "gone_since": "timestamp"}
_VALID: Final = {"valid_from": "timestamp", "valid_to": "timestamp", "seen_at": "timestamp"}
_HOLE: Final = {
    "kind": "text",
    "id": "text",
    "reason": "text",
    "message": "text",
    "since": "timestamp",
    "fetched_at": "timestamp",
}
_AT_ONCE: Final = 500
"""Ids in one statement."""


def id_column(kind: Kind) -> str:
    """The column of an id, in tables of figures and in dimension tables alike."""
    return f"{kind}_id"


def table_of(kind: Kind) -> str:
    """The table with a row for each id."""
    return f"dim_{kind}"


def history_of(kind: Kind) -> str:
    """The table with a row for each version."""
    return f"dim_{kind}_history"


@runtime_checkable
class Dimensional(Protocol):
    """A destination that can have dimension tables beside its table."""

    address: str

    def at_tables(self, work: Callable[[WindowTable], T], *, writes: bool) -> T | None:
        """What comes of ``work`` with its table, in one transaction where it ``writes``; None where nothing is there.

        A transaction that writes keeps others from writing dimension tables.  Raises LoadError.
        """


@dataclass(frozen=True, slots=True)
class Asked:
    """When an id was asked for last, UTC, and why there was nothing, if so."""

    at: datetime
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Kept:
    """What of some answers was not known before: ids, those whose versions changed, and those that are newly gone."""

    new: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


def kinds_in(table: WindowTable) -> tuple[Kind, ...]:
    """Of what a table of figures has ids."""
    present = {name.lower() for name in table.columns(table.table)}
    return tuple(kind for kind in KINDS if id_column(kind) in present)


def ids_in(table: WindowTable, kind: Kind, account: str) -> tuple[str, ...]:
    """The ids that an account's figures have, in order."""
    present, column = {name.lower() for name in table.columns(table.table)}, quoted(id_column(kind))
    own = " AND account = ?" if "account" in present else ""
    rows = table.ask(
        f"SELECT DISTINCT {column} FROM {quoted(table.table)} WHERE {column} <> ''{own} ORDER BY 1",  # noqa: S608
        [account] if own else [],
    )
    return tuple(str(row[0]) for row in rows)


def asked_before(table: WindowTable, kind: Kind) -> dict[str, Asked]:
    """Every id of a kind that was asked for, whatever was answered."""
    asked: dict[str, Asked] = {}
    if table.columns(table_of(kind)):
        rows = table.ask(f"SELECT {id_column(kind)}, fetched_at FROM {table_of(kind)}")  # noqa: S608
        asked |= {str(id): Asked(_moment(at)) for id, at in rows}
    if table.columns(HOLES):
        rows = table.ask(f"SELECT id, fetched_at, reason FROM {HOLES} WHERE kind = ?", [kind])  # noqa: S608
        asked |= {str(id): Asked(_moment(at), str(reason)) for id, at, reason in rows}
    return asked


def keep(table: WindowTable, kind: Kind, found: Iterable[Found], now: datetime) -> Kept:
    """Write down what was answered about some ids, within a transaction of the caller's."""
    moment, answers = now.astimezone(UTC).replace(tzinfo=None, microsecond=0), tuple(found)
    _prepare(table, kind)
    entities = [one for one in answers if isinstance(one, Entity)]
    holes = [one for one in answers if isinstance(one, Hole)]
    new, changed = _keep_entities(table, kind, entities, moment)
    return Kept(new, changed, _keep_holes(table, kind, holes, moment))


def _keep_entities(
    table: WindowTable, kind: Kind, entities: Sequence[Entity], now: datetime
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Ids that are new, and those that are told otherwise than before."""
    told = {one.id: _row(one) for one in entities}
    before = _told_before(table, kind, told)
    new = tuple(id for id in told if id not in before)
    changed = tuple(id for id in told if id in before and before[id] != (*map(_text, told[id]), ""))
    _delete(table, table_of(kind), id_column(kind), told)
    _insert(table, table_of(kind), [[id, *row, now, None] for id, row in told.items()])
    _end_versions(table, kind, changed, now)
    began = {**dict.fromkeys(new, None), **dict.fromkeys(changed, now)}
    _insert(table, history_of(kind), [[id, *told[id], since, None, now] for id, since in began.items()])
    for some in _some(tuple(told)):
        table.ask(f"DELETE FROM {HOLES} WHERE kind = ? AND id IN ({_marks(some)})", [kind, *some])  # noqa: S608
    return new, changed


def _keep_holes(table: WindowTable, kind: Kind, holes: Sequence[Hole], now: datetime) -> tuple[str, ...]:
    """Those of which something was told before, and nothing is any more."""
    names = [one.id for one in holes]
    known: dict[str, tuple[Any, ...]] = {}
    for some in _some(names):
        sql = f"SELECT id, reason, message, since FROM {HOLES} WHERE kind = ? AND id IN ({_marks(some)})"  # noqa: S608
        known |= {str(id): tuple(rest) for id, *rest in table.ask(sql, [kind, *some])}
        table.ask(f"DELETE FROM {HOLES} WHERE kind = ? AND id IN ({_marks(some)})", [kind, *some])  # noqa: S608
    _insert(table, HOLES, [[kind, one.id, *_reason(one, known.get(one.id), now), now] for one in holes])
    gone = tuple(id for id, row in _told_before(table, kind, names).items() if not row[-1])
    for some in _some(gone):
        sql = f"UPDATE {table_of(kind)} SET gone_since = ? WHERE {id_column(kind)} IN ({_marks(some)})"  # noqa: S608
        table.ask(sql, [now, *some])
    _end_versions(table, kind, gone, now)
    return gone


def _reason(hole: Hole, known: tuple[Any, ...] | None, now: datetime) -> tuple[Any, ...]:
    """Reason, words and since when; of one that was not asked why, they stay what they were."""
    words = _keepable(hole.message)
    if known is None:
        return hole.reason, words, now
    reason, message, since = known
    return (reason, message, since) if hole.reason == "not_listed" else (hole.reason, words, since)


def _told_before(table: WindowTable, kind: Kind, ids: Collection[str]) -> dict[str, tuple[str, ...]]:
    """What is known of ids, as texts that can be compared, since when each is gone last."""
    names, known = ", ".join((id_column(kind), *_TOLD[kind], "gone_since")), dict[str, tuple[str, ...]]()
    for some in _some(tuple(ids)):
        sql = f"SELECT {names} FROM {table_of(kind)} WHERE {id_column(kind)} IN ({_marks(some)})"  # noqa: S608
        known |= {str(id): tuple(map(_text, row)) for id, *row in table.ask(sql, some)}
    return known


def _end_versions(table: WindowTable, kind: Kind, ids: Collection[str], now: datetime) -> None:
    for some in _some(tuple(ids)):
        which = f"{id_column(kind)} IN ({_marks(some)}) AND valid_to IS NULL"
        table.ask(f"UPDATE {history_of(kind)} SET valid_to = ? WHERE {which}", [now, *some])  # noqa: S608


def _prepare(table: WindowTable, kind: Kind) -> None:
    """Make the tables where they are not there.  Raises DestinationRefused for somebody else's of these names."""
    own = {id_column(kind): "text", **_TOLD[kind]}
    for name, columns in ((table_of(kind), own | _SEEN), (history_of(kind), own | _VALID), (HOLES, dict(_HOLE))):
        present = {column.lower() for column in table.columns(name)}
        if present and not columns.keys() <= present:
            raise DestinationRefused(
                f"The table {name} is not one of ours: it lacks {', '.join(sorted(columns.keys() - present))}.",
                hint="Nothing was changed. Give that table another name.",
            )
        if not present:
            made = ", ".join(f"{column} {table.types[kind]}" for column, kind in columns.items())
            table.ask(f"CREATE TABLE {name} ({made})")


def _row(entity: Entity) -> list[object]:
    told: Mapping[str, object] = {
        "title": entity.title,
        "duration_seconds": entity.duration,
        "tags": None if entity.tags is None else json.dumps(entity.tags, ensure_ascii=False),
        "created_at": entity.created and entity.created.astimezone(UTC).replace(tzinfo=None, microsecond=0),
        "owner_id": entity.owner_id,
        "owner_username": entity.owner_username,
    }
    return [_keepable(told[name]) for name in _TOLD[entity.kind]]


def _keepable(value: object) -> object:
    """A text as every database takes it: without halves of characters, and without NUL."""
    return value.encode("utf-8", "replace").decode().replace("\0", "\ufffd") if isinstance(value, str) else value


def _delete(table: WindowTable, name: str, column: str, ids: Collection[str]) -> None:
    for some in _some(tuple(ids)):
        table.ask(f"DELETE FROM {name} WHERE {column} IN ({_marks(some)})", some)  # noqa: S608


def _insert(table: WindowTable, name: str, rows: Sequence[Sequence[object]]) -> None:
    for some in _some(rows):
        marks = ", ".join(f"({_marks(row)})" for row in some)
        table.ask(f"INSERT INTO {name} VALUES {marks}", [cell for row in some for cell in row])  # noqa: S608


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))


def _some(values: Sequence[T]) -> Iterable[Sequence[T]]:
    return (values[first : first + _AT_ONCE] for first in range(0, len(values), _AT_ONCE))


def _text(value: object) -> str:
    """A value as the same text in every database; nothing and an empty text are told apart."""
    return "" if value is None else f"={value}"


def _moment(value: datetime | str) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.replace(tzinfo=UTC)
