-- kpi_net_flow_zone_hour
-- question: How many bikes came to each zone or left it, hour by hour?
-- grain: zone_code, local_date, local_hour
-- reads: station_observations
-- window: 7 d

-- A change counts between two observations of a station of which the first holds until the second, where the station
-- was operative at both, in the local hour of the middle between them: what happened from 06:45 to 07:00 belongs to
-- 06. Bikes that came and went between the two are not seen, so bikes_moved is a lower bound on trips started or
-- ended; vans are in it too. It depends on the cadence: compare it between hours of the same cadence_s only, which is
-- null where an hour has several.
with transitions as (
    select
        source,
        local_date,
        snapshot_epoch,
        coalesce(zone_code, '') as zone_code,
        case when zone_code is null then 'Unknown' else zone_name end as zone_name,
        cadence_s,
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
    where age_s <= 604800
),

changes as (
    select
        source,
        zone_code,
        zone_name,
        cadence_s,
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
        zone_code,
        zone_name,
        cadence_s,
        change,
        case when middle_s < 86400 then previous_date else local_date end as local_date,
        cast(floor(cast(mod(middle_s, 86400) as double) / 3600) as integer) as local_hour
    from changes
)

select
    source,
    local_date,
    local_hour,
    zone_code,
    max(zone_name) as zone_name,
    cast(sum(change) as integer) as net_bikes,
    cast(sum(abs(change)) as integer) as bikes_moved,
    cast(count(*) as integer) as steps_counted,
    case when min(cadence_s) = max(cadence_s) then min(cadence_s) end as cadence_s
from dated_changes
group by source, local_date, local_hour, zone_code
