"""The calendar of the network's city, derived once: a UTC hour has one local date, hour and weekday a tick."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from velib_insights.core.errors import SettingsError
from velib_insights.core.ticks.tick import Tick


@dataclass(frozen=True, slots=True)
class LocalTime:
    """`weekday` is 1 for Monday to 7 for Sunday; `hour` comes twice in October and skips one in March.

    `utc_offset_s` is local time less UTC; not a whole number of hours in India or Newfoundland.
    """

    date: date
    hour: int
    weekday: int
    utc_offset_s: int


@lru_cache(maxsize=512)
def local_time(tick: Tick, timezone: str) -> LocalTime:
    """Raises SettingsError for an unknown time zone."""
    local = tick.at.astimezone(zone_info(timezone))
    offset = local.utcoffset() or timedelta()
    return LocalTime(local.date(), local.hour, local.isoweekday(), int(offset.total_seconds()))


def midnight(day: date, timezone: str) -> int:
    """The first second of a local day, in seconds since 1970. Raises SettingsError for an unknown time zone."""
    return int(datetime.combine(day, time(), zone_info(timezone)).timestamp())


def zone_info(timezone: str) -> ZoneInfo:
    try:
        return ZoneInfo(timezone)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise SettingsError(
            f"unknown time zone {timezone!r}", hint="Name one of the IANA data base, as Europe/Paris."
        ) from error
