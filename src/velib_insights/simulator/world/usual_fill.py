"""How full a station tends to be through a day, and how much it is used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from math import exp, log

from velib_insights.simulator.world.demand import is_day_off
from velib_insights.simulator.world.seeding import seeded
from velib_insights.simulator.world.station import Station
from velib_insights.simulator.world.zones import Zone, zones

# Spread of stations about the usual fill of their zone, lasting and from one day to another, in log-odds of the fill.
_LASTING_SPREAD = 0.95
# Some stations are nearly always full; where bikes gather they overflow, where they leave a few are left.
_BRIMFUL_SHARE, _BRIMFUL_LIFT = 0.1, 3.2
_OVERFLOW, _REFUGE = 4.0, 0.78
_DAILY_SPREAD = 0.3
# Lifts every station so that as many bikes stand in the network as in the recordings.
_LIFT = -0.3
# At weekends the change by day is this share of that on a weekday.
_WEEKEND_SHARE = 0.3


@dataclass(frozen=True, slots=True)
class UsualFill:
    """Fill (ratio of docks in order) towards which a station moves at 04:00, midday and 21:00.

    `popularity` weighs it against the other stations when a bike is taken or brought.
    """

    night: float
    day: float
    evening: float
    ebike_share: float
    popularity: float


@lru_cache(maxsize=1)
def _zones_by_code() -> dict[str, Zone]:
    return {zone.code: zone for zone in zones()}


@lru_cache(maxsize=8192)
def _lasting(seed: int, code: str, docks: int) -> tuple[float, float, float]:
    """What lasts: leaning of the fill, leaning of the e-bike share, popularity."""
    rng = seeded(seed, "tide", code)
    popularity = (min(docks, 120) + 4) ** 0.7 * rng.lognormvariate(0.0, 0.45)
    leaning = rng.gauss(0.0, _LASTING_SPREAD) + (_BRIMFUL_LIFT if rng.random() < _BRIMFUL_SHARE else 0.0)
    return leaning, rng.gauss(0.0, 0.12), popularity


def usual_fill_of(seed: int, station: Station, day: date) -> UsualFill:
    """The usual fill of one station on one day."""
    zone = _zones_by_code()[station.zone_code]
    leaning, ebike_leaning, popularity = _lasting(seed, station.code, station.docks_built)
    rng = seeded(seed, "tide", station.code, day)
    shift = _LIFT + leaning + rng.gauss(0.0, _DAILY_SPREAD)
    work = _WEEKEND_SHARE if is_day_off(day) else 1.0
    day_fill = zone.night_fill + (zone.day_fill - zone.night_fill) * work
    # Where few bikes are left, most are electric: they climb the hills.
    ebike_share = zone.ebike_share + 0.05 + ebike_leaning - 0.08 * shift
    return UsualFill(
        night=_shifted(zone.night_fill, shift),
        day=_shifted(day_fill, shift),
        evening=_shifted(zone.evening_fill, shift),
        ebike_share=min(0.92, max(0.08, ebike_share)),
        popularity=popularity * (1.0 if zone.is_paris else 0.5),
    )


def _shifted(fill: float, log_odds: float) -> float:
    shifted = log(fill / (1.0 - fill)) + log_odds
    return 1.0 / (1.0 + exp(-shifted * (_OVERFLOW if shifted > 0.0 else _REFUGE)))
