"""The tables of the catalogue as Athena and Glue want them: `CREATE EXTERNAL TABLE` over the lake's Parquet files.

Athena reads DDL by Hive's grammar: names in backticks, `string` for text, a backslash before a quote. The Parquet
timestamps are UTC, so a `timestamp` in Athena is UTC too.
"""

from __future__ import annotations

import re
from datetime import date

from velib_insights.core.catalogue.tables import Column, ColumnType, Table
from velib_insights.core.errors import SettingsError
from velib_insights.core.keys import is_source

HIVE_TYPES: dict[ColumnType, str] = {
    "varchar": "string",
    "integer": "int",
    "bigint": "bigint",
    "double": "double",
    "boolean": "boolean",
    "timestamp": "timestamp",
    "date": "date",
}

_LAKE = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](?:/[A-Za-z0-9!_.*()=-]+)*/?")
_DATABASE = re.compile(r"[a-z0-9][a-z0-9_]{0,254}")


def create_external_table(
    table: Table,
    lake: str,
    source: str,
    *,
    database: str | None = None,
    projected_since: date | None = None,
) -> str:
    """The statement for `table` of the lake `s3://bucket/prefix` that holds `source`, without a semicolon.

    With `projected_since` Athena works out the partitions itself, from that UTC date to today, and no crawler need
    register them (https://docs.aws.amazon.com/athena/latest/ug/partition-projection.html). Raises SettingsError
    for a lake that is not on S3, or a source or database that cannot be named.
    """
    location = _location(table, lake, source)
    name = _quoted(table.name)
    if database is not None:
        if not _DATABASE.fullmatch(database):
            raise SettingsError(
                f"{database!r} cannot name a database",
                hint="Use lower case letters, digits and underscores.",
            )
        name = f"{_quoted(database)}.{name}"
    lines = [
        f"CREATE EXTERNAL TABLE IF NOT EXISTS {name} (",
        _definitions(table.columns),
        ")",
        f"COMMENT {_text(table.about)}",
        "PARTITIONED BY (",
        _definitions(table.partitions),
        ")",
        "STORED AS PARQUET",
        f"LOCATION {_text(location)}",
    ]
    if projected_since is not None:
        properties = _projection(location, projected_since)
        told = ",\n".join(f"  {_text(key)} = {_text(value)}" for key, value in properties.items())
        lines += ["TBLPROPERTIES (", told, ")"]
    return "\n".join(lines)


def _location(table: Table, lake: str, source: str) -> str:
    if not _LAKE.fullmatch(lake):
        raise SettingsError(f"{lake!r} is not an S3 address", hint="Write s3://bucket or s3://bucket/prefix.")
    if not is_source(source):
        raise SettingsError(
            f"{source!r} cannot name a source", hint="Use lower case letters, digits and underscores."
        )
    return f"{lake.rstrip('/')}/{table.tier.format(source=source)}/"


def _definitions(columns: tuple[Column, ...]) -> str:
    return ",\n".join(
        f"  {_quoted(column.name)} {HIVE_TYPES[column.type]} COMMENT {_text(_about(column))}"
        for column in columns
    )


def _about(column: Column) -> str:
    return f"{column.about} [{column.unit}]" if column.unit else column.about


def _projection(location: str, since: date) -> dict[str, str]:
    """Athena's NOW is in UTC, as the lake's dates are."""
    return {
        "projection.enabled": "true",
        "projection.date.type": "date",
        "projection.date.format": "yyyy-MM-dd",
        "projection.date.range": f"{since.isoformat()},NOW",
        "projection.date.interval": "1",
        "projection.date.interval.unit": "DAYS",
        "projection.hour.type": "integer",
        "projection.hour.range": "0,23",
        "projection.hour.digits": "2",
        "storage.location.template": f"{location}date=${{date}}/hour=${{hour}}/",
    }


def _quoted(name: str) -> str:
    return f"`{name}`"


def _text(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
