-- kpi_feed_health
-- question: How well was the feed seen, day by day, and what went wrong?
-- grain: date
-- reads: observed_ticks
-- window: all

-- A tick is expected at every instant of the cadence in force, as observed_ticks counts them (ticks_due), from the
-- first tick of the lake to the last; if a collector stops at noon and resumes later, the rest of that UTC day is
-- missing. A day without any fetch has no row; see max_gap_minutes of the next day.
with neighbours as (
    select
        source,
        date,
        snapshot_epoch,
        snapshot_epoch - mod(snapshot_epoch, 86400) as day_epoch,
        next_tick_epoch,
        grid_s,
        lag(snapshot_epoch) over (partition by source order by snapshot_epoch asc nulls last) as previous_epoch,
        lag(grid_s) over (partition by source order by snapshot_epoch asc nulls last) as previous_grid_s,
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

ledger as (
    select
        source,
        date,
        outcome,
        stations_seen,
        rows_in,
        rows_kept,
        rows_refused,
        lag_s,
        is_frozen,
        is_partial,
        is_observed,
        since_like_s,
        -- Before the day's first tick, on the grid of the tick before it.
        case
            when previous_epoch < day_epoch
                then
                    ceil(cast(snapshot_epoch - previous_epoch as double) / cast(previous_grid_s as double))
                    - ceil(cast(day_epoch - previous_epoch as double) / cast(previous_grid_s as double))
            else 0
        end as expected_before,
        case
            when next_tick_epoch is null then 1
            when next_tick_epoch > day_epoch + 86400
                then ceil(cast(day_epoch + 86400 - snapshot_epoch as double) / cast(grid_s as double))
            else ceil(cast(next_tick_epoch - snapshot_epoch as double) / cast(grid_s as double))
        end as expected_from
    from neighbours
),

days as (
    select
        source,
        date,
        cast(sum(expected_before + expected_from) as integer) as expected,
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
from days
