"""The vocabulary of the views: a column name means the same, in the same type and unit, wherever it stands."""

from __future__ import annotations

from velib_insights.core.catalogue.tables import SOURCE_VELIB, TICKS, Column

_NOW = (
    Column(
        "now_epoch",
        "bigint",
        "The latest observed tick of the network; null before the first",
        "s since 1970",
    ),
    Column(
        "age_s", "bigint", "Time from this tick to the latest observed one; negative for ticks after it", "s"
    ),
    Column(
        "hold_s",
        "integer",
        "Time for which the observation holds: until the next observed tick, at most twice the cadence",
        "s",
    ),
    Column("tick_hold_s", "integer", "Time for which the tick holds for sums over the network", "s"),
    Column("next_tick_epoch", "bigint", "The next tick of the ledger; null at the last", "s since 1970"),
    Column(
        "grid_s",
        "integer",
        "Cadence in force until the next tick of the ledger: the longer one of the two",
        "s",
    ),
    Column(
        "ticks_due",
        "integer",
        "Ticks expected from this one until the next of the ledger, this one included; 1 if none is missing",
        "ticks",
    ),
)

_LEDGER = (
    Column("is_frozen", "boolean", "The feed repeats a state that it showed before: not an observation"),
    Column(
        "freeze_started_epoch",
        "bigint",
        "First tick of the repeated state, at most 24 h back; null unless frozen",
        "s since 1970",
    ),
    Column(
        "is_partial",
        "boolean",
        "Fewer than nine tenths of the known counts of the median tick of the 24 h before: no sum over the network",
    ),
    Column("is_observed", "boolean", "Usable, not frozen, not partial: the network was seen as it was"),
    Column(
        "has_usable_rows",
        "boolean",
        "Observed or partial: its rows say how the stations that it has were",
    ),
    Column(
        "next_partial_epoch",
        "bigint",
        "The next tick with usable rows, if that is partial; else null",
        "s since 1970",
    ),
)

_PREDICATES = (
    Column("is_short", "boolean", "Operative and without any bike"),
    Column("has_bike", "boolean", "Operative and with a bike to take"),
    Column("has_dock", "boolean", "Operative and with a free dock"),
    Column(
        "lacks_mechanical",
        "boolean",
        "Operative and without a mechanical bike; in kpi_shortage, only where the network has any",
    ),
    Column(
        "lacks_ebikes",
        "boolean",
        "Operative and without an electric bike; in kpi_shortage, only where the network has any",
    ),
    Column("is_low", "boolean", "Operative with two bikes or fewer"),
    Column("is_dock_full", "boolean", "Operative and without a free dock"),
    Column("is_saturated", "boolean", "Operative with no free dock or a fill rate of at least 0.90"),
    Column("saturation_reason", "varchar", "no_dock or fill_90; null unless saturated"),
    Column("is_unusable", "boolean", "Operative and without a bike or without a free dock"),
    Column("is_short_naive", "boolean", "No bike, whatever the state of the station: a plain count"),
    Column(
        "is_saturated_naive",
        "boolean",
        "No dock, or 90 % of the declared capacity, whatever the state: a plain count",
    ),
)

_STATION = (
    Column(
        "fill_rate_naive", "double", "bikes / (bikes + docks), whatever the state of the station", "ratio"
    ),
    Column(
        "bikes_to_add",
        "integer",
        "Bikes to bring to reach a fill rate of 20 %; 0 if not below, null if the counts are unknown",
        "bikes",
    ),
    Column(
        "bikes_to_take",
        "integer",
        "Bikes to remove to come down to 80 %; 0 if not above, null if the counts are unknown",
        "bikes",
    ),
    Column("net_bikes_needed", "integer", "bikes_to_add less bikes_to_take", "bikes"),
    Column("reason", "varchar", "Why the row is here, as a stable code (see the view)"),
    Column("since_at", "timestamp", "First tick of the state that reason names", "UTC"),
    Column("since_epoch", "bigint", "First tick of the state that reason names", "s since 1970"),
    Column("since_minutes", "integer", "Time since since_at", "min"),
    Column("since_is_open", "boolean", "The start was not seen: it has lasted for at least since_minutes"),
)

_ZONE = (
    Column("stations", "integer", "Stations that the feed lists", "stations"),
    Column("operative_stations", "integer", "Stations installed, renting and returning", "stations"),
    Column("bikes_known_stations", "integer", "Operative stations whose bikes are known", "stations"),
    Column("types_known_stations", "integer", "Operative stations whose bikes are known by type", "stations"),
    Column("docks_known_stations", "integer", "Operative stations whose free docks are known", "stations"),
    Column(
        "capacity_known_stations",
        "integer",
        "Operative stations whose capacity, and so unavailable docks, are known",
        "stations",
    ),
    Column("short_stations", "integer", "Operative stations without a bike", "stations"),
    Column("short_stations_naive", "integer", "Stations without a bike, whatever their state", "stations"),
    Column("saturated_stations", "integer", "Saturated stations", "stations"),
    Column(
        "saturated_stations_naive",
        "integer",
        "Stations without a dock or at 90 % of capacity, whatever their state",
        "stations",
    ),
    Column(
        "unusable_stations", "integer", "Operative stations without a bike or without a free dock", "stations"
    ),
    Column(
        "unusable_share",
        "double",
        "Share that is unusable, of operative stations or of their observed time",
        "ratio",
    ),
)

_CRITICAL = (
    Column("critical_rank", "integer", "Place, 1 the most critical; no ties"),
    Column(
        "outage_minutes", "integer", "Observed operative time without a bike or without a free dock", "min"
    ),
    Column("short_minutes", "integer", "Observed operative time without a bike", "min"),
    Column("no_dock_minutes", "integer", "Observed operative time without a free dock", "min"),
    Column("low_minutes", "integer", "Observed operative time with two bikes or fewer", "min"),
    Column("saturated_minutes", "integer", "Observed operative time saturated", "min"),
    Column("is_still_out", "boolean", "Without a bike or without a free dock at the latest observed tick"),
    Column(
        "current_outage_minutes",
        "integer",
        "Time since the outage going on was first seen, at most 24 h back, ticks missed meanwhile included; 0 if none",
        "min",
    ),
    Column(
        "current_outage_is_open",
        "boolean",
        "Its start was not seen: it has lasted for at least current_outage_minutes; null if none",
    ),
    Column("coverage", "double", "Share of the window in which what is measured was observed", "ratio"),
)

_EPISODES = (
    Column("kind", "varchar", "no_bike or no_dock (no free dock)"),
    Column(
        "is_preceded", "boolean", "The observation before this one holds until it and shows the station well"
    ),
    Column(
        "is_followed", "boolean", "This observation holds until the next one, which shows the station well"
    ),
    Column(
        "until_epoch",
        "bigint",
        "Until when the observation holds: the next one of the station, or twice the cadence",
        "s since 1970",
    ),
    Column("episode_key", "bigint", "The same for ticks of one episode; says nothing else"),
    Column("started_at", "timestamp", "First tick of the episode", "UTC"),
    Column(
        "started_epoch", "bigint", "First tick of the episode; of a day, its local midnight", "s since 1970"
    ),
    Column(
        "ended_epoch",
        "bigint",
        "First tick well again, or the end of what was observed of it; of a day, its end",
        "s since 1970",
    ),
    Column("episode_minutes", "integer", "From start to end, or to now while it is open", "min"),
    Column("is_open", "boolean", "Going on at the latest observed tick"),
    Column("start_was_seen", "boolean", "The tick before the start saw the station operative and well"),
    Column(
        "end_was_seen", "boolean", "The tick after the end saw the station operative and well: it recovered"
    ),
    Column("episodes", "integer", "Episodes in the window", "episodes"),
    Column("episodes_closed", "integer", "Episodes whose start and end were both seen", "episodes"),
    Column("episodes_open", "integer", "Episodes going on now", "episodes"),
    Column("median_minutes", "integer", "Half of the closed episodes lasted no longer", "min"),
    Column("p90_minutes", "integer", "Nine tenths of the closed episodes lasted no longer", "min"),
)

_DAYS = (
    Column("ticks_observed", "integer", "Observed ticks", "ticks"),
    Column("observed_s", "bigint", "Time observed", "s"),
    Column("from_epoch", "bigint", "Where this part of what the tick shows begins", "s since 1970"),
    Column("to_epoch", "bigint", "Where it ends at the latest: the end of the day", "s since 1970"),
    Column("elapsed_s", "bigint", "Length of the local day, up to now for today", "s"),
    Column("operative_s", "bigint", "Time operative and observed", "s"),
    Column("bikes_known_s", "bigint", "Part of operative_s with a known count of bikes", "s"),
    Column("docks_known_s", "bigint", "Part of operative_s with a known count of docks", "s"),
    Column("counts_known_s", "bigint", "Part of operative_s with both counts known", "s"),
    Column("short_s", "bigint", "Operative observed time without a bike", "s"),
    Column("no_dock_s", "bigint", "Operative observed time without a free dock", "s"),
    Column("unusable_s", "bigint", "Operative observed time without a bike or without a free dock", "s"),
    Column("usable_s", "bigint", "Operative observed time with a bike and a free dock", "s"),
    Column(
        "bike_availability",
        "double",
        "Share with a bike to take, of operative stations or of their time",
        "ratio",
    ),
    Column(
        "dock_availability",
        "double",
        "Share with a free dock, of operative stations or of their time",
        "ratio",
    ),
    Column(
        "full_availability",
        "double",
        "Share of operative observed time with both a bike and a free dock",
        "ratio",
    ),
    Column("operative_minutes", "integer", "Time operative and observed", "min"),
    Column("no_dock_stations", "integer", "Operative stations without a free dock", "stations"),
    Column("short_share", "double", "Share of operative stations without a bike", "ratio"),
    Column("saturated_share", "double", "Share of operative stations that are saturated", "ratio"),
)

_EQUITY = (
    Column("zones", "integer", "Zones compared", "zones"),
    Column("worst_zone_code", "varchar", "Code of the zone with the largest unusable share"),
    Column("worst_zone_name", "varchar", "Name of the zone with the largest unusable share"),
    Column("worst_unusable_share", "double", "Its unusable share", "ratio"),
    Column("best_zone_code", "varchar", "Code of the zone with the smallest unusable share"),
    Column("best_zone_name", "varchar", "Name of the zone with the smallest unusable share"),
    Column("best_unusable_share", "double", "Its unusable share", "ratio"),
    Column("median_unusable_share", "double", "That share of the median zone", "ratio"),
    Column("equity_difference", "double", "Worst share less that of the median zone", "ratio"),
)

_SITE = (
    Column("is_state_known", "boolean", "The feed says whether the station is operative"),
    Column(
        "out_since_epoch",
        "bigint",
        "First tick of the current time without a bike or without a dock, at most 24 h back; null where it has both",
        "s since 1970",
    ),
    Column(
        "out_since_is_open", "boolean", "It may have begun before the first tick seen; null without an outage"
    ),
    Column("hour_epoch", "bigint", "First second of the UTC hour", "s since 1970"),
    Column("mean_bikes", "double", "Mean over operative observed time with a known count", "bikes"),
    Column("mean_ebikes", "double", "Mean over operative observed time with a known count", "bikes"),
    Column("mean_docks", "double", "Mean over operative observed time with a known count", "docks"),
)

_MORE = (
    Column("scope", "varchar", "network, zone or station"),
    Column("code", "varchar", "Code of the zone or station; empty for the network"),
    Column("ebike_share", "double", "Electric bikes of all bikes whose type is known", "ratio"),
    Column(
        "stations_without_mechanical",
        "integer",
        "Operative stations with bikes, none mechanical; null where the network shows no mechanical bike",
        "stations",
    ),
    Column(
        "stations_without_ebikes",
        "integer",
        "Operative stations with bikes, none electric; null where the network shows no electric bike",
        "stations",
    ),
    Column("bikes_change", "integer", "Against 24 h before; null where that was not observed", "bikes"),
    Column(
        "short_stations_change",
        "integer",
        "Against 24 h before; null where that was not observed",
        "stations",
    ),
    Column(
        "saturated_stations_change",
        "integer",
        "Against 24 h before; null where that was not observed",
        "stations",
    ),
    Column("net_bikes", "integer", "Bikes that came less bikes that left", "bikes"),
    Column(
        "bikes_moved", "integer", "Sum of absolute changes: a lower bound on trips started or ended", "bikes"
    ),
    Column("steps_counted", "integer", "Pairs of consecutive observations counted", "pairs"),
    Column("days_failed", "integer", "Local days unusable for at least half of the time", "days"),
    Column("days_observed", "integer", "Local days with at least four operative observed hours", "days"),
    Column("farthest_m", "double", "Distance of the farthest station of the cluster", "m"),
    Column("change", "varchar", "appeared, vanished, renamed, resized or moved"),
    Column("name_before", "varchar", "Former name of a renamed station"),
    Column("capacity_before", "integer", "Former capacity of a resized station", "docks"),
    Column("distance_m", "double", "How far a station moved", "m"),
)

_USUAL = (
    Column(
        "usual_days",
        "integer",
        "Days of the same weekday whose hour was observed, of the eight before",
        "days",
    ),
    Column("usual_from_date", "date", "First of these days"),
    Column("usual_to_date", "date", "Last of these days"),
    Column("usual_fill_rate", "double", "Median fill rate of the hour on these days", "ratio"),
    Column("usual_unusable_share", "double", "Median share of operative time unusable", "ratio"),
    Column(
        "usual_short_stations", "double", "Median of the mean number of stations without a bike", "stations"
    ),
    Column("usual_short_stations_low", "double", "Lower quartile of the same", "stations"),
    Column("usual_short_stations_high", "double", "Upper quartile of the same", "stations"),
    Column("usual_no_dock_stations", "double", "Median of the mean number without a free dock", "stations"),
    Column("usual_no_dock_stations_low", "double", "Lower quartile of the same", "stations"),
    Column("usual_no_dock_stations_high", "double", "Upper quartile of the same", "stations"),
    Column(
        "short_verdict",
        "varchar",
        "Stations without a bike: more, fewer or usual; null if it cannot be known",
    ),
    Column(
        "no_dock_verdict",
        "varchar",
        "Stations without a dock: more, fewer or usual; null if it cannot be known",
    ),
    Column(
        "fill_rate_against_usual", "double", "Fill rate less the usual one, of three days at least", "ratio"
    ),
)

_HEALTH = (
    Column(
        "ticks_expected",
        "integer",
        "Instants of the cadence in force at each moment, from the first tick of the lake to the last",
        "ticks",
    ),
    Column("ticks_missing", "integer", "Expected ticks that the ledger does not have", "ticks"),
    Column("ticks_ok", "integer", "Ticks with a usable body", "ticks"),
    Column("ticks_frozen", "integer", "Ticks at which the feed repeated itself", "ticks"),
    Column("ticks_partial", "integer", "Ticks with under nine tenths of the usual known counts", "ticks"),
    Column("ticks_fetch_failed", "integer", "Ticks for which nothing was got", "ticks"),
    Column("ticks_unreadable", "integer", "Ticks whose body could not be read", "ticks"),
    Column("ticks_incomplete", "integer", "Ticks whose body lacked stations that it announced", "ticks"),
    Column("ticks_unusable", "integer", "Ticks whose body held no usable row", "ticks"),
    Column("observed_share", "double", "Observed ticks of those expected", "ratio"),
    Column("rows_in_day", "bigint", "Rows read", "rows"),
    Column("rows_kept_day", "bigint", "Rows kept", "rows"),
    Column("rows_refused_day", "bigint", "Rows refused", "rows"),
    Column("max_lag_s", "integer", "Longest lag of the fetch behind the feed's own clock", "s"),
    Column("max_gap_minutes", "integer", "Longest time from one observed tick to the next", "min"),
    Column("min_stations_seen", "integer", "Fewest stations at an observed tick", "stations"),
    Column("max_stations_seen", "integer", "Most stations at an observed tick", "stations"),
    Column("rule", "varchar", "Id of the rule that refused the rows"),
    Column("refused", "bigint", "Rows refused", "rows"),
    Column("ticks_concerned", "integer", "Ticks with such rows", "ticks"),
    Column("example", "varchar", "One of the reasons given"),
)

COLUMNS: dict[str, Column] = {
    column.name: column
    for column in (
        *TICKS.columns,
        *TICKS.partitions,
        *SOURCE_VELIB.columns,
        *_NOW,
        *_LEDGER,
        *_PREDICATES,
        *_STATION,
        *_ZONE,
        *_CRITICAL,
        *_EPISODES,
        *_DAYS,
        *_EQUITY,
        *_SITE,
        *_MORE,
        *_USUAL,
        *_HEALTH,
    )
}
