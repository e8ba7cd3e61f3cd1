"""When the city rides: the hours of a day, weekdays and weekends, seasons, weather. Times are Europe/Paris.

An operating day runs from 04:00 to 04:00, when fewest bikes move. Its length is 23, 24 or 25 hours.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from velib_insights.simulator.world.seeding import seeded

PARIS = ZoneInfo("Europe/Paris")
DAY_BREAK = time(4)

Curve = Sequence[tuple[float, float]]

# Departures in 5 minutes by hour (24 and more: after midnight), for 1,480 stations. Set so that the share of
# stations that change, and the bikes in the street, resemble 5 November 2024.
_WEEKDAY_TRIPS: Curve = (
    (4, 10), (5, 14), (6, 60), (7, 260), (8, 800), (8.7, 1050), (9.3, 760), (10.2, 400), (12, 390), (13, 470),
    (14, 410), (16, 500), (17, 780), (18, 1100), (19, 1040), (20, 640), (21, 410), (22, 280), (24, 140),
    (25, 62), (26, 32), (27, 20), (28, 10),
)  # fmt: skip
_WEEKEND_TRIPS: Curve = (
    (4, 25), (6, 16), (8, 60), (10, 240), (12, 420), (15, 560), (18, 600), (20, 460), (22, 320), (24, 230),
    (25, 140), (26, 90), (27, 50), (28, 25),
)  # fmt: skip
_MONTH_ACTIVITY = (0.74, 0.80, 0.90, 1.00, 1.10, 1.15, 1.00, 0.70, 1.20, 1.10, 0.94, 0.76)
_HOLIDAYS = {(1, 1), (5, 1), (5, 8), (7, 14), (8, 15), (11, 1), (11, 11), (12, 25)}

# When the network goes from the fill of the early morning to that of midday, of the evening, of the next day.
_WEEKDAY_TURNS = ((7.0, 10.5), (16.5, 20.0), (22.0, 25.5))
_WEEKEND_TURNS = ((10.0, 14.0), (17.0, 21.0), (23.0, 26.5))


def operating_day(epoch: int) -> date:
    """The day to which an instant belongs: the local date, the hours before 04:00 counted to the day before."""
    local = datetime.fromtimestamp(epoch, PARIS)
    return local.date() - timedelta(days=1) if local.time() < DAY_BREAK else local.date()


@lru_cache(maxsize=4096)
def day_start(day: date) -> int:
    """04:00 local of that day, in epoch seconds."""
    return int(datetime.combine(day, DAY_BREAK, PARIS).timestamp())


def local_hours(epoch: int, day: date) -> float:
    """Hours on the local clock since 00:00 of the operating day, 4 to 28."""
    local = datetime.fromtimestamp(epoch, PARIS)
    hours = local.hour + local.minute / 60
    return hours if local.date() == day else hours + 24


def is_day_off(day: date) -> bool:
    """Saturday, Sunday or a public holiday on a fixed date."""
    return day.weekday() >= 5 or (day.month, day.day) in _HOLIDAYS


def activity(seed: int, day: date) -> float:
    """How much is ridden that day against a usual one: season, weather, chance."""
    nearest = _MONTH_ACTIVITY[day.month - 1]
    other = _MONTH_ACTIVITY[(day.month - (2 if day.day < 15 else 0)) % 12]
    season = nearest + (other - nearest) * abs(day.day - 15) / 30
    rng = seeded(seed, "weather", day)
    rain = rng.uniform(0.6, 0.85) if rng.random() < 0.22 else 1.0
    friday = 1.04 if day.weekday() == 4 else 1.0
    return season * rain * friday * rng.gauss(1.0, 0.04)


def departures(hours: float, day_off: bool) -> float:
    """Bikes taken in 5 minutes at that hour of a usual day, in a network of 1,480 stations."""
    return _on(_WEEKEND_TRIPS if day_off else _WEEKDAY_TRIPS, hours)


def phase_weights(hours: float, day_off: bool) -> tuple[float, float, float, float]:
    """How much the early morning, midday, the evening and the next morning count at that hour; they sum to 1."""
    turns = _WEEKEND_TURNS if day_off else _WEEKDAY_TURNS
    first, second, third = (min(1.0, max(0.0, (hours - a) / (b - a))) for a, b in turns)
    return 1 - first, first - second, second - third, third


def _on(curve: Curve, at: float) -> float:
    after = bisect_right(curve, at, key=lambda point: point[0])
    if after == 0:
        return curve[0][1]
    if after == len(curve):
        return curve[-1][1]
    (x0, y0), (x1, y1) = curve[after - 1], curve[after]
    return y0 + (y1 - y0) * (at - x0) / (x1 - x0)
