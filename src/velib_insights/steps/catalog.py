"""Catalog: what the lake holds, and the closed days laid out for long questions.

A closed day is one that a later date follows. Its hours are compacted into one file sorted by station then tick,
which weighs a quarter and answers a year's question in a fraction of the time. The file is a function of the
hours; cleaning one of them again removes it, and the next catalog makes it anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from velib_insights.adapters.lake import Lake
from velib_insights.core import keys
from velib_insights.core.tick import Hour

_ROWS_A_GROUP = 65_536


@dataclass(frozen=True, slots=True)
class Catalogued:
    """What the lake holds: cleaned dates and hours, and the closed days compacted, now and before."""

    first_date: str | None
    last_date: str | None
    hours: int
    days_compacted: tuple[str, ...]
    days_before: int


def catalog(lake: Lake, source: str, on_day: Callable[[str], None] = lambda _: None) -> Catalogued:
    """Compact the closed days that are not yet; `on_day` is told of each."""
    tier = keys.clean_tier(source)
    dates = _dates(lake, tier)
    compacted = set(_dates(lake, keys.history_tier(source)))
    made = []
    for date in dates[:-1]:
        if date not in compacted:
            _compact(lake, source, date)
            made.append(date)
            on_day(date)
    hours = sum(len(lake.folders(f"{tier}/date={date}")) for date in dates)
    return Catalogued(
        dates[0] if dates else None, dates[-1] if dates else None, hours, tuple(made), len(compacted)
    )


def days_to_compact(lake: Lake, source: str) -> int:
    closed = _dates(lake, keys.clean_tier(source))[:-1]
    return len(set(closed) - set(_dates(lake, keys.history_tier(source))))


def _dates(lake: Lake, tier: str) -> list[str]:
    return [name.removeprefix("date=") for name in lake.folders(tier) if name.startswith("date=")]


def _compact(lake: Lake, source: str, date: str) -> None:
    import pyarrow as pa

    from velib_insights.adapters.parquet import from_parquet, to_parquet

    hours = []
    for hh in range(24):
        hour = Hour.parse(date, f"{hh:02d}")
        key = keys.part_key(keys.clean_tier(source), hour)
        body = lake.get(key)
        if body is not None:
            table = from_parquet(body, f"{lake.name}/{key}")
            hours.append(table.append_column("hour", pa.repeat(pa.scalar(hour.hh), len(table))))
    if not hours:
        return
    day = pa.concat_tables(hours).sort_by([("station_code", "ascending"), ("snapshot_epoch", "ascending")])
    lake.put(keys.day_part_key(keys.history_tier(source), date), to_parquet(day, row_group_size=_ROWS_A_GROUP))
