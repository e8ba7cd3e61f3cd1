"""History: long questions over closed local days, answered from the rollup."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import TYPE_CHECKING

from velib_insights.adapters.history_engine import CalendarDay, HistoryEngine
from velib_insights.adapters.sql_text import among
from velib_insights.core.catalogue.history import HISTORY
from velib_insights.core.catalogue.rollups import ROLLUPS
from velib_insights.core.catalogue.tables import Table
from velib_insights.core.errors import NothingThere, QueryError, SettingsError
from velib_insights.core.ticks.local_span import LocalSpan, When
from velib_insights.core.ticks.local_time import midnight
from velib_insights.core.ticks.periods import PERIODS, Period, period_of
from velib_insights.steps.kpi import hint_at, in_reading_order
from velib_insights.steps.rollup.months import Month, note_of
from velib_insights.steps.site.ledger import local_date

if TYPE_CHECKING:
    import pyarrow as pa

    from velib_insights.adapters.lake import Lake
    from velib_insights.core.catalogue.views import View


def find_history(name: str) -> View | Table:
    """The long question of that name, with or without `history_`, or the rollup table. Raises QueryError."""
    known: dict[str, View | Table] = {view.name: view for view in HISTORY}
    known |= {table.name: table for table in ROLLUPS}
    full = name if name in known else f"history_{name}"
    if full in known:
        return known[full]
    raise QueryError(f"there is no long question {name!r}", hint=hint_at(full, known))


def rolled_up(lake: Lake) -> tuple[date, date] | None:
    """The first and the last day of the rollup; None where there is none."""
    months = Month.all_of(lake)
    noted = [note_of(lake, month) for month in {months[0], months[-1]}] if months else []
    days = [date.fromisoformat(day) for note in noted for day in note]
    return (min(days), max(days)) if days else None


def history(
    engine: HistoryEngine,
    lake: Lake,
    timezone: str,
    name: str,
    *,
    since: When = None,
    until: When = None,
    by: str = "",
    stations: Iterable[str] | None = None,
    zones: Iterable[str] | None = None,
) -> pa.Table:
    """The rows of a long question, or of a rollup table, over the closed days of a span, both ends included.

    `since` and `until` are local days, months or years; without them the span is all that is rolled up, and it never
    goes beyond the last closed day. `by` is the period: day, week, month, quarter, year or span; by default month, span
    for profiles. Raises QueryError for an unknown name, SettingsError for a span, period or filter that
    cannot be, NothingThere where no day is rolled up.
    """
    asked = find_history(name)
    there = rolled_up(lake)
    if there is None:
        raise NothingThere(
            f"no closed day of the lake {lake.name} is rolled up yet",
            hint="Run `velib rollup`. A day is closed two hours after its end.",
        )
    first, last = _days(LocalSpan.of(since, until, timezone), there, timezone)
    where = _where(asked, stations, zones)
    if isinstance(asked, Table):
        if by:
            raise SettingsError(
                f"{asked.name} has no periods", hint="Leave `by` out, or ask history_stations."
            )
        return engine.rollup_rows(asked, first, last, where)
    return in_reading_order(
        engine.history(asked.name, _calendar(first, last, _period(asked, by), timezone), where), asked
    )


def _period(view: View, by: str) -> Period:
    has_periods = any(column.name == "period" for column in view.columns)
    if by and not has_periods:
        raise SettingsError(f"{view.name} has no periods", hint="Leave `by` out: each row has its own dates.")
    chosen = by or ("span" if "profile" in view.name or not has_periods else "month")
    for period in PERIODS:
        if period == chosen:
            return period
    raise SettingsError(f"there is no period {by!r}", hint=f"Periods: {', '.join(PERIODS)}.")


def _days(span: LocalSpan, there: tuple[date, date], timezone: str) -> tuple[date, date]:
    first = there[0] if span.since_epoch is None else local_date(span.since_epoch, timezone)
    last = there[1] if span.until_epoch is None else local_date(span.until_epoch - 1, timezone)
    last = min(last, there[1])
    if first > last:
        raise NothingThere(
            f"no closed day is rolled up from {first} on: the last one is {there[1]}",
            hint="Ask for an earlier span, or run `velib rollup` if later days are closed.",
        )
    return first, last


def _calendar(first: date, last: date, by: Period, timezone: str) -> list[CalendarDay]:
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    midnights = [midnight(day, timezone) for day in [*days, last + timedelta(days=1)]]
    return [
        CalendarDay(day, period_of(day, by, first, last), midnights[number + 1] - midnights[number])
        for number, day in enumerate(days)
    ]


def _where(asked: View | Table, stations: Iterable[str] | None, zones: Iterable[str] | None) -> str:
    columns = {column.name for column in asked.columns}
    conditions = []
    for column, codes, what in (("station_code", stations, "stations"), ("zone_code", zones, "zones")):
        if codes is None:
            continue
        if column not in columns:
            raise SettingsError(
                f"{asked.name} has no {column}, so {what} cannot be chosen", hint="Leave it out."
            )
        conditions.append(among(column, codes, what))
    return f" WHERE {' AND '.join(conditions)}" if conditions else ""
