"""The columns that views add about outages, days and longer spans."""

from __future__ import annotations

from velib_insights.core.catalogue.tables import Column

EPISODES = (
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

DAYS = (
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

HISTORY = (
    Column(
        "period",
        "varchar",
        "Day, week, month, quarter, year or span: 2026-03-04, 2026-W10, 2026-03, 2026-Q1, 2026",
    ),
    Column(
        "days_covered",
        "integer",
        "Days of the period that the rollup has; of a profile, such weekdays",
        "days",
    ),
    Column("days_wanted", "integer", "Days of the period that were asked for", "days"),
    Column(
        "mechanical_availability",
        "double",
        "Share of operative observed time with a mechanical bike",
        "ratio",
    ),
    Column("ebike_availability", "double", "Share of operative observed time with an electric bike", "ratio"),
    Column("mean_mechanical", "double", "Mechanical bikes, on average over that time", "bikes"),
    Column("short_station_minutes", "bigint", "Time of all stations without a bike", "station x min"),
    Column("no_dock_station_minutes", "bigint", "Time of all stations without a free dock", "station x min"),
    Column(
        "outage_station_minutes",
        "bigint",
        "Time of all stations without a bike or a free dock",
        "station x min",
    ),
    Column(
        "operative_station_minutes", "bigint", "Time of all stations operative and observed", "station x min"
    ),
    Column("minutes_least", "integer", "From the first observation out to the last one", "min"),
    Column(
        "minutes_most",
        "integer",
        "From the last observation well before to the first one well after; null where one was not seen",
        "min",
    ),
)

EQUITY = (
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

MORE = (
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
