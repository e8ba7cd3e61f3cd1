"""The ledger as the site needs it: which hours there are, and whether what was made from them is still true."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from velib_insights.adapters.lake import Lake
from velib_insights.adapters.lake_files import LakeFiles
from velib_insights.core import keys
from velib_insights.core.local_time import zone_info
from velib_insights.core.tick import Hour


@dataclass(frozen=True, slots=True)
class Ledger:
    """The version of each hour's ledger, which is written last, after the hour's observations; oldest first.

    `_dates` keeps digests of whole days, of which those of a month of reports are made again and again.
    """

    versions: Mapping[Hour, str]
    _dates: dict[int, str] = field(default_factory=dict, compare=False, repr=False)

    @classmethod
    def of(cls, lake: Lake) -> Ledger:
        found = {}
        tier = keys.TICKS_TIER
        for entry in LakeFiles(lake, tier).between(None, None):
            parsed = keys.parse_partition(entry.key.removeprefix(f"{tier}/"))
            if parsed and parsed[1]:
                found[Hour.parse(parsed[0], parsed[1])] = f"{entry.size} {entry.version}"
        return cls(found)

    @property
    def first(self) -> Hour:
        return next(iter(self.versions))

    @property
    def last(self) -> Hour:
        return next(reversed(list(self.versions)))

    def digest(self, first: Hour, last: Hour, *more: object) -> str:
        """Changes when one of the hours from `first` to `last`, or one of `more`, does."""
        lines = []
        epoch, end_epoch = max(first, self.first).epoch, min(last, self.last).epoch + 3600
        while epoch < end_epoch:
            whole = epoch % _DAY_S == 0 and epoch + _DAY_S <= end_epoch
            if whole and epoch not in self._dates:
                self._dates[epoch] = _digest(self._lines(epoch, epoch + _DAY_S))
            lines += [self._dates[epoch]] if whole else self._lines(epoch, epoch + 3600)
            epoch += _DAY_S if whole else 3600
        return _digest([*lines, repr(more)])

    def _lines(self, start_epoch: int, end_epoch: int) -> list[str]:
        hours = (Hour(epoch) for epoch in range(start_epoch, end_epoch, 3600))
        return [f"{hour.epoch} {self.versions[hour]}" for hour in hours if hour in self.versions]


_DAY_S = 86_400


def _digest(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class LocalDay:
    """A calendar day of the network's city, and the UTC hours that hold it: 23, 24 or 25 of them."""

    on: date
    first: Hour
    last: Hour

    @classmethod
    def of(cls, day: date, timezone: str) -> LocalDay:
        start, end = (_midnight(each, timezone) for each in (day, day + timedelta(days=1)))
        return cls(day, Hour(start - start % 3600), Hour(end - 1 - (end - 1) % 3600))

    @property
    def end_epoch(self) -> int:
        return self.last.epoch + 3600

    def __str__(self) -> str:
        return self.on.isoformat()


def local_date(epoch: int, timezone: str) -> date:
    return datetime.fromtimestamp(epoch, zone_info(timezone)).date()


def local_days(first: Hour, last: Hour, timezone: str) -> list[LocalDay]:
    """The local days that these hours lie in, ascending."""
    begin, end = local_date(first.epoch, timezone), local_date(last.epoch + 3599, timezone)
    return [LocalDay.of(begin + timedelta(days=number), timezone) for number in range((end - begin).days + 1)]


def _midnight(day: date, timezone: str) -> int:
    return int(datetime.combine(day, time(), zone_info(timezone)).timestamp())
