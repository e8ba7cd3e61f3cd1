"""Publish: the KPI as files that anyone can take, under `site/data/` of the lake."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from velib_insights.adapters.formats import encode, rows_of
from velib_insights.adapters.lake import Lake
from velib_insights.core.views import View, kpi_views
from velib_insights.steps.kpi import Engine, kpi

SITE_DATA = "site/data"
FORMATS = ("json", "csv", "parquet")
LONGEST_WINDOW_H = 24 * 31


@dataclass(frozen=True, slots=True)
class Published:
    keys: tuple[str, ...]
    snapshot_at: str | None


def published_views() -> list[View]:
    """The KPI whose window is at most a month: what a page shows at once. Longer ones are asked for."""
    return [view for view in kpi_views() if view.window_h is not None and view.window_h <= LONGEST_WINDOW_H]


def publish(
    lake: Lake, engine: Engine, attribution: str, on_view: Callable[[str], None] = lambda _: None
) -> Published:
    """Write every published KPI in each format, then the index that names them and says how fresh they are."""
    written: list[str] = []
    described = []
    latest = rows_of(engine.view("latest_tick").select(["snapshot_at"]))
    snapshot_at = latest[0]["snapshot_at"] if latest else None
    for view in published_views():
        rows = kpi(engine, view.name)
        for form in FORMATS:
            key = f"{SITE_DATA}/{view.name}.{form}"
            lake.put(key, encode(rows, form))
            written.append(key)
        described.append(_described(view, len(rows), written[-len(FORMATS) :]))
        on_view(view.name)
    index = {
        "snapshot_at": snapshot_at,
        "attribution": attribution.format(when=snapshot_at),
        "views": described,
    }
    key = f"{SITE_DATA}/index.json"
    lake.put(key, json.dumps(index, ensure_ascii=False, indent=1).encode() + b"\n")
    return Published((*written, key), snapshot_at)


def _described(view: View, rows: int, files: Sequence[str]) -> dict[str, object]:
    return {
        "name": view.name,
        "question": view.question,
        "grain": view.grain,
        "rows": rows,
        "files": [key.removeprefix(f"{SITE_DATA}/") for key in files],
    }
