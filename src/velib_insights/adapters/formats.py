"""A table as a person or a program takes it away: CSV, JSON, Parquet, GeoJSON. Times are ISO 8601 in UTC."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, datetime
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING, Any

from velib_insights.core.errors import SettingsError

if TYPE_CHECKING:
    import pyarrow as pa

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


def encode(table: pa.Table, form: str) -> bytes:
    """The whole table as `csv`, `json` (an array of objects), `parquet` or `geojson` (points from lat and lon).

    Raises SettingsError for a form it cannot take: unknown, or GeoJSON of rows without a position.
    """
    if form == "csv":
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(table.column_names)
        writer.writerows([_csv_cell(value) for value in row.values()] for row in table.to_pylist())
        return text.getvalue().encode()
    if form == "json":
        return _json(rows_of(table))
    if form == "parquet":
        from velib_insights.adapters.parquet import to_parquet

        return to_parquet(table)
    if form == "geojson":
        return _json(_features(table))
    raise SettingsError(f"there is no format {form!r}", hint=f"Formats: {', '.join(FORMATS)}.")


def _csv_cell(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else plain(value)


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
