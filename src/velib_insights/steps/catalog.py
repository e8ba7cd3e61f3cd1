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
from velib_insights.core.tables import SOURCE_VELIB
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
    """Compact the closed days that are not yet, and say what the lake holds; `on_day` is told of each day."""
    before = len(_compacted(lake, source))
    made = compact_closed_days(lake, source, on_day)
    tier = keys.clean_tier(source)
    found = [keys.parse_partition(entry.key.removeprefix(f"{tier}/")) for entry in lake.entries(tier)]
    hours = [(part[0], part[1]) for part in found if part and part[1] and part[2] == keys.PART]
    dates = [date for date, _ in hours]
    return Catalogued(min(dates, default=None), max(dates, default=None), len(hours), tuple(made), before)


def compact_closed_days(lake: Lake, source: str, on_day: Callable[[str], None] = lambda _: None) -> list[str]:
    """Make the file of each closed day that has none; the dates of those made."""
    compacted = _compacted(lake, source)
    made = []
    for date in _dates(lake, keys.clean_tier(source))[:-1]:
        if date not in compacted and _compact(lake, source, date):
            made.append(date)
            on_day(date)
    return made


def days_to_compact(lake: Lake, source: str) -> int:
    closed = _dates(lake, keys.clean_tier(source))[:-1]
    return len(set(closed) - _compacted(lake, source))


def _compacted(lake: Lake, source: str) -> set[str]:
    """The days that have their file; a folder may be left of one that was removed."""
    tier = keys.history_tier(source)
    partitions = (keys.parse_partition(entry.key.removeprefix(f"{tier}/")) for entry in lake.entries(tier))
    return {date for date, hour, name in filter(None, partitions) if hour is None and name == keys.PART}


def _dates(lake: Lake, tier: str) -> list[str]:
    return [name.removeprefix("date=") for name in lake.folders(tier) if name.startswith("date=")]


def _compact(lake: Lake, source: str, date: str) -> bool:
    """Whether the day had hours to compact."""
    import pyarrow as pa

    from velib_insights.adapters.parquet import from_parquet, to_parquet, with_every_column

    hours = []
    for hh in range(24):
        hour = Hour.parse(date, f"{hh:02d}")
        key = keys.part_key(keys.clean_tier(source), hour)
        body = lake.get(key)
        if body is not None:
            table = with_every_column(from_parquet(body, f"{lake.name}/{key}"), SOURCE_VELIB)
            hours.append(table.append_column("hour", pa.repeat(pa.scalar(hour.hh), len(table))))
    if not hours:
        return False
    day = pa.concat_tables(hours).sort_by([("station_code", "ascending"), ("snapshot_epoch", "ascending")])
    lake.put(
        keys.day_part_key(keys.history_tier(source), date), to_parquet(day, row_group_size=_ROWS_A_GROUP)
    )
    return True
