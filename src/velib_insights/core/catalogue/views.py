"""The catalogue of views: what each answers, from the header of its SQL file, and the columns it gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from velib_insights import sql
from velib_insights.core.catalogue.columns import COLUMNS

if TYPE_CHECKING:
    from velib_insights.core.catalogue.tables import Column

_TICK = "source snapshot_at snapshot_epoch"
_PLACE = "station_code station_id name lat lon zone_code zone_name capacity"
_STATION_DAY = "source local_date station_code station_id name zone_code zone_name"
_LOCAL = "local_date local_hour local_weekday"

# In the order in which the SQL gives them.
_COLUMNS = {
    "observed_ticks": f"""{_TICK} {_LOCAL} utc_offset_s cadence_s outcome stations_seen rows_in rows_kept
        stations_known rows_refused lag_s is_frozen freeze_started_epoch is_partial is_observed has_usable_rows
        next_partial_epoch hold_s now_epoch age_s next_tick_epoch grid_s ticks_due date hour""",
    "latest_tick": f"{_TICK} {_LOCAL} cadence_s date hour",
    "partial_observations": "source station_code snapshot_epoch",
    "station_observations": f"""{_TICK} age_s cadence_s is_observed tick_hold_s hold_s until_epoch
        station_id station_code name lat lon
        zone_code zone_name zone_kind capacity bikes mechanical ebikes docks fill_rate occupancy
        unavailable_docks last_reported is_operative is_short has_bike has_dock lacks_mechanical lacks_ebikes
        is_low is_dock_full is_saturated saturation_reason is_unusable is_short_naive is_saturated_naive
        bikes_to_add bikes_to_take {_LOCAL} utc_offset_s date hour""",
    "kpi_taux_remplissage": f"""{_TICK} {_PLACE} bikes mechanical ebikes docks is_operative
        fill_rate occupancy fill_rate_naive is_short is_low is_saturated is_unusable unavailable_docks
        local_date local_hour date hour""",
    "kpi_shortage": f"""{_TICK} {_PLACE} bikes mechanical ebikes docks is_operative is_short is_short_naive
        lacks_mechanical lacks_ebikes reason since_at since_epoch since_minutes since_is_open date hour""",
    "kpi_station_saturation": f"""{_TICK} {_PLACE} bikes docks fill_rate occupancy is_operative is_saturated
        is_saturated_naive is_dock_full reason since_at since_epoch since_minutes since_is_open date hour""",
    "kpi_saturation_par_arrondissement": f"""{_TICK} zone_code zone_name zone_kind stations operative_stations
        bikes mechanical ebikes docks bikes_known_stations types_known_stations docks_known_stations
        capacity_known_stations fill_rate short_stations short_stations_naive saturated_stations
        saturated_stations_naive unusable_stations unusable_share bikes_to_add bikes_to_take net_bikes_needed
        unavailable_docks""",
    "kpi_top10_2hour": f"""{_TICK} critical_rank {_PLACE} bikes docks reason outage_minutes short_minutes
        no_dock_minutes low_minutes saturated_minutes is_still_out current_outage_minutes current_outage_is_open
        coverage""",
    "station_now": f"""{_TICK} station_code station_id name lat lon zone_code zone_name zone_kind capacity bikes
        mechanical ebikes docks fill_rate unavailable_docks last_reported is_operative is_state_known is_short is_low
        is_dock_full is_saturated saturation_reason is_unusable out_since_epoch out_since_is_open""",
    "network_ticks": f"""{_TICK} local_date stations operative_stations bikes mechanical ebikes docks
        bikes_known_stations types_known_stations docks_known_stations fill_rate
        short_stations short_stations_naive no_dock_stations saturated_stations saturated_stations_naive
        unusable_stations bike_availability dock_availability""",
    "station_hours": """source hour_epoch station_code zone_code mean_bikes mean_ebikes mean_docks short_minutes
        no_dock_minutes outage_minutes operative_minutes""",
    "local_days": """source local_date started_epoch ended_epoch ticks_expected ticks_missing ticks_observed
        observed_s elapsed_s coverage""",
    "tick_days": "source snapshot_epoch local_date from_epoch to_epoch elapsed_s",
    "station_days": f"""{_STATION_DAY} operative_s bikes_known_s docks_known_s counts_known_s short_s no_dock_s
        unusable_s usable_s elapsed_s""",
    "outages": """source kind station_code snapshot_at snapshot_epoch age_s name zone_code zone_name
        is_preceded is_followed until_epoch episode_key""",
    "usual_hours": """source scope code local_weekday local_hour usual_days usual_from_date usual_to_date
        usual_fill_rate usual_unusable_share usual_short_stations usual_short_stations_low
        usual_short_stations_high usual_no_dock_stations usual_no_dock_stations_low
        usual_no_dock_stations_high""",
    "kpi_against_usual": f"""{_TICK} scope zone_code zone_name station_code name usual_days operative_stations
        short_stations usual_short_stations usual_short_stations_low usual_short_stations_high short_verdict
        no_dock_stations usual_no_dock_stations usual_no_dock_stations_low usual_no_dock_stations_high
        no_dock_verdict unusable_share usual_unusable_share fill_rate usual_fill_rate
        fill_rate_against_usual""",
    "kpi_network_headline": f"""{_TICK} stations operative_stations bikes mechanical ebikes docks
        bikes_known_stations types_known_stations docks_known_stations capacity_known_stations fill_rate
        short_stations short_stations_naive saturated_stations saturated_stations_naive unusable_stations
        bike_availability dock_availability ebike_share unavailable_docks coverage
        bikes_change short_stations_change saturated_stations_change""",
    "kpi_outage_episodes": """source station_code name zone_code zone_name kind started_at started_epoch
        ended_epoch episode_minutes is_open start_was_seen end_was_seen""",
    "kpi_recovery_time": """source zone_code zone_name kind episodes_closed median_minutes p90_minutes
        episodes_open episodes""",
    "kpi_availability_station_day": f"""{_STATION_DAY} bike_availability dock_availability full_availability
        short_minutes no_dock_minutes outage_minutes operative_minutes coverage""",
    "kpi_availability_zone_day": """source local_date zone_code zone_name stations bike_availability
        dock_availability full_availability unusable_share short_minutes no_dock_minutes outage_minutes
        operative_minutes coverage""",
    "kpi_equity_gap": """source local_date zones worst_zone_code worst_zone_name worst_unusable_share
        median_unusable_share best_zone_code best_zone_name best_unusable_share equity_difference""",
    "kpi_worst_moment": """source local_date snapshot_at snapshot_epoch local_hour operative_stations
        unusable_stations unusable_share short_stations no_dock_stations ticks_observed coverage""",
    "kpi_profile_hour_weekday": """source local_weekday local_hour fill_rate short_share saturated_share
        unusable_share ticks_observed""",
    "kpi_rebalancing_need": f"{_TICK} {_PLACE} bikes docks fill_rate bikes_to_add bikes_to_take net_bikes_needed",
    "kpi_bike_type_split": f"""{_TICK} scope zone_code zone_name operative_stations bikes mechanical ebikes
        types_known_stations ebike_share stations_without_mechanical stations_without_ebikes""",
    "kpi_net_flow_zone_hour": """source local_date local_hour zone_code zone_name net_bikes bikes_moved
        steps_counted cadence_s""",
    "kpi_chronic_stations": """source station_code station_id name lat lon zone_code zone_name reason
        days_failed days_observed unusable_share short_minutes no_dock_minutes""",
    "kpi_cluster_outages": f"""{_TICK} station_code name lat lon zone_code zone_name reason stations
        short_stations no_dock_stations farthest_m""",
    "kpi_network_changes": """source local_date station_code change name name_before capacity capacity_before
        distance_m""",
    "kpi_feed_health": """source date ticks_expected ticks_missing ticks_ok ticks_observed ticks_frozen
        ticks_partial ticks_fetch_failed ticks_unreadable ticks_incomplete ticks_unusable observed_share
        rows_in_day rows_kept_day rows_refused_day max_lag_s max_gap_minutes min_stations_seen
        max_stations_seen""",
    "kpi_refused_rows": "source date rule refused ticks_concerned example",
}


@dataclass(frozen=True, slots=True)
class View:
    """A view on every engine. `window_h` is hours before the latest observed tick, None for all the lake.

    `text` is one SELECT; `reads` names the tables and views that it needs.
    """

    name: str
    question: str
    grain: str
    reads: tuple[str, ...]
    window: str
    window_h: int | None
    text: str
    columns: tuple[Column, ...]

    @property
    def is_kpi(self) -> bool:
        return self.name.startswith("kpi_")


def _view(file: sql.SqlFile) -> View:
    return View(
        name=file.name,
        question=file.question,
        grain=file.grain,
        reads=file.reads,
        window=file.window,
        window_h=file.window_h,
        text=file.text,
        columns=tuple(COLUMNS[name] for name in _COLUMNS[file.name].split()),
    )


VIEWS: tuple[View, ...] = tuple(_view(file) for file in sql.load_all())
"""Each view after all that it reads."""


def kpi_views() -> tuple[View, ...]:
    """The views that answer questions, without the shared definitions that they stand on."""
    return tuple(view for view in VIEWS if view.is_kpi)


def view(name: str) -> View:
    """The view of that name. Raises KeyError."""
    for each in VIEWS:
        if each.name == name:
            return each
    raise KeyError(name)
