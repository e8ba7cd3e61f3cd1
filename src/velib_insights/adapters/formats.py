"""A table as a person or a program takes it away: CSV, JSON, Parquet, GeoJSON. Times are ISO 8601 in UTC."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any

from velib_insights.core.errors import SettingsError
from velib_insights.core.printable import printable_lines

if TYPE_CHECKING:
    import pyarrow as pa

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\n", "＝", "＋", "－", "＠")

FORMATS = ("table", "csv", "json", "parquet", "geojson")


def plain(value: Any) -> Any:
    """A cell as JSON and CSV hold it: times as 2026-11-23T08:15:00Z, dates as 2026-11-23, the rest as it is.

    A sum of integers is a decimal without a fraction to DuckDB and an integer here. What is no number is null.
    """
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, float) and not isfinite(value):
        return None
    return value.isoformat() if isinstance(value, date) else value


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    return [{name: plain(value) for name, value in row.items()} for row in table.to_pylist()]


def iso_of(epoch: int) -> str:
    """2026-11-23T08:15:00Z."""
    return str(plain(datetime.fromtimestamp(epoch, UTC)))


def encode(table: pa.Table, form: str, as_of_epoch: int | None = None) -> bytes:
    """The whole table as `csv`, `json` (an array of objects), `parquet` or `geojson` (points from lat and lon).

    `as_of_epoch`, the tick that the rows speak of, goes into the Parquet footer and the GeoJSON collection as `as_of`.
    CSV and plain JSON have no place for it that every reader would leave alone.

    Raises SettingsError for a form it cannot take: unknown, or GeoJSON of rows without a position.
    """
    if form == "csv":
        return csv_of(table.column_names, [column.to_pylist() for column in table.columns])
    if form == "json":
        return _json(rows_of(table))
    if form == "parquet":
        from velib_insights.adapters.parquet import to_parquet

        return to_parquet(table, None if as_of_epoch is None else {"as_of": iso_of(as_of_epoch)})
    if form == "geojson":
        return _json(({} if as_of_epoch is None else {"as_of": iso_of(as_of_epoch)}) | _features(table))
    raise SettingsError(f"there is no format {form!r}", hint=f"Formats: {', '.join(FORMATS)}.")


def csv_of(names: Sequence[str], columns: Sequence[Sequence[Any]]) -> bytes:
    """The columns as CSV in UTF-8 with a heading row: RFC 4180 but for its line ends, which are `\\n`.

    The one writer of CSV: whatever writes a table as CSV calls it. Null is an empty field. Text that a spreadsheet
    would take for a formula is preceded by an apostrophe, and control characters are written as `\\x1b`; numbers,
    negative ones too, stay numbers.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(map(_harmless, names))
    writer.writerows(zip(*map(_csv_cells, columns), strict=True))
    return text.getvalue().encode()


def _csv_cells(column: Sequence[Any]) -> Iterable[Any]:
    kind = type(next((cell for cell in column if cell is not None), None))
    if kind is int:
        return column
    if kind not in (str, bool, date, datetime):
        return map(_csv_cell, column)
    written: dict[Any, Any] = {}  # the name of a zone and the instant of a tick come a thousand times
    return [
        written[cell] if cell in written else written.setdefault(cell, _csv_cell(cell)) for cell in column
    ]


def _csv_cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return _harmless(value) if isinstance(value, str) else plain(value)


def _harmless(text: str) -> str:
    """Text that neither a spreadsheet nor a terminal obeys (https://owasp.org/www-community/attacks/CSV_Injection)."""
    text = printable_lines(text)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text


def _features(table: pa.Table) -> dict[str, Any]:
    if not {"lat", "lon"} <= set(table.column_names):
        raise SettingsError(
            "these rows have no position, so they cannot be GeoJSON", hint="Use csv, json or parquet."
        )
    features = []
    for row in rows_of(table):
        lat, lon = row.pop("lat"), row.pop("lon")
        place = None if lat is None or lon is None else {"type": "Point", "coordinates": [lon, lat]}
        features.append({"type": "Feature", "geometry": place, "properties": row})
    return {"type": "FeatureCollection", "features": features}


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False, default=str).encode() + b"\n"
