"""Ticks ahead of the clock: they were not observed yet, whatever wrote them, and are never "now"."""

from __future__ import annotations

from collections.abc import Callable

from velib_insights.core.ticks.tick import Hour, Tick

AHEAD_S = 60
"""Clocks of two machines differ by seconds; a tick is dated at or before its fetch, so more than this is ahead."""

Clock = Callable[[], float]
"""Seconds since 1970, as `time.time` gives them."""


def latest_tick(now: float) -> Tick:
    """The latest whole minute that is not ahead of `now`."""
    epoch = int(now) + AHEAD_S
    return Tick(epoch - epoch % 60)


def is_ahead(hour: Hour, latest: Tick) -> bool:
    """Whether every tick of the hour is."""
    return hour.epoch > latest.epoch
