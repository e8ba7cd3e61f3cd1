"""Ticks ahead of the clock: a machine that fetched believed in a later time than this one does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from velib_insights.adapters.lake import Lake
from velib_insights.adapters.parquet import from_parquet
from velib_insights.core.errors import LakeError
from velib_insights.core.ticks.future import latest_tick
from velib_insights.core.ticks.tick import Tick
from velib_insights.steps.doctor.finding import Finding, counted, duration, named
from velib_insights.steps.doctor.lake.inventory import Inventory


def ticks_ahead(lake: Lake, held: Inventory, now: datetime) -> Iterator[Finding]:
    """Only the ledgers of hours that end after `now` are read."""
    latest = latest_tick(now.timestamp())
    found: list[Tick] = []
    for hour, entry in sorted(held.ticks.items()):
        if hour.epoch + 3600 > latest.epoch:
            found += [tick for tick in _ticks(lake, entry.key) if tick > latest]
    if not found:
        return
    farthest = duration(found[-1].epoch - now.timestamp())
    are, they = ("lies", "It takes") if len(found) == 1 else ("lie", "They take")
    yield Finding(
        "warning",
        "data",
        f"{counted(len(found), 'tick')} {are} ahead of this machine's clock, by up to {farthest}: "
        f"{named([tick.stamp for tick in found], 5)}. {they} no part in any figure.",
        "If this clock is wrong, set it (timedatectl set-ntp true). If it is right, that of the machine that fetched "
        f"was not: take the ticks out of the lake, as by `velib remove-tick {found[0].stamp}`.",
        {"count": len(found), "ticks": [tick.stamp for tick in found[:10]]},
    )


def _ticks(lake: Lake, key: str) -> list[Tick]:
    try:
        epochs = from_parquet(lake.get(key) or b"", key)["snapshot_epoch"].to_pylist()
    except (LakeError, KeyError):
        return []  # the check of Parquet files names it
    return [Tick(epoch) for epoch in sorted(epochs)]
