"""What the views said of a day and of those it is compared with, and the day's own place in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from velib_insights.core.attribution import HOW, How
from velib_insights.core.insights.compare import Hours, LikeForLike, hours_by_day, like_for_like
from velib_insights.core.insights.report import LOW_COVERAGE
from velib_insights.core.ticks.expected import instants_due
from velib_insights.core.ticks.local_time import midnight, zone_info

Row = Mapping[str, Any]
Rows = Sequence[Row]

WEEKS_BACK = 4
_ENOUGH_S = 4 * 3600  # kpi_chronic_stations counts a day from four hours on
_CHRONIC_DAYS = 3  # and calls a station chronic after three


@dataclass(frozen=True, slots=True)
class Day:
    """A local day: `[start_epoch, end_epoch)`, 23 to 25 hours."""

    local_date: date
    timezone: str

    @property
    def start_epoch(self) -> int:
        return midnight(self.local_date, self.timezone)

    @property
    def end_epoch(self) -> int:
        return midnight(self.local_date + timedelta(days=1), self.timezone)

    @property
    def day_before(self) -> date:
        return self.local_date - timedelta(days=1)

    @property
    def same_weekdays(self) -> tuple[date, ...]:
        """The four before it, the latest first."""
        return tuple(self.local_date - timedelta(weeks=back) for back in range(1, WEEKS_BACK + 1))

    @property
    def compared(self) -> tuple[date, ...]:
        """The day and all that it is compared with."""
        return (self.local_date, self.day_before, *self.same_weekdays)


@dataclass(frozen=True)
class Facts:
    """Rows of the views as of the end of the day. Unless said otherwise they are of every day of `day.compared`.

    `ledger` is observed_ticks of the day alone, with dialect and how of ticks. `last_epoch` is the latest tick of the
    day, its end where it has none, and `goes_on` whether the lake has later ones. `now_epoch` is the last tick for
    which the views spoke.
    """

    day: Day
    source: str
    ledger: Rows
    last_epoch: int
    goes_on: bool
    now_epoch: int | None
    before: Row | None = None  # the last tick before the day, of the days just before it
    days: Rows = ()  # local_days, every day of the window
    networks: Rows = ()
    worst_moments: Rows = ()
    equity: Rows = ()
    zones: Rows = ()
    types: Rows = ()
    moves: Rows = ()
    observed_hours: Rows = ()
    zone_hours: Rows = ()
    moves_hours: Rows = ()
    moments: Rows = ()
    stations: Rows = ()  # of the day alone, as all that follow
    flows: Rows = ()
    changes: Rows = ()
    chronic: Rows = ()  # of the week that ends with the day
    episodes: Rows = field(default=())

    @property
    def is_over(self) -> bool:
        """Whether nothing more can come of the day: ticks follow it, or its last one is there."""
        cadence_s = self.ledger[-1]["cadence_s"] if self.ledger else 0
        return self.goes_on or self.last_epoch + cadence_s >= self.day.end_epoch

    @property
    def told_until_epoch(self) -> int:
        """The end of what can be told: the day's end, or the latest tick of a day that is not over."""
        return self.day.end_epoch if self.is_over else self.last_epoch

    @property
    def observed_ticks(self) -> Rows:
        return [row for row in self.ledger if row["is_observed"]]

    @property
    def dialects(self) -> tuple[str, ...]:
        return tuple(sorted({row["dialect"] for row in self.observed_ticks if row["dialect"]}))

    @property
    def how(self) -> How | None:
        """How the latest observed tick came; None where its fetch left no note."""
        return HOW.get(self.observed_ticks[-1]["how"]) if self.observed_ticks else None

    @property
    def observed_s(self) -> int:
        """As local_days counts it: an observation before midnight may hold into the day, and the last one beyond it."""
        row = self.on(self.days, self.day.local_date)
        return row["observed_s"] if row else 0

    @property
    def elapsed_s(self) -> int:
        return self.told_until_epoch - self.day.start_epoch

    def held_s(self, tick: Row) -> int:
        """For how long an observation holds, not beyond the last tick for which the views spoke."""
        epoch, hold_s = int(tick["snapshot_epoch"]), int(tick["hold_s"])
        until = epoch if self.now_epoch is None else self.now_epoch
        return max(0, min(hold_s, until - epoch))

    @property
    def coverage(self) -> float | None:
        return min(1.0, self.observed_s / self.elapsed_s) if self.elapsed_s > 0 else None

    @property
    def is_low(self) -> bool:
        return self.coverage is None or self.coverage < LOW_COVERAGE

    @property
    def expected_ticks(self) -> tuple[int, int]:
        """(due, never asked for) as local_days counts them, and of ticks after the latest observed one."""
        row = self.on(self.days, self.day.local_date)
        ticks = [self.before, *self.ledger] if self.before else self.ledger
        later = [tick for tick in ticks if self.now_epoch is None or tick["snapshot_epoch"] >= self.now_epoch]
        due_later = len(instants_due(later, self.day.start_epoch, self.day.end_epoch))
        # The latest observed tick is counted by the view and is the first of these.
        is_counted = row is not None and any(tick["snapshot_epoch"] == self.now_epoch for tick in later)
        due = (row["ticks_expected"] if row else 0) + due_later - is_counted
        return due, max(0, due - len(self.ledger))

    def on(self, rows: Rows, day: date) -> Row | None:
        """The one row of that day."""
        return next((row for row in rows if row["local_date"] == day), None)

    @cached_property
    def hours(self) -> dict[date, Hours]:
        """What is compared, by local day and hour."""
        zone = zone_info(self.day.timezone)
        return hours_by_day(
            self.observed_hours,
            self.zone_hours,
            self.moves_hours,
            (
                (
                    row["local_date"],
                    datetime.fromtimestamp(row["snapshot_epoch"], zone).hour,
                    row["unusable_stations"],
                )
                for row in self.moments
            ),
        )

    @cached_property
    def like_for_like(self) -> dict[date, LikeForLike | None]:
        """The day against each earlier one; None where there is nothing of it or too little in common."""
        today = self.hours.get(self.day.local_date)
        return {
            other: like_for_like(today, before) if today and (before := self.hours.get(other)) else None
            for other in self.day.compared[1:]
        }

    @property
    def has_earlier_day(self) -> bool:
        return any(row["local_date"] < self.day.local_date and row["ticks_observed"] for row in self.days)

    @property
    def can_tell_chronic(self) -> bool:
        """Whether enough days of the week were observed for any station to be called chronic."""
        first = self.day.local_date - timedelta(days=6)
        told = [
            row
            for row in self.days
            if first <= row["local_date"] <= self.day.local_date and row["observed_s"] >= _ENOUGH_S
        ]
        return len(told) >= _CHRONIC_DAYS
