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
        cadence_s,
        outcome,
        stations_seen,
        rows_in,
        rows_kept,
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
        source,
        snapshot_at,
        snapshot_epoch,
        local_date,
        local_hour,
        local_weekday,
        cadence_s,
        outcome,
        stations_seen,
        rows_in,
        rows_kept,
        rows_refused,
        lag_s,
        state,
        has_state,
        date,
        hour,
        lead(snapshot_epoch) over (partition by source order by snapshot_epoch asc nulls last) as next_epoch,
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
        ) as most_rows_kept
    from states
),

repeats as (
    select
        source,
        snapshot_at,
        snapshot_epoch,
        local_date,
        local_hour,
        local_weekday,
        cadence_s,
        outcome,
        stations_seen,
        rows_in,
        rows_kept,
        rows_refused,
        lag_s,
        has_state,
        date,
        hour,
        next_epoch,
        most_rows_kept,
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
        source,
        snapshot_at,
        snapshot_epoch,
        local_date,
        local_hour,
        local_weekday,
        cadence_s,
        outcome,
        stations_seen,
        rows_in,
        rows_kept,
        rows_refused,
        lag_s,
        date,
        hour,
        repeats_since_epoch,
        case
            when has_state and snapshot_epoch - repeats_since_epoch >= tolerated_s then true
            else false
        end as is_frozen,
        case when outcome = 'ok' and 2 * rows_kept < most_rows_kept then true else false end as is_partial,
        -- What was seen holds until the next tick was due to be seen. Where the ledger itself has a hole, twice
        -- the cadence is as far as one may go. Nothing is known of the time after the last tick.
        case
            when next_epoch is null then 0
            when next_epoch - snapshot_epoch > 2 * cadence_s then 2 * cadence_s
            else next_epoch - snapshot_epoch
        end as hold_s
    from repeats
),

sifted as (
    select
        source,
        snapshot_at,
        snapshot_epoch,
        local_date,
        local_hour,
        local_weekday,
        cadence_s,
        outcome,
        stations_seen,
        rows_in,
        rows_kept,
        rows_refused,
        lag_s,
        date,
        hour,
        repeats_since_epoch,
        is_frozen,
        is_partial,
        hold_s,
        case when outcome = 'ok' and not is_frozen and not is_partial then true else false end as is_observed
    from judged
),

spaced as (
    select
        source,
        snapshot_at,
        snapshot_epoch,
        local_date,
        local_hour,
        local_weekday,
        cadence_s,
        outcome,
        stations_seen,
        rows_in,
        rows_kept,
        rows_refused,
        lag_s,
        date,
        hour,
        repeats_since_epoch,
        is_frozen,
        is_partial,
        is_observed,
        hold_s,
        max(case when is_observed then snapshot_epoch end) over (partition by source) as now_epoch,
        snapshot_epoch - lag(snapshot_epoch) over (
            partition by source, is_observed order by snapshot_epoch asc nulls last
        ) as since_like_s
    from sifted
),

steps as (
    select
        source,
        snapshot_at,
        snapshot_epoch,
        local_date,
        local_hour,
        local_weekday,
        cadence_s,
        outcome,
        stations_seen,
        rows_in,
        rows_kept,
        rows_refused,
        lag_s,
        date,
        hour,
        repeats_since_epoch,
        is_frozen,
        is_partial,
        is_observed,
        now_epoch,
        now_epoch - snapshot_epoch as age_s,
        case
            when now_epoch is null or hold_s <= now_epoch - snapshot_epoch then hold_s
            when now_epoch > snapshot_epoch then now_epoch - snapshot_epoch
            else 0
        end as hold_s,
        case
            when not is_observed then 0
            when since_like_s > 2 * cadence_s then 2
            else 1
        end as step
    from spaced
)

-- "Now" is the latest observed tick, not the wall clock, and nothing holds beyond it. steps_ago counts observed ticks
-- back from now and counts one more over a gap of more than twice the cadence: rows of one station whose steps
-- follow each other are contiguous in observed time. A freeze is dated at most 24 hours back.
select
    source,
    snapshot_at,
    snapshot_epoch,
    local_date,
    local_hour,
    local_weekday,
    cadence_s,
    outcome,
    stations_seen,
    rows_in,
    rows_kept,
    rows_refused,
    lag_s,
    is_frozen,
    case when is_frozen then repeats_since_epoch end as freeze_started_epoch,
    is_partial,
    is_observed,
    cast(hold_s as integer) as hold_s,
    now_epoch,
    age_s,
    cast(
        sum(step) over (partition by source)
        - sum(step) over (
            partition by source
            order by snapshot_epoch asc nulls last
            rows between unbounded preceding and current row
        ) as bigint
    ) as steps_ago,
    date,
    hour
from steps
