-- insights_moves_hours
-- question: How many bikes at least were taken or returned in the whole network, in each local hour of each day?
-- grain: local_date, local_hour
-- reads: station_observations
-- window: all

-- The steps that insights_station_moves counts by station and day.
with steps as (
    select
        source,
        local_date,
        local_hour,
        steps_ago,
        is_operative,
        bikes,
        lag(steps_ago) over (
            partition by source, station_code order by snapshot_epoch asc nulls last
        ) as previous_steps_ago,
        lag(is_operative) over (
            partition by source, station_code order by snapshot_epoch asc nulls last
        ) as was_operative,
        lag(bikes) over (
            partition by source, station_code order by snapshot_epoch asc nulls last
        ) as previous_bikes
    from station_observations
)

select
    source,
    local_date,
    local_hour,
    cast(sum(abs(bikes - previous_bikes)) as integer) as bikes_moved
from steps
where
    is_operative
    and was_operative
    and previous_steps_ago = steps_ago + 1
    and bikes is not null
    and previous_bikes is not null
group by source, local_date, local_hour
