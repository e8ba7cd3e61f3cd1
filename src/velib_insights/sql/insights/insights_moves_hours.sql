-- insights_moves_hours
-- question: How many bikes at least were taken or returned in the whole network, in each local hour of each day?
-- grain: local_date, local_hour
-- reads: station_observations
-- window: all

-- The steps that kpi_net_flow_zone_hour counts by zone, in the hour of the middle between two observations.
with transitions as (
    select
        source,
        local_date,
        snapshot_epoch,
        is_operative,
        bikes,
        lag(snapshot_epoch) over (
            partition by source, station_code order by snapshot_epoch asc nulls last
        ) as previous_epoch,
        lag(until_epoch) over (
            partition by source, station_code order by snapshot_epoch asc nulls last
        ) as previous_until_epoch,
        lag(local_date) over (
            partition by source, station_code order by snapshot_epoch asc nulls last
        ) as previous_date,
        lag(utc_offset_s) over (
            partition by source, station_code order by snapshot_epoch asc nulls last
        ) as previous_offset_s,
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
        previous_date,
        bikes - previous_bikes as change,
        mod(previous_epoch + previous_offset_s, 86400)
        + cast(floor(cast(snapshot_epoch - previous_epoch as double) / 2) as bigint) as middle_s
    from transitions
    where
        is_operative
        and was_operative
        and previous_until_epoch = snapshot_epoch
        and bikes is not null
        and previous_bikes is not null
),

-- middle_s counts from the midnight before the earlier observation, by the clock of that observation.
dated_changes as (
    select
        source,
        change,
        case when middle_s < 86400 then previous_date else local_date end as local_date,
        cast(floor(cast(mod(middle_s, 86400) as double) / 3600) as integer) as local_hour
    from changes
)

select
    source,
    local_date,
    local_hour,
    cast(sum(abs(change)) as integer) as bikes_moved
from dated_changes
group by source, local_date, local_hour
