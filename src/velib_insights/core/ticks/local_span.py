"""A span of time as an analyst names it: local days, months or years, or instants."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from velib_insights.core.errors import SettingsError
from velib_insights.core.ticks.hour_span import HourSpan
from velib_insights.core.ticks.local_time import midnight
from velib_insights.core.ticks.tick import Hour

When = str | date | datetime | None

_MONTH = re.compile(r"(\d{4})-(\d{2})")
_YEAR = re.compile(r"\d{4}")
_HINT = "Write a local day, month or year (2026-03-04, 2026-03, 2026), or an instant with its offset."


@dataclass(frozen=True, slots=True)
class LocalSpan:
    """`[since_epoch, until_epoch)`, seconds since 1970; None is open."""

    since_epoch: int | None
    until_epoch: int | None

    @classmethod
    def of(cls, since: When, until: When, timezone: str) -> LocalSpan:
        """Both ends included: `until` a day, month or year ends with it, `until` an instant just after it.

        Raises SettingsError for what is neither a date nor an instant with an offset, and for an end before its start.
        """
        begin, end = _bounds(since, "since", timezone)[0], _bounds(until, "until", timezone)[1]
        if begin is not None and end is not None and begin >= end:
            raise SettingsError(f"since {since} is after until {until}", hint="Exchange the two.")
        return cls(begin, end)

    @property
    def hours(self) -> HourSpan:
        """The UTC hours that hold the span."""
        first = None if self.since_epoch is None else Hour(self.since_epoch - self.since_epoch % 3600)
        last = None if self.until_epoch is None else Hour((self.until_epoch - 1) // 3600 * 3600)
        return HourSpan(first, last)


def days_of(since: When, until: When) -> tuple[date | None, date | None]:
    """The first and the last local day that are named; None is open. Raises SettingsError for an instant."""
    first, last = _days(since, "since")[0], _days(until, "until")[1]
    if first is not None and last is not None and first > last:
        raise SettingsError(f"since {since} is after until {until}", hint="Exchange the two.")
    return first, last


def _days(when: When, name: str) -> tuple[date | None, date | None]:
    """The first and the last day of what is named."""
    if when is None:
        return None, None
    day, after = _parsed(when, name) if isinstance(when, str) else (when, None)
    if isinstance(day, datetime):
        raise SettingsError(
            f"{name}={day.isoformat()} is an instant", hint="Write a local day, month or year: 2026-03-04."
        )
    return day, day if after is None else after - timedelta(days=1)


def _bounds(when: When, name: str, timezone: str) -> tuple[int | None, int | None]:
    """The first second of what is named, and the first second after it."""
    if when is None:
        return None, None
    if isinstance(when, str):
        when, days_end = _parsed(when, name)
    else:
        days_end = None if isinstance(when, datetime) else when + timedelta(days=1)
    if isinstance(when, datetime):
        if when.tzinfo is None:
            raise SettingsError(f"{name}={when.isoformat()} has no offset from UTC", hint=_HINT)
        epoch = int(when.timestamp())
        return epoch, epoch + 1
    return midnight(when, timezone), midnight(days_end or when, timezone)


def _parsed(text: str, name: str) -> tuple[date | datetime, date | None]:
    """The instant, or the first day and the day after the last."""
    try:
        if _YEAR.fullmatch(text):
            return date(int(text), 1, 1), date(int(text) + 1, 1, 1)
        if month := _MONTH.fullmatch(text):
            first = date(int(month[1]), int(month[2]), 1)
            return first, (first + timedelta(days=31)).replace(day=1)
        if len(text) == len("2026-03-04"):
            day = date.fromisoformat(text)
            return day, day + timedelta(days=1)
        return datetime.fromisoformat(text), None
    except (ValueError, OverflowError):
        raise SettingsError(f"{name}={text!r} is not a date or an instant", hint=_HINT) from None
