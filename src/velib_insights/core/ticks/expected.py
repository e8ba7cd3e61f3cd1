"""Instants at which a tick was due, from the columns of observed_ticks that say so.

From each tick of the ledger they lie on the grid of the cadence in force, up to the next tick. Where a view counts
them (ticks_expected of local_days and kpi_feed_health), take its count; this is for naming them, and for ticks after
the latest observed one, which such a view leaves out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any


def instants_due(
    ticks: Iterable[Mapping[str, Any]], start_epoch: int, end_epoch: int, last_epoch: int | None = None
) -> list[int]:
    """Those in `[start_epoch, end_epoch)`, ascending, the ticks themselves included.

    `ticks` have snapshot_epoch, next_tick_epoch (null for the last) and grid_s, in order. `last_epoch` is the last tick
    of the ledger, where `ticks` do not reach it.
    """
    due: list[int] = []
    for tick in ticks:
        first, grid_s = int(tick["snapshot_epoch"]), int(tick["grid_s"])
        until = tick["next_tick_epoch"]
        if until is None:
            until = max(first, last_epoch if last_epoch is not None else first) + 1
        skipped = max(0, -(-(start_epoch - first) // grid_s))
        due += range(first + skipped * grid_s, min(int(until), end_epoch), grid_s)
    return due
