"""Rows that get lost within the engine that reads them."""

import pytest

from dailymotion_reports.tables.table import Table


def lossy(monkeypatch: pytest.MonkeyPatch, kind: type[Table]) -> None:
    """Have tables of a kind read three of their rows."""
    relation = kind.relation

    def three(table: Table) -> tuple[str, list[str]]:
        sql, paths = relation(table)
        return f"SELECT * FROM ({sql}) LIMIT 3", paths

    monkeypatch.setattr(kind, "relation", three)
