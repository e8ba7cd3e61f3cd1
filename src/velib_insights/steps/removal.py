"""Removal: take ticks out of the lake, so that nothing derived holds them, and put them back.

Raw is moved to `removed/`, never deleted. Copies come before deletions, and the hour is cleaned last: after a crash
the same command resumes where it stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from velib_insights.adapters.lake import Lake
from velib_insights.core import keys
from velib_insights.core.errors import LakeError, NothingThere
from velib_insights.core.ticks.tick import Hour, Tick
from velib_insights.core.zones import Zones
from velib_insights.steps.clean import clean, raise_if_more_is_lost
from velib_insights.steps.provenance import Provenance


@dataclass(frozen=True, slots=True)
class TickMoved:
    """A tick that is, or would be, taken out or put back: its raw objects, and the rows of it in the clean tables."""

    tick: Tick
    objects: tuple[str, ...]
    rows: int


def removable(lake: Lake, source: str, ticks: Sequence[Tick]) -> list[TickMoved]:
    """What taking these ticks out would move. Changes nothing.

    Raises NothingThere for a tick that the lake does not hold, LakeError for one whose raw is gone, WouldLose where
    another tick of the hour would be lost because its raw is gone.
    """
    found = []
    for hour, own in _by_hour(ticks).items():
        known = Provenance.of(lake, source, hour).ticks
        for tick in own:
            objects = _objects(lake, source, tick)
            taken_out = _objects(lake, source, tick, is_removed=True)
            if not objects and not taken_out and tick not in known:
                raise NothingThere(
                    f"the lake {lake.name} holds no tick {tick.stamp}",
                    hint="`velib doctor` and `velib query` name ticks.",
                )
            if not objects and not taken_out:
                raise LakeError(
                    f"the raw of tick {tick.stamp} is gone, so it could not be put back",
                    hint=f"To lose it for good: velib clean --since {hour.stamp} --until {hour.stamp} --again "
                    "--allow-fewer.",
                )
            found.append(TickMoved(tick, tuple(objects), known[tick].rows if tick in known else 0))
        raise_if_more_is_lost(lake, source, hour, own)
    return found


def remove(
    lake: Lake,
    source: str,
    ticks: Sequence[Tick],
    zones: Zones,
    on_tick: Callable[[Tick], None] = lambda _: None,
) -> list[TickMoved]:
    """Move the raw of these ticks to `removed/` and clean their hours without them. Raises as `removable`."""
    found = removable(lake, source, ticks)
    for moved in found:
        _move(lake, {key: keys.removed_key(key) for key in moved.objects})
        on_tick(moved.tick)
    for hour, own in _by_hour(ticks).items():
        clean(lake, source, hour, zones, again=True, without=own)
    return found


def put_back(
    lake: Lake,
    source: str,
    ticks: Sequence[Tick],
    zones: Zones,
    on_tick: Callable[[Tick], None] = lambda _: None,
) -> list[TickMoved]:
    """Undo `remove`. Raises NothingThere for a tick that was not taken out."""
    moved = {tick: _objects(lake, source, tick, is_removed=True) for tick in ticks}
    missing = [tick.stamp for tick, objects in moved.items() if not objects]
    if missing:
        raise NothingThere(
            f"tick {missing[0]} was not taken out of the lake {lake.name}",
            hint="What was lies under removed/.",
        )
    for tick, objects in moved.items():
        _move(lake, {keys.removed_key(key): key for key in objects})
        on_tick(tick)
    for hour in _by_hour(ticks):
        clean(lake, source, hour, zones)
    return [TickMoved(tick, tuple(objects), _rows(lake, source, tick)) for tick, objects in moved.items()]


def _by_hour(ticks: Sequence[Tick]) -> dict[Hour, list[Tick]]:
    found: dict[Hour, list[Tick]] = {}
    for tick in sorted(set(ticks)):
        found.setdefault(tick.hour, []).append(tick)
    return found


def _objects(lake: Lake, source: str, tick: Tick, *, is_removed: bool = False) -> list[str]:
    """The raw keys of the tick's objects, those in `removed/` if so asked."""
    folder = keys.hour_folder(keys.raw_tier(source), tick.hour)
    found = []
    for entry in lake.entries(keys.removed_key(folder) if is_removed else folder):
        raw = keys.parse_raw_name(entry.key.rsplit("/", 1)[-1])
        if raw is not None and raw.fetch.tick == tick:
            found.append(entry.key.removeprefix(keys.removed_key("")))
    return found


def _move(lake: Lake, places: dict[str, str]) -> None:
    for here, there in places.items():
        body = lake.get(here)
        if body is not None:
            lake.put(there, body)
    for here in places:
        lake.delete(here)


def _rows(lake: Lake, source: str, tick: Tick) -> int:
    known = Provenance.of(lake, source, tick.hour).ticks
    return known[tick].rows if tick in known else 0
