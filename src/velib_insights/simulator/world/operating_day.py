"""One operating day of the network, lived in steps of 5 minutes from its opening to that of the next day."""

from __future__ import annotations

from array import array
from datetime import date, timedelta
from itertools import accumulate
from math import exp
from random import Random

from velib_insights.simulator.world.demand import (
    activity,
    day_start,
    departures,
    is_day_off,
    local_hours,
    phase_weights,
)
from velib_insights.simulator.world.disruptions import STEP_S, Closure, Disruptions
from velib_insights.simulator.world.network import DEFAULT_STATIONS, Network
from velib_insights.simulator.world.opening_stock import Stock, StockByStation
from velib_insights.simulator.world.seeding import about, seeded
from velib_insights.simulator.world.usual_fill import usual_fill_of

_SETTLING_STEPS = 36  # before the end of the day, in which each station takes on its state of the next
_VAN_STOPS = 2.2  # in 5 minutes by day, for 1,480 stations
_VAN_LOAD = 14
_VAN_HOURS = (6.5, 24.0)
_DOCK_VISITS = 7.0  # docks that may break or be mended in 5 minutes, for 1,480 stations
_EBIKE_LIKING = 1.5  # how much rather a rider takes an e-bike
# Steps between taking and returning a bike; their mean is 23 minutes.
_RIDE_STEPS = (1, 2, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 6, 7, 8, 10)
_RETARGET_STEPS = 3

_SPAN = 4096


def _pull(stiffness: float, most: float) -> list[float]:
    """exp(stiffness × excess) within 1/most and most, by excess in bikes; a negative one indexes from the end."""
    table = [1.0] * _SPAN
    for excess in range(-_SPAN // 2, _SPAN // 2):
        table[excess] = min(most, max(1 / most, exp(stiffness * max(-50, min(50, excess)))))
    return table


_GIVES = _pull(0.24, 24.0)
_TAKES = _pull(-0.32, 24.0)
# The last bikes of a station are often those that nobody wants.
_TEMPTS = (0.0, 0.3, 0.6, 0.85) + (1.0,) * _SPAN


class Day:
    """The states of one day: `mechanical[step][station]`, likewise `ebikes` and `docks`, as far as lived."""

    def __init__(
        self,
        network: Network,
        disruptions: Disruptions,
        day: date,
        opening: StockByStation,
        next_opening: StockByStation,
    ) -> None:
        self.start, self.end = day_start(day), day_start(day + timedelta(days=1))
        self.stations = network.stations_between(self.start, self.end)
        # The second of a step at which a station shows its new state: a feed is never still for 5 minutes.
        self.phases = [station.station_id * 7919 % STEP_S for station in self.stations]
        self.mechanical: list[array[int]] = []
        self.ebikes: list[array[int]] = []
        self.docks: list[array[int]] = []

        self._day, self._restful = day, is_day_off(day)
        self._scale = network.size / DEFAULT_STATIONS
        self._trips_factor = self._scale * activity(network.seed, day)
        self._rng = seeded(network.seed, "day", day)
        self._steps = (self.end - self.start) // STEP_S
        closures = disruptions.closures(day, self.stations)
        self._closures: dict[int, list[Closure]] = {
            at: closures[station.code] for at, station in enumerate(self.stations) if station.code in closures
        }
        nothing = Stock(0, 0, 0)
        held = [opening.get(station.code, nothing) for station in self.stations]
        self._next = [next_opening.get(station.code, nothing) for station in self.stations]
        self._m = [h.mechanical for h in held]
        self._e = [h.ebikes for h in held]
        self._usable = [s.docks_built - h.broken for s, h in zip(self.stations, held, strict=True)]
        self._settled = [False] * len(self.stations)
        self._set_phases(network.seed, disruptions)
        self._pulls = [
            0.0 if self._closure(at, self.start) else pull for at, pull in enumerate(self._popularity)
        ]
        self._returning_m = [0] * (self._steps + max(_RIDE_STEPS) + 2)
        self._returning_e = list(self._returning_m)
        self._agenda = self._plan()
        self._record()

    def advance_to(self, step: int) -> int:
        """Live on to that step of the day, if not lived yet. Returns the step."""
        while len(self.docks) <= step:
            self._live(len(self.docks))
        return step

    def flags(self, epoch: int) -> tuple[list[bool], list[bool]]:
        """Which stations are installed, and which rent and take bikes, at that instant."""
        installed, renting = [True] * len(self.stations), [True] * len(self.stations)
        for at in self._closures:
            closure = self._closure(at, epoch)
            if closure is not None:
                installed[at], renting[at] = closure.is_installed, False
        return installed, renting

    def _closure(self, at: int, epoch: int) -> Closure | None:
        return next((c for c in self._closures.get(at, ()) if c.start <= epoch < c.end), None)

    def _set_phases(self, seed: int, disruptions: Disruptions) -> None:
        """The bikes of each type that a station tends to hold at the four turns of the day."""
        usuals = [usual_fill_of(seed, station, self._day) for station in self.stations]
        self._popularity = [usual.popularity for usual in usuals]
        evenings = [usual.evening for usual in usuals]
        event = disruptions.event(self._day)
        venue = next((s for s in self.stations if event and s.code == event.code), None)
        if event and venue:
            for at, station in enumerate(self.stations):
                if event.reaches(venue, station):
                    evenings[at] = 0.5 if station is venue else 0.97
        bikes = [
            (usual.night * usable, usual.day * usable, evening * usable, float(held.mechanical + held.ebikes))
            for usual, evening, usable, held in zip(usuals, evenings, self._usable, self._next, strict=True)
        ]
        shares = [
            held.ebikes / (held.mechanical + held.ebikes)
            if held.mechanical + held.ebikes
            else usual.ebike_share
            for usual, held in zip(usuals, self._next, strict=True)
        ]
        # Later turns lean towards the e-bike share of the next opening, so that little is left to settle.
        self._turns_e = [
            (n * t.ebike_share, d * t.ebike_share, v * t.ebike_share, x * share)
            for (n, d, v, x), t, share in zip(bikes, usuals, shares, strict=True)
        ]
        self._turns_m = [
            (n - en, d - ed, v - ev, x - ex)
            for (n, d, v, x), (en, ed, ev, ex) in zip(bikes, self._turns_e, strict=True)
        ]

    def _plan(self) -> dict[int, list[tuple[str, int]]]:
        """What befalls single stations, by step: shut, open, settle."""
        agenda: dict[int, list[tuple[str, int]]] = {}
        for at, closures in self._closures.items():
            for closure in closures:
                for epoch, what in ((closure.start, "shut"), (closure.end, "open")):
                    step = (epoch - self.start) // STEP_S
                    if 0 < step < self._steps - _SETTLING_STEPS:
                        agenda.setdefault(step, []).append((what, at))
        for at in range(len(self.stations)):
            step = self._steps - self._rng.randrange(_SETTLING_STEPS)
            agenda.setdefault(step, []).append(("settle", at))
        return agenda

    def _live(self, step: int) -> None:
        hours = local_hours(self.start + step * STEP_S, self._day)
        for what, at in self._agenda.get(step, ()):
            self._befall(what, at, step)
        if (step - 1) % _RETARGET_STEPS == 0:
            a, b, c, d = phase_weights(hours, self._restful)
            self._aim_m = [int(a * n + b * m + c * v + d * x + 0.5) for n, m, v, x in self._turns_m]
            self._aim_e = [int(a * n + b * m + c * v + d * x + 0.5) for n, m, v, x in self._turns_e]
        self._depart(step, about_many(self._rng, departures(hours, self._restful) * self._trips_factor))
        self._arrive(step)
        if _VAN_HOURS[0] <= hours < _VAN_HOURS[1]:
            for _ in range(about(self._rng, _VAN_STOPS * self._scale)):
                self._drive_van()
        if step < self._steps - _SETTLING_STEPS:
            self._wear_docks()
        self._record()

    def _befall(self, what: str, at: int, step: int) -> None:
        if what == "settle":
            self._settled[at] = True
            held = self._next[at]
            self._m[at], self._e[at] = held.mechanical, held.ebikes
            self._usable[at] = self.stations[at].docks_built - held.broken
            self._pulls[at] = 0.0
            return
        closure = self._closure(at, self.start + step * STEP_S)
        if closure is None:
            self._pulls[at] = self._popularity[at]
            return
        self._pulls[at] = 0.0
        self._m[at], self._e[at] = 0, min(closure.bikes_left, self._e[at])

    def _depart(self, step: int, trips: int) -> None:
        m, e = self._m, self._e
        weights = list(
            accumulate(
                [
                    pull * _GIVES[a + b - p - q] * _TEMPTS[a + b]
                    for pull, a, b, p, q in zip(self._pulls, m, e, self._aim_m, self._aim_e, strict=True)
                ]
            )
        )
        if not trips or weights[-1] <= 0.0:
            return
        random, returning_m, returning_e = self._rng.random, self._returning_m, self._returning_e
        rides = len(_RIDE_STEPS)
        for at in self._rng.choices(range(len(weights)), cum_weights=weights, k=trips):
            a, b = m[at], e[at] * _EBIKE_LIKING
            if a + b == 0:
                continue  # others were faster
            back = step + _RIDE_STEPS[int(random() * rides)]
            if random() * (a + b) < a:
                m[at] -= 1
                returning_m[back] += 1
            else:
                e[at] -= 1
                returning_e[back] += 1

    def _arrive(self, step: int) -> None:
        usable = self._usable
        for held, other, aims, returning in (
            (self._m, self._e, self._aim_m, self._returning_m),
            (self._e, self._m, self._aim_e, self._returning_e),
        ):
            trips = returning[step]
            if not trips:
                continue
            weights = list(
                accumulate(
                    [pull * _TAKES[a - aim] for pull, a, aim in zip(self._pulls, held, aims, strict=True)]
                )
            )
            if weights[-1] <= 0.0:
                continue
            for at in self._rng.choices(range(len(weights)), cum_weights=weights, k=trips):
                if held[at] + other[at] < usable[at]:
                    held[at] += 1
                else:
                    returning[step + 1] += 1  # the station is full: ride on to another

    def _drive_van(self) -> None:
        """Take bikes where there are most too many, of some stations looked at, to where most are missing."""
        looked_at = [at for at in self._rng.choices(range(len(self.stations)), k=24) if self._pulls[at] > 0.0]
        if len(looked_at) < 2:
            return
        excess = {at: self._m[at] + self._e[at] - self._usable[at] * 0.5 for at in looked_at}
        giver, taker = max(looked_at, key=excess.__getitem__), min(looked_at, key=excess.__getitem__)
        free = self._usable[taker] - self._m[taker] - self._e[taker]
        load = min(_VAN_LOAD, int(excess[giver]), free)
        if giver == taker or load <= 0:
            return
        for held in (self._m, self._e):
            moved = min(load, held[giver])
            held[giver] -= moved
            held[taker] += moved
            load -= moved

    def _wear_docks(self) -> None:
        for _ in range(about(self._rng, _DOCK_VISITS * self._scale)):
            at = self._rng.randrange(len(self.stations))
            broken = self.stations[at].docks_built - self._usable[at]
            free = self._usable[at] - self._m[at] - self._e[at]
            if self._pulls[at] == 0.0:
                continue
            if self._rng.random() < 0.66:
                self._usable[at] += 1 if 0 < broken <= 4 else 0
            elif free and broken < 4:
                self._usable[at] -= 1

    def _record(self) -> None:
        self.mechanical.append(array("h", self._m))
        self.ebikes.append(array("h", self._e))
        self.docks.append(
            array("h", [u - a - b for u, a, b in zip(self._usable, self._m, self._e, strict=True)])
        )


def about_many(rng: Random, mean: float) -> int:
    """A count of many things with that mean (a rounded normal; for few see `chance.about`)."""
    return max(0, round(rng.gauss(mean, mean**0.5)))
