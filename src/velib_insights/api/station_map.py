"""Stations on a map, for a notebook."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa


class StationMap:
    """A map of stations that a notebook shows; `svg` is the drawing. See `explore`."""

    def __init__(self, svg: str) -> None:
        self.svg = svg

    def save(self, path: str | Path) -> None:
        """Write the drawing as an SVG file."""
        Path(path).write_text(self.svg, "utf-8")

    def _repr_html_(self) -> str:
        return self.svg


def explore(table: pa.Table, by: str | None = None) -> StationMap:
    """Rows of stations on a map: any table with `lat` and `lon`, coloured by the column `by`, blue for much.

    It needs neither a library nor a network; the name and value of a station are shown where the pointer rests on it.
    Raises SettingsError for a table without positions or without that column.

        velib.explore(lake.kpi("taux_remplissage"), by="fill_rate")
    """
    from velib_insights.pages.station_map import svg

    return StationMap(svg(table.to_pylist(), by))
