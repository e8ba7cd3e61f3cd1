"""Which files of the rollup hold which months: by the grammar of keys."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from velib_insights.core.keys import PART

if TYPE_CHECKING:
    from velib_insights.adapters.lake import Entry, Lake
    from velib_insights.core.catalogue.tables import Table


def months_between(lake: Lake, table: Table, first: date | None, last: date | None) -> list[Entry]:
    """The files of a rollup table from the month of the first day to that of the last one; None is open."""
    return _parts(
        table,
        lake.entries(table.tier),
        "" if first is None else f"{first:%Y-%m}",
        "9999-99" if last is None else f"{last:%Y-%m}",
    )


def _parts(table: Table, entries: Iterable[Entry], first: str, last: str) -> list[Entry]:
    found = []
    for entry in entries:
        folder, _, name = entry.key.removeprefix(f"{table.tier}/").partition("/")
        month = folder.removeprefix("month=")
        if name == PART and folder != month and first <= month <= last:
            found.append(entry)
    return found
