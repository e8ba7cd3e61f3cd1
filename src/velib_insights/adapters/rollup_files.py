"""Which files of the rollup hold which months: by the grammar of keys."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from velib_insights.core import keys

if TYPE_CHECKING:
    from velib_insights.adapters.lake import Entry, Lake
    from velib_insights.core.catalogue.tables import Table


def months_between(lake: Lake, table: Table, first: date | None, last: date | None) -> list[Entry]:
    """The files of a rollup table from the month of the first day to that of the last one; None is open."""
    after = "" if first is None else keys.month_part_key(table.tier, f"{first:%Y-%m}")
    until = None if last is None else keys.month_part_key(table.tier, f"{last:%Y-%m}")
    return [
        entry
        for entry in lake.entries(table.tier)
        if keys.is_rollup_key(entry.key) and after <= entry.key and (until is None or entry.key <= until)
    ]
