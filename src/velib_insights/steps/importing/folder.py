"""A folder of recordings into a lake whose network and cadence are known, in one call."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

from velib_insights.adapters.lake import Lake
from velib_insights.adapters.recordings import Spool, walk
from velib_insights.core.network import Network
from velib_insights.steps.importing.plan import plan
from velib_insights.steps.importing.store import store
from velib_insights.steps.importing.survey import Account, survey
from velib_insights.steps.ingest import Ingested


def import_folder(
    lake: Lake,
    folder: Path,
    network: Network,
    name_timezone: ZoneInfo | None = None,
    on_fetch: Callable[[Ingested | None], None] = lambda _: None,
) -> Account:
    """Store what the folder holds, in the order of time, and account for every file.

    `on_fetch` is called as by `store`. Raises SettingsError where names need a time zone, NothingThere where there is
    nothing to import.
    """
    with Spool() as spool:
        made = plan(
            survey(walk(folder, spool), spool),
            name_timezone=name_timezone,
            candidates=[ZoneInfo("UTC"), ZoneInfo(network.timezone)],
            cadence_s=network.cadence_s,
        )
        store(lake, made, network, on_fetch)
    return made.account
