"""A tick: the scheduled UTC instant that dates an observation (DOMAIN: feeds do not date their own counts)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from velib_insights.core.errors import SettingsError

DEFAULT_CADENCE_S = 900
MIN_CADENCE_S, MAX_CADENCE_S = 60, 3600

_STAMP = re.compile(r"[0-9]{8}T[0-9]{4}Z")
_PARTS = (
    (0, 4),
    (4, 6),
    (6, 8),
    (9, 11),
    (11, 13),
)  # year, month, day, hour, minute; strptime takes 6 times as long


@dataclass(frozen=True, slots=True, order=True)
class Tick:
    """One scheduled instant, in whole minutes of UTC; `epoch` is seconds since 1970."""

    epoch: int

    @classmethod
    def at_or_before(cls, instant: datetime, cadence_s: int) -> Tick:
        """The tick that `instant` (aware) belongs to: the last multiple of the cadence, in UTC."""
        epoch = int(instant.timestamp())
        return cls(epoch - epoch % cadence_s)

    @classmethod
    def parse(cls, stamp: str) -> Tick:
        """From the form used in keys, `20261123T0815Z`. Raises ValueError for any other text."""
        if not _STAMP.fullmatch(stamp):
            raise ValueError(f"not a tick: {stamp!r}; a tick is written like 20261123T0815Z")
        at = datetime(*(int(stamp[a:b]) for a, b in _PARTS), tzinfo=UTC)  # type: ignore[misc,arg-type]
        return cls(int(at.timestamp()))

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.epoch, UTC)

    @property
    def stamp(self) -> str:
        return self.at.strftime("%Y%m%dT%H%MZ")

    @property
    def hour(self) -> Hour:
        return Hour(self.epoch - self.epoch % 3600)


@dataclass(frozen=True, slots=True, order=True)
class Hour:
    """A UTC hour, the unit of cleaning: one partition, one file. `epoch` is its first second."""

    epoch: int

    @classmethod
    def parse(cls, date: str, hour: str) -> Hour:
        """From partition values, `2026-11-23` and `08`. Raises ValueError."""
        return cls(int(datetime.strptime(f"{date} {hour}", "%Y-%m-%d %H").replace(tzinfo=UTC).timestamp()))

    @property
    def date(self) -> str:
        return datetime.fromtimestamp(self.epoch, UTC).strftime("%Y-%m-%d")

    @property
    def hh(self) -> str:
        return datetime.fromtimestamp(self.epoch, UTC).strftime("%H")

    @property
    def stamp(self) -> str:
        """As `hour_of` reads it: `2026-11-22T08`."""
        return f"{self.date}T{self.hh}"

    def back(self, hours: int) -> Hour:
        return Hour(self.epoch - 3600 * hours)

    def __str__(self) -> str:
        return f"{self.date} {self.hh}:00 UTC"


def hours_between(first: Hour, last: Hour) -> list[Hour]:
    """Every hour from `first` to `last`, both included; empty if `last` is before `first`."""
    return [Hour(epoch) for epoch in range(first.epoch, last.epoch + 1, 3600)]


def ticks_between(start: datetime, end: datetime, cadence_s: int) -> list[Tick]:
    """Every tick in [start, end)."""
    first = Tick.at_or_before(start + timedelta(seconds=cadence_s - 1), cadence_s)
    return [Tick(epoch) for epoch in range(first.epoch, int(end.timestamp()), cadence_s)]


def hour_of(text: str | None, *, is_last: bool = False) -> Hour | None:
    """What a person or a state machine wrote: `2026-11-22T08`, an instant, which means the hour it lies in, or a date,
    which means its first or last hour.

    None and "" leave the hour open. Raises SettingsError for any other text.
    """
    if not text:
        return None
    date, _, hh = text.partition("T")
    try:
        if ":" in hh:
            at = datetime.fromisoformat(text)
            epoch = int((at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp())
            return Hour(epoch - epoch % 3600)
        return Hour.parse(date, hh or ("23" if is_last else "00"))
    except ValueError as error:
        raise SettingsError(
            f"{text!r} is not a valid hour", hint="Write 2026-11-22 or 2026-11-22T08, in UTC."
        ) from error


def hour_span(since: str | None, until: str | None) -> tuple[Hour | None, Hour | None]:
    """The first and last hour, both included, as `hour_of` reads them; None is open.

    Raises SettingsError where one cannot be read or the first comes after the last.
    """
    first, last = hour_of(since), hour_of(until, is_last=True)
    if first is not None and last is not None and first > last:
        raise SettingsError(f"since {since} is after until {until}", hint="Exchange the two.")
    return first, last
