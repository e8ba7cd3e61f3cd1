-- kpi_feed_health
-- question: How well was the feed seen, day by day, and what went wrong?
-- grain: date
-- reads: observed_ticks
-- window: all

-- A tick is expected at every cadence from the first tick of the lake to the last, so a collector that stops at noon
-- leaves the rest of that UTC day missing. A day on which nothing was asked for at all has no row; max_gap_minutes
-- of the next day tells it.
with ledger as (
    select
        source,
        date,
        snapshot_epoch,
        snapshot_epoch - mod(snapshot_epoch, 86400) as day_epoch,
        min(snapshot_epoch) over (partition by source) as first_epoch,
        max(snapshot_epoch) over (partition by source) as last_epoch,
        cadence_s,
        outcome,
        stations_seen,
        rows_in,
        rows_kept,
        rows_refused,
        lag_s,
        is_frozen,
        is_partial,
        is_observed,
        snapshot_epoch - lag(snapshot_epoch) over (
            partition by source, is_observed order by snapshot_epoch asc nulls last
        ) as since_like_s
    from observed_ticks
),

days as (
    select
        source,
        date,
        max(case when day_epoch > first_epoch then day_epoch else first_epoch end) as from_epoch,
        min(case when day_epoch + 86400 > last_epoch then last_epoch + 1 else day_epoch + 86400 end) as to_epoch,
        min(cadence_s) as cadence_s,
        count(*) as ticks,
        sum(case when outcome = 'ok' then 1 else 0 end) as ok,
        sum(case when is_observed then 1 else 0 end) as observed,
        sum(case when is_frozen then 1 else 0 end) as frozen,
        sum(case when is_partial then 1 else 0 end) as partial_ones,
        sum(case when outcome = 'fetch_failed' then 1 else 0 end) as fetch_failed,
        sum(case when outcome = 'unreadable' then 1 else 0 end) as unreadable,
        sum(case when outcome = 'incomplete' then 1 else 0 end) as incomplete,
        sum(case when outcome = 'unusable' then 1 else 0 end) as unusable,
        sum(rows_in) as rows_in,
        sum(rows_kept) as rows_kept,
        sum(rows_refused) as rows_refused,
        max(lag_s) as max_lag_s,
        max(case when is_observed then since_like_s end) as max_gap_s,
        min(case when is_observed then stations_seen end) as min_stations_seen,
        max(case when is_observed then stations_seen end) as max_stations_seen
    from ledger
    group by source, date
),

grids as (
    select
        source,
        date,
        ticks,
        ok,
        observed,
        frozen,
        partial_ones,
        fetch_failed,
        unreadable,
        incomplete,
        unusable,
        rows_in,
        rows_kept,
        rows_refused,
        max_lag_s,
        max_gap_s,
        min_stations_seen,
        max_stations_seen,
        cast(ceil(cast(to_epoch - from_epoch as double) / cast(cadence_s as double)) as integer) as expected
    from days
)

select
    source,
    date,
    expected as ticks_expected,
    cast(case when expected > ticks then expected - ticks else 0 end as integer) as ticks_missing,
    cast(ok as integer) as ticks_ok,
    cast(observed as integer) as ticks_observed,
    cast(frozen as integer) as ticks_frozen,
    cast(partial_ones as integer) as ticks_partial,
    cast(fetch_failed as integer) as ticks_fetch_failed,
    cast(unreadable as integer) as ticks_unreadable,
    cast(incomplete as integer) as ticks_incomplete,
    cast(unusable as integer) as ticks_unusable,
    case
        when observed >= expected then cast(1 as double)
        else cast(observed as double) / cast(expected as double)
    end as observed_share,
    cast(rows_in as bigint) as rows_in_day,
    cast(rows_kept as bigint) as rows_kept_day,
    cast(rows_refused as bigint) as rows_refused_day,
    max_lag_s,
    cast(floor(cast(max_gap_s as double) / 60) as integer) as max_gap_minutes,
    min_stations_seen,
    max_stations_seen
from grids
