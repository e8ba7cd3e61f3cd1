"""`datapackage.json` of an export, as Frictionless Data Package 1.0 has it: what each file holds, column by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from velib_insights.core.catalogue.tables import Column, ColumnType

_TYPES: Mapping[ColumnType, str] = {
    "varchar": "string",
    "integer": "integer",
    "bigint": "integer",
    "double": "number",
    "boolean": "boolean",
    "timestamp": "datetime",
    "date": "date",
}
_MEDIA_TYPES: Mapping[str, str] = {
    "csv": "text/csv",
    "parquet": "application/vnd.apache.parquet",
}


@dataclass(frozen=True, slots=True)
class ExportedFile:
    """A file of the export. `table` is what it holds, `form` parquet or csv, which is compressed by gzip."""

    path: str
    table: str
    form: str
    rows: int
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ExportedTable:
    """`key` are the columns that tell its rows apart."""

    name: str
    about: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]


def resource(file: ExportedFile, table: ExportedTable) -> dict[str, Any]:
    form = file.form
    found: dict[str, Any] = {
        "name": f"{table.name.replace('_', '-')}-{form}",
        "title": table.about,
        "path": file.path,
        "format": form,
        "mediatype": _MEDIA_TYPES[form],
        "bytes": file.size,
        "hash": f"sha256:{file.sha256}",
        "rows": file.rows,
        "profile": "tabular-data-resource" if form == "csv" else "data-resource",
        "schema": {
            "fields": [_field(column) for column in table.columns],
            "primaryKey": list(table.key),
            "missingValues": [""],
        },
    }
    if form == "csv":
        dialect = {"delimiter": ",", "header": True}
        found |= {"encoding": "utf-8", "dialect": dialect, "compression": "gz"}
    return found


def _field(column: Column) -> dict[str, Any]:
    found: dict[str, Any] = {"name": column.name, "type": _TYPES[column.type], "description": column.about}
    if column.unit:
        found["unit"] = column.unit
    if not column.nullable:
        found["constraints"] = {"required": True}
    return found


def codebook(tables: Sequence[ExportedTable]) -> str:
    """The columns of every table as Markdown."""
    parts = []
    for table in tables:
        lines = [f"## {table.name}", "", f"{table.about} One row for each {' and '.join(table.key)}.", ""]
        lines += ["| column | type | unit | meaning |", "| --- | --- | --- | --- |"]
        lines += [
            f"| `{column.name}` | {_TYPES[column.type]} | {column.unit} | {column.about} |"
            for column in table.columns
        ]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)
