-- insights_station_moves
-- question: How many bikes at least were taken from or returned to each station each day?
-- grain: local_date, station_code
-- reads: station_observations
-- window: all

-- The steps that kpi_net_flow_zone_hour counts by zone and hour, counted by station and day: between two consecutive
-- observed ticks at both of which the station was operative, on the day of the later one.
with steps as (
    select
        source,
        local_date,
        station_code,
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
),

changes as (
    select
        source,
        local_date,
        station_code,
        bikes - previous_bikes as change
    from steps
    where
        is_operative
        and was_operative
        and previous_steps_ago = steps_ago + 1
        and bikes is not null
        and previous_bikes is not null
)

select
    source,
    local_date,
    station_code,
    cast(sum(abs(change)) as integer) as bikes_moved
from changes
group by source, local_date, station_code
