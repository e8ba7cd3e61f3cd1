-- observed_ticks
-- question: Which ticks say how the network really was, and for how long does each of them hold?
-- grain: source, snapshot_epoch
-- reads: ticks
-- window: all

-- A feed that has stopped repeats itself, and a stale replica says again what was said before, while their
-- timestamps move on. A large network never returns to the very same counts within a day: at 15 minutes a fifth
-- of the stations change even at night. So for it any state seen before in the last 24 hours is a repeat, from
-- 300 s on (a cadence of a minute or two is shorter than the feed's own refresh). A network of fewer than
-- 300 stations does stand still, and does come back to where it was, so there only an unbroken run of six hours
-- counts as a freeze, and a stale replica cannot be told. The first tick of a state is always a true observation.
with states as (
    select
        source,
        snapshot_at,
        snapshot_epoch,
        local_date,
        local_hour,
        local_weekday,
        -- Hours cleaned before the ledger kept the offset give it in whole hours, to within a day.
        cast(
            coalesce(
                utc_offset_s, 3600 * local_hour - mod(snapshot_epoch, 86400) + mod(snapshot_epoch, 3600)
            ) as integer
        ) as utc_offset_s,
        cadence_s,
        outcome,
        stations_seen,
        rows_in,
        rows_kept,
        stations_known,
        rows_refused,
        lag_s,
        case when outcome = 'ok' then counts_hash end as state,
        case when outcome = 'ok' and counts_hash is not null then true else false end as has_state,
        date,
        hour
    from ticks
),

neighbours as (
    select
        states.*,
        lead(snapshot_epoch) over (partition by source order by snapshot_epoch asc nulls last) as next_tick_epoch,
        lead(cadence_s) over (partition by source order by snapshot_epoch asc nulls last) as next_cadence_s,
        lag(state) over (partition by source, has_state order by snapshot_epoch asc nulls last) as previous_state,
        min(snapshot_epoch) over (
            partition by source, state
            order by snapshot_epoch asc nulls last
            range between 86400 preceding and current row
        ) as state_first_epoch,
        max(rows_kept) over (
            partition by source
            order by snapshot_epoch asc nulls last
            range between 86400 preceding and current row
        ) as most_rows_kept,
        max(coalesce(stations_known, rows_kept)) over (
            partition by source
            order by snapshot_epoch asc nulls last
            range between 86400 preceding and current row
        ) as most_known
    from states
),

-- Only a tick below nine tenths of the fullest one of its 24 hours can be below nine tenths of their median.
thin as (
    select
        source,
        snapshot_epoch,
        rows_kept,
        stations_known
    from neighbours
    where
        outcome = 'ok'
        and (
            10 * coalesce(stations_known, rows_kept) < 9 * most_known
            or (stations_known is null and 10 * rows_kept < 9 * most_rows_kept)
        )
),

-- Below nine tenths of the median is below nine tenths of more than half of the ticks; so of an even number of
-- ticks the lower of the two in the middle is the median. Where either tick was cleaned before the ledger counted
-- known stations, their rows are compared instead.
partials as (
    select
        t.source,
        t.snapshot_epoch
    from thin as t
    inner join states as b
        on
            t.source = b.source
            and b.snapshot_epoch < t.snapshot_epoch
            and b.snapshot_epoch >= t.snapshot_epoch - 86400
    where b.outcome = 'ok'
    group by t.source, t.snapshot_epoch
    having
        2 * sum(
            case
                when t.stations_known is not null and b.stations_known is not null
                    then case when 10 * t.stations_known < 9 * b.stations_known then 1 else 0 end
                when 10 * t.rows_kept < 9 * b.rows_kept then 1
                else 0
            end
        ) > count(*)
),

repeats as (
    select
        neighbours.*,
        case when next_cadence_s > cadence_s then next_cadence_s else cadence_s end as grid_s,
        case when rows_kept >= 300 then 300 else 21600 end as tolerated_s,
        case
            when rows_kept >= 300 then state_first_epoch
            else
                -- No change of state within the 24 hours means that the run is older than they are.
                coalesce(
                    max(
                        case
                            when has_state and (previous_state is null or previous_state <> state)
                                then snapshot_epoch
                        end
                    ) over (
                        partition by source
                        order by snapshot_epoch asc nulls last
                        range between 86400 preceding and current row
                    ),
                    snapshot_epoch - 86400
                )
        end as repeats_since_epoch
    from neighbours
),

judged as (
    select
        r.*,
        case
            when r.has_state and r.snapshot_epoch - r.repeats_since_epoch >= r.tolerated_s then true
            else false
        end as is_frozen,
        case when p.snapshot_epoch is null then false else true end as is_partial
    from repeats as r
    left join partials as p
        on r.source = p.source and r.snapshot_epoch = p.snapshot_epoch
),

observed as (
    select
        judged.*,
        case when outcome = 'ok' and not is_frozen then true else false end as has_usable_rows,
        case when outcome = 'ok' and not is_frozen and not is_partial then true else false end as is_observed
    from judged
),

gaps as (
    select
        observed.*,
        max(case when is_observed then snapshot_epoch end) over (partition by source) as now_epoch,
        min(case when is_observed then snapshot_epoch end) over (
            partition by source
            order by snapshot_epoch desc nulls last
            rows between unbounded preceding and 1 preceding
        ) as next_observed_epoch,
        lead(case when is_partial then snapshot_epoch end) over (
            partition by source, has_usable_rows order by snapshot_epoch asc nulls last
        ) as next_partial_epoch
    from observed
)

-- "Now" is the latest observed tick, not the wall clock. What was seen holds until the next observed tick, at most for
-- twice the cadence, whatever kept the ticks between from being observed; nothing holds beyond now. The rows of a
-- partial tick are true of the stations that it has, so it holds as well, for them and not for sums over the network.
-- Ticks are expected on the grid of the cadence, from each tick of the ledger to the next; between two ticks of
-- different cadences on that of the longer one. A freeze is dated at most 24 hours back.
select
    source,
    snapshot_at,
    snapshot_epoch,
    local_date,
    local_hour,
    local_weekday,
    utc_offset_s,
    cadence_s,
    outcome,
    stations_seen,
    rows_in,
    rows_kept,
    stations_known,
    rows_refused,
    lag_s,
    is_frozen,
    case when is_frozen then repeats_since_epoch end as freeze_started_epoch,
    is_partial,
    is_observed,
    has_usable_rows,
    next_partial_epoch,
    cast(
        case
            when not has_usable_rows or next_observed_epoch is null then 0
            when next_observed_epoch - snapshot_epoch > 2 * cadence_s then 2 * cadence_s
            else next_observed_epoch - snapshot_epoch
        end as integer
    ) as hold_s,
    now_epoch,
    now_epoch - snapshot_epoch as age_s,
    next_tick_epoch,
    grid_s,
    cast(
        case
            when next_tick_epoch is null then 1
            else ceil(cast(next_tick_epoch - snapshot_epoch as double) / cast(grid_s as double))
        end as integer
    ) as ticks_due,
    date,
    hour
from gaps
