"""Catalog: what the lake holds, and the closed days laid out for long questions.

A closed day is one that a later date follows. Its hours are compacted into one file sorted by station then tick,
which weighs a quarter and answers a year's question in a fraction of the time. The file is a function of the
hours; cleaning one of them again removes it, and the next catalog makes it anew. A day that lacks a file of an hour
whose ledger tells of rows is not made: the file would hold less than was observed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from velib_insights.adapters.lake import Lake
from velib_insights.adapters.lake_files import LakeFiles
from velib_insights.core import keys
from velib_insights.core.catalogue.tables import SOURCE_VELIB
from velib_insights.core.errors import LakeError
from velib_insights.core.ticks.future import Clock, latest_tick
from velib_insights.core.ticks.tick import Hour
from velib_insights.steps.provenance import rows_in_ledger

ROWS_A_GROUP = 65_536
_NAMED = 5


@dataclass(frozen=True, slots=True)
class Catalogued:
    """What the lake holds: cleaned dates and hours, and the closed days compacted, now and before."""

    first_date: str | None
    last_date: str | None
    hours: int
    days_compacted: tuple[str, ...]
    days_before: int
    hours_missing: tuple[Hour, ...] = ()

    def raise_if_incomplete(self) -> None:
        raise_if_incomplete(self.hours_missing)


def catalog(lake: Lake, source: str, on_day: Callable[[str], None] = lambda _: None) -> Catalogued:
    """Compact the closed days that are not yet, and say what the lake holds; `on_day` is told of each day."""
    before = len(_compacted(lake, source))
    made, missing = compact_closed_days(lake, source, on_day)
    tier = keys.clean_tier(source)
    found = [keys.parse_partition(entry.key.removeprefix(f"{tier}/")) for entry in lake.entries(tier)]
    hours = [(part[0], part[1]) for part in found if part and part[1] and part[2] == keys.PART]
    dates = [date for date, _ in hours]
    return Catalogued(
        min(dates, default=None), max(dates, default=None), len(hours), tuple(made), before, missing
    )


def compact_closed_days(
    lake: Lake, source: str, on_day: Callable[[str], None] = lambda _: None, clock: Clock = time.time
) -> tuple[list[str], tuple[Hour, ...]]:
    """Make the file of each closed day that has none; the dates of those made, and the hours for whose files others
    were not."""
    compacted = _compacted(lake, source)
    made: list[str] = []
    missing: list[Hour] = []
    for date in _closed(lake, source, clock):
        if date in compacted:
            continue
        lacking = _hours_missing(lake, source, date)
        missing += lacking
        if not lacking and _compact(lake, source, date):
            made.append(date)
            on_day(date)
    return made, tuple(missing)


def raise_if_incomplete(hours: Sequence[Hour]) -> None:
    """LakeError, which names the hours, where days were not compacted for want of them."""
    if not hours:
        return
    named = ", ".join(hour.stamp for hour in hours[:_NAMED])
    more = f" and {len(hours) - _NAMED} more" if len(hours) > _NAMED else ""
    days = len({hour.date for hour in hours})
    bounds = f"--since {hours[0].stamp} --until {hours[-1].stamp}"
    raise LakeError(
        f"{days} closed {'day is' if days == 1 else 'days are'} not compacted: the ledger tells of rows in "
        f"{named}{more}, and the files with these rows are gone",
        hint=f"Everything else is done. Make the hours from raw: velib clean {bounds} --again. Where raw is gone too, "
        "--allow-fewer beside it gives up their rows, and the days are compacted without them.",
    )


def days_to_compact(lake: Lake, source: str) -> int:
    return len(set(_closed(lake, source, time.time)) - _compacted(lake, source))


def _closed(lake: Lake, source: str, clock: Clock) -> list[str]:
    """The dates that a later one follows. One ahead of the clock closes nothing: today is still written."""
    today = latest_tick(clock()).hour.date
    return [date for date in _dates(lake, keys.clean_tier(source)) if date <= today][:-1]


def _compacted(lake: Lake, source: str) -> set[str]:
    """The days that have their file; a folder may be left of one that was removed."""
    tier = keys.history_tier(source)
    partitions = (keys.parse_partition(entry.key.removeprefix(f"{tier}/")) for entry in lake.entries(tier))
    return {date for date, hour, name in filter(None, partitions) if hour is None and name == keys.PART}


def _dates(lake: Lake, tier: str) -> list[str]:
    return [name.removeprefix("date=") for name in lake.folders(tier) if name.startswith("date=")]


def _hours_missing(lake: Lake, source: str, date: str) -> list[Hour]:
    """The hours of the day that have no file although their ledger tells of rows."""
    first, last = Hour.parse(date, "00"), Hour.parse(date, "23")
    in_ledger = LakeFiles(lake, keys.TICKS_TIER).hours_between(first, last)
    there = set(LakeFiles(lake, keys.clean_tier(source)).hours_between(first, last))
    return [hour for hour in in_ledger if hour not in there and rows_in_ledger(lake, hour)]


def _compact(lake: Lake, source: str, date: str) -> bool:
    """Whether the day had hours to compact."""
    import pyarrow as pa
    import pyarrow.compute as pc

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
    day = pa.concat_tables(hours)
    hours.clear()  # a day at a cadence of a minute is 2 million rows: they should not be held three times
    order = pc.sort_indices(day, [("station_code", "ascending"), ("snapshot_epoch", "ascending")])
    body = to_parquet(day, row_group_size=ROWS_A_GROUP, order=order)
    lake.put(keys.day_part_key(keys.history_tier(source), date), body)
    del day, order
    pa.default_memory_pool().release_unused()  # Arrow keeps what it freed, which over many days adds up
    return True
