"""What a publication consists of and what it was made from, so that the next one makes only what changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Annotated

import msgspec

from velib_insights.adapters.lake import Lake
from velib_insights.core.insights.report import DayEntry
from velib_insights.core.ticks.tick import Hour

SITE_DATA = "site/data"
MANIFEST_KEY = "site/published.json"
# Raised when the same lake gives other files than before, so that published ones are made again.
SITE_VERSION = "7"

Files = Iterable[tuple[str, bytes]]


class ManifestEntry(msgspec.Struct, omit_defaults=True):
    """The digest of what a batch was made from and the files it gave; of a view, how many rows as of when."""

    made_from: str
    paths: list[str]
    rows: int | None = None
    as_of_epoch: int | None = None


class DayLine(msgspec.Struct):
    """A day in `days` of the index. `coverage` is null where the day is in the future."""

    date: str
    expected: Annotated[int, "Ticks that were due, from the first of the lake to the last"]
    ticks: Annotated[int, "Ticks in the ledger: those that were asked for"]
    observed: int
    coverage: Annotated[float | None, "Share of the day's time, up to now, that was observed"]
    first_observed_epoch: int | None = None


class CachedDay(msgspec.Struct):
    made_from: str
    line: DayLine


class Manifest(msgspec.Struct):
    """Kept beside the files as `site/published.json`: what the batches and days were made from, the line that
    each report gives to the list of reports, the digests of the page's files, now and before, and which hours the
    ledger had: by UTC date, bit n for the hour n; and the version of the basemap's archive that was copied.
    """

    version: str = SITE_VERSION
    batches: dict[str, ManifestEntry] = {}
    days: dict[str, CachedDay] = {}
    reports: dict[str, DayEntry] = {}
    page: dict[str, str] = {}
    page_before: dict[str, str] = {}
    hours: dict[str, int] = {}
    basemap: str = ""

    def note_hours(self, hours: Iterable[Hour]) -> None:
        self.hours = {}
        for hour in hours:
            self.hours[hour.date] = self.hours.get(hour.date, 0) | 1 << int(hour.hh)

    def noted_hours(self) -> set[Hour]:
        return {
            Hour.parse(date, f"{hour:02d}")
            for date, bits in self.hours.items()
            for hour in range(24)
            if bits >> hour & 1
        }

    @classmethod
    def of(cls, lake: Lake) -> Manifest:
        """Of the site published last; empty where there is none, or another version made it."""
        try:
            made = msgspec.json.decode(lake.get(MANIFEST_KEY) or b"", type=cls)
        except msgspec.DecodeError:
            return cls()
        return made if made.version == SITE_VERSION else cls()

    def stands(self, batch: Artifact) -> bool:
        """Whether the batch was made from what it would be made from now."""
        made = self.batches.get(batch.name)
        return made is not None and made.made_from == batch.made_from


@dataclass(frozen=True, slots=True)
class Artifact:
    """Files made together. `name` is the file, or what their paths begin with: `history`, `kpi/kpi_shortage`.

    `made_from` is a digest that changes when the files might.
    """

    name: str
    made_from: str
    make: Callable[[], Files]

    def owns(self, path: str) -> bool:
        return path == self.name or path.startswith((f"{self.name}/", f"{self.name}."))
