"""What Athena answers, as Arrow: text by column, each with the name of a Trino type.

Timestamps of the tables are UTC, and become instants. A null is a value that is absent; an empty text is one that is
there. Arrays, maps and rows stay as Athena writes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from velib_insights.core.catalogue.tables import ColumnType
from velib_insights.core.errors import LakeError

INSTANT = pa.timestamp("us", tz="UTC")  # as DuckDB gives it
RESULT_TYPES: dict[ColumnType, pa.DataType] = {
    "varchar": pa.string(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "boolean": pa.bool_(),
    "timestamp": INSTANT,
    "date": pa.date32(),
}

_INTEGERS = {"tinyint": pa.int8(), "smallint": pa.int16(), "integer": pa.int32(), "int": pa.int32()}
_Reader = Callable[[str], Any]


def to_arrow(columns: Sequence[Mapping[str, Any]], rows: Sequence[Sequence[str | None]]) -> pa.Table:
    """`columns` are Athena's ColumnInfo; rows hold a text or None for each. Raises LakeError, naming the column."""
    arrays, fields = [], []
    for place, column in enumerate(columns):
        kind, read = _reader(column)
        name = str(column["Name"])
        try:
            values = [None if row[place] is None else read(row[place]) for row in rows]  # type: ignore[arg-type]
            arrays.append(pa.array(values, kind))
        except (ValueError, ArithmeticError, pa.ArrowInvalid) as error:
            raise LakeError(
                f"Athena's answer has a {column['Type']} in {name} that cannot be read: {error}",
                hint="Cast the column to varchar in the query, and please report it.",
            ) from error
        fields.append(pa.field(name, kind))
    return pa.Table.from_arrays(arrays, schema=pa.schema(fields))


def _reader(column: Mapping[str, Any]) -> tuple[pa.DataType, _Reader]:
    kind = str(column["Type"]).lower()
    if kind in _INTEGERS:
        return _INTEGERS[kind], int
    if kind == "decimal":
        return pa.decimal128(int(column["Precision"]), int(column["Scale"])), Decimal
    known: dict[str, tuple[pa.DataType, _Reader]] = {
        "bigint": (pa.int64(), int),
        "double": (pa.float64(), float),
        "real": (pa.float32(), float),
        "float": (pa.float32(), float),
        "boolean": (pa.bool_(), _boolean),
        "date": (pa.date32(), date.fromisoformat),
        "timestamp": (INSTANT, _instant),
        "timestamp with time zone": (INSTANT, _instant),
    }
    return known.get(kind, (pa.string(), str))


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise ValueError(f"{text!r} is no boolean")
    return text.lower() == "true"


def _instant(text: str) -> datetime:
    """`2026-03-04 17:30:00.000`, which is UTC, or the same followed by `UTC`, `+01:00` or `Europe/Paris`."""
    at, _, zone = text.strip().partition(" ")
    clock, _, zone = zone.partition(" ")
    whole, _, fraction = clock.partition(".")
    moment = datetime.fromisoformat(f"{at} {whole}").replace(microsecond=int(fraction[:6].ljust(6, "0") or 0))
    return moment.replace(tzinfo=_zone(zone)).astimezone(UTC)


def _zone(name: str) -> timezone | ZoneInfo:
    if name in ("", "UTC"):
        return UTC
    if name[0] in "+-":
        hours, _, minutes = name[1:].partition(":")
        offset = timedelta(hours=int(hours), minutes=int(minutes or 0))
        return timezone(offset if name[0] == "+" else -offset)
    try:
        return ZoneInfo(name)
    except (OSError, KeyError) as error:
        raise ValueError(f"there is no time zone {name!r}") from error
