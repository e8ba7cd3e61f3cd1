"""Which files of the lake hold which hours: by the grammar of keys, without globbing the whole tree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from velib_insights.adapters.lake import Entry, Lake
from velib_insights.core import keys
from velib_insights.core.errors import LakeError
from velib_insights.core.ticks.tick import Hour, hours_between

_DAY_S = 86_400
_FEW_DATES = 2  # are asked for one by one, and a longer span in one go


@dataclass(frozen=True, slots=True)
class LakeFiles:
    """The Parquet files of one tier, between two hours. Files that do not follow the grammar are never read."""

    lake: Lake
    tier: str

    def dates(self) -> list[str]:
        """The dates that have a folder, in order."""
        names = self.lake.folders(self.tier)
        return [name.removeprefix("date=") for name in names if name.startswith("date=")]

    def between(self, first: Hour | None, last: Hour | None) -> list[Entry]:
        """The hours' files from `first` to `last`, both included; None is open."""
        if first is None and last is None:
            return self._parts(self.lake.entries(self.tier), None, None)
        if first is not None and last is not None:
            if last.epoch // _DAY_S - first.epoch // _DAY_S >= _FEW_DATES:
                found = self.lake.entries_between(self.tier, f"date={first.date}", f"date={last.date}")
                return self._parts(found, first, last)
            dates = sorted({hour.date for hour in hours_between(first, last)} | {last.date})
            return self._parts(self._on(dates), first, last)  # no listing of dates needed
        dates = self.dates()
        return self._parts(
            self._on(
                date
                for date in dates
                if (first is None or date >= first.date) and (last is None or date <= last.date)
            ),
            first,
            last,
        )

    def hours_between(self, first: Hour | None, last: Hour | None) -> list[Hour]:
        """The hours that have a file, from `first` to `last`, both included; None is open."""
        return [hour for entry in self.between(first, last) if (hour := self.hour_of(entry)) is not None]

    def hour_of(self, entry: Entry) -> Hour | None:
        """The hour whose file this is; None where it does not follow the grammar."""
        parsed = keys.parse_partition(entry.key.removeprefix(f"{self.tier}/"))
        if parsed is None or parsed[2] != keys.PART or parsed[1] is None:
            return None
        try:
            return Hour.parse(parsed[0], parsed[1])
        except ValueError:
            return None

    def on(self, dates: Iterable[str]) -> list[Entry]:
        """The hours' files of these dates."""
        return self._parts(self._on(dates), None, None)

    def _on(self, dates: Iterable[str]) -> Iterator[Entry]:
        return (entry for date in dates for entry in self.lake.entries(f"{self.tier}/date={date}"))

    def _parts(self, entries: Iterable[Entry], first: Hour | None, last: Hour | None) -> list[Entry]:
        found = []
        for entry in entries:
            hour = self.hour_of(entry)
            if hour and (first is None or hour >= first) and (last is None or hour <= last):
                found.append(entry)
        return found


def source_of(lake: Lake) -> str | None:
    """The one source the lake holds, from its folders; None for an empty lake.

    Raises LakeError where it holds several: a lake is about one network.
    """
    found = sorted(
        {
            name.removeprefix("source=")
            for tier in ("raw", "clean")
            for name in lake.folders(tier)
            if name.startswith("source=")
        }
    )
    if len(found) > 1:
        raise LakeError(
            f"the lake {lake.name} holds several sources: {', '.join(found)}",
            hint="Keep one network in a lake: move the others to lakes of their own.",
        )
    return found[0] if found else None
