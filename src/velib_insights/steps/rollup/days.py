"""Which local days are closed, and what each is made from."""

from __future__ import annotations

import hashlib
import time
from bisect import bisect_left
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from typing import TYPE_CHECKING

from velib_insights import sql
from velib_insights.adapters.duckdb_engine import DuckDbEngine
from velib_insights.adapters.lake_files import LakeFiles
from velib_insights.core import keys
from velib_insights.core.catalogue.rollups import ROLLUPS, STATION_STEPS
from velib_insights.core.catalogue.tables import TICKS
from velib_insights.core.ticks.future import Clock, is_ahead, latest_tick
from velib_insights.steps.site.ledger import LONGEST_HOLD_H, LocalDay, local_date, local_days

if TYPE_CHECKING:
    from velib_insights.adapters.lake import Entry, Lake
    from velib_insights.adapters.query_limits import QueryLimits
    from velib_insights.core.ticks.tick import Hour

ROLLUP_VERSION = "1"
_HOLD_S = 3600 * LONGEST_HOLD_H
_BYTES_A_TICK = 25_000  # of 1,500 stations


@dataclass(frozen=True, slots=True)
class ClosedDays:
    """The closed days of the lake in order, and the files of its hours."""

    days: tuple[LocalDay, ...]
    observations: tuple[tuple[Hour, Entry], ...]
    ledger: tuple[tuple[Hour, Entry], ...]

    @classmethod
    def of(
        cls,
        lake: Lake,
        source: str,
        timezone: str,
        since: date | None = None,
        limits: QueryLimits | None = None,
    ) -> ClosedDays:
        """Those from `since` on, for None all. Raises NothingThere for a lake without an observed tick."""
        engine = DuckDbEngine(lake, source, limits)
        try:
            now_epoch = engine.latest_observed_epoch()
        finally:
            engine.close()
        first = None
        if since is not None:
            first = LocalDay.of(since, timezone).first.back(LONGEST_HOLD_H + sql.TICKS_MARGIN_H)
        ledger = _hours(LakeFiles(lake, TICKS.tier), first)
        days = local_days((hour for hour, _ in ledger), timezone)
        closed = tuple(
            day for day in days if day.end_epoch + _HOLD_S <= now_epoch and (since is None or day.on >= since)
        )
        return cls(closed, tuple(_hours(LakeFiles(lake, keys.clean_tier(source)), first)), tuple(ledger))

    def digest(self, day: LocalDay) -> str:
        """Of the files that the day is made from and the SQL that makes it: it changes when the day may."""
        first, last = day.first.back(LONGEST_HOLD_H), day.held_until
        made_from = [
            *_within(self.observations, first, last),
            *_within(self.ledger, first.back(sql.TICKS_MARGIN_H), last),
        ]
        text = "\n".join(f"{entry.key} {entry.size} {entry.version}" for _, entry in made_from)
        return hashlib.sha256(f"{_made_by()}\n{day}\n{text}".encode()).hexdigest()[:16]

    def hours_after(self, day: LocalDay) -> list[Hour]:
        """The hours of the ledger after those that tell how long the day's last observation holds."""
        return [
            hour for hour, _ in self.ledger[bisect_left(self.ledger, day.held_until.back(-1), key=_hour) :]
        ]

    def days_at_once(self, most_ticks: int, most_days: int) -> int:
        """How many days hold about `most_ticks` ticks, by the sizes of recent files; at most `most_days`."""
        sizes = [entry.size for _, entry in self.observations[-240:]]
        ticks_a_day = 24 * max(1, sum(sizes) // (len(sizes) * _BYTES_A_TICK)) if sizes else 96
        return max(1, min(most_days, most_ticks // ticks_a_day))


@cache
def _made_by() -> str:
    names = [table.name for table in (STATION_STEPS, *ROLLUPS)]
    files = [sql.rollup(name) for name in names]
    wanted = sql.upstream_of(names, files)
    texts = [file.text for file in (*sql.load_all(), *files) if file.name in wanted]
    return f"{ROLLUP_VERSION} {hashlib.sha256(''.join(texts).encode()).hexdigest()}"


def last_closed(lake: Lake, timezone: str, clock: Clock = time.time) -> date | None:
    """The last local day that can be closed, by the names of the ledger's files alone; None where none can.

    Hours ahead of the clock close nothing.
    """
    files = LakeFiles(lake, TICKS.tier)
    latest = latest_tick(clock())
    dates = [date for date in files.dates() if date <= latest.hour.date]
    found = (files.hour_of(entry) for entry in files.on(dates[-1:]))
    hours = [hour for hour in found if hour is not None and not is_ahead(hour, latest)]
    if not hours:
        return None
    return local_date(max(hours).epoch + 3600 - _HOLD_S, timezone) - timedelta(days=1)


def has_ticks(lake: Lake, day: date, timezone: str) -> bool:
    """Whether the ledger has an hour of the day."""
    of_day = LocalDay.of(day, timezone)
    return bool(LakeFiles(lake, TICKS.tier).between(of_day.first, of_day.last))


def _hours(files: LakeFiles, first: Hour | None) -> list[tuple[Hour, Entry]]:
    entries = files.between(first, None)
    return [(hour, entry) for entry in entries if (hour := files.hour_of(entry)) is not None]


def _hour(pair: tuple[Hour, Entry]) -> Hour:
    return pair[0]


def _within(hours: tuple[tuple[Hour, Entry], ...], first: Hour, last: Hour) -> tuple[tuple[Hour, Entry], ...]:
    return hours[bisect_left(hours, first, key=_hour) : bisect_left(hours, last.back(-1), key=_hour)]
