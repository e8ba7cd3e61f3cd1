"""The ledger as the site needs it: which hours there are, and whether what was made from them is still true."""

from __future__ import annotations

import hashlib
import time
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property

from velib_insights.adapters.lake import Lake
from velib_insights.adapters.lake_files import LakeFiles
from velib_insights.core import keys
from velib_insights.core.ticks.future import Clock, is_ahead, latest_tick
from velib_insights.core.ticks.local_time import midnight, zone_info
from velib_insights.core.ticks.tick import Hour


@dataclass(frozen=True)
class Ledger:
    """The version of each hour's ledger, which is written last, after the hour's observations; oldest first.

    `_dates` keeps digests of whole days, of which those of a month of reports are made again and again.
    """

    versions: Mapping[Hour, str]
    ahead: frozenset[Hour] = frozenset()
    _dates: dict[int, str] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, lake: Lake, clock: Clock = time.time) -> Ledger:
        """Hours that lie ahead of `clock` have no version."""
        files, latest = LakeFiles(lake, keys.TICKS_TIER), latest_tick(clock())
        found = {files.hour_of(entry): f"{entry.size} {entry.version}" for entry in files.between(None, None)}
        ahead = frozenset(hour for hour in found if hour and is_ahead(hour, latest))
        return cls({hour: version for hour, version in found.items() if hour and hour not in ahead}, ahead)

    @property
    def first(self) -> Hour:
        return self.hours[0]

    @property
    def last(self) -> Hour:
        return self.hours[-1]

    @cached_property
    def hours(self) -> list[Hour]:
        """Those that have a ledger, ascending. There may be years between two of them."""
        return sorted(self.versions)

    def beside(self, first: Hour, last: Hour) -> tuple[Hour, Hour]:
        """The hours with a ledger next before `first` and next after `last`, these themselves where there is none."""
        before, after = bisect_left(self.hours, first), bisect_right(self.hours, last)
        return (
            self.hours[before - 1] if before else first,
            self.hours[after] if after < len(self.hours) else last,
        )

    def digest(self, first: Hour, last: Hour, *more: object) -> str:
        """Changes when one of the hours from `first` to `last`, or one of `more`, does."""
        lines = []
        at, end = bisect_left(self.hours, first), bisect_right(self.hours, last)
        while at < end:
            day = self.hours[at].epoch // _DAY_S
            until = min(end, bisect_left(self.hours, Hour((day + 1) * _DAY_S), at))
            whole = first.epoch <= day * _DAY_S and (day + 1) * _DAY_S <= last.epoch + 3600
            if whole and day not in self._dates:
                self._dates[day] = _digest(self._lines(at, until))
            lines += [self._dates[day]] if whole else self._lines(at, until)
            at = until
        return _digest([*lines, repr(more)])

    def _lines(self, start: int, end: int) -> list[str]:
        return [f"{hour.epoch} {self.versions[hour]}" for hour in self.hours[start:end]]


_DAY_S = 86_400
LONGEST_HOLD_H = 2


def _digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class LocalDay:
    """A calendar day of the network's city, `[start_epoch, end_epoch)`, and the UTC hours that hold it."""

    on: date
    first: Hour
    last: Hour
    start_epoch: int
    end_epoch: int

    @classmethod
    def of(cls, day: date, timezone: str) -> LocalDay:
        start, end = (midnight(each, timezone) for each in (day, day + timedelta(days=1)))
        return cls(day, Hour(start - start % 3600), Hour(end - 1 - (end - 1) % 3600), start, end)

    @property
    def held_until(self) -> Hour:
        """The ticks until this hour tell how long the day's last observation held, which is two cadences at most."""
        return self.last.back(-LONGEST_HOLD_H)

    def __str__(self) -> str:
        return self.on.isoformat()


def local_date(epoch: int, timezone: str) -> date:
    return datetime.fromtimestamp(epoch, zone_info(timezone)).date()


def local_days(hours: Iterable[Hour], timezone: str) -> list[LocalDay]:
    """The local days that these hours lie in, ascending: as many as hold data, however far apart."""
    dates = {local_date(epoch, timezone) for hour in hours for epoch in (hour.epoch, hour.epoch + 3599)}
    return [LocalDay.of(each, timezone) for each in sorted(dates)]


def groups_of_days(days: list[LocalDay], most: int) -> Iterator[list[LocalDay]]:
    """The days, ascending, in groups none of which spans more calendar days than that."""
    some: list[LocalDay] = []
    for day in days:
        if some and (day.on - some[0].on).days >= most:
            yield some
            some = []
        some.append(day)
    if some:
        yield some


def hours_gone(lake: Lake, source: str, noted: set[Hour], ledger: Ledger) -> list[Hour]:
    """Hours that the site was made from and that are no longer in the ledger, but for those of ticks taken out."""
    gone = noted.difference(ledger.versions, ledger.ahead)
    folders = {hour: keys.removed_key(keys.hour_folder(keys.raw_tier(source), hour)) for hour in gone}
    return sorted(hour for hour, folder in folders.items() if not lake.entries(folder))
