"""Whether a role may do what a load does, found before anything is asked."""

from collections.abc import Iterator

from dailymotion_reports.destinations.our_columns import OUR_TABLES
from dailymotion_reports.destinations.postgres_address import Place
from dailymotion_reports.destinations.postgres_server import RIGHTS, Connection
from dailymotion_reports.errors import DestinationRefused

_SCHEMA = (
    "SELECT has_schema_privilege(oid, 'USAGE'), has_schema_privilege(oid, 'CREATE') "
    "FROM pg_catalog.pg_namespace WHERE nspname = $1"
)
_TABLES = (
    "SELECT relname, relkind = ANY('{r,p,f}'), has_table_privilege(c.oid, 'SELECT'), "
    "has_table_privilege(c.oid, 'INSERT'), relname = ANY($3) OR has_table_privilege(c.oid, 'DELETE') "
    "FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = relnamespace "
    "WHERE nspname = $1 AND (relname = $2 OR relname = ANY($3))"
)


def check_rights(connection: Connection, place: Place) -> None:
    """Raise DestinationRefused where the schema or the table cannot be used by this role; nothing is changed."""
    for problem in _problems(connection, place):
        raise DestinationRefused(f"{place.name} cannot be loaded into: {problem}.", destination=place.name, hint=RIGHTS)


def _problems(connection: Connection, place: Place) -> Iterator[str]:
    schema = connection.execute(_SCHEMA, [place.schema]).fetchone()
    if not schema or not schema[0]:
        yield f"there is no schema {place.schema} that this role may use"
        return
    found = connection.execute(_TABLES, [place.schema, place.table, list(OUR_TABLES)]).fetchall()
    there = {name: rights for name, *rights in found}
    for name in (place.table, *OUR_TABLES):
        is_table, *rights = there.get(name, [True])
        if name not in there and not schema[1]:
            yield f"there is no table {name}, and this role may not create it in the schema {place.schema}"
        elif not is_table:
            yield f"{name} is no table"
        elif not all(rights):
            yield f"this role may not select, insert and delete in {name}"
    if connection.execute("SELECT current_setting('transaction_read_only')").fetchone() == ("on",):
        yield "it takes no writes; it may be a standby"
