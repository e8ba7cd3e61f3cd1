"""The periods in which days are counted: day, week, month, quarter, year, or the whole span."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Literal, get_args

Period = Literal["day", "week", "month", "quarter", "year", "span"]
PERIODS: tuple[Period, ...] = get_args(Period)


def _week(day: date) -> str:
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


_NAMES: dict[str, Callable[[date], str]] = {
    "day": date.isoformat,
    "week": _week,
    "month": lambda day: f"{day:%Y-%m}",
    "quarter": lambda day: f"{day:%Y}-Q{(day.month + 2) // 3}",
    "year": lambda day: f"{day:%Y}",
}


def period_of(day: date, by: Period, first: date, last: date) -> str:
    """`2026-03-04`, `2026-W10` (ISO 8601), `2026-03`, `2026-Q1`, `2026`; of the whole span `2026-03-04/2026-05-31`."""
    return f"{first}/{last}" if by == "span" else _NAMES[by](day)
