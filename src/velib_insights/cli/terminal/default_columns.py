"""The columns of a KPI that a person reads in a terminal; --wide shows all."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from velib_insights.core.catalogue.tables import Column
    from velib_insights.core.catalogue.views import View

# The first ones stay longest where the terminal is narrow.
_TELLING = {
    "kpi_taux_remplissage": "station_code name zone_name fill_rate bikes ebikes docks capacity is_operative",
    "kpi_shortage": """station_code name bikes mechanical ebikes since_at since_minutes zone_name docks reason
        since_is_open""",
    "kpi_station_saturation": """station_code name bikes docks fill_rate reason since_at since_minutes zone_name
        since_is_open""",
    "kpi_saturation_par_arrondissement": """zone_name operative_stations short_stations saturated_stations fill_rate
        bikes docks unusable_share bikes_to_add bikes_to_take""",
    "kpi_top10_2hour": """critical_rank station_code name reason outage_minutes is_still_out current_outage_minutes
        bikes docks zone_name coverage""",
    "kpi_feed_health": """date ticks_expected ticks_observed ticks_missing ticks_frozen ticks_fetch_failed
        ticks_unreadable ticks_unusable observed_share rows_refused_day max_gap_minutes""",
}
_FOR_PROGRAMS = {
    "source", "snapshot_at", "snapshot_epoch", "station_id", "lat", "lon", "zone_code", "zone_kind", "hour",
    "started_epoch", "ended_epoch",
}  # fmt: skip


def default_columns(view: View) -> Sequence[Column]:
    """Chosen for the client's KPI; for the others all but what only a program joins on."""
    chosen = _TELLING.get(view.name, "").split()
    if chosen:
        by_name = {column.name: column for column in view.columns}
        return [by_name[name] for name in chosen]
    return [column for column in view.columns if column.name not in _FOR_PROGRAMS]
