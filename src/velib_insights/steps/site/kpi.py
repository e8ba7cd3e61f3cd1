"""The KPI as files to take away, each as fresh as its window deserves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, cast

import msgspec

from velib_insights.adapters.formats import csv_of, encode, iso_of, plain
from velib_insights.steps.site.contract import PublishedView, ViewFiles

if TYPE_CHECKING:
    import pyarrow as pa

    from velib_insights.core.catalogue.views import View

Pace = Literal["tick", "hour", "day"]

_A_DAY_AND_MARGIN_H = 26
_A_WEEK_H = 7 * 24
AGAINST_USUAL = "kpi_against_usual"
# They show the present, like the figures of now.
_OF_NOW = ("kpi_outage_episodes", "kpi_recovery_time", AGAINST_USUAL)


def pace_of(view: View) -> Pace:
    """How often a view is published anew: views of a day and of ongoing outages, with every tick; a week
    or the ledger alone, when an hour has closed; a month, when a local day has closed, because a quarter of an hour
    changes little in it and asking costs seconds."""
    if view.name in _OF_NOW or is_of_a_day(view):
        return "tick"
    if view.window_h is None:
        return "hour"
    return "hour" if view.window_h <= _A_WEEK_H else "day"


def is_of_a_day(view: View) -> bool:
    """Whether the day before the latest tick is all that it looks back on."""
    return view.window_h is not None and view.window_h <= _A_DAY_AND_MARGIN_H


def forms_of(view: View) -> tuple[str, ...]:
    has_place = {"lat", "lon"} <= {column.name for column in view.columns}
    return ("json", "csv", "parquet", "geojson") if has_place else ("json", "csv", "parquet")


def published_view(view: View, rows: int | None, as_of_epoch: int) -> PublishedView:
    """What `index.json` says of a view."""
    return {
        "name": view.name,
        "question": view.question,
        "grain": view.grain,
        "window": view.window,
        "rows": rows,
        "as_of_epoch": as_of_epoch,
        "files": cast("ViewFiles", {form: f"kpi/{view.name}.{form}" for form in forms_of(view)}),
    }


def index_page(views: Iterable[View]) -> str:
    """`kpi/index.html`: what there is to download, for those who look at the folder or have no JavaScript."""
    from velib_insights.pages.templates import render  # Jinja2 takes 40 ms, and only a whole build needs it

    return render("kpi_index.html", views=[(view.name, view.question, forms_of(view)) for view in views])


def files_of(view: View, rows: pa.Table, as_of_epoch: int) -> Iterator[tuple[str, bytes]]:
    """(path, body) of each form of a view's rows, which say the same as `encode` says."""
    columns = {name: _plain(rows[name]) for name in rows.column_names}
    told = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    for form in forms_of(view):
        if form == "json":
            body = compact(told)
        elif form == "geojson":
            body = compact({"as_of": iso_of(as_of_epoch)} | points(told))
        elif form == "csv":
            body = csv_of(list(columns), list(columns.values()))
        else:
            body = encode(rows, form, as_of_epoch)
        yield f"kpi/{view.name}.{form}", body


def _plain(column: pa.ChunkedArray) -> list[Any]:
    """Cells as JSON holds them. A tick's instant is the same in a thousand rows and is written once."""
    written: dict[Any, Any] = {}
    cells: list[Any] = column.to_pylist()
    if cells and not isinstance(next((cell for cell in cells if cell is not None), None), date):
        return cells
    return [written[cell] if cell in written else written.setdefault(cell, plain(cell)) for cell in cells]


def points(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """A feature collection of rows with a position; a row without one has no geometry."""
    features = []
    for row in rows:
        properties = {name: value for name, value in row.items() if name not in ("lat", "lon")}
        is_placed = row["lat"] is not None and row["lon"] is not None
        geometry = {"type": "Point", "coordinates": [row["lon"], row["lat"]]} if is_placed else None
        features.append({"type": "Feature", "geometry": geometry, "properties": properties})
    return {"type": "FeatureCollection", "features": features}


def compact(value: Any) -> bytes:
    """JSON without a superfluous byte; the same value has the same bytes."""
    return msgspec.json.encode(value)
