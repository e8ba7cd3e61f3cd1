"""Closed days, compacted: which are missing, and which hold another day."""

from __future__ import annotations

from collections.abc import Iterator

from velib_insights.adapters.lake import Entry, Lake
from velib_insights.core import keys
from velib_insights.core.errors import NothingThere
from velib_insights.core.ticks.tick import Tick
from velib_insights.steps.doctor.finding import Finding, counted, named
from velib_insights.steps.doctor.lake.inventory import Inventory
from velib_insights.steps.rollup import days_due


def open_days(held: Inventory, source: str) -> Iterator[Finding]:
    """Closed days that are not compacted: nothing is wrong, long questions take longer."""
    of_source = held.of(source)
    dates = sorted({hour.date for hour in of_source.clean})
    left = [date for date in dates[:-1] if date not in of_source.history]
    if left:
        yield Finding(
            "note",
            "clean",
            f"{counted(len(left), 'closed day is', 'closed days are')} not compacted: {named(left, 5)}.",
            "Run `velib catalog`; questions over long ranges get faster.",
            {"count": len(left), "dates": left[:10]},
        )


def days_not_rolled_up(lake: Lake, source: str, timezone: str) -> Iterator[Finding]:
    """Closed days that are not in the rollup as their hours say: histories lack them or are out of date."""
    try:
        due = days_due(lake, source, timezone)
    except NothingThere:
        return
    if due:
        dates = [day.isoformat() for day in due]
        yield Finding(
            "note",
            "clean",
            f"{counted(len(due), 'closed day is', 'closed days are')} not rolled up, or changed since: "
            f"{named(dates, 5)}.",
            "Run `velib rollup`; until then the histories do not have them as they are.",
            {"count": len(due), "dates": dates[:10]},
        )


def days_of_other_dates(lake: Lake, held: Inventory, source: str) -> Iterator[Finding]:
    """Compacted days that hold rows of another date than their folder's, as a copy does.

    By their footers, of a lake on a disk.
    """
    found = []
    for date, entry in sorted(held.of(source).history.items()):
        others = [other for other in _dates_in(lake, entry) if other != date]
        if others:
            found.append((date, entry.key, others))
    if found:
        yield Finding(
            "error",
            "clean",
            f"{counted(len(found), 'compacted day holds', 'compacted days hold')} rows of another date than "
            f"{'its folder' if len(found) == 1 else 'their folders'}: "
            f"{named([f'{key} (rows of {named(others, 2)})' for _, key, others in found], 5)}.",
            "Remove "
            + named([f"{keys.history_tier(source)}/date={date}" for date, _, _ in found], 5)
            + " and run `velib catalog`: days are compacted anew from their hours.",
            {"count": len(found), "keys": [key for _, key, _ in found[:10]]},
        )


def _dates_in(lake: Lake, entry: Entry) -> list[str]:
    """The first and the last date of the file's rows; none where it cannot be read or lies in a bucket."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if lake.root is None or not entry.size:
        return []
    try:
        metadata = pq.read_metadata(lake.root / entry.key)
    except (pa.ArrowInvalid, OSError):
        return []
    names = metadata.schema.names
    if "snapshot_epoch" not in names:
        return []
    column = names.index("snapshot_epoch")
    groups = [metadata.row_group(n).column(column).statistics for n in range(metadata.num_row_groups)]
    known = [statistics for statistics in groups if statistics is not None and statistics.has_min_max]
    if not known:
        return []
    ends = (min(each.min for each in known), max(each.max for each in known))
    return sorted({Tick(epoch).hour.date for epoch in ends})
