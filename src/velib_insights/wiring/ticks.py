"""A tick of the lake's own feed from end to end, as the command and Python run it."""

from __future__ import annotations

from datetime import datetime

from velib_insights.core.clean import CleaningMemory
from velib_insights.core.ticks.tick import Tick
from velib_insights.steps.clean import clean
from velib_insights.steps.tick_pipeline import TickDone
from velib_insights.wiring.intake import IngestSession
from velib_insights.wiring.zones import zones_of


def run_tick(
    session: IngestSession, tick: Tick, now: datetime, memory: CleaningMemory | None = None
) -> TickDone:
    """Ingest the tick, then clean its hour, whatever came, so that the ledger knows of a failed fetch too."""
    ingested = session.ingest(tick, now)
    lake, source = session.lake, session.network.source
    return TickDone(ingested, clean(lake, source, ingested.tick.hour, zones_of(lake, source), memory=memory))
