-- outage_day
-- question: From when to when was each station out on each local day, and did it go on over midnight?
-- grain: source, local_date, kind, station_code, started_epoch
-- reads: station_steps, local_hours
-- window: all

-- The parts of outages that lie in each day, so that each day is made of its own observations; history_outages joins
-- them to whole ones. Two observations of a condition belong to one part where the first holds until the second. A
-- part that goes on over midnight is seen out on both sides of it. Only an operative station with a bike (a dock) ends
-- one for sure.
with days as (
    select local_date
    from local_hours
    group by local_date
),

kinds as (
    select
        source,
        local_date,
        snapshot_epoch,
        until_epoch,
        station_code,
        previous_epoch,
        previous_until_epoch,
        previous_date,
        next_epoch,
        next_date,
        'no_bike' as kind,
        case when was_operative and previous_bikes = 0 then true else false end as was_out,
        case when was_operative and previous_bikes > 0 then true else false end as was_well,
        case when will_be_operative and next_bikes = 0 then true else false end as stays_out,
        case when will_be_operative and next_bikes > 0 then true else false end as gets_well
    from station_steps
    where is_operative and bikes = 0
    union all
    select
        source,
        local_date,
        snapshot_epoch,
        until_epoch,
        station_code,
        previous_epoch,
        previous_until_epoch,
        previous_date,
        next_epoch,
        next_date,
        'no_dock' as kind,
        case when was_operative and previous_docks = 0 then true else false end as was_out,
        case when was_operative and previous_docks > 0 then true else false end as was_well,
        case when will_be_operative and next_docks = 0 then true else false end as stays_out,
        case when will_be_operative and next_docks > 0 then true else false end as gets_well
    from station_steps
    where is_operative and docks = 0
    union all
    select
        source,
        local_date,
        snapshot_epoch,
        until_epoch,
        station_code,
        previous_epoch,
        previous_until_epoch,
        previous_date,
        next_epoch,
        next_date,
        'inoperative' as kind,
        case when was_operative then false else true end as was_out,
        case when was_operative then true else false end as was_well,
        case when will_be_operative then false else true end as stays_out,
        case when will_be_operative then true else false end as gets_well
    from station_steps
    where not is_operative
),

marked as (
    select
        kinds.*,
        case when previous_until_epoch = snapshot_epoch then true else false end as is_next,
        case when next_epoch = until_epoch then true else false end as is_before_next,
        case
            when previous_until_epoch = snapshot_epoch and was_out and previous_date = local_date then 0
            else 1
        end as is_first
    from kinds
),

parts as (
    select
        marked.*,
        sum(is_first) over (
            partition by source, kind, station_code
            order by snapshot_epoch asc nulls last
            rows between unbounded preceding and current row
        ) as part
    from marked
),

outages as (
    select
        source,
        kind,
        station_code,
        local_date,
        min(snapshot_epoch) as started_epoch,
        max(snapshot_epoch) as last_out_epoch,
        max(until_epoch) as until_epoch,
        max(case when is_first = 1 and is_next and was_well then previous_epoch end) as well_before_epoch,
        max(case when is_before_next and gets_well then next_epoch end) as well_after_epoch,
        max(
            case when is_first = 1 and is_next and was_out and previous_date < local_date then 1 else 0 end
        ) as is_continued,
        max(case when is_before_next and stays_out and next_date > local_date then 1 else 0 end) as goes_on
    from parts
    group by source, kind, station_code, local_date, part
)

select
    o.source,
    o.local_date,
    o.kind,
    o.station_code,
    o.started_epoch,
    o.last_out_epoch,
    o.until_epoch,
    o.well_before_epoch,
    o.well_after_epoch,
    case when o.is_continued = 1 then true else false end as is_continued,
    case when o.goes_on = 1 then true else false end as goes_on
from outages as o
inner join days as d
    on o.local_date = d.local_date
