"""The network through time: what every station holds at any instant, without living through the time before.

An operating day is simulated on its own, in steps of 5 minutes, from a state that depends on seed and date alone;
in the small hours each station settles into the state with which the next day opens, so days join without a
seam and any day can be asked for directly. Trips take a bike from one station and bring it to another some
minutes later. Who rides where is not simulated, because no feed shows it: stations draw and give bikes so
that their zone follows its usual fill.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from threading import RLock

from velib_insights.simulator.world.demand import operating_day
from velib_insights.simulator.world.disruptions import STEP_S, Disruptions
from velib_insights.simulator.world.last_reported import last_reported
from velib_insights.simulator.world.network import Network
from velib_insights.simulator.world.opening_stock import StockByStation, opening_stock
from velib_insights.simulator.world.operating_day import Day
from velib_insights.simulator.world.station import Station

_DAYS_KEPT = 3


@dataclass(slots=True)
class Snapshot:
    """The network at one instant, one entry a station in every list, in the order of the feed.

    `epoch` dates the counts, `feed_epoch` is the time the feed says it is.
    """

    epoch: int
    feed_epoch: int
    network_changed_at: int
    stations: Sequence[Station]
    names: list[str]
    mechanical: list[int]
    ebikes: list[int]
    docks: list[int]
    is_installed: list[bool]
    is_renting: list[bool]
    last_reported: list[int]

    def __len__(self) -> int:
        return len(self.stations)


class Timeline:
    """State of a network at any instant. Safe to share between threads."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._disruptions = Disruptions(network)
        self._days: OrderedDict[date, Day] = OrderedDict()
        self._openings: OrderedDict[date, StockByStation] = OrderedDict()
        self._lock = RLock()

    def state_at(self, epoch: int, *, feed_epoch: int | None = None) -> Snapshot:
        """The network at `epoch` (seconds since 1970). With `feed_epoch`, its times are those of that instant."""
        now = epoch if feed_epoch is None else feed_epoch
        with self._lock:
            day = self._day(operating_day(epoch))
            late = day.advance_to((epoch - day.start) // STEP_S)
        early = max(0, late - 1)
        since_step = (epoch - day.start) % STEP_S
        chosen = [at for at, s in enumerate(day.stations) if s.born <= epoch < s.gone]
        stations = [day.stations[at] for at in chosen]
        # Each station shows a step's state from its own second on, else it still shows that of the step before.
        seen = [(late if since_step >= day.phases[at] else early, at) for at in chosen]
        installed, renting = day.flags(epoch)
        return Snapshot(
            epoch=epoch,
            feed_epoch=now,
            network_changed_at=self.network.changed_at(now),
            stations=stations,
            names=[station.name_at(now) for station in stations],
            mechanical=[day.mechanical[step][at] for step, at in seen],
            ebikes=[day.ebikes[step][at] for step, at in seen],
            docks=[day.docks[step][at] for step, at in seen],
            is_installed=[installed[at] for at in chosen],
            is_renting=[renting[at] for at in chosen],
            last_reported=last_reported(self.network.seed, stations, now),
        )

    def _day(self, day: date) -> Day:
        found = self._days.get(day)
        if found is None:
            found = Day(
                self.network,
                self._disruptions,
                day,
                self._opening(day),
                self._opening(day + timedelta(days=1)),
            )
            self._days[day] = found
            while len(self._days) > _DAYS_KEPT:
                self._days.popitem(last=False)
        self._days.move_to_end(day)
        return found

    def _opening(self, day: date) -> StockByStation:
        found = self._openings.get(day)
        if found is None:
            found = self._openings[day] = opening_stock(self.network, self._disruptions, day)
            while len(self._openings) > 2 * _DAYS_KEPT:
                self._openings.popitem(last=False)
        return found
