"""What takes stations out of service: works, openings and removals, and events that fill a neighbourhood."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from velib_insights.simulator.world.demand import day_start
from velib_insights.simulator.world.network import DEFAULT_STATIONS, Network
from velib_insights.simulator.world.seeding import about, seeded
from velib_insights.simulator.world.station import Station
from velib_insights.simulator.world.zones import METRES_PER_DEGREE_LAT, METRES_PER_DEGREE_LON

STEP_S = 300

# Together with stations that are dead for good these keep some 30 of 1,480 out of service, as on 5 November 2024
# (51 of 1,485) and 18 October 2025 (33 of 1,495).
_WORKS_A_DAY = 3.2
_WORKS_LAST_DAYS = (0.15, 0.3, 0.5, 1.0, 2.0, 3.0, 6.0)
_LONGEST_WORKS = timedelta(days=7)
_EVENT_CHANCE = 0.09
_EVENT_REACH_M = 1500.0


@dataclass(frozen=True, slots=True)
class Closure:
    """A time [start, end) in epoch seconds during which a station neither rents nor takes bikes."""

    start: int
    end: int
    is_installed: bool
    bikes_left: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """A crowd around an event station, from `start` to `end` (epoch seconds)."""

    code: str
    start: int
    end: int

    def reaches(self, venue: Station, station: Station) -> bool:
        north = (station.lat - venue.lat) * METRES_PER_DEGREE_LAT
        east = (station.lon - venue.lon) * METRES_PER_DEGREE_LON
        return north * north + east * east < _EVENT_REACH_M**2


class Disruptions:
    """The closures and events of one network, by day and seed."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._works_begun_on = lru_cache(maxsize=64)(self._begin_works)

    def event(self, day: date) -> Event | None:
        rng = seeded(self._network.seed, "event", day)
        if rng.random() >= _EVENT_CHANCE * (2 if day.weekday() >= 5 else 0.6):
            return None
        start = day_start(day)
        venues = [s for s in self._network.stations_at(start) if s.kind == "event"]
        if not venues:
            return None
        return Event(rng.choice(venues).code, start + 12 * 3600, start + 20 * 3600)

    def closures(self, day: date, stations: list[Station]) -> dict[str, list[Closure]]:
        """Every closure that touches the operating day, by station code, in order of time."""
        start, end = day_start(day), day_start(day + timedelta(days=1))
        found: dict[str, list[Closure]] = {}
        for code, closure in self._works_near(day):
            if closure.start < end and closure.end > start:
                found.setdefault(code, []).append(closure)
        event = self.event(day)
        for station in stations:
            own = self._own_closures(station, event, start, end)
            if own:
                found[station.code] = own
        return found

    def _works_near(self, day: date) -> list[tuple[str, Closure]]:
        days = range(_LONGEST_WORKS.days, -1, -1)
        return [work for back in days for work in self._works_begun_on(day - timedelta(days=back))]

    def _begin_works(self, day: date) -> list[tuple[str, Closure]]:
        rng = seeded(self._network.seed, "works", day)
        start = day_start(day)
        streets = [s for s in self._network.stations_at(start) if s.kind == "street"]
        begun = []
        for _ in range(about(rng, _WORKS_A_DAY * self._network.size / DEFAULT_STATIONS)):
            at = start + rng.randrange(24, 150) * STEP_S
            lasts = int(rng.choice(_WORKS_LAST_DAYS) * 86_400 / STEP_S) * STEP_S
            left = rng.choice((0, 0, 0, 0, 1, 6))
            begun.append((rng.choice(streets).code, Closure(at, at + lasts, rng.random() < 0.75, left)))
        return begun

    def _own_closures(self, station: Station, event: Event | None, start: int, end: int) -> list[Closure]:
        """Closures that come with what a station is: dead, waiting for an event, not yet open, being removed."""
        if station.kind == "dead":
            return [Closure(start, end, station.is_installed)]
        if station.kind == "event":
            if event is None or event.code != station.code:
                return [Closure(start, end, False)]
            return [Closure(start, event.start, False), Closure(event.end, end, False)]
        opens, closes = station.born + 2 * 86_400, station.gone - 2 * 86_400
        if station.kind == "street" and station.born < end and opens > start:
            return [Closure(max(start, station.born), min(end, opens), False)]
        if station.kind == "street" and closes < end:
            return [Closure(max(start, closes), end, True)]
        return []
