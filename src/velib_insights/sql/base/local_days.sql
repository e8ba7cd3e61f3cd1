-- local_days
-- question: Which calendar days can be told whole, and how much of each was observed?
-- grain: source, local_date
-- reads: observed_ticks
-- window: 31 d

-- A day that began before the window is left out, so that no day is told from its second half. midnight_epoch is
-- the local midnight as a tick's own offset from UTC gives it: on a day of 23 or 25 hours the first tick's is the
-- start and the last tick's gives the end (time zones a whole number of hours from UTC).
with ticks_of_days as (
    select
        source,
        snapshot_epoch,
        local_date,
        now_epoch,
        age_s,
        hold_s,
        is_observed,
        snapshot_epoch - mod(snapshot_epoch, 3600) - 3600 * local_hour as midnight_epoch,
        max(case when age_s > 2678400 then local_date end) over (partition by source) as day_before_window
    from observed_ticks
    where age_s >= 0
),

days as (
    select
        source,
        local_date,
        max(now_epoch) as now_epoch,
        min_by(midnight_epoch, snapshot_epoch) as started_epoch,
        max_by(midnight_epoch, snapshot_epoch) + 86400 as ended_epoch,
        sum(case when is_observed then 1 else 0 end) as ticks_observed,
        sum(case when is_observed then hold_s else 0 end) as observed_s
    from ticks_of_days
    where day_before_window is null or local_date > day_before_window
    group by source, local_date
),

spans as (
    select
        source,
        local_date,
        started_epoch,
        ticks_observed,
        observed_s,
        case when ended_epoch > now_epoch then now_epoch else ended_epoch end - started_epoch as elapsed_s
    from days
)

select
    source,
    local_date,
    cast(started_epoch as bigint) as started_epoch,
    cast(ticks_observed as integer) as ticks_observed,
    cast(observed_s as bigint) as observed_s,
    cast(elapsed_s as bigint) as elapsed_s,
    case
        when observed_s >= elapsed_s and elapsed_s > 0 then cast(1 as double)
        when elapsed_s > 0 then cast(observed_s as double) / cast(elapsed_s as double)
    end as coverage
from spans
