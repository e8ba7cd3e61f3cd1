-- insights_station_moves
-- question: How many bikes at least were taken from or returned to each station each day?
-- grain: local_date, station_code
-- reads: station_observations
-- window: all

-- The steps that kpi_net_flow_zone_hour counts by zone and hour, counted by station and day: from one observation to
-- the next at both of which the station was operative, on the day of the middle between them. The sum depends on the
-- cadence: compare it between days of the same cadence_s only, which is null where a day has several.
with transitions as (
    select
        source,
        local_date,
        snapshot_epoch,
        station_code,
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
),

changes as (
    select
        source,
        station_code,
        cadence_s,
        bikes - previous_bikes as change,
        case
            when
                mod(previous_epoch + previous_offset_s, 86400)
                + cast(floor(cast(snapshot_epoch - previous_epoch as double) / 2) as bigint) < 86400
                then previous_date
            else local_date
        end as local_date
    from transitions
    where
        is_operative
        and was_operative
        and previous_until_epoch = snapshot_epoch
        and bikes is not null
        and previous_bikes is not null
)

select
    source,
    local_date,
    station_code,
    cast(sum(abs(change)) as integer) as bikes_moved,
    case when min(cadence_s) = max(cadence_s) then min(cadence_s) end as cadence_s
from changes
group by source, local_date, station_code
