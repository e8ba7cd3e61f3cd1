-- local_days
-- question: Which calendar days can be told whole, and how much of each was observed?
-- grain: source, local_date
-- reads: observed_ticks
-- window: 31 d

-- A day that began before the window is left out, so that no day is told from its second half. A day starts at the
-- local midnight by the offset from UTC of the tick before it (of its first tick, where the day before has none) and
-- ends at the midnight by that of its last tick: 23, 24 or 25 hours, or half an hour off. An observation that holds
-- over midnight counts in both days, where the second has one of its own. Expected ticks are those of observed_ticks,
-- from the first tick of the lake on.
with ledger as (
    select
        source,
        snapshot_epoch,
        local_date,
        utc_offset_s,
        now_epoch,
        age_s,
        hold_s,
        is_observed,
        grid_s,
        case when age_s > 0 then next_tick_epoch end as next_tick_epoch,
        snapshot_epoch - mod(snapshot_epoch + utc_offset_s, 86400) as midnight_epoch,
        lag(snapshot_epoch) over (partition by source order by snapshot_epoch asc nulls last) as previous_epoch,
        lag(utc_offset_s) over (partition by source order by snapshot_epoch asc nulls last) as previous_offset_s,
        lag(grid_s) over (partition by source order by snapshot_epoch asc nulls last) as previous_grid_s,
        max(case when age_s > 2678400 then local_date end) over (partition by source) as day_before_window
    from observed_ticks
    where age_s >= 0
),

bounds as (
    select
        source,
        local_date,
        max(now_epoch) as now_epoch,
        min(snapshot_epoch) as first_epoch,
        cast(
            min_by(
                case
                    when previous_epoch >= midnight_epoch - 86400
                        then snapshot_epoch - mod(snapshot_epoch + previous_offset_s, 86400)
                    else midnight_epoch
                end,
                snapshot_epoch
            ) as bigint
        ) as started_epoch,
        cast(max_by(midnight_epoch, snapshot_epoch) + 86400 as bigint) as ended_epoch,
        max(case when is_observed then snapshot_epoch + hold_s end) as known_until_epoch
    from ledger
    where day_before_window is null or local_date > day_before_window
    group by source, local_date
),

days as (
    select
        bounds.*,
        lag(known_until_epoch) over (partition by source order by local_date asc nulls last) as known_before_until_epoch
    from bounds
),

shares as (
    select
        l.source,
        l.local_date,
        l.is_observed,
        case
            when l.snapshot_epoch + l.hold_s > d.ended_epoch then d.ended_epoch - l.snapshot_epoch
            else l.hold_s
        end as held_s,
        -- Before the day's first tick, on the grid of the tick before it.
        case
            when l.snapshot_epoch = d.first_epoch and l.previous_epoch is not null
                then
                    ceil(cast(l.snapshot_epoch - l.previous_epoch as double) / cast(l.previous_grid_s as double))
                    - ceil(
                        cast(
                            case
                                when d.started_epoch > l.previous_epoch then d.started_epoch - l.previous_epoch
                                else l.snapshot_epoch - l.previous_epoch
                            end as double
                        )
                        / cast(l.previous_grid_s as double)
                    )
            else 0
        end as expected_before,
        case
            when l.next_tick_epoch is null then 1
            when l.next_tick_epoch > d.ended_epoch
                then ceil(cast(d.ended_epoch - l.snapshot_epoch as double) / cast(l.grid_s as double))
            else ceil(cast(l.next_tick_epoch - l.snapshot_epoch as double) / cast(l.grid_s as double))
        end as expected_from
    from ledger as l
    inner join days as d
        on l.source = d.source and l.local_date = d.local_date
),

counts as (
    select
        source,
        local_date,
        count(*) as ticks,
        sum(expected_before + expected_from) as expected,
        sum(case when is_observed then 1 else 0 end) as ticks_observed,
        sum(case when is_observed then held_s else 0 end) as held_s
    from shares
    group by source, local_date
),

spans as (
    select
        d.source,
        d.local_date,
        d.started_epoch,
        d.ended_epoch,
        c.ticks,
        cast(c.expected as integer) as expected,
        c.ticks_observed,
        c.held_s + case
            when c.ticks_observed > 0 and d.known_before_until_epoch > d.started_epoch
                then d.known_before_until_epoch - d.started_epoch
            else 0
        end as observed_s,
        case when d.ended_epoch > d.now_epoch then d.now_epoch else d.ended_epoch end - d.started_epoch as elapsed_s
    from days as d
    inner join counts as c
        on d.source = c.source and d.local_date = c.local_date
)

select
    source,
    local_date,
    started_epoch,
    ended_epoch,
    expected as ticks_expected,
    cast(case when expected > ticks then expected - ticks else 0 end as integer) as ticks_missing,
    cast(ticks_observed as integer) as ticks_observed,
    cast(observed_s as bigint) as observed_s,
    cast(elapsed_s as bigint) as elapsed_s,
    case
        when observed_s >= elapsed_s and elapsed_s > 0 then cast(1 as double)
        when elapsed_s > 0 then cast(observed_s as double) / cast(elapsed_s as double)
    end as coverage
from spans
