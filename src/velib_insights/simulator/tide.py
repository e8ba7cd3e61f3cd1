"""How full a station tends to be through a day, and how much it is used."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from velib_insights.simulator.chance import seeded
from velib_insights.simulator.rhythm import is_restful
from velib_insights.simulator.station import Station
from velib_insights.simulator.zones import Zone, zones

# Spread of stations about the tide of their zone, lasting and from one day to another.
_LASTING_SPREAD = 0.17
_DAILY_SPREAD = 0.07
# At weekends the tide of work is this share of a weekday's.
_WEEKEND_TIDE = 0.3


@dataclass(frozen=True, slots=True)
class Tide:
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
    return rng.gauss(0.0, _LASTING_SPREAD), rng.gauss(0.0, 0.12), popularity


def tide_of(seed: int, station: Station, day: date) -> Tide:
    """The tide of one station on one day."""
    zone = _zones_by_code()[station.zone_code]
    leaning, ebike_leaning, popularity = _lasting(seed, station.code, station.docks_built)
    rng = seeded(seed, "tide", station.code, day)
    shift = leaning + rng.gauss(0.0, _DAILY_SPREAD)
    work = _WEEKEND_TIDE if is_restful(day) else 1.0
    day_fill = zone.night_fill + (zone.day_fill - zone.night_fill) * work
    # Where few bikes are left, most are electric: they climb the hills.
    ebike_share = zone.ebike_share + ebike_leaning - 0.35 * shift
    return Tide(
        night=_ratio(zone.night_fill + shift),
        day=_ratio(day_fill + shift * 1.15),
        evening=_ratio(zone.evening_fill + shift),
        ebike_share=min(0.92, max(0.08, ebike_share)),
        popularity=popularity * (1.0 if zone.is_paris else 0.5),
    )


def _ratio(fill: float) -> float:
    return min(0.98, max(0.01, fill))
