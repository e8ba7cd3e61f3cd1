"""Athena's SQL: one SELECT, or CREATE OR REPLACE VIEW, in Trino's dialect, run by DuckDB.

A query is parsed as Athena's, its names and types are resolved against the Glue catalog, and only then is it written
in DuckDB's dialect: what Trino divides as integers is divided as integers there too. A view is kept in the catalog
as Athena keeps it; it is bound when it is made, so that one which names an unknown column is refused.
"""

from __future__ import annotations

import asyncio
import base64
import contextvars
import json
import threading
from datetime import date, datetime
from typing import Any, Self

import duckdb
import sqlglot
from ministack.services import athena, glue
from sqlglot import exp
from sqlglot.optimizer.annotate_types import annotate_types
from sqlglot.optimizer.qualify import qualify
from tests.aws.emulator import access
from tests.aws.emulator.athena_tables import columns_of, empty_relation, relation

_VIEW_MARK, _VIEW_END = "/* Presto View: ", " */"
# DuckDB's types as Hive and Trino name them.
_HIVE = {"VARCHAR": "string", "INTEGER": "int", "BIGINT": "bigint", "DOUBLE": "double", "BOOLEAN": "boolean"}
_HIVE |= {"TIMESTAMP": "timestamp", "DATE": "date"}
_TRINO = {"string": "varchar", "int": "integer"}
_catalog = threading.Lock()

Result = dict[str, Any]


def fill() -> None:
    athena._run_duckdb = _run


async def _run(query: str, database: str, catalog: str | None = None) -> Result:
    """MiniStack calls it in the context of the request, which the thread needs too: account, region, role."""
    context = contextvars.copy_context()
    return await asyncio.to_thread(context.run, _Query(query, database or "default").run)


class _Query:
    """One statement. Raises ValueError with Athena's words for what Athena would refuse."""

    def __init__(self, text: str, database: str) -> None:
        self.database = database
        self.role = access.acting_role.get()
        statements = sqlglot.parse(text, read="athena")
        if len(statements) != 1 or statements[0] is None:
            raise ValueError("Only one sql statement is allowed")
        self.tree = statements[0]

    def run(self) -> Result:
        if isinstance(self.tree, exp.Query):
            return self._select(self.tree)
        replaces = (
            isinstance(self.tree, exp.Create) and self.tree.kind == "VIEW" and self.tree.args.get("replace")
        )
        if not replaces:
            raise ValueError(
                f"the emulator runs SELECT and CREATE OR REPLACE VIEW, not: {self.tree.sql('athena')}"
            )
        return self._make_view(self.tree)

    def _select(self, tree: exp.Query) -> Result:
        with _Session(self.database, self.role, with_rows=True) as session:
            found = session.execute(tree)
            kinds = [_trino(column[1]) for column in found.description]
            return {
                "columns": [column[0] for column in found.description],
                "column_types": kinds,
                "rows": [[_text(cell) for cell in row] for row in found.fetchall()],
            }

    def _make_view(self, tree: exp.Create) -> Result:
        name, body = tree.this.name, tree.expression
        arns = access.table_arns(self.database, name)
        access.require(self.role, "glue:GetDatabase", *arns[:2])
        with _Session(self.database, self.role, with_rows=False) as session:
            described = session.execute(body).description
        columns = [{"Name": column[0], "Type": _hive(column[1])} for column in described]
        view = {
            "originalSql": body.sql("athena", comments=False),
            "catalog": "awsdatacatalog",
            "schema": self.database,
            "columns": [{"name": each["Name"], "type": each["Type"]} for each in columns],
        }
        encoded = base64.b64encode(json.dumps(view).encode()).decode()
        table = {
            "Name": name,
            "TableType": "VIRTUAL_VIEW",
            "Parameters": {"presto_view": "true", "comment": "Presto View"},
            "ViewOriginalText": f"{_VIEW_MARK}{encoded}{_VIEW_END}",
            "ViewExpandedText": "/* Presto View */",
            "PartitionKeys": [],
            "StorageDescriptor": {"Columns": columns, "Location": ""},
        }
        there = f"{self.database}/{name}" in glue._tables
        access.require(self.role, "glue:UpdateTable" if there else "glue:CreateTable", *arns)
        keep = glue._update_table if there else glue._create_table
        status, _, answer = keep({"DatabaseName": self.database, "TableInput": table})
        if status != 200:
            raise ValueError(answer)
        return {"columns": [], "column_types": [], "rows": []}


class _Session:
    """A DuckDB that knows what the statements name, each view and table defined when it is first named."""

    def __init__(self, database: str, role: str, *, with_rows: bool) -> None:
        self.database = database
        self.role = role
        self.with_rows = with_rows
        self.defined: set[tuple[str, str]] = set()
        self.connection = duckdb.connect(":memory:")
        self.connection.execute("SET TimeZone = 'UTC'")
        with _catalog:
            self.tables = dict(glue._tables.items())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def execute(self, tree: exp.Query) -> duckdb.DuckDBPyConnection:
        return self.connection.execute(self._translated(tree))

    def _translated(self, tree: exp.Query) -> str:
        schema = self._schema()
        within = {each.alias for each in tree.find_all(exp.CTE)}
        named = {
            (each.db or self.database, each.name)
            for each in tree.find_all(exp.Table)
            if each.db or each.name not in within
        }
        for database, name in sorted(named):
            self._define(database, name)
        resolved = qualify(
            tree.copy(), schema=schema, db=self.database, dialect="athena", quote_identifiers=False
        )
        return annotate_types(resolved, schema=schema, dialect="athena").sql("duckdb")

    def _define(self, database: str, name: str) -> None:
        if (database, name) in self.defined:
            return
        self.defined.add((database, name))
        table = self.tables.get(f"{database}/{name}")
        access.require(self.role, "glue:GetTable", *access.table_arns(database, name))
        if table is None:
            raise ValueError(f"TABLE_NOT_FOUND: Table 'awsdatacatalog.{database}.{name}' does not exist")
        text = table.get("ViewOriginalText") or ""
        if text.startswith(_VIEW_MARK):
            view = json.loads(base64.b64decode(text.removeprefix(_VIEW_MARK).removesuffix(_VIEW_END)))
            sql = self._translated(sqlglot.parse_one(view["originalSql"], read="athena"))
        else:
            sql = relation(table)[0] if self.with_rows else empty_relation(table)
        self.connection.execute(f'CREATE SCHEMA IF NOT EXISTS "{database}"')
        self.connection.execute(f'CREATE VIEW "{database}"."{name}" AS {sql}')

    def _schema(self) -> dict[str, dict[str, dict[str, str]]]:
        schema: dict[str, dict[str, dict[str, str]]] = {}
        for table in self.tables.values():
            columns = {name: _TRINO.get(kind, kind) for name, kind in columns_of(table).items()}
            schema.setdefault(table["DatabaseName"], {})[table["Name"]] = columns
        return schema


def _hive(kind: Any) -> str:
    try:
        return _HIVE[str(kind)]
    except KeyError:
        raise ValueError(
            f"a column of type {kind}, which the catalogue of this project does not have"
        ) from None


def _trino(kind: Any) -> str:
    """Of a SELECT's column; one of a type that Trino names otherwise is told as text, as the console shows it."""
    hive = _HIVE.get(str(kind), "string")
    return _TRINO.get(hive, hive)


def _text(value: Any) -> str | None:
    """As Athena writes a cell."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}.{value.microsecond // 1000:03d}"
    if isinstance(value, date):
        return value.isoformat()
    return repr(value) if isinstance(value, float) else str(value)
