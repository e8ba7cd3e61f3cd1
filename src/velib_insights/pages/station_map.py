"""Stations as dots on a plain map, for a notebook: one SVG that needs neither a library nor a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import cos, radians
from typing import Any, NamedTuple

from velib_insights.core.errors import SettingsError
from velib_insights.pages.templates import render

_WIDTH, _MOST_HEIGHT, _EDGE, _LEGEND = 720, 900, 14, 34
# The page's scale from empty (orange) by grey to full (blue), told apart with any colour vision.
_SCALE = ("#b5430b", "#e07b2e", "#f2b77c", "#c8c3b7", "#9db8dc", "#3f72b5", "#1f4788")
_UNKNOWN = "#9a9a9a"
_POSITION = ("lat", "lon")
_TITLES = ("name", "station_code", "zone_name")


class Dot(NamedTuple):
    x: float
    y: float
    colour: str
    title: str


class StationMap(NamedTuple):
    """What `station_map.svg` draws, in units of the drawing. `least` and `most` are the ends of the scale."""

    width: int
    height: int
    dots: Sequence[Dot]
    label: str
    by: str | None
    colours: Sequence[str]
    least: str
    most: str


def station_map(rows: Sequence[Mapping[str, Any]], by: str | None = None) -> StationMap:
    """Rows with `lat` and `lon` as dots, coloured by the column `by`, larger values towards blue.

    Ratios are on a scale from 0 to 1, other numbers from the least to the most of them. Rows without a position are
    left out, those without a value grey. Raises SettingsError where there is no position or no such column.
    """
    columns = set(rows[0]) if rows else set()
    if rows and not set(_POSITION) <= columns:
        raise SettingsError(
            f"the rows have no {' and '.join(_POSITION)}, so there is nothing to place",
            hint="Ask for a KPI of stations, as shortage or taux_remplissage.",
        )
    if by is not None and rows and by not in columns:
        raise SettingsError(f"there is no column {by!r}", hint=f"Columns: {', '.join(rows[0])}.")
    placed = [row for row in rows if row["lat"] is not None and row["lon"] is not None]
    if not placed:
        return StationMap(_WIDTH, 60, (), "No station with a position", None, _SCALE, "", "")
    lats, lons = [row["lat"] for row in placed], [row["lon"] for row in placed]
    shrink = cos(radians((min(lats) + max(lats)) / 2))
    wide = max((max(lons) - min(lons)) * shrink, 1e-6)
    high = max(max(lats) - min(lats), 1e-6)
    unit = min((_WIDTH - 2 * _EDGE) / wide, (_MOST_HEIGHT - 2 * _EDGE) / high)
    values = [_number(row[by]) if by else None for row in placed]
    known = [value for value in values if value is not None]
    least, most = (0.0, 1.0) if known and min(known) >= 0 and max(known) <= 1 else _ends(known)
    dots = [
        Dot(
            _EDGE + (row["lon"] - min(lons)) * shrink * unit,
            _EDGE + (max(lats) - row["lat"]) * unit,
            _colour(value, least, most) if by else _SCALE[-2],
            _title(row, by),
        )
        for row, value in zip(placed, values, strict=True)
    ]
    label = f"{len(dots):,} stations" + (f" by {by}" if by else "")
    height = int(high * unit) + 2 * _EDGE + (_LEGEND if by else 0)
    return StationMap(_WIDTH, height, dots, label, by, _SCALE, f"{least:g}", f"{most:g}")


def svg(rows: Sequence[Mapping[str, Any]], by: str | None = None) -> str:
    """As one SVG element. Raises SettingsError as `station_map`."""
    return render("station_map.svg", map=station_map(rows, by))


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, bool | int | float) and value == value else None


def _ends(known: Sequence[float]) -> tuple[float, float]:
    return (min(known), max(known)) if known else (0.0, 1.0)


def _colour(value: float | None, least: float, most: float) -> str:
    if value is None:
        return _UNKNOWN
    share = (value - least) / (most - least) if most > least else 0.5
    return _SCALE[min(len(_SCALE) - 1, int(share * len(_SCALE)))]


def _title(row: Mapping[str, Any], by: str | None) -> str:
    about = ", ".join(str(row[name]) for name in _TITLES if row.get(name) is not None)
    value = row[by] if by else None
    shown = f"{value:.2f}" if isinstance(value, float) else "unknown" if value is None else value
    return f"{about}: {shown}" if by else about
