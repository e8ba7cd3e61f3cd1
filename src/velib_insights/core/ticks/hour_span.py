"""The hours of the tables that a question looks at: what every engine cuts its tables to."""

from __future__ import annotations

from dataclasses import dataclass

from velib_insights.core.ticks.tick import Hour
from velib_insights.sql import TICKS_MARGIN_H


@dataclass(frozen=True, slots=True)
class HourSpan:
    """From `first` to `last`, both included; None is open."""

    first: Hour | None = None
    last: Hour | None = None

    @classmethod
    def of_window(cls, now: Hour, window_h: int | None) -> HourSpan:
        """The hours that a view with this window looks at; all for None."""
        return cls() if window_h is None else cls(now.back(window_h), now)

    def for_ticks(self) -> HourSpan:
        """Ticks are judged by the day before them, and the ledger has ticks after the latest observed one."""
        return HourSpan(self.first and self.first.back(TICKS_MARGIN_H), None)
