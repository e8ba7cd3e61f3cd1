"""In which order the rows of a view are read: the most telling first, and the same every time."""

from __future__ import annotations

from velib_insights.core.catalogue.views import View

# A minus reads from high to low. The grain breaks every tie.
_ORDER = {
    "kpi_taux_remplissage": "-is_operative fill_rate",
    "kpi_shortage": "-is_short -is_operative -since_minutes -capacity",
    "kpi_station_saturation": "-is_saturated -since_minutes -capacity",
    "kpi_saturation_par_arrondissement": "-unusable_share -operative_stations",
    "kpi_top10_2hour": "critical_rank",
    "kpi_outage_episodes": "-is_open -episode_minutes",
    "kpi_recovery_time": "-median_minutes",
    "kpi_availability_station_day": "-local_date full_availability",
    "kpi_availability_zone_day": "-local_date full_availability",
    "kpi_equity_gap": "-local_date",
    "kpi_worst_moment": "-local_date",
    "kpi_rebalancing_need": "-net_bikes_needed",
    "kpi_bike_type_split": "-scope ebike_share",
    "kpi_net_flow_zone_hour": "-local_date -local_hour -bikes_moved",
    "kpi_chronic_stations": "-unusable_share",
    "kpi_cluster_outages": "-stations",
    "kpi_network_changes": "-local_date change",
    "kpi_feed_health": "-date",
    "kpi_refused_rows": "-date -refused",
    "history_network": "period",
    "history_zones": "period full_availability",
    "history_stations": "period full_availability",
    "history_profile_zones": "period zone_code",
    "history_profile_stations": "period station_code",
    "history_outages": "-episode_minutes",
    "history_recovery": "-median_minutes",
}


def reading_order(view: View) -> list[tuple[str, bool]]:
    """(column, descending), complete: no two rows of the view are equal under it. Nulls come last."""
    wanted = [(name.removeprefix("-"), name.startswith("-")) for name in _ORDER.get(view.name, "").split()]
    named = {name for name, _ in wanted}
    grain = (name.strip() for name in view.grain.split(","))
    return wanted + [(name, False) for name in grain if name not in named]
