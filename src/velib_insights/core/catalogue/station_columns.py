"""The columns that views add about stations, zones and the present."""

from __future__ import annotations

from velib_insights.core.catalogue.tables import Column

PREDICATES = (
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

STATION = (
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

ZONE = (
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

CRITICAL = (
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

SITE = (
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
