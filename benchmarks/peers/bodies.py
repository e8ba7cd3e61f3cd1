"""What every peer starts from: the raw bodies of a lake day by day, their ticks' calendar, and the zones by code."""

from __future__ import annotations

import argparse
import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from importlib import resources
from pathlib import Path
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
FETCHED_AFTER = timedelta(
    seconds=1
)  # of the simulated recorder; the peers are spared reading the fetch notes


@dataclass(frozen=True, slots=True)
class Body:
    """A gzip body of the raw store and the tick it belongs to (UTC)."""

    path: Path
    tick: datetime

    @property
    def epoch(self) -> int:
        return int(self.tick.timestamp())

    @property
    def fetched_at(self) -> datetime:
        return self.tick + FETCHED_AFTER

    @property
    def local(self) -> tuple[date, int, int]:
        """Date, hour and weekday (1 Monday) in Paris."""
        local = self.tick.astimezone(PARIS)
        return local.date(), local.hour, local.isoweekday()

    @property
    def partition(self) -> tuple[str, str]:
        return self.tick.strftime("%Y-%m-%d"), self.tick.strftime("%H")


def arguments() -> tuple[Path, Path, int]:
    """The command line of a peer: raw folder of the source, folder to write, number of days."""
    parser = argparse.ArgumentParser()
    parser.add_argument("raw", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("days", type=int)
    given = parser.parse_args()
    return given.raw, given.out, given.days


def days_of(raw: Path, days: int) -> Iterator[list[Body]]:
    for folder in sorted(raw.glob("date=*"))[:days]:
        yield [
            Body(path, datetime.strptime(path.name[:14], "%Y%m%dT%H%MZ").replace(tzinfo=UTC))
            for path in sorted(folder.glob("hour=*/*.exports.json.gz"))
        ]


def zones_by_prefix() -> list[tuple[str, int, str, str, str]]:
    """Rows of (unit, prefix, INSEE code, name, kind)."""
    text = resources.files("velib_insights.core").joinpath("station_code_zones.csv").read_text("utf-8")
    return [
        (
            row["prefix_unit"],
            int(row["code_prefix"]),
            row["insee_code"],
            row["zone_name"],
            "arrondissement" if row["prefix_unit"] == "thousands" else "commune",
        )
        for row in csv.DictReader(text.splitlines())
    ]


def zone_of_code(code: str) -> tuple[str, str, str] | None:
    """(INSEE code, name, kind), for peers that look stations up one by one and remember them."""
    digits = code.split("_", 1)[0]
    if not digits.isdigit() or len(digits) > 5:
        return None
    known = {(unit, prefix): (insee, name, kind) for unit, prefix, insee, name, kind in zones_by_prefix()}
    return known.get(("thousands", int(digits) // 1000)) or (
        known.get(("hundreds", int(digits) // 100)) if len(digits) == 5 else None
    )
