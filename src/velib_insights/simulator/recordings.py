"""Days of simulated bodies written to a folder, as a recorder of the real feeds would leave them."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from velib_insights.simulator.feeds import velib as render
from velib_insights.simulator.feeds.endpoints import EXPORT_PATH, Feeds
from velib_insights.simulator.feeds.faults import TRANSPORT_FAULTS, FaultPlan
from velib_insights.simulator.world.network import Network
from velib_insights.simulator.world.timeline import Timeline

Dialect = Literal["opendatasoft", "gbfs"]

_FETCHED_AFTER_S = 1  # a recorder's request leaves a second after the tick
_GZIP_LEVEL = 1  # 2,880 bodies in a minute count for more than their size
_BASE_URL = "https://simulator.invalid"
_TARGETS: dict[Dialect, dict[str, str]] = {
    "opendatasoft": {"": f"{EXPORT_PATH}?timezone=UTC"},
    "gbfs": {
        ".station_status": f"{render.SYSTEM_PATH}/station_status.json",
        ".station_information": f"{render.SYSTEM_PATH}/station_information.json",
    },
}


def write_recording(
    folder: Path,
    network: Network,
    start: datetime,
    days: float,
    cadence_s: int = 900,
    dialect: Dialect = "opendatasoft",
    *,
    faults: FaultPlan | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Path]:
    """Write gzip bodies named by fetch instant, `2026-03-02T081501Z[.station_status].json.gz`; return their paths.

    `start` is aware. The same arguments give the same bytes. Faults of content stand in the bodies; where a fault
    of transport would have left no body, none is written. `progress` is told (ticks done, ticks in all).
    Raises OSError where the folder cannot be written.
    """
    if start.tzinfo is None:
        raise ValueError("the start of a recording needs a time zone")
    feeds, plan = Feeds(Timeline(network)), faults or FaultPlan()
    first = int(start.timestamp())
    ticks = range(first, first + round(days * 86_400), cadence_s)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for done, tick in enumerate(ticks, 1):
        fetched = tick + _FETCHED_AFTER_S
        stamp = datetime.fromtimestamp(fetched, UTC).strftime("%Y-%m-%dT%H%M%SZ")
        for suffix, target in _TARGETS[dialect].items():
            met = plan.take_due(fetched, target)
            if any(fault.kind in TRANSPORT_FAULTS for fault in met):
                continue
            path = folder / f"{stamp}{suffix}.json.gz"
            path.write_bytes(_gzipped(feeds.answer(target, fetched, _BASE_URL, met).body))
            written.append(path)
        if progress:
            progress(done, len(ticks))
    return written


def _gzipped(body: bytes) -> bytes:
    return gzip.compress(body, _GZIP_LEVEL, mtime=0)
