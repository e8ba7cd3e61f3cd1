"""The grammar of the lake's keys, the same in a folder and on S3 (docs/reference/lake.md).

network.json                                                                     what the lake is about
raw/source=velib/date=2026-11-23/hour=08/20261123T0815Z.station_status.json.gz   a body, verbatim
raw/source=velib/date=2026-11-23/hour=08/20261123T0815Z.fetch.json               how it was got
raw/source=velib/date=2026-11-23/hour=08/20261123T0815Z.at081733Z.…              a further fetch of the tick
clean/source=velib/date=2026-11-23/hour=08/part.parquet                          observations
clean/ticks/date=2026-11-23/hour=08/part.parquet                                 one row a tick
quarantine/source=velib/date=2026-11-23/hour=08/part.parquet                     refused rows
history/source=velib/date=2026-11-22/part.parquet                                a closed day, by station
rollup/station_day/month=2026-11/part.parquet                                    closed local days, summed
rollup/made_from/2026-11.json                                                    what these days were made from
removed/raw/source=velib/date=2026-11-23/hour=08/20261123T0815Z.…                raw of a tick that was taken out
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from velib_insights.core.ticks.tick import Hour, Tick

NETWORK = "network.json"
PART = "part.parquet"
FETCH_NOTE = "fetch.json"
NOTE = "fetch"
"""What stands in a key for the note, where that of a body has the name of its feed."""
ROLLUP_NOTES = "rollup/made_from"
REFERENCE_ZONES = "reference/zones"
REFERENCE = "reference"
REFERENCE_BASEMAP = "reference/basemap.pmtiles"

_SOURCE = re.compile(r"[a-z][a-z0-9_]{0,39}")
_RAW_NAME = re.compile(
    r"(?P<fetch>(?P<tick>\d{8}T\d{4}Z)(?:\.at\d{6}Z(?:_\d{1,4})?)?)\.(?P<kind>[a-z_]+)\.json(?P<gz>\.gz)?",
    re.ASCII,
)
_PARTITION = re.compile(
    r"date=(?P<date>\d{4}-\d{2}-\d{2})/(?:hour=(?P<hour>\d{2})/)?(?P<name>[^/]+)", re.ASCII
)

_ROLLUP = re.compile(
    r"rollup/(?:[a-z_]+/month=\d{4}-\d{2}/part\.parquet|made_from/\d{4}-\d{2}\.json)", re.ASCII
)


def is_source(name: str) -> bool:
    """Whether `name` may stand in a key: lower case letters, digits and underscores, at most 40."""
    return _SOURCE.fullmatch(name) is not None


@dataclass(frozen=True, slots=True, order=True)
class FetchId:
    """One fetch of one tick. `refetch_suffix` is empty for the first fetch kept and `at081733Z` for a later one."""

    tick: Tick
    refetch_suffix: str = ""

    @classmethod
    def refetch(cls, tick: Tick, fetched_at: datetime, nth: int = 1) -> FetchId:
        """`nth` tells further fetches of the same second apart, from 2 on."""
        return cls(tick, fetched_at.strftime("at%H%M%SZ") + (f"_{nth}" if nth > 1 else ""))

    def __str__(self) -> str:
        return f"{self.tick.stamp}.{self.refetch_suffix}" if self.refetch_suffix else self.tick.stamp


@dataclass(frozen=True, slots=True)
class RawKey:
    """A parsed raw key. `feed` is the feed's name, or `fetch` for the note on how it was got."""

    fetch: FetchId
    feed: str

    @property
    def is_note(self) -> bool:
        return self.feed == NOTE


def hour_folder(tier: str, hour: Hour) -> str:
    """`tier` is `raw/source=velib`, `clean/ticks`, …; the folder of that tier's hour."""
    return f"{tier}/date={hour.date}/hour={hour.hh}"


def raw_tier(source: str) -> str:
    return f"raw/source={source}"


def clean_tier(source: str) -> str:
    return f"clean/source={source}"


TICKS_TIER = "clean/ticks"


def quarantine_tier(source: str) -> str:
    return f"quarantine/source={source}"


def history_tier(source: str) -> str:
    return f"history/source={source}"


def raw_body_key(source: str, fetch: FetchId, feed: str) -> str:
    return f"{hour_folder(raw_tier(source), fetch.tick.hour)}/{fetch}.{feed}.json.gz"


def fetch_note_key(source: str, fetch: FetchId) -> str:
    return f"{hour_folder(raw_tier(source), fetch.tick.hour)}/{fetch}.{FETCH_NOTE}"


def part_key(tier: str, hour: Hour) -> str:
    return f"{hour_folder(tier, hour)}/{PART}"


def day_part_key(tier: str, date: str) -> str:
    return f"{tier}/date={date}/{PART}"


def month_part_key(tier: str, month: str) -> str:
    """`tier` is that of a rollup table, `month` is 2026-11."""
    return f"{tier}/month={month}/{PART}"


def is_rollup_key(key: str) -> bool:
    """Whether it follows the grammar of rollup/."""
    return _ROLLUP.fullmatch(key) is not None


def rollup_note_key(month: str) -> str:
    """What the days of the month were rolled up from."""
    return f"{ROLLUP_NOTES}/{month}.json"


def removed_key(raw_key: str) -> str:
    """Where a raw object lies once its tick was taken out of the lake."""
    return f"removed/{raw_key}"


def parse_raw_name(name: str) -> RawKey | None:
    """The last segment of a raw key; None where it does not follow the grammar."""
    match = _RAW_NAME.fullmatch(name)
    if not match or (match["kind"] == NOTE) == bool(match["gz"]):
        return None
    try:
        tick = Tick.parse(match["tick"])
    except ValueError:
        return None
    return RawKey(FetchId(tick, match["fetch"].partition(".")[2]), match["kind"])


def parse_partition(tail: str) -> tuple[str, str | None, str] | None:
    """`date=…/hour=…/name` or `date=…/name` into (date, hour or None, name); None for any other text."""
    match = _PARTITION.fullmatch(tail)
    return (match["date"], match["hour"], match["name"]) if match else None
