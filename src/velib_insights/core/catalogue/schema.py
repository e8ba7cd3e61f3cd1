"""Arrow schemas of the tables of the catalogue: what the Parquet files of the lake hold."""

from __future__ import annotations

from functools import cache

import pyarrow as pa

from velib_insights.core.catalogue.tables import ColumnType, Table

ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    "varchar": pa.string(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": pa.timestamp("ms", tz="UTC"),
    "date": pa.date32(),
}


@cache
def arrow_schema(table: Table) -> pa.Schema:
    """The columns in the file; partitions stand in its path."""
    return pa.schema(
        [pa.field(column.name, ARROW_TYPES[column.type], column.nullable) for column in table.columns]
    )
