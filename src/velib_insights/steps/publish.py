"""Publish: the KPI as files that anyone can take, under `site/data/` of the lake."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from velib_insights.adapters.formats import encode, rows_of
from velib_insights.adapters.lake import Lake
from velib_insights.core.views import View, kpi_views
from velib_insights.steps.kpi import Engine, kpi

SITE_DATA = "site/data"
FORMATS = ("json", "csv", "parquet")
LONGEST_WINDOW_H = 24 * 31
SHORT_WINDOW_H = 26  # what changes with every tick and costs little to ask


@dataclass(frozen=True, slots=True)
class Published:
    keys: tuple[str, ...]
    snapshot_at: str | None


def published_views(longest_window_h: int = LONGEST_WINDOW_H) -> list[View]:
    """The KPI whose window is at most so long; those over the whole lake are asked for, not published."""
    return [view for view in kpi_views() if view.window_h is not None and view.window_h <= longest_window_h]


def publish(
    lake: Lake,
    engine: Engine,
    attribution: str,
    *,
    longest_window_h: int = LONGEST_WINDOW_H,
    on_view: Callable[[str], None] = lambda _: None,
) -> Published:
    """Write the KPI in each format, then the index that names them, says how fresh they are and whose data it is.

    With a shorter `longest_window_h` the KPI of longer windows stay as they were published last.
    """
    written: list[str] = []
    latest = rows_of(engine.view("latest_tick").select(["snapshot_at"]))
    snapshot_at = latest[0]["snapshot_at"] if latest else None
    for view in published_views(longest_window_h):
        rows = kpi(engine, view.name)
        for form in FORMATS:
            key = f"{SITE_DATA}/{view.name}.{form}"
            lake.put(key, encode(rows, form))
            written.append(key)
        on_view(view.name)
    there = {entry.key for entry in lake.entries(SITE_DATA)}
    described = [
        _described(view) for view in published_views() if f"{SITE_DATA}/{view.name}.{FORMATS[0]}" in there
    ]
    index = {
        "snapshot_at": snapshot_at,
        "attribution": attribution.format(when=snapshot_at),
        "views": described,
    }
    key = f"{SITE_DATA}/index.json"
    lake.put(key, json.dumps(index, ensure_ascii=False, indent=1).encode() + b"\n")
    return Published((*written, key), snapshot_at)


def _described(view: View) -> dict[str, object]:
    return {
        "name": view.name,
        "question": view.question,
        "grain": view.grain,
        "window": view.window,
        "files": [f"{view.name}.{form}" for form in FORMATS],
    }
