"""One tick from end to end: ingest, then clean the hour it lies in. What `run`, `watch` and `demo` repeat."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from velib_insights.adapters.lake import Lake
from velib_insights.core.network import Network
from velib_insights.core.ticks.tick import Tick
from velib_insights.core.zones import Zones
from velib_insights.steps.clean import HourCleaned, clean
from velib_insights.steps.ingest import Feed, Ingested, ingest
from velib_insights.steps.notes import Warn, silent


@dataclass(frozen=True, slots=True)
class TickDone:
    ingested: Ingested
    cleaned: HourCleaned


def run_tick(
    lake: Lake,
    feed: Feed,
    tick: Tick,
    network: Network,
    zones: Zones,
    now: datetime | None = None,
    warn: Warn = silent,
) -> TickDone:
    """The hour is cleaned whatever came, so that the ledger knows of a failed fetch too.

    `now` and `warn` are as for ingest.
    """
    ingested = ingest(lake, feed, tick, network, now=now, warn=warn)
    return TickDone(ingested, clean(lake, network.source, ingested.tick.hour, zones))
