"""The columns that views add about ticks, their observation and the health of the feed."""

from __future__ import annotations

from velib_insights.core.catalogue.tables import Column

NOW = (
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

LEDGER = (
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

HEALTH = (
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

USUAL = (
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
