-- kpi_net_flow_zone_hour
-- question: How many bikes came to each zone or left it, hour by hour?
-- grain: zone_code, local_date, local_hour
-- reads: station_observations
-- window: 7 d

-- A change counts between two consecutive observed ticks of a station that was operative at both, in the hour of
-- the later one. Bikes that came and went between the two are not seen, so bikes_moved is a lower bound on trips
-- started or ended; vans are in it too.
with steps as (
    select
        source,
        local_date,
        local_hour,
        coalesce(zone_code, '') as zone_code,
        case when zone_code is null then 'Unknown' else zone_name end as zone_name,
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
    where age_s <= 604800
),

changes as (
    select
        source,
        local_date,
        local_hour,
        zone_code,
        zone_name,
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
    local_hour,
    zone_code,
    max(zone_name) as zone_name,
    cast(sum(change) as integer) as net_bikes,
    cast(sum(abs(change)) as integer) as bikes_moved,
    cast(count(*) as integer) as steps_counted
from changes
group by source, local_date, local_hour, zone_code
