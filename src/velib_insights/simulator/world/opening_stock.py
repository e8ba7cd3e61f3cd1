"""What every station holds when an operating day opens, at 04:00, from seed and date alone."""

from __future__ import annotations

from datetime import date
from math import sqrt
from random import Random
from typing import NamedTuple

from velib_insights.simulator.world.demand import day_start
from velib_insights.simulator.world.disruptions import Disruptions
from velib_insights.simulator.world.network import Network
from velib_insights.simulator.world.seeding import seeded
from velib_insights.simulator.world.station import Station
from velib_insights.simulator.world.usual_fill import usual_fill_of

# Docks that are neither free nor hold a bike to rent: half of the stations have none, a few have dozens
# (18 October 2025: none at 700 of 1,495, one at 439, two at 199, three at 79, more at 66).
_BROKEN = (0, 1, 2, 3, 4, 5, 6, 8, 15, 28)
_BROKEN_WEIGHTS = (47.0, 30.0, 13.0, 5.0, 2.4, 0.8, 0.6, 0.5, 0.4, 0.2)


class Stock(NamedTuple):
    """Bikes by type and docks out of order at one station."""

    mechanical: int
    ebikes: int
    broken: int


StockByStation = dict[str, Stock]


def opening_stock(network: Network, disruptions: Disruptions, day: date) -> StockByStation:
    """What each station holds when the day opens, by station code."""
    start = day_start(day)
    stations = network.stations_between(start, start + 1)
    closures = disruptions.closures(day, stations)
    opening: StockByStation = {}
    for station in stations:
        rng = seeded(network.seed, day, station.code)
        broken = _broken_docks(network.seed, station, rng)
        usable = station.docks_built - broken
        shut = next((c for c in closures.get(station.code, ()) if c.start <= start < c.end), None)
        if shut is not None:
            opening[station.code] = Stock(0, min(shut.bikes_left, usable), broken)
            continue
        usual = usual_fill_of(network.seed, station, day)
        mean = usual.night * usable
        bikes = min(usable, max(0, round(rng.gauss(mean, 0.45 * sqrt(mean + 0.3)))))
        ebikes = min(bikes, max(0, round(rng.gauss(bikes * usual.ebike_share, 0.25 * sqrt(bikes)))))
        opening[station.code] = Stock(bikes - ebikes, ebikes, broken)
    return opening


def _broken_docks(seed: int, station: Station, rng: Random) -> int:
    """Mostly the same from day to day, sometimes drawn anew."""
    if station.kind in ("dead", "event"):
        return 0
    if rng.random() < 0.75:
        rng = seeded(seed, "broken", station.code)
    return min(rng.choices(_BROKEN, _BROKEN_WEIGHTS)[0], station.docks_built)
