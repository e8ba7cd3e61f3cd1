"""`last_reported` as the real feed writes it: it says little about when the counts were true.

Seen on 5 November 2024: all of it is rewritten about seven minutes past each hour, to instants spread over some
nine minutes before two minutes past; two replicas that answer by turns differ in 40 to 110 stations by some
seconds, so that it also runs backwards; stations out of service keep an old one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

from velib_insights.simulator.world.seeding import seeded
from velib_insights.simulator.world.station import Station

_REWRITTEN_AT_S = 420  # past the hour
_LATEST_S = 115  # past the hour
_MEAN_SPREAD_S = 130.0


def last_reported(seed: int, stations: Sequence[Station], epoch: int) -> list[int]:
    """Epoch seconds for each station, at that instant of the feed's clock."""
    block = (epoch - _REWRITTEN_AT_S) // 3600 * 3600
    other_replica = seeded(seed, "replica", epoch // 300).random() < 0.5
    return list(_block(seed, tuple(stations), block, other_replica))


@lru_cache(maxsize=8)
def _block(seed: int, stations: tuple[Station, ...], block: int, other_replica: bool) -> list[int]:
    """What one replica says between two rewritings."""
    toggling = _toggling_share(seed, block)
    reported = []
    for station in stations:
        if station.kind == "dead":
            reported.append(station.last_reported)
            continue
        spread = min(600.0, -math.log(1.0 - _noise(block, station.station_id)) * _MEAN_SPREAD_S)
        at = block + _LATEST_S - int(spread)
        if other_replica and _noise(block + 1, station.station_id) < toggling:
            at += 3 + station.station_id % 40
        reported.append(max(at, station.born))
    return reported


@lru_cache(maxsize=256)
def _toggling_share(seed: int, block: int) -> float:
    return seeded(seed, "toggling", block).uniform(0.025, 0.075)


def _noise(salt: int, station_id: int) -> float:
    """Even noise in [0, 1), far cheaper than seeding a generator for each station (a mix of 64 bits)."""
    mixed = (station_id * 0x9E3779B97F4A7C15 ^ salt * 0xC2B2AE3D27D4EB4F) & 0xFFFFFFFFFFFFFFFF
    mixed = ((mixed ^ mixed >> 31) * 0xBF58476D1CE4E5B9) & 0xFFFFFFFFFFFFFFFF
    return (mixed >> 11) / (1 << 53)
