"""A seeded network of about 1,480 stations in 84 zones, and how it changes over the years.

Capacities, station ids, codes and oddities are drawn to resemble the feed recorded on 18 October 2025 (GBFS,
1,495 stations) and on 5 November 2024 (Opendatasoft copy, 1,485 stations).
"""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from threading import RLock

from velib_insights.simulator.world.names import Namer
from velib_insights.simulator.world.seeding import about, seeded
from velib_insights.simulator.world.station import Kind, Station
from velib_insights.simulator.world.zones import (
    METRES_PER_DEGREE_LAT,
    METRES_PER_DEGREE_LON,
    Disc,
    Zone,
    zones,
)

DEFAULT_STATIONS = 1480
HISTORY_FROM = 2020  # before this year the network does not change

# Deciles of capacity, 0 and 1 left out, on 18 October 2025.
_CAPACITY_DECILES = (12, 20, 22, 25, 27, 30, 32, 36, 41, 50, 78)
# In 33 months 168 stations were added, 133 removed and 35 renamed in a public archive of the feed; additions and
# removals are balanced here.
_ADDED_A_MONTH = _REMOVED_A_MONTH = 4.5
_RENAMED_A_MONTH = 1.1
_LAT_LON_DIGITS = (12, 12, 12, 14, 14, 14, 15, 7, 6)
_DEAD_SHARE = 0.018
_OVERFULL_SHARE = 0.008  # stations with more docks than they declare


class Network:
    """Every station that ever stands, by seed. The same seed and size give the same network anywhere.

    `stations` counts those standing at a time; event stations (200 to 1,600 docks) come on top.
    """

    def __init__(self, seed: int = 1, stations: int = DEFAULT_STATIONS) -> None:
        if stations < 1:
            raise ValueError(f"a network has at least one station, not {stations}")
        self.seed = seed
        self.size = stations
        self._growing = RLock()
        self._rng = seeded(seed, "network", stations)
        self._namer = Namer(self._rng)
        self._next_number: dict[str, int] = {}
        self._ids: set[int] = set()
        self._base: list[Station] = self._first_stations()
        self._month_now = _month_index(HISTORY_FROM, 1)
        self._all = {station.code: station for station in self._base}
        self._changes: list[int] = [int(datetime(HISTORY_FROM, 1, 1, tzinfo=UTC).timestamp())]
        self._living = [station.code for station in self._base if station.kind == "street"]
        self._first_living = len(self._living)

    def stations_at(self, epoch: int) -> list[Station]:
        """The stations that stand at that instant, in the order of the feed."""
        return [station for station in self.stations_between(epoch, epoch + 1) if station.stands_at(epoch)]

    def stations_between(self, start: int, end: int) -> list[Station]:
        """The stations that stand at any time in [start, end), in the order of the feed."""
        self._grow_to(end)
        return sorted(
            (station for station in self._all.values() if station.born < end and station.gone > start),
            key=lambda station: station.order,
        )

    def changed_at(self, epoch: int) -> int:
        """The last instant, at or before `epoch`, at which a station was added, removed or renamed."""
        self._grow_to(epoch)
        return self._changes[max(0, bisect_right(self._changes, epoch) - 1)]

    def changes_between(self, start: int, end: int) -> list[int]:
        """The instants in [start, end) at which the list of stations changes."""
        self._grow_to(end)
        return [instant for instant in self._changes if start <= instant < end]

    def _first_stations(self) -> list[Station]:
        rng, everywhere = self._rng, zones()
        total = sum(zone.stations for zone in everywhere)
        made: list[Station] = []
        exact = 0.0
        for zone in everywhere:
            exact += zone.stations * self.size / total
            made += [self._new(zone) for _ in range(round(exact) - len(made))]
        for at in rng.sample(range(self.size), round(self.size * _DEAD_SHARE)):
            made[at] = self._dead(made[at])
        streets = [at for at, station in enumerate(made) if station.kind == "street"]
        for at in rng.sample(streets, min(len(streets), round(self.size * _OVERFULL_SHARE))):
            station = made[at]
            declared = rng.choice((0, 1, station.capacity - 16, station.capacity - 1, station.capacity - 3))
            made[at] = replace(station, capacity=max(0, declared))
        if self.size >= 300:
            made += [self._event_station(code, docks) for code, docks in _EVENT_STATIONS]
        return made

    def _new(self, zone: Zone, kind: Kind = "street", born: int = 0) -> Station:
        rng = self._rng
        number = self._next_number.get(zone.code, 0) + 1
        self._next_number[zone.code] = number
        commune = "Paris" if zone.is_paris else zone.name
        disc = rng.choices(zone.discs, [disc.weight for disc in zone.discs])[0]
        lat, lon = _inside(disc, rng)
        capacity = _capacity(rng)
        return Station(
            station_id=self._station_id(born),
            code=zone.station_code(number) if number < 100 or zone.is_paris else f"{zone.prefix}99_{number}",
            names=((0, self._namer.name(commune)),),
            lat=lat,
            lon=lon,
            zone_code=zone.code,
            commune_name=commune,
            commune_code="75056" if zone.is_paris else zone.code,
            capacity=capacity,
            docks_built=capacity,
            takes_cards=rng.random() < 0.58,
            order=rng.random(),
            kind=kind,
            born=born,
        )

    def _station_id(self, born: int) -> int:
        rng = self._rng
        while True:
            if rng.random() < (0.35 if born else 0.07):
                number = rng.randrange(2_500_000_000, 21_130_527_571)
            else:
                number = int(math.exp(rng.gauss(18.6, 1.0))) + rng.randrange(6000)
            if number not in self._ids and number < 21_130_527_571:
                self._ids.add(number)
                return number

    def _dead(self, station: Station) -> Station:
        """One that stands in the feed and serves nobody, some since 2018; half of them declare no dock."""
        rng = self._rng
        capacity = rng.choice((0, 0, 0, 1, 1, station.capacity, station.capacity))
        since = rng.choice((1_519_000_000, 1_521_203_420, 1_613_934_558, 1_693_555_200, 1_714_053_084))
        return replace(
            station,
            kind="dead",
            capacity=capacity,
            docks_built=capacity,
            is_installed=rng.random() < 0.6,
            last_reported=since + rng.randrange(5_000_000),
        )

    def _event_station(self, zone_code: str, docks: int) -> Station:
        zone = next(zone for zone in zones() if zone.code == zone_code)
        return replace(self._new(zone, "event"), capacity=docks, docks_built=docks)

    def _grow_to(self, epoch: int) -> None:
        """Know all that happens up to a month after `epoch`: a removal is prepared days before."""
        moment = datetime.fromtimestamp(epoch, UTC) + timedelta(days=35)
        with self._growing:
            while self._month_now <= _month_index(moment.year, moment.month):
                self._live_month(self._month_now)
                self._month_now += 1

    def _live_month(self, month: int) -> None:
        """Add, remove and rename as a month of the operator's work would."""
        rng = self._rng = seeded(self.seed, self.size, "month", month)
        self._namer.reseed(rng)
        scale = self.size / DEFAULT_STATIONS
        everywhere = zones()
        for _ in range(about(rng, _ADDED_A_MONTH * scale)):
            zone = rng.choices(everywhere, [zone.stations for zone in everywhere])[0]
            station = self._new(zone, born=_working_hour(rng, month))
            self._put(station, station.born)
            self._living.append(station.code)
        # The network keeps about its size: what it has too many of is removed within a year.
        too_many = len(self._living) - self._first_living
        for _ in range(about(rng, max(0.0, _REMOVED_A_MONTH * scale + too_many / 12))):
            if len(self._living) <= self._first_living // 2 + 1:
                break
            at = _working_hour(rng, month)
            code = self._living.pop(rng.randrange(len(self._living)))
            if self._all[code].born < at:
                self._put(replace(self._all[code], gone=at), at)
        for _ in range(about(rng, _RENAMED_A_MONTH * scale)):
            at = _working_hour(rng, month)
            station = self._all[rng.choice(self._living)]
            name = self._namer.name(station.commune_name)
            self._put(replace(station, names=tuple(sorted((*station.names, (at, name))))), at)
        if rng.random() < 0.3 * scale:
            self._relay(rng, month)
        self._changes.sort()

    def _relay(self, rng: Random, month: int) -> None:
        """A station set up beside another for a few days, which the operator gives that one's code and a suffix."""
        beside = self._all[rng.choice(self._living)]
        born = _working_hour(rng, month)
        relay = replace(
            beside,
            station_id=self._station_id(born),
            code=f"{beside.code}_relais",
            names=((0, f"{beside.names[-1][1].strip()} (relais)"),),
            order=rng.random(),
            kind="relay",
            born=born,
            gone=born + rng.randrange(3, 12) * 86_400,
        )
        if relay.code not in self._all:
            self._put(relay, relay.born)
            self._changes.append(relay.gone)

    def _put(self, station: Station, at: int) -> None:
        self._all[station.code] = station
        self._changes.append(at)


# Zone and docks: a park of the west of Paris, the stadium north of it, the lawns in the east.
_EVENT_STATIONS = (("75116", 240), ("93066", 1600), ("75112", 600))


def _month_index(year: int, month: int) -> int:
    return year * 12 + month - 1


def _working_hour(rng: Random, month: int) -> int:
    """An instant in a working hour of the month, in epoch seconds and a whole minute."""
    day = datetime(month // 12, month % 12 + 1, rng.randrange(1, 29), tzinfo=UTC)
    return int(day.timestamp()) + rng.randrange(8 * 60, 16 * 60) * 60


def _capacity(rng: Random) -> int:
    decile = rng.randrange(10)
    low, high = _CAPACITY_DECILES[decile], _CAPACITY_DECILES[decile + 1]
    # The last tenth thins out towards its end.
    thinning = 2.2 if decile == 9 else 1.0
    return round(low + (high - low) * math.pow(rng.random(), thinning))


def _inside(disc: Disc, rng: Random) -> tuple[float, float]:
    """A point of the disc, as (lat, lon), with as many decimals as one of the operator's tools writes."""
    distance, angle = disc.radius_m * math.sqrt(rng.random()), rng.random() * 2 * math.pi
    lat = disc.lat + distance * math.sin(angle) / METRES_PER_DEGREE_LAT
    lon = disc.lon + distance * math.cos(angle) / METRES_PER_DEGREE_LON
    digits = rng.choice(_LAT_LON_DIGITS)
    return round(lat, digits), round(lon, digits)
