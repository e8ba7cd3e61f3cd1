"""Rollup: closed local days, summed for questions over months and years.

A day is closed once a tick was observed two hours after its end, since by then it is settled for how long its last
observations hold. What a day is made of is noted; where hours of it are cleaned anew or come late, the day is made
again, and no other. A table has one file a month, so that years are read from few files; each is a function of the
clean hours alone, whatever the order in which its days were made.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from velib_insights.steps.rollup.days import ClosedDays, has_ticks, last_closed
from velib_insights.steps.rollup.engine import RollupEngine
from velib_insights.steps.rollup.months import Month, note_of, remove_days, store_days
from velib_insights.steps.site.ledger import groups_of_days

if TYPE_CHECKING:
    from velib_insights.adapters.lake import Lake
    from velib_insights.adapters.query_limits import QueryLimits
    from velib_insights.steps.site.ledger import LocalDay

_MOST_ROWS = 600_000
_MOST_DAYS = 16
_ROWS_A_TICK = 1500


@dataclass(frozen=True, slots=True)
class RolledUp:
    """The days made now, and how many were as they should be."""

    made: tuple[date, ...]
    unchanged: int


def rollup(
    lake: Lake,
    source: str,
    timezone: str,
    *,
    since: date | None = None,
    until: date | None = None,
    again: bool = False,
    limits: QueryLimits | None = None,
    on_day: Callable[[int, int], None] = lambda _done, _of: None,
) -> RolledUp:
    """Roll up the closed days from `since` to `until`, both included, that are not as their hours say; all if `again`.

    `on_day` is called with the days done and the days in all. Raises NothingThere for a lake without an observed tick,
    LakeError for a file that cannot be read.
    """
    closed = ClosedDays.of(lake, source, timezone, since, limits)
    days = [day for day in closed.days if until is None or day.on <= until]
    due = days if again else _due(lake, closed, days)
    on_day(0, len(due))
    done = 0
    at_once = closed.days_at_once(_MOST_ROWS // _ROWS_A_TICK, _MOST_DAYS)
    for month, of_month in _by_month(due):
        rows = []
        for group in groups_of_days(of_month, at_once):
            # A session keeps the room of tables that it drops, so each group has its own.
            engine = RollupEngine(lake, source, limits)
            try:
                rows.append(engine.roll_up(group, closed.hours_after(group[-1]), timezone))
            finally:
                engine.close()
            done += len(group)
            on_day(done, len(due))
        store_days(lake, month, {day.on: closed.digest(day) for day in of_month}, rows)
    _remove_gone(lake, closed, since, until)
    return RolledUp(tuple(day.on for day in due), len(days) - len(due))


def roll_up_closing_day(
    lake: Lake, source: str, timezone: str, limits: QueryLimits | None = None
) -> RolledUp | None:
    """What a tick does: where a day has closed, roll it up, and the two before it if they have changed; else nothing.

    `rollup` also sees to earlier days. Raises as `rollup`.
    """
    last = last_closed(lake, timezone)
    if (
        last is None
        or last.isoformat() in note_of(lake, Month.of(last))
        or not has_ticks(lake, last, timezone)
    ):
        return None
    return rollup(lake, source, timezone, since=last - timedelta(days=2), limits=limits)


def days_due(lake: Lake, source: str, timezone: str) -> list[date]:
    """The closed days that `rollup` would make. Raises NothingThere for a lake without an observed tick."""
    closed = ClosedDays.of(lake, source, timezone)
    return [day.on for day in _due(lake, closed, closed.days)]


def _due(lake: Lake, closed: ClosedDays, days: Sequence[LocalDay]) -> list[LocalDay]:
    noted = {month: note_of(lake, month) for month in {Month.of(day.on) for day in days}}
    return [day for day in days if noted[Month.of(day.on)].get(day.on.isoformat()) != closed.digest(day)]


def _by_month(days: Sequence[LocalDay]) -> list[tuple[Month, list[LocalDay]]]:
    found: dict[Month, list[LocalDay]] = {}
    for day in days:
        found.setdefault(Month.of(day.on), []).append(day)
    return list(found.items())


def _remove_gone(lake: Lake, closed: ClosedDays, since: date | None, until: date | None) -> None:
    """Days of which no hour is in the ledger any more, as after ticks were taken out of the lake."""
    there = {day.on for day in closed.days}
    for month in Month.all_of(lake):
        noted = map(date.fromisoformat, note_of(lake, month))
        gone = {
            day
            for day in noted
            if day not in there and (since is None or day >= since) and (until is None or day <= until)
        }
        if gone:
            remove_days(lake, month, gone)
